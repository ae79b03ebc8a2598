"""Reading ahead: the items come in order, errors come through, and an early end leaves no thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from pellucid.tabular.streaming.read_ahead import read_ahead


def readers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("pellucid-reader")]


def test_items_come_in_order_from_another_thread() -> None:
    def make(is_over: threading.Event) -> Iterator[tuple[int, str]]:
        for n in range(5):
            yield n, threading.current_thread().name

    items = list(read_ahead(make))
    assert [n for n, _ in items] == list(range(5))
    assert {name.startswith("pellucid-reader") for _, name in items} == {True}
    assert not readers()


def test_an_early_end_stops_the_reader() -> None:
    made = []

    def make(is_over: threading.Event) -> Iterator[int]:
        for n in range(1000):
            if is_over.is_set():
                return
            made.append(n)
            yield n

    items = read_ahead(make)
    assert next(items) == 0
    items.close()
    assert len(made) <= 3
    assert not readers()


def test_an_error_comes_through() -> None:
    def make(is_over: threading.Event) -> Iterator[int]:
        yield 1
        raise ValueError("a bad piece")

    items = read_ahead(make)
    assert next(items) == 1
    with pytest.raises(ValueError, match="a bad piece"):
        next(items)
    assert not readers()
