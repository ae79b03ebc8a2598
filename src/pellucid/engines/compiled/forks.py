"""Locks by which one thread compiles at a time, and a fork waits until it has finished.

A process that is forked while another thread compiles would inherit the locks of that thread, of Numba and of
LLVM without a thread to release them: its first fit would wait forever. So a fork takes these locks first, as
Python does with its own, and both processes release them afterwards.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pellucid.engines.compiled.language import NotAnEquation

__all__ = ["compiling"]

# Seconds that a fork waits for each lock, since the compiling thread may need something from the forking one.
LONGEST = 60.0

_lock = threading.RLock()
_held = threading.local()
_is_torn = False


@contextmanager
def compiling() -> Iterator[None]:
    """Compile, or load the compiler, in this block, one thread at a time.

    Yields
    ------
    None
        When no other thread is in such a block.

    Raises
    ------
    NotAnEquation
        In a process that was forked while another thread compiled and did not come to an end.
    """
    if _is_torn:
        raise NotAnEquation("anything new in a process that was forked while another thread compiled")
    with _lock:
        yield


def _locks() -> list[Any]:
    """Return the locks in the order in which a compilation takes them."""
    found: list[Any] = [_lock]
    if numba := sys.modules.get("numba.core.compiler_lock"):
        found.append(getattr(getattr(numba, "global_compiler_lock", None), "_lock", None))
    if llvm := sys.modules.get("llvmlite.binding.ffi"):
        found.append(getattr(getattr(getattr(llvm, "lib", None), "_lock", None), "_lock", None))
    return [lock for lock in found if lock is not None]


def _before_fork() -> None:
    _held.locks, _held.is_whole = [], False
    for lock in _locks():
        if not lock.acquire(timeout=LONGEST):
            return
        _held.locks.append(lock)
    _held.is_whole = True


def _after_fork() -> None:
    while _held.locks:
        _held.locks.pop().release()


def _after_fork_in_child() -> None:
    global _is_torn
    _is_torn = _is_torn or not _held.is_whole
    _after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)
