"""Every public object has a docstring in the numpydoc form, complete and in step with its signature."""

import inspect
import pydoc
from functools import cache
from types import ModuleType

import pytest
from numpydoc.validate import validate

from public_names import NAMES, PACKAGES

PACKAGE_NAMES = [package.__name__ for package in PACKAGES]
IGNORED = {
    "ES01": "one line can say all there is to say",
    "EX01": "a method is shown in the example of its class",
    "RT02": "a name says more than a type: 'gradients : Gradients'",
    "SA01": "not everything has a relative",
}
# Where the function is in a property, a cached_property, a class or static method, an available_if method.
WRAPPERS = ("fget", "func", "__func__", "fn")


def own_members(cls: type) -> list[str]:
    """Return the public methods and properties that pellucid wrote, those of its base classes included."""
    names = []
    for name, member in inspect.getmembers_static(cls):
        function = next((getattr(member, inner) for inner in WRAPPERS if hasattr(member, inner)), member)
        written_here = inspect.isfunction(function) and function.__module__.startswith("pellucid.")
        if written_here and not name.startswith("_"):
            names.append(name)
    return names


@cache
def documented_objects() -> list[str]:
    """Return the paths of public classes, their members, and functions; each object once."""
    paths: dict[object, list[str]] = {}
    for path in NAMES:
        obj = pydoc.locate(path)
        if inspect.isclass(obj):
            paths.setdefault(obj, [path, *(f"{path}.{name}" for name in own_members(obj))])
        elif inspect.isfunction(obj):
            paths.setdefault(obj, [path])
    return [path for group in paths.values() for path in group]


def errors_of(path: str) -> list[str]:
    """Return what numpydoc says against a docstring."""
    # The constructor of a Protocol is typing's, and nobody calls it.
    ignored = IGNORED | ({"PR01": ""} if getattr(pydoc.locate(path), "_is_protocol", False) else {})
    return [f"{path}: {code}: {text}" for code, text in validate(path)["errors"] if code not in ignored]


def package_of(path: str) -> str:
    """Return the public package that a path begins with."""
    return max((name for name in PACKAGE_NAMES if path.startswith(f"{name}.")), key=len)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_the_docstrings_of_a_package_are_complete(package: ModuleType) -> None:
    mine = [path for path in documented_objects() if package_of(path) == package.__name__]

    assert mine
    assert [error for path in mine for error in errors_of(path)] == []
