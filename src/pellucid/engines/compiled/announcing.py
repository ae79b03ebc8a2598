"""Announcements of compilations, made only at a caller's request. Only callers print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

__all__ = ["announce", "announcer"]

Announce = Callable[[str], AbstractContextManager[Any]]

_current: ContextVar[Announce] = ContextVar("announce", default=lambda name: nullcontext())


def announce(name: str) -> AbstractContextManager[Any]:
    """Return the context for compiling a module of that name."""
    return _current.get()(name)


@contextmanager
def announcer(tell: Announce) -> Iterator[None]:
    """Enter ``tell(name)`` around every compilation in this block.

    Parameters
    ----------
    tell : callable
        Takes the name of what is compiled, and returns the context in which that happens.

    Yields
    ------
    None
        While the block runs.

    Examples
    --------
    >>> from contextlib import nullcontext
    >>> with announcer(lambda name: nullcontext(print(f"compiling {name}"))):
    ...     pass  # fits that find everything in the cache say nothing
    """
    token = _current.set(tell)
    try:
        yield
    finally:
        _current.reset(token)
