"""Locks that outlive a fork: in the child nobody holds them, whoever does in the parent."""

from __future__ import annotations

import os
import threading
from typing import Any

__all__ = ["fork_safe_lock"]


def fork_safe_lock() -> Any:
    """Return a lock that its holder can take again, and that is free in a forked child.

    Returns
    -------
    threading.RLock
        The lock.
    """
    lock: Any = threading.RLock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lock._at_fork_reinit)
    return lock
