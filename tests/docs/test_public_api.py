"""The public names exist, and the examples in docstrings give what they show. (Ruff sorts `__all__`.)"""

import doctest
import importlib
import pkgutil
from importlib.util import find_spec
from types import ModuleType

import pytest

import pellucid
from public_names import PACKAGES

ROOMS = [found.name for found in pkgutil.iter_modules(pellucid.__path__, "pellucid.")]


def modules_of(room: str) -> list[ModuleType]:
    """Return the modules of a room, without those that run when they are imported."""
    top = importlib.import_module(room)
    found = pkgutil.walk_packages(getattr(top, "__path__", []), f"{room}.")
    names = [one.name for one in found if not one.name.endswith("__main__")]
    if find_spec("jax") is None:  # these modules are loaded where it is
        names = [name for name in names if not name.startswith("pellucid.engines.accelerated.jax_")]
    return [top, *map(importlib.import_module, names)]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_public_name_exists_once(package: ModuleType) -> None:
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    assert len(set(package.__all__)) == len(package.__all__)


@pytest.mark.parametrize("room", [name for name in ROOMS if not name.endswith(".__main__")])
def test_the_examples_of_a_room_hold(room: str) -> None:
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed = {
        module.__name__: doctest.testmod(module, optionflags=options).failed for module in modules_of(room)
    }

    assert {name: n for name, n in failed.items() if n} == {}


def test_the_examples_of_the_package_hold() -> None:
    assert doctest.testmod(pellucid).failed == 0
