"""Docstrings with parts that a table writes: what is described once stands wherever it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import cleandoc
from textwrap import wrap
from typing import Any, Protocol, TypeVar

__all__ = ["Described", "Option", "documented"]

Documented = TypeVar("Documented", bound=Callable[..., Any])
WIDTH = 108


class Described(Protocol):
    """A row of a table that describes a parameter."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def kind(self) -> str:
        """Its type and default, as a docstring gives them."""

    @property
    def text(self) -> str:
        """The description, in one line."""


@dataclass(frozen=True)
class Option:
    """A described parameter: a row of its own, or the beginning of one.

    Parameters
    ----------
    name : str
        Its name.
    kind : str
        Its type and default, as a docstring gives them.
    text : str
        The description, in one line.
    """

    name: str
    kind: str
    text: str


def documented(**parts: Iterable[Described]) -> Callable[[Documented], Documented]:
    """Return a decorator that describes parameters where a docstring has ``{parameters}`` or another such name.

    Parameters
    ----------
    **parts : iterable of Described
        Rows, by the name in braces.

    Returns
    -------
    callable
        The decorator, of a class or a function.

    Examples
    --------
    >>> @documented(parameters=[Option("n", "int", "The number.")])
    ... def double(n):
    ...     '''Return twice the number.
    ...
    ...     {parameters}
    ...     '''
    ...     return 2 * n
    >>> print(double.__doc__)
    Return twice the number.
    <BLANKLINE>
    n : int
        The number.
    <BLANKLINE>
    """

    def write(target: Documented) -> Documented:
        # Python 3.13 takes the indentation away itself, so here it is taken away in every version.
        text = cleandoc(target.__doc__ or "")
        for name, rows in parts.items():
            text = text.replace(f"{{{name}}}", "\n".join(map(_described, rows)))
        target.__doc__ = f"{text}\n"
        return target

    return write


def _described(row: Described) -> str:
    lines = wrap(row.text, WIDTH, break_on_hyphens=False, break_long_words=False)
    return "\n    ".join([f"{row.name} : {row.kind}", *lines])
