"""Warnings of other libraries, silenced for the code that asks, not for the rest of the process.

``warnings.catch_warnings`` puts back the filters that it found. Where two threads use it at the same time, the
one that leaves last permanently restores those of the other one. A filter of this module is added and taken out
by itself, and it matches only in the context that asked for it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

__all__ = ["quiet"]

_asked: ContextVar[tuple[str, ...]] = ContextVar("asked", default=())  # the wishes of this context


class _Wish(str):
    """Stands in a filter in the place of a pattern; a text, since others hand filters on to their own threads."""

    __slots__ = ()

    def match(self, text: str) -> bool:
        """Return whether the code that warns asked for this to be silenced."""
        return self in _asked.get() and re.match(self, text) is not None


@contextmanager
def quiet(message: str = "") -> Iterator[None]:
    """Silence warnings in this block, whatever other threads do at the same time.

    Parameters
    ----------
    message : str, default=""
        A regular expression for the beginning of the warnings to silence; the default is all.

    Yields
    ------
    None
        While the block runs.

    Examples
    --------
    >>> import warnings
    >>> with quiet("deprecated"):
    ...     warnings.warn("deprecated since long ago")
    """
    wish = _Wish(message)
    added, filters = ("ignore", wish, Warning, None, 0), _filters()

    def leave() -> None:
        for those in (filters, _filters()):  # somebody may have set others in between
            with suppress(ValueError):
                those.remove(added)

    token = _asked.set((*_asked.get(), wish))
    try:
        try:
            filters.insert(0, added)
            yield
        finally:
            leave()
    finally:  # Ctrl-C may end one of the two anywhere
        leave()
        _asked.reset(token)


def _filters() -> list[Any]:
    filters: Any = warnings.filters
    return filters  # type: ignore[no-any-return]
