"""The annotations of what is public can be read at run time: a name in them is one that its module imports."""

import inspect
import pydoc
import typing

import pytest

from public_names import NAMES

CLASSES = {obj: path for path in NAMES if inspect.isclass(obj := pydoc.locate(path))}
FUNCTIONS = {obj: path for path in NAMES if inspect.isfunction(obj := pydoc.locate(path))}
FOREIGN = ("sklearn.", "typing", "builtins")  # what a class inherits from them
WRAPPERS = ("fget", "func", "__func__", "fn")  # of a property, a cached one, a class or available_if method


@pytest.mark.parametrize("cls", CLASSES, ids=CLASSES.values())
def test_the_types_of_every_method_are_found(cls: type) -> None:
    for name, member in inspect.getmembers_static(cls):
        function = next((getattr(member, inner) for inner in WRAPPERS if hasattr(member, inner)), member)
        is_public = name == "__init__" or not name.startswith("_")
        is_ours = inspect.isfunction(function) and not function.__module__.startswith(FOREIGN)
        if is_public and is_ours:
            assert isinstance(typing.get_type_hints(function), dict), name


def test_the_types_of_every_function_are_found() -> None:
    assert all(isinstance(typing.get_type_hints(function), dict) for function in FUNCTIONS)


def test_a_name_that_is_not_imported_is_seen() -> None:
    class Shown:
        def text(self, precision: "Precision") -> str:  # type: ignore[name-defined]  # noqa: F821
            raise NotImplementedError

    with pytest.raises(NameError, match="Precision"):
        test_the_types_of_every_method_are_found(Shown)
