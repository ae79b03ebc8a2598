"""The public names exist, and the examples in docstrings give what they show. (Ruff sorts `__all__`.)"""

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

import pellucid
from public_names import PACKAGES

FOUND = [found.name for found in pkgutil.walk_packages(pellucid.__path__, "pellucid.")]
MODULES = ["pellucid", *(name for name in FOUND if not name.endswith(".__main__"))]  # importing one runs it


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_public_name_exists_once(package: ModuleType) -> None:
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    assert len(set(package.__all__)) == len(package.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    module = importlib.import_module(name)

    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)

    assert result.failed == 0
