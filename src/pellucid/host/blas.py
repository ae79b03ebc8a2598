"""The number of threads for compiled steps, and of those that the BLAS has.

Threads of the BLAS cost more than they bring on small products, and where a fit's own workers share out the
rows; several fits at once would each start their own. So such a fit, and every fit that runs alongside another,
leaves the BLAS one thread. A fit can also ask for a number of threads (``n_threads``). The setting belongs to
the process: those who ask are counted, the smallest number holds, and what was there before is put back when
the last of them leaves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeVar

import scipy.linalg  # noqa: F401  the BLAS that Numba calls must be loaded to be found
import threadpoolctl
from threadpoolctl import ThreadpoolController

from pellucid.host.locks import fork_safe_lock

__all__ = ["available", "blas_threads", "one_blas_thread"]

T = TypeVar("T")
NOT_SETTLED = -1  # the limit while it is being set

_lock = fork_safe_lock()
_running: dict[object, bool] = {}  # fits that compute now, and whether they want one thread
_numbers: dict[object, int] = {}  # fits that asked for a number of threads
_own: ContextVar[object] = ContextVar("own", default=None)  # the fit, one of these, that this code belongs to
_before: list[tuple[Any, int]] = []  # libraries that are held to a limit, and how many threads they had
_limit: int | None = None
_let_anyone = getattr(
    getattr(threadpoolctl, "OpenBLASController", None), "clear_controlling_thread", lambda *, force: None
)


@cache
def _libraries() -> list[Any]:
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


def _settings() -> list[tuple[Any, int]]:
    return [(library, library.num_threads or 1) for library in _libraries()]


def _forget() -> None:
    """Start again in a forked child, where the fits of the parent's other threads do not run."""
    _running.clear()
    _numbers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def available() -> int:
    """Return how many threads there are for this fit.

    Returns
    -------
    int
        The number that :func:`blas_threads` gave it; otherwise the BLAS's own outside of fits: all processors,
        unless somebody set a limit.
    """
    own = _numbers.get(_own.get())
    return own or _one_at_a_time(lambda: max((number for _, number in _before or _settings()), default=1))


@contextmanager
def blas_threads(number: int | None) -> Iterator[None]:
    """Give the fit in this block a number of threads, and the BLAS no more than that.

    Of fits at the same time that ask for different numbers, each has its own number of workers, and the BLAS
    of all of them the smallest number.

    Parameters
    ----------
    number : int or None
        The number of threads; None leaves it unchanged.

    Yields
    ------
    None
        While the block runs.
    """
    if number is None:
        yield
        return
    fit = object()
    token = _own.set(fit)  # which says nothing where the fit is not, or no longer, among those that asked
    try:
        with _counted(_numbers, fit, number):
            yield
    finally:
        _own.reset(token)


def one_blas_thread(*, wanted: bool) -> AbstractContextManager[bool]:
    """Run a block of compiled steps: with one BLAS thread if wanted, or if other fits run at the same time.

    Parameters
    ----------
    wanted : bool
        True if one thread is wanted in any case.

    Returns
    -------
    context manager
        It gives whether no other fit runs now.
    """
    return _counted(_running, object(), wanted)


@contextmanager
def _counted(those: dict[object, T], fit: object, wish: T) -> Iterator[bool]:
    """Count a fit among those that run or ask, while the block runs."""
    is_gone = False
    try:
        try:
            those[fit] = wish
            _one_at_a_time(_settle)
            yield len(those) == 1
        finally:
            those.pop(fit, None)
            _one_at_a_time(_settle)
            is_gone = True
    finally:
        if not is_gone:  # Ctrl-C came while it left, and meant the fit
            those.pop(fit, None)
            _one_at_a_time(_settle)


def _one_at_a_time(change: Callable[[], T]) -> T:
    """Run something that no other thread does meanwhile."""
    try:
        _lock.acquire()
        result = change()
        _lock.release()
    except BaseException:
        with suppress(RuntimeError):  # until it is free: an interrupt may have come between any two steps
            while True:
                _lock.release()
        raise
    return result


def _settle() -> None:
    """Set the limit that those who run ask for; interrupted anywhere, it can be called again."""
    global _limit
    while (limit := _wanted()) != _limit:
        if not _before:
            _before[:] = _settings()
        _limit = NOT_SETTLED
        # Since threadpoolctl 3.8 only the thread that set a limit may lift it; here the last fit does.
        _let_anyone(force=True)
        for library, number in _before:
            library.set_num_threads(number if limit is None else limit)
        _let_anyone(force=True)
        if limit is None:
            _before.clear()
        _limit = limit


def _wanted() -> int | None:
    if len(_running) > 1 or True in tuple(_running.values()):
        return 1
    return min(tuple(_numbers.values())) if _numbers else None
