"""Exact Shapley values by enumeration of all sets of columns, with a background of rows."""

from itertools import combinations
from math import factorial
from typing import Any

import numpy as np


def shapley(predict: Any, row: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Return the values of Lundberg and Lee (2017) for the game v(S) = mean over b of f(x_S, b_rest)."""
    n = len(row)

    def worth(chosen: tuple[int, ...]) -> float:
        rows = background.copy()
        rows[:, list(chosen)] = row[list(chosen)]
        return float(np.mean(predict(rows)))

    worths = {s: worth(s) for size in range(n + 1) for s in combinations(range(n), size)}
    found = np.zeros(n)
    for s, value in worths.items():
        for j in set(range(n)) - set(s):
            weight = factorial(len(s)) * factorial(n - len(s) - 1) / factorial(n)
            found[j] += weight * (worths[tuple(sorted((*s, j)))] - value)
    return found
