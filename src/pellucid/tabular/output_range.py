"""Range of targets to which predictions are clipped."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["range_of", "within_range"]

Array = NDArray[Any]


def range_of(output_range: Sequence[float | None] | None) -> tuple[float, float]:
    """Return the ends of a range, infinite where it has none.

    Parameters
    ----------
    output_range : (float or None, float or None) or None
        As the user gave it.

    Returns
    -------
    low, high : float
        The ends.
    """
    low, high = (None, None) if output_range is None else output_range
    return -inf if low is None else float(low), inf if high is None else float(high)


def within_range(numbers: Array, output_range: Sequence[float | None] | None) -> Array:
    """Return numbers clipped to a range."""
    return numbers if output_range is None else np.clip(numbers, *range_of(output_range))
