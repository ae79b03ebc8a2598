r"""Summary of the columns that an estimator was fitted to: ranges and shares by bins, without any row.

A column has at most ten bins of about equal shares. As in the histograms of estimators for tables, their bounds
lie halfway between the points of a grid that is coarse relative to the spread of the numbers, and ranges are
rounded outward, so that none of these numbers is a cell. All columns are computed at once, so that small fits stay
fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "N_BOUNDS", "FitSummary", "summary_of"]

Array = NDArray[np.float64]
N_BOUNDS = 9
MOST_ROWS = 1_000  # counted rows, evenly spaced
MOST_COLUMNS = 1_000  # that get bins; wider inputs keep ranges only
GRID = 32  # points of the grid between the first and the last decile, at least
STEPS = 8  # of a range that is rounded, at least
TINIEST = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class FitSummary:
    """Ranges and shares of the columns of fit.

    Parameters
    ----------
    low, high : ndarray of shape (n_columns,)
        Ranges, rounded outwards; both 0 for a column of one value.
    bounds : ndarray of shape (n_columns, 9), or (0, 9) for inputs of many columns
        Bounds between the bins of each column, increasing; a column of fewer bins repeats the last one, or 0.
    below : ndarray of the same shape
        The rows that were counted below each bound; all of them where a bound is a repetition.
    n_rows : float
        The rows that were counted.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.estimators.fit_summary import summary_of
    >>> summary = summary_of(np.array([[0.0], [0.0], [0.0], [1.0]]))
    >>> summary.low[0] <= 0.0 and summary.high[0] >= 1.0, int(summary.below[0, 0])
    (np.True_, 3)
    """

    low: Array
    high: Array
    bounds: Array
    below: Array
    n_rows: float


def summary_of(X: Any, ends: tuple[Array, Array] | None = None) -> FitSummary:
    """Return the summary of a matrix.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_rows, n_columns)
        Finite numbers, at least one row.
    ends : (ndarray, ndarray) or None, default=None
        The lowest and highest numbers of each column, where X is a part of the rows. Default: those of X.

    Returns
    -------
    FitSummary
        Its ranges, and the bins of at most 1,000 columns.
    """
    least, most = ends or (_dense(getattr(X, name)(axis=0)).ravel() for name in ("min", "max"))
    low, high = _rounded(least, most)
    if X.shape[1] > MOST_COLUMNS:
        nothing = np.empty((0, N_BOUNDS))
        return FitSummary(low, high, nothing, nothing, 0.0)
    rows = np.sort(_dense(X[:: 1 + (X.shape[0] - 1) // MOST_ROWS]), axis=0)
    return FitSummary(low, high, *_bins(rows, high - low), float(len(rows)))


def _dense(values: Any) -> Array:
    return np.asarray(values.toarray() if scipy.sparse.issparse(values) else values, np.float64)


def _rounded(least: Array, most: Array) -> tuple[Array, Array]:
    """Return ranges rounded outwards to about an eighth of their width; 0 and 0 for a single value."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        step = np.maximum(2.0 ** np.floor(np.log2(most - least)) / STEPS, TINIEST)
        low, high = np.floor(least / step) * step, np.ceil(most / step) * step
    usable = (least < most) & np.isfinite(low) & np.isfinite(high)
    return np.where(usable, low, 0.0), np.where(usable, high, 0.0)


def _bins(rows: Array, width: Array) -> tuple[Array, Array]:
    """Return the bounds and what lies below each, of sorted columns; bounds beside empty bins are left out."""
    n = len(rows)
    deciles = rows[np.arange(1, N_BOUNDS + 1) * (n - 1) // (N_BOUNDS + 1)]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        spread = deciles[-1] - deciles[0]
        step = 2.0 ** np.floor(np.log2(np.where(spread > 0.0, spread, width))) / GRID
        bounds = (np.floor(deciles / step) + 0.5) * step
    below = np.stack([(rows < bound).sum(axis=0) for bound in bounds])
    is_new = np.diff(below, axis=0, prepend=0) > 0
    kept = is_new & (below < n) & np.isfinite(bounds)
    order = np.argsort(~kept, axis=0, kind="stable")
    bounds, below, kept = (np.take_along_axis(each, order, axis=0) for each in (bounds, below, kept))
    last = np.maximum(kept.sum(axis=0) - 1, 0)
    rest = np.where(kept[0], np.take_along_axis(bounds, last[None], axis=0)[0], 0.0)
    bounds, below = np.where(kept, bounds, rest), np.where(kept, below, n)
    return np.ascontiguousarray(bounds.T), below.T.astype(np.float64, order="C")
