"""Order of categories in which neighbors have the most similar rows in the other columns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from pellucid.inspection.cells import as_codes
from pellucid.tabular.reading.columns import Values

__all__ = ["level_order"]

Array = NDArray[np.float64]
MOST = 40  # categories that are compared with one another; more keep their order


def level_order(read: Mapping[int, Values], at: int, levels: Array) -> NDArray[np.intp]:
    r"""Return the order of categories that the frame declares, or else one by their distances.

    The latter is the order of the first coordinate of classical scaling. The distance of two categories is the sum
    over the other columns of the distance of their distributions: Kolmogorov and Smirnov's for numbers, half the
    sum of absolute differences of shares for categories.

    Parameters
    ----------
    read : dict of int to Values
        The values read from the columns.
    at : int
        The column of categories.
    levels : ndarray of shape (n_levels,)
        Its codes.

    Returns
    -------
    ndarray of shape (n_levels,)
        Indices of the levels in their order.

    References
    ----------
    D. Apley and J. Zhu (2020), JRSS B 82, 1059-1086, on categorical predictors.
    """
    if read[at].kind == "boolean" or read[at].order or len(levels) < 3 or len(levels) > MOST:
        return np.arange(len(levels))
    own = as_codes(read[at])[0]
    distance = np.zeros((len(levels), len(levels)))
    for position, values in read.items():
        if position != at:
            codes, is_ordered = as_codes(values)
            each = [codes[(own == level) & ~np.isnan(codes)] for level in levels]
            for i, j in combinations(range(len(levels)), 2):
                if len(each[i]) and len(each[j]):
                    gap = ks_2samp(each[i], each[j]).statistic if is_ordered else _gap(each[i], each[j])
                    distance[i, j] += gap
                    distance[j, i] += gap
    centering = np.eye(len(levels)) - 1.0 / len(levels)
    vectors = np.linalg.eigh(-0.5 * centering @ distance**2 @ centering)[1]
    first = vectors[:, -1]
    return np.argsort(first if first[0] <= first[-1] else -first, kind="stable")


def _gap(first: Array, second: Array) -> float:
    n = int(max(first.max(), second.max())) + 1
    shares = [np.bincount(codes.astype(np.intp), minlength=n) / len(codes) for codes in (first, second)]
    return float(0.5 * np.abs(shares[0] - shares[1]).sum())
