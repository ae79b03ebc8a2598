"""Warnings of other libraries, silenced for the code that asks, not for the rest of the process.

``warnings.catch_warnings`` puts back the filters that it found. Where two threads use it at the same time, the
one that leaves last permanently restores those of the other one. A filter of this module is added and taken out
by itself, and it matches only in the context that asked for it. Functions of other libraries that use
``catch_warnings`` run one at a time (:func:`undisturbed`), so that fits in several threads leave no filter behind.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from pellucid.host.locks import fork_safe_lock

__all__ = ["quiet", "undisturbed"]

T = TypeVar("T")
P = ParamSpec("P")

_asked: ContextVar[tuple[str, ...]] = ContextVar("asked", default=())  # the wishes of this context


class _Wish(str):
    """Stands in a filter in the place of a pattern; a text, since others hand filters on to their own threads.

    Two wishes for the same text are two wishes: a block that ends must not take out the filter of another one.
    """

    __slots__ = ()

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def match(self, text: str) -> bool:
        """Return whether the code that warns asked for this to be silenced."""
        return self in _asked.get() and re.match(str(self), text) is not None


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


_one_at_a_time = fork_safe_lock()


def undisturbed(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function that runs while no other thread runs one that was returned here.

    Parameters
    ----------
    function : callable
        A function of another library that sets warning filters for a moment, as scikit-learn's checks do.

    Returns
    -------
    callable
        The same, one call at a time.

    Examples
    --------
    >>> from pellucid.host.quiet import undisturbed
    >>> undisturbed(sorted)([2, 1])
    [1, 2]
    """

    @wraps(function)
    def alone(*arguments: P.args, **options: P.kwargs) -> T:
        with _one_at_a_time:
            return function(*arguments, **options)

    return alone
