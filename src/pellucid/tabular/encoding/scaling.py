r"""Robust scaling and the smooth clip, which outliers and heavy tails hardly affect.

.. math:: z = \frac{x - \mathrm{median}}{q_{75} - q_{25}}, \qquad x' = \frac{z}{\sqrt{1 + (z/c)^2}}

If the quartiles are equal, the scale is :math:`2/(\max - \min)`. Quantiles are those of the rows repeated
according to their weights.

If so many rows share one value that the quartiles are equal, as with amounts that are mostly 0, the others would
be crowded into a small part of that scale. Such a column is spread out first: each value is replaced by its rank
among the distinct values, from 0 to 1.

References
----------
Holzmüller, Grinsztajn and Steinwart, "Better by default: strong pre-tuned MLPs and boosted trees on tabular
data", NeurIPS 2024 (RealMLP). Akinshin, "Weighted quantile estimators", 2023: the quantile as a mean of the
step function over a window, of which linear interpolation is the case of equal weights.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "distinct_knots",
    "median_and_scale",
    "quantiles",
    "scaled",
    "scaled_slope",
    "spread_out",
    "spread_out_in_order",
    "spread_out_slope",
]

Array = NDArray[np.float64]

QUARTILES = np.array([0.25, 0.5, 0.75])
MOST_KNOTS = 200
LEAST_NORMAL = float(np.finfo(np.float64).tiny)
FAR = 1e150  # beyond it the smooth clip is at its bound, and a square is still finite
FAR_32 = 1e38  # float32 has no numbers beyond it


def quantiles(x: Array, q: Array, weight: Array | None = None) -> Array:
    """Return quantiles of weighted values; for integer weights, exactly those of the repeated values.

    With W the sum of the weights, the quantile q is the mean of the sorted values, each as long as its weight,
    over a window of length u that begins at (W - u)q. For u = 1 and whole weights that is the linear
    interpolation of ``numpy.quantile``. With weights below 1, u is the smallest of them, so that a common factor
    of all weights changes nothing.

    Parameters
    ----------
    x : ndarray of shape (n,)
        Finite values.
    q : ndarray of shape (m,)
        In [0, 1].
    weight : ndarray of shape (n,), default=None
        Positive; None for 1 each.

    Returns
    -------
    ndarray of shape (m,)
        The quantiles.
    """
    if weight is None:
        return np.asarray(np.quantile(x, q), np.float64)
    order = np.argsort(x, kind="stable")
    x, ends = x[order], np.cumsum(weight[order])
    window = min(1.0, float(weight.min()))
    start = (ends[-1] - window) * q
    first = np.minimum(np.searchsorted(ends, start, side="right"), len(x) - 1)
    share = np.clip((start + window - ends[first]) / window, 0.0, 1.0)  # of the window, past that value
    low, high = x[first], x[np.minimum(first + 1, len(x) - 1)]
    step = high - low
    found: Array = np.where(
        share < 0.5, low + step * share, high - step * (1.0 - share)
    )  # as NumPy rounds it
    return found


def distinct_knots(x: Array, weight: Array | None = None) -> tuple[float, ...]:
    """Return the distinct values of a column whose quartiles are equal, evenly thinned to 200; else nothing.

    Parameters
    ----------
    x : ndarray of shape (n,)
        Values, NaN where missing.
    weight : ndarray of shape (n,), default=None
        Positive; None for 1 each.

    Returns
    -------
    tuple of float
        Increasing; empty where the column is spread out as it is, or has fewer than 3 different values. Those
        nearer to the one before than the least normal number count as one, since the slope between them overflows.
    """
    present = ~np.isnan(x)
    x, weight = x[present], None if weight is None else weight[present]
    if len(x) == 0:
        return ()
    q25, _, q75 = quantiles(x, QUARTILES, weight)
    distinct = np.unique(x) if q25 == q75 else np.empty(0)
    distinct = distinct[np.diff(distinct, prepend=-np.inf) >= LEAST_NORMAL]
    if len(distinct) < 3:
        return ()
    if len(distinct) > MOST_KNOTS:
        distinct = distinct[np.linspace(0, len(distinct) - 1, MOST_KNOTS).round().astype(np.intp)]
    return tuple(distinct.tolist())


def spread_out(x: Array, knots: tuple[float, ...]) -> Array:
    """Return the places of values among the knots, from 0 to 1, linear between them; NaN where missing."""
    return np.interp(x, knots, np.linspace(0.0, 1.0, len(knots))) if knots else x


def spread_out_in_order(x: Array, knots: tuple[float, ...]) -> Array:
    """Return the result of :func:`spread_out` up to rounding; it never falls, by any bit, as a value rises."""
    if not knots:
        return x
    at = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, len(knots) - 2)
    ends = np.array(knots)
    share = np.clip((x - ends[at]) / (ends[at + 1] - ends[at]), 0.0, 1.0)
    return np.asarray((at + share) / (len(knots) - 1))


def spread_out_slope(x: Array, knots: tuple[float, ...]) -> Array:
    """Return the derivative of :func:`spread_out`; NaN where missing, and at a knot that of the right side."""
    if not knots:
        return np.where(np.isnan(x), np.nan, 1.0)
    at = np.searchsorted(knots, x, side="right")
    slopes = np.concatenate([[0.0], 1.0 / np.diff(knots) / (len(knots) - 1), [0.0]])
    return np.where(np.isnan(x), np.nan, slopes[np.minimum(at, len(knots))])


def median_and_scale(x: Array, weight: Array | None = None) -> tuple[float, float] | None:
    """Return the median and the factor to scale by, without the missing ones; None for a constant.

    Parameters
    ----------
    x : ndarray of shape (n,)
        Values, NaN where missing.
    weight : ndarray of shape (n,), default=None
        Positive; None for 1 each.

    Returns
    -------
    (median, scale) or None
        None where fewer than two values differ.
    """
    present = ~np.isnan(x)
    if not present.all():
        x, weight = x[present], None if weight is None else weight[present]
    if len(x) == 0:
        return None
    low, high = float(x.min()), float(x.max())
    if low == high:
        return None
    q25, median, q75 = quantiles(x, QUARTILES, weight)
    with np.errstate(over="ignore"):
        scale = 1.0 / (q75 - q25) if q75 > q25 else 2.0 / (high - low)
    return (float(median), float(scale)) if np.isfinite(scale) else None


def scaled(
    x: Array, median: float | Array, scale: float | Array, clip: float | None, rising: Array | None = None
) -> Array:
    """Return values centered, scaled, and clipped smoothly to (-clip, clip), column by column; 0 where missing.

    In rising columns, values are rounded to float32 before they are clipped: between two such values the result
    moves by more than its error.
    """
    with np.errstate(over="ignore"):
        z = np.clip((x - median) * scale, -FAR, FAR)
        if rising is not None and rising.any():
            z = np.where(rising, np.clip(z, -FAR_32, FAR_32).astype(np.float32), z)
    if clip is not None:
        z = z / np.sqrt(1.0 + (z / clip) ** 2)
    return np.where(np.isnan(z), 0.0, z)


def scaled_slope(x: Array, median: float, scale: float, clip: float | None) -> Array:
    """Return the derivative of :func:`scaled`; 0 where missing."""
    with np.errstate(over="ignore"):
        z = np.clip((x - median) * scale, -FAR, FAR)
    slope = np.full(len(z), scale) if clip is None else scale * (1.0 + (z / clip) ** 2) ** -1.5
    return np.where(np.isnan(z), 0.0, slope)
