"""Every public object has a docstring in the numpydoc form, complete and in step with its signature."""

import inspect
import pydoc

import pytest
from numpydoc.validate import validate

from public_names import NAMES

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


@pytest.mark.parametrize("path", documented_objects())
def test_the_docstring_is_complete(path: str) -> None:
    # The constructor of a Protocol is typing's, and nobody calls it.
    ignored = IGNORED | ({"PR01": ""} if getattr(pydoc.locate(path), "_is_protocol", False) else {})
    errors = [f"{code}: {text}" for code, text in validate(path)["errors"] if code not in ignored]

    assert errors == []
