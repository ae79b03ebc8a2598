"""Threads that share pieces of work in no fixed order, for results that do not depend on the order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from pellucid.host.blas import available
from pellucid.host.helpers import Helpers

__all__ = ["share_out"]

T = TypeVar("T")


def share_out(work: Callable[[Iterable[T]], None], pieces: Sequence[T]) -> None:
    """Do all pieces of some work with the threads of this fit.

    Parameters
    ----------
    work : callable
        Does the pieces that an iterable gives, one after another; called once per thread.
    pieces : sequence
        The pieces.

    Examples
    --------
    >>> done = []
    >>> share_out(done.extend, [1, 2, 3])
    >>> sorted(done)
    [1, 2, 3]
    """
    n_threads = min(len(pieces), available()) if len(pieces) > 1 else 1
    if n_threads == 1:
        work(pieces)
        return
    left = deque(pieces)
    share = partial(_take, work, left)
    helpers = Helpers(n_threads - 1, "pellucid")
    try:
        helpers.are_here()  # threads that come later find less to do
        helpers.together([share] * (n_threads - 1), share, left.clear)
    finally:
        helpers.dismiss(join=True)


def _take(work: Callable[[Iterable[T]], None], left: deque[T]) -> None:
    """Work on pieces until none is left."""

    def taken() -> Iterator[T]:
        while True:
            try:
                yield left.popleft()
            except IndexError:
                return

    work(taken())
