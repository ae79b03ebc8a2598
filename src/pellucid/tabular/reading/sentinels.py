"""Sentinels, such as -999 for a missing value: repeated values far from all others."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.repetition import n_repeated

__all__ = ["find_sentinels", "is_sentinels", "on_sentinels", "written"]

Array = NDArray[np.float64]

FEWEST_ROWS, SMALLEST_SHARE = 5, 0.01  # rows with a sentinel
MARKS, SHARE_OF_MARKS = -(10.0 ** np.arange(1, 10) - 1.0), 0.05  # -9, -99, -999, ... and -1
FEWEST_VALUES = 10  # distinct other values, so that their range is meaningful
MOST = 2  # sentinels at either end
LARGEST: Any = float(np.finfo(np.float64).max)  # a Python float, which compares with larger ints too


def find_sentinels(
    x: Array, weight: Array | None = None, *, n_rows: float | None = None
) -> tuple[float, ...]:
    """Return the repeated values that lie farther from all others than the range of these.

    Nearer ones count too, where one of -1, -9, -99, -999 and so on is the only negative number of a column.

    Parameters
    ----------
    x : ndarray of shape (n,)
        Values, NaN where missing.
    weight : ndarray of shape (n,), default=None
        Positive; None for 1 each.
    n_rows : float, default=None
        The number of rows that all values stand for; None to take it from the weights.

    Returns
    -------
    tuple of float
        At most two at either end, in order; empty for most columns. Each is held by 5 rows and by 1 % of the rows
        at least (the only negative number by 5 %), and there are 10 other values or more.

    Examples
    --------
    >>> import numpy as np
    >>> find_sentinels(np.r_[np.linspace(0.0, 1.0, 50), np.full(20, -999.0)])
    (-999.0,)
    >>> find_sentinels(np.r_[np.linspace(0.0, 1.0, 50), -999.0])
    ()
    """
    present = ~np.isnan(x)
    given = np.ones(len(x)) if weight is None else weight
    count = n_repeated(len(x), weight) if n_rows is None else n_rows

    def is_repeated(share: Any) -> Any:
        return (share * count > FEWEST_ROWS - 0.5) & (share >= SMALLEST_SHARE)

    known = x[present]
    if not len(known) or not any(
        is_repeated(given[x == end].sum() / given.sum()) for end in (known.min(), known.max())
    ):
        return ()  # the usual case, without sorting the column
    values, at = np.unique(known, return_inverse=True)
    share = np.bincount(at, given[present]) / given.sum()
    repeated = is_repeated(share)
    best: tuple[float, ...] = ()
    for low, high in product(range(MOST + 1), repeat=2):
        inner = values[low : len(values) - high]
        outer = np.r_[values[:low], values[len(values) - high :]]
        is_outer = np.r_[np.arange(low), np.arange(len(values) - high, len(values))]
        if len(outer) <= len(best) or len(inner) < FEWEST_VALUES or not repeated[is_outer].all():
            continue
        with np.errstate(over="ignore"):
            gaps = np.maximum(inner[0] - outer, outer - inner[-1])
            if (gaps > inner[-1] - inner[0]).all():
                best = tuple(outer.tolist())
    if best or len(values) <= FEWEST_VALUES or not values[0] < 0.0 <= values[1]:
        return best
    is_mark = values[0] in (-1.0, *MARKS) and repeated[0] and share[0] >= SHARE_OF_MARKS
    return (float(values[0]),) if is_mark else ()


def written(number: float, kind: str) -> str:
    """Return a number as people write it in a column of that kind: days as a date."""
    return str(np.datetime64(round(number), "D")) if kind in ("date", "zoned date") else f"{number:.15g}"


def on_sentinels(columns: Iterable[Any]) -> list[str]:
    """Return the question for the user about sentinels that were found but not declared.

    Parameters
    ----------
    columns : iterable of Column
        As they were fitted.

    Returns
    -------
    list of str
        One text for all columns, or none.
    """
    found = [(s, f"{written(s, c.kind)} in {c.name!r}") for c in columns for s in c.sentinels]
    if not found:
        return []
    every = ", ".join(f"{s:.15g}" for s in sorted({s for s, _ in found}))
    return [
        f"Repeated values that seem to stand for something else: {', '.join(words for _, words in found)}. "
        f"Each gets its own column, and counts as missing among the numbers. Pass sentinels=[{every}] to "
        "confirm this, or sentinels=None to treat all as numbers."
    ]


def is_sentinels(value: Any) -> bool:
    """Return whether an option ``sentinels`` is "auto", None or a list of finite numbers."""
    if value is None or isinstance(value, str):
        return value in (None, "auto")
    return isinstance(value, list | tuple | np.ndarray) and all(
        isinstance(v, Real) and not isinstance(v, bool) and abs(v) <= LARGEST for v in value
    )
