"""Times of observation, and a bounded memory for trainings of any length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Series", "next_moment"]

T = TypeVar("T")


def next_moment(every: int | str, count: int) -> int:
    """Return the next count at which to observe.

    Parameters
    ----------
    every : int or "log"
        The interval; ``"log"`` is at the powers of two, so that the cost of observing vanishes in a long
        training.
    count : int
        Number of events so far, >= 0.

    Returns
    -------
    int
        More than ``count``.

    Examples
    --------
    >>> next_moment(5, 7), next_moment("log", 0), next_moment("log", 11)
    (10, 1, 16)
    """
    if isinstance(every, int):
        return (count // every + 1) * every
    return 1 << count.bit_length()


class Series(Generic[T]):
    """Sequence of items of which a limited number is kept, evenly thinned, and always the first and the last.

    Once it is full, every other item is dropped, and from then on every other one is skipped.

    Parameters
    ----------
    capacity : int
        The largest number of items, at least 2.

    Examples
    --------
    >>> series = Series(4)
    >>> for item in range(12):
    ...     series.append(item)
    >>> series.items
    [0, 4, 8, 11]
    """

    def __init__(self, capacity: int) -> None:
        self.capacity, self.stride, self.count = capacity, 1, 0
        self._kept: list[T] = []
        self._last: list[T] = []  # the last item, if it is one that would be passed over

    def __len__(self) -> int:
        return len(self._kept) + len(self._last)

    @property
    def items(self) -> list[T]:
        """Items kept, in order."""
        return [*self._kept, *self._last]

    def amend(self, change: Callable[[T], T]) -> None:
        """Replace the last item.

        Parameters
        ----------
        change : callable
            ``change(item)`` returns the new item.
        """
        at = self._last or self._kept
        at[-1] = change(at[-1])

    def append(self, item: T) -> None:
        """Add an item at the end.

        Parameters
        ----------
        item : object
            The item.
        """
        kept = self.count % self.stride == 0
        if kept and len(self._kept) == self.capacity - 1:  # one place is the last item's
            self.stride *= 2
            self._kept = self._kept[::2]
            kept = self.count % self.stride == 0
        if kept:
            self._kept.append(item)
        self._last = [] if kept else [item]
        self.count += 1
