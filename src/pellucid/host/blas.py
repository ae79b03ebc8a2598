"""How many threads there are for compiled steps, and how many of them the BLAS has.

Threads of the BLAS cost more than they bring on small products, and where a fit's own workers share out the
rows; several fits at once would each start their own. So such a fit, and every fit that runs beside another,
leaves the BLAS one thread. This setting belongs to the process; it is counted here, and put back when the
last fit leaves.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import scipy.linalg  # noqa: F401  the BLAS that Numba calls must be loaded to be found
import threadpoolctl
from threadpoolctl import ThreadpoolController

__all__ = ["available", "one_blas_thread"]

_lock = threading.Lock()
_limited: list[tuple[Any, Any]] = []  # libraries that are held to one thread, and how many they had
_running: dict[object, bool] = {}  # fits, and whether they ask for one thread
_let_anyone = getattr(
    getattr(threadpoolctl, "OpenBLASController", None), "clear_controlling_thread", lambda *, force: None
)


@cache
def _libraries() -> list[Any]:
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


def _settings() -> list[tuple[Any, Any]]:
    return [(library, library.num_threads) for library in _libraries()]


def _forget() -> None:
    """Start anew in a forked child, where the fits of the parent's other threads do not run."""
    global _lock
    _lock = threading.Lock()
    _running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def available() -> int:
    """Return how many threads the BLAS has where no fit holds it: all processors, unless somebody set a limit."""
    with _lock:
        return max((number or 1 for _, number in _limited or _settings()), default=1)


@contextmanager
def one_blas_thread(*, wanted: bool) -> Iterator[bool]:
    """Run a block of compiled steps: with one BLAS thread if wanted, or if other fits run at the same time.

    Parameters
    ----------
    wanted : bool
        Whether one thread is wanted in any case.

    Yields
    ------
    bool
        Whether no other fit runs now.
    """
    fit = object()
    try:
        yield _enter(fit, wanted=wanted)
    finally:
        try:
            _leave(fit)
        except BaseException:  # Ctrl-C meant the fit; left half, the limit would stay for good
            _leave(fit)
            raise


def _enter(fit: object, *, wanted: bool) -> bool:
    with _lock:
        _running[fit] = wanted
        _settle()
        return len(_running) == 1


def _leave(fit: object) -> None:
    with _lock:
        _running.pop(fit, None)
        _settle()


def _settle() -> None:
    """Set the limit that those who run ask for; interrupted anywhere, it can be called again."""
    limit = len(_running) > 1 or any(_running.values())
    if limit == bool(_limited):
        return
    # Since threadpoolctl 3.8 only the thread that set a limit may lift it; here the last fit does.
    _let_anyone(force=True)
    if limit:
        _limited[:] = _settings()
    for library, number in _limited:
        library.set_num_threads(1 if limit else number)
    _let_anyone(force=True)
    if not limit:
        _limited.clear()
