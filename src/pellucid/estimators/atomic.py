"""Fits that leave the estimator unchanged if they fail or are interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["unchanged_on_failure"]


@contextmanager
def unchanged_on_failure(estimator: Any) -> Iterator[None]:
    """Restore an estimator's current attributes if the block raises anything, including Ctrl-C."""
    before = estimator.__dict__.copy()
    try:
        yield
    except BaseException:
        estimator.__dict__ = before  # a single assignment, which another Ctrl-C cannot split
        raise
