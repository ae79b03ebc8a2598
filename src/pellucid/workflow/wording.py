"""Names of options in messages: the parameter in Python, the flag on a command line.

The command line sets its own wording during a command; everywhere else, messages name parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

__all__ = ["IN_PYTHON", "LISTS", "Wording", "option", "reworded", "worded"]

LISTS = ("drop", "categorical", "numeric", "text")


@dataclass(frozen=True)
class Wording:
    """Names of options for one kind of reader.

    Parameters
    ----------
    option : callable
        Return what stands for a parameter with some values, or without one.
    text : callable
        Return a message of the library in the same terms.
    """

    option: Callable[..., str]
    text: Callable[[str], str]


def _in_python(name: str, *values: Any) -> str:
    if not values:
        return repr(name)
    return f"{name}={list(values) if name in LISTS else values[0]!r}"


IN_PYTHON = Wording(_in_python, str)
_CURRENT: ContextVar[Wording] = ContextVar("wording", default=IN_PYTHON)


def option(name: str, *values: Any) -> str:
    """Return the name of a parameter in a message.

    Parameters
    ----------
    name : str
        The parameter.
    *values : object
        The values to set.

    Returns
    -------
    str
        Text for a sentence.

    Examples
    --------
    >>> option("target"), option("task", "regression"), option("drop", "a", "b")
    ("'target'", "task='regression'", "drop=['a', 'b']")
    """
    return _CURRENT.get().option(name, *values)


def reworded(message: str) -> str:
    """Return a message of the library with its parameters named as the reader knows them."""
    return _CURRENT.get().text(message)


@contextmanager
def worded(wording: Wording) -> Iterator[None]:
    """Let messages name options in the given wording."""
    token = _CURRENT.set(wording)
    try:
        yield
    finally:
        _CURRENT.reset(token)
