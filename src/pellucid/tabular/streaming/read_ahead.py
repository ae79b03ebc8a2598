"""Reading ahead: the next item is prepared in a thread while the current one is used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

__all__ = ["read_ahead"]

T = TypeVar("T")


def read_ahead(make: Callable[[threading.Event], Iterator[T]]) -> Iterator[T]:
    """Yield items while a thread prepares the next one; closing ends the thread.

    Parameters
    ----------
    make : callable
        Returns the items, of a generator that ends early once the event is set.

    Yields
    ------
    object
        The items in their order.

    Examples
    --------
    >>> list(read_ahead(lambda is_over: (n * n for n in range(4))))
    [0, 1, 4, 9]
    """
    is_over = threading.Event()
    items: Any = make(is_over)
    with ThreadPoolExecutor(1, thread_name_prefix="pellucid-reader") as reader:
        coming = reader.submit(next, items, None)
        try:
            while (item := coming.result()) is not None:
                coming = reader.submit(next, items, None)
                yield item
                del item
        finally:
            is_over.set()
            coming.cancel()
