"""A fit that fails or is interrupted leaves the estimator as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["unchanged_on_failure"]


@contextmanager
def unchanged_on_failure(estimator: Any) -> Iterator[None]:
    """Return an estimator's attributes to what they are now if the block raises anything, Ctrl-C included."""
    before = estimator.__dict__.copy()
    try:
        yield
    except BaseException:
        estimator.__dict__ = before  # one assignment: another Ctrl-C cannot come in between
        raise
