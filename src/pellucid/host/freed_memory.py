"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

__all__ = ["give_back_memory"]


def give_back_memory() -> None:
    """Ask the allocators to give freed memory back to the system, where they can; nothing else changes.

    The allocator of Linux keeps what was freed in small parts, which counts against a limit of memory.
    """
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
