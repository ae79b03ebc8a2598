"""The annotations of what is public can be read at run time: a name in them is one that its module imports."""

import inspect
import typing
from types import ModuleType

import pytest

from public_names import PACKAGES

FOREIGN = ("sklearn.", "typing", "builtins")  # what a class inherits from them
WRAPPERS = ("fget", "func", "__func__", "fn")  # of a property, a cached one, a class or available_if method


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_the_types_of_everything_public_are_found(package: ModuleType) -> None:
    for name in package.__all__:
        thing = getattr(package, name)
        if inspect.isclass(thing):
            find_the_types_of_every_method(thing)
        elif inspect.isfunction(thing):
            assert isinstance(typing.get_type_hints(thing), dict), name


def find_the_types_of_every_method(cls: type) -> None:
    for name, member in inspect.getmembers_static(cls):
        function = next((getattr(member, inner) for inner in WRAPPERS if hasattr(member, inner)), member)
        is_public = name == "__init__" or not name.startswith("_")
        is_ours = inspect.isfunction(function) and not function.__module__.startswith(FOREIGN)
        if is_public and is_ours:
            assert isinstance(typing.get_type_hints(function), dict), f"{cls.__name__}.{name}"


def test_a_name_that_is_not_imported_is_seen() -> None:
    class Shown:
        def text(self, precision: "Precision") -> str:  # type: ignore[name-defined]  # noqa: F821
            raise NotImplementedError

    with pytest.raises(NameError, match="Precision"):
        find_the_types_of_every_method(Shown)
