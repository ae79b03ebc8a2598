"""Facts about a column that follow from its values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.reading.columns import Values

__all__ = ["are_truths", "categories_of", "count_of", "rough_range"]

Array = NDArray[np.float64]
TINIEST = float(np.finfo(np.float64).smallest_subnormal)


def categories_of(values: Values, weight: Array | None, most: int | None) -> tuple[str, ...]:
    """Return the most frequent categories, sorted or in the order of the frame."""
    seen = set(values.names)
    texts = [name for name in values.order if name in seen] or sorted(seen)
    if most is None or len(texts) <= most:
        return tuple(texts)
    at = np.array([*map({text: i for i, text in enumerate(texts)}.__getitem__, values.names), len(texts)])
    count = np.bincount(at[values.codes], weight, minlength=len(texts) + 1)[:-1]
    return tuple(texts[i] for i in np.sort(np.argsort(-count, kind="stable")[:most]))


def rough_range(numbers: Array) -> tuple[float | None, float | None]:
    """Return the range of numbers, rounded outwards to about an eighth of its width; None for a single value."""
    known = numbers[~np.isnan(numbers)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    if not low < high:
        return None, None
    step = max(2.0 ** (np.floor(np.log2(high - low)) - 3), TINIEST)
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step)


def are_truths(numbers: Array) -> bool:
    """Return whether all numbers are 0 or 1."""
    return bool(np.isin(numbers[~np.isnan(numbers)], (0.0, 1.0)).all())


def count_of(marked: NDArray[np.bool_], weight: Array | None) -> Any:
    """Return the number of marked rows, as an int if it is whole."""
    total = float(marked.sum() if weight is None else weight[marked].sum())
    return int(total) if total.is_integer() else total
