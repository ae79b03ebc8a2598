"""How many threads the BLAS has while compiled steps run.

The BLAS's threads cost more than they bring on small products, and several fits at once would each start
their own. So a fit whose products are small, and every fit that runs beside another, has one thread. The
setting of the BLAS belongs to the process; it is counted here, and put back when the last fit leaves.
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

__all__ = ["one_blas_thread"]

_lock = threading.Lock()
_limited: list[Any] = []
_running = [0, 0]  # fits, and those of them that ask for one thread
_let_anyone = getattr(
    getattr(threadpoolctl, "OpenBLASController", None), "clear_controlling_thread", lambda *, force: None
)


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


def _forget() -> None:
    """Start anew in a forked child, where the fits of the parent's other threads do not run."""
    global _lock
    _lock = threading.Lock()
    _running[:] = [0, 0]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@contextmanager
def one_blas_thread(*, wanted: bool) -> Iterator[None]:
    """Run a block of compiled steps: with one BLAS thread if wanted, or if other fits run at the same time."""
    _change(1, wanted=wanted)
    try:
        yield
    finally:
        _change(-1, wanted=wanted)


def _change(by: int, *, wanted: bool) -> None:
    with _lock:
        _running[0] += by
        _running[1] += by * wanted
        limit = _running[1] > 0 or _running[0] > 1
        if limit != bool(_limited):
            # Since threadpoolctl 3.8 only the thread that set a limit may lift it; here the last fit does.
            _let_anyone(force=True)
            if limit:
                _limited.append(_controller().limit(limits=1))
            else:
                _limited.pop().restore_original_limits()
            _let_anyone(force=True)
