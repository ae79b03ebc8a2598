"""Freed memory goes back to the system, and nothing else changes."""

import sys
import threading

import numpy as np
import pytest

from pellucid.host.freed_memory import give_back_memory


def resident() -> int:
    """Return the resident bytes of this process that belong to no file."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("RssAnon"))


@pytest.mark.skipif(sys.platform != "linux", reason="measured in /proc")
def test_small_arrays_of_a_thread_are_given_back() -> None:
    kept = []

    def fill() -> None:
        arrays = [np.ones(6000) for _ in range(2000)]  # 96 MB, in parts that the allocator keeps
        kept.append(arrays[-1])  # the last part, so that the heap does not shrink by itself

    thread = threading.Thread(target=fill)
    thread.start()
    thread.join()
    before = resident()
    give_back_memory()
    assert resident() <= before
    assert kept[0].sum() == 6000
