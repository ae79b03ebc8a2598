"""The annotations of public classes can be read at run time: a name in them is one that its module imports."""

import inspect
import pydoc
import typing

import pytest

from public_names import NAMES

CLASSES = {obj: path for path in NAMES if inspect.isclass(obj := pydoc.locate(path))}
WRAPPERS = ("fget", "func", "__func__", "fn")  # of a property, a cached one, a class or available_if method


@pytest.mark.parametrize("cls", CLASSES, ids=CLASSES.values())
def test_the_types_of_every_method_are_found(cls: type) -> None:
    for name, member in inspect.getmembers_static(cls):
        function = next((getattr(member, inner) for inner in WRAPPERS if hasattr(member, inner)), member)
        is_public = name == "__init__" or not name.startswith("_")
        if is_public and inspect.isfunction(function) and function.__module__.startswith("pellucid."):
            assert isinstance(typing.get_type_hints(function), dict), name
