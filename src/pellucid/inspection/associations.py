r"""Association of columns of any kind, from 0 to 1, and the groups of columns that belong together.

==========================  ==================================================================================
two columns                 measure
==========================  ==================================================================================
numbers, dates, booleans    the size of Spearman's rank correlation
numbers and categories      :math:`\eta`, the square root of the share of the ranks' variance between categories
categories                  Cramér's :math:`V`
==========================  ==================================================================================

Rows in which either value is missing are left out.

Many categories in few rows divide any column well by chance. The squares of both measures for categories are
therefore adjusted for chance, so that 0 is expected for independent columns and 1 remains if one column determines
the other:

.. math:: \frac{m^2 - E}{1 - E}, \qquad E = \frac{k - 1}{n - 1}

with n rows and the larger number k of categories. Of :math:`\eta^2` this is Kelley's :math:`\varepsilon^2` [1]_.

References
----------
.. [1] T. Kelley (1935), An unbiased correlation ratio measure, Proc. Natl. Acad. Sci. 21, 554-559.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.stats import rankdata

from pellucid.inspection.cells import Cellular, as_codes

__all__ = ["associations", "groups_of"]

Array = NDArray[np.float64]
FEWEST = 5  # rows in which both columns have a value


def associations(cells: Cellular) -> Array:
    """Return the association of each pair of columns.

    Parameters
    ----------
    cells : Cellular
        The table.

    Returns
    -------
    ndarray of shape (n_columns, n_columns)
        0 for constant columns, 1 on the diagonal.
    """
    found = np.eye(len(cells.names))
    read = {position: as_codes(values) for position, values in cells.read().items()}
    for i, (first, is_ordered) in read.items():
        for j, (second, is_ordered_too) in read.items():
            if j < i:
                known = ~(np.isnan(first) | np.isnan(second))
                if known.sum() >= FEWEST:
                    pair = (first[known], second[known])
                    found[i, j] = found[j, i] = _pair(
                        *pair, is_ordered=is_ordered, is_ordered_too=is_ordered_too
                    )
    return found


def groups_of(association: Array, threshold: float) -> list[list[int]]:
    """Return the columns in groups: two belong together if a chain of large associations links them."""
    labels = connected_components(association >= threshold, directed=False)[1]
    return [np.flatnonzero(labels == label).tolist() for label in dict.fromkeys(labels.tolist())]


def _pair(first: Array, second: Array, *, is_ordered: bool, is_ordered_too: bool) -> float:
    if is_ordered and is_ordered_too:
        a, b = rankdata(first), rankdata(second)
        spread = a.std() * b.std()
        return float(abs(np.mean((a - a.mean()) * (b - b.mean())) / spread)) if spread > 0.0 else 0.0
    if is_ordered != is_ordered_too:
        ranks, codes = (rankdata(first), second) if is_ordered else (rankdata(second), first)
        level = np.unique(codes, return_inverse=True)[1]
        counts = np.bincount(level)
        means = np.bincount(level, ranks) / counts
        total = float(ranks.var())
        between = float(counts @ (means - ranks.mean()) ** 2) / len(ranks)
        return _beyond_chance(between / total, len(counts), len(ranks)) if total > 0.0 else 0.0
    return _cramer(np.unique(first, return_inverse=True)[1], np.unique(second, return_inverse=True)[1])


def _cramer(a: NDArray[np.intp], b: NDArray[np.intp]) -> float:
    counts = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(counts, (a, b), 1.0)
    if min(counts.shape) < 2:
        return 0.0
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / len(a)
    chi = float(((counts - expected) ** 2 / expected).sum())
    return _beyond_chance(chi / len(a) / (min(counts.shape) - 1), max(counts.shape), len(a))


def _beyond_chance(square: float, n_categories: int, n_rows: int) -> float:
    """Return the root of the square of a measure, adjusted for what that many categories give by chance."""
    chance = (n_categories - 1) / (n_rows - 1)
    return float(np.sqrt(np.clip((square - chance) / (1.0 - chance), 0.0, 1.0))) if chance < 1.0 else 0.0
