r"""Histograms that represent the rows of fit when later rows are compared with them: shares, without any row.

Numbers have ten bins of about equal shares. The bounds lie halfway between the points of a grid that is coarse
relative to the spread of the numbers, so that none of them is a cell. Categories have a bin each, the 19 most
frequent ones of more than 20; the last bin holds the rest.

The population stability index compares two histograms of B bins:

.. math:: \mathrm{PSI} = \sum_{b=1}^{B} (q_b - p_b) \ln \frac{q_b}{p_b}

with half a row added to each bin. Without any drift, n rows against m have a PSI of about
:math:`\chi^2_{B-1} (1/n + 1/m)`, so that few rows have a large one by chance.

References
----------
N. Siddiqi, "Credit Risk Scorecards", Wiley 2006. B. Yurdakul and J. Naranjo, "Statistical properties of the
population stability index", Journal of Risk Model Validation 14 (4), 2020.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from pellucid.tabular.encoding.scaling import quantiles

__all__ = [
    "LEVELS",
    "Histogram",
    "by_chance",
    "histogram_of_codes",
    "histogram_of_numbers",
    "stability_index",
]

Array = NDArray[np.float64]
DECILES = np.linspace(0.1, 0.9, 9)
GRID = 32  # points of the grid between the first and the last decile, at least
MOST_BINS = 20  # of categories
CONFIDENCE = 0.99

LEVELS = ("not recorded", "stable", "moderate", "major")  # of a difference between two tables


@dataclass(frozen=True)
class Histogram:
    """Shares of the known rows of a column, by bins.

    Parameters
    ----------
    bounds : tuple of float
        Of numbers the bounds between the bins, increasing, a bin holding its lower one; of categories their codes,
        from 1.
    shares : tuple of float
        The share of each bin: one more than ``bounds``. Of categories the last one is that of all others.
    n_rows : float
        The rows that were counted, as many times as their weights say.
    """

    bounds: tuple[float, ...]
    shares: tuple[float, ...]
    n_rows: float

    def counts_of_numbers(self, numbers: Array, weight: Array | None = None) -> Array:
        """Return how many numbers lie in each bin; NaN lies in none.

        Parameters
        ----------
        numbers : ndarray of shape (n_rows,)
            The numbers.
        weight : ndarray of shape (n_rows,), default=None
            Weights of the rows.

        Returns
        -------
        ndarray of shape (n_bins,)
            Sums of weights.
        """
        known = ~np.isnan(numbers)
        at = np.searchsorted(self.bounds, numbers[known], side="right")
        return _counted(at, None if weight is None else weight[known], len(self.shares))

    def counts_of_codes(self, codes: NDArray[np.intp], weight: Array | None = None) -> Array:
        """Return how many codes of categories lie in each bin; unknown ones are in the last, negative in none.

        Parameters
        ----------
        codes : ndarray of shape (n_rows,)
            From 1; 0 for a category that fit did not see.
        weight : ndarray of shape (n_rows,), default=None
            Weights of the rows.

        Returns
        -------
        ndarray of shape (n_bins,)
            Sums of weights.
        """
        known = codes >= 0
        bounds = np.array(self.bounds, np.float64)
        equal = codes[known][:, None] == bounds
        at = (
            np.where(equal.any(axis=1), equal.argmax(axis=1), len(bounds))
            if len(bounds)
            else codes[known] * 0
        )
        return _counted(at, None if weight is None else weight[known], len(self.shares))


def histogram_of_numbers(numbers: Array, weight: Array | None = None) -> Histogram | None:
    """Return a histogram of numbers, None where they do not vary.

    Parameters
    ----------
    numbers : ndarray of shape (n_rows,)
        NaN where missing.
    weight : ndarray of shape (n_rows,), default=None
        Positive.

    Returns
    -------
    Histogram or None
        Of at most ten bins.

    Examples
    --------
    >>> import numpy as np
    >>> found = histogram_of_numbers(np.array([0.0, 0.0, 0.0, 1.0]))
    >>> found.bounds, found.shares
    ((0.0078125,), (0.75, 0.25))
    """
    known = ~np.isnan(numbers)
    numbers, weight = numbers[known], None if weight is None else weight[known]
    if not len(numbers) or not float(numbers.min()) < float(numbers.max()):
        return None
    deciles = quantiles(numbers, DECILES, weight)
    width = float(deciles[-1] - deciles[0]) or float(numbers.max() - numbers.min())
    step = 2.0 ** (np.floor(np.log2(width)) - np.log2(GRID))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        bounds = np.unique((np.floor(deciles / step) + 0.5) * step)
    if not np.isfinite(bounds).all():
        return None
    return _without_empty(bounds, numbers, weight)


def histogram_of_codes(
    codes: NDArray[np.intp], n_categories: int, weight: Array | None = None
) -> Histogram | None:
    """Return a histogram of categories, None where no row has one.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,)
        From 1; 0 for categories that are not kept, negative for missing ones.
    n_categories : int
        The number of categories.
    weight : ndarray of shape (n_rows,), default=None
        Positive.

    Returns
    -------
    Histogram or None
        Of at most 20 bins.
    """
    counts = _counted(codes[codes >= 0], None if weight is None else weight[codes >= 0], n_categories + 1)[1:]
    at = np.argsort(-counts, kind="stable")[: n_categories if n_categories <= MOST_BINS else MOST_BINS - 1]
    found = Histogram(tuple((np.sort(at[counts[at] > 0.0]) + 1.0).tolist()), (), 0.0)
    found = Histogram(found.bounds, (0.0,) * (len(found.bounds) + 1), 0.0)
    return _filled(found, found.counts_of_codes(codes, weight))


def stability_index(before: Histogram, counts: Array) -> float:
    """Return the population stability index of new rows.

    Parameters
    ----------
    before : Histogram
        Of the rows of fit.
    counts : ndarray of shape (n_bins,)
        The new rows in each bin.

    Returns
    -------
    float
        At least 0.
    """
    p, q = np.array(before.shares) * before.n_rows + 0.5, counts + 0.5
    if len(before.shares) > 1 and before.shares[-1] == 0.0 and counts[-1] == 0.0:
        p, q = p[:-1], q[:-1]  # no other categories in either table
    p, q = p / p.sum(), q / q.sum()
    return float(((q - p) * np.log(q / p)).sum())


def by_chance(before: Histogram, n_rows: float) -> float:
    """Return the population stability index below which 99 of 100 tables without drift stay.

    Parameters
    ----------
    before : Histogram
        Of the rows of fit.
    n_rows : float
        The new rows that have a value.

    Returns
    -------
    float
        Infinite without any row.
    """
    if not n_rows or not before.n_rows:
        return float("inf")
    return float(chi2.ppf(CONFIDENCE, max(1, len(before.bounds))) * (1.0 / before.n_rows + 1.0 / n_rows))


def _without_empty(bounds: Array, numbers: Array, weight: Array | None) -> Histogram | None:
    """Return the histogram of these bounds, without those beside empty bins."""
    counts = _counted(np.searchsorted(bounds, numbers, side="right"), weight, len(bounds) + 1)
    kept = [bound for bound, below in zip(bounds, counts[:-1], strict=True) if below > 0.0]
    if kept and counts[-1] == 0.0:
        kept.pop()
    found = Histogram(tuple(float(bound) for bound in kept), (0.0,) * (len(kept) + 1), 0.0)
    return _filled(found, found.counts_of_numbers(numbers, weight))


def _filled(found: Histogram, counts: Array) -> Histogram | None:
    total = float(counts.sum())
    return Histogram(found.bounds, tuple((counts / total).tolist()), total) if total > 0.0 else None


def _counted(at: NDArray[Any], weight: Array | None, n: int) -> Array:
    return np.bincount(at.astype(np.intp), weight, minlength=n).astype(np.float64)
