"""Steps of a spread: places in numeric columns where errors grow or shrink abruptly, found one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_STEPS", "Step", "grow_steps", "logs_after", "step_units"]

Array = NDArray[Any]
N_CUTS = 24  # places per column where a step may be
MOST_STEPS = 20
RATE = 0.3  # share of each step that is taken
DOUBT = 8.0  # rows with a usual error, added to both sides
LEAST_ROWS = 8.0  # on either side
WIDTH = 1.0 / 64.0  # of a step, in columns whose deviation is about 1: a network has no jumps


@dataclass(frozen=True)
class Step:
    """A step of log σ in a numeric column.

    Parameters
    ----------
    column : int
        The place of the column.
    cut : float
        The largest value below it.
    below, above : float
        The parts of log σ on either side.
    """

    column: int
    cut: float
    below: float
    above: float


def grow_steps(
    numeric: Array, errors: Array, expected: Array, weight: Array, most: int = MOST_STEPS
) -> list[Step]:
    r"""Return steps that make expected errors fit the observed ones better, the first ones most.

    Each is the one among 24 quantiles of every column with the largest gain in the likelihood of exponential
    errors, where r̄ and m̄ are the observed and the expected errors of the rows on a side. There log σ grows by
    0.3 log r̄/m̄, shrunk towards 0 by 8 rows (gradient boosting of stumps).

    Parameters
    ----------
    numeric : ndarray of shape (n_rows, n_columns)
        Numeric columns.
    errors, expected, weight : ndarray of shape (n_rows,)
        Absolute errors, what is expected of them, and weights.
    most : int, default=20
        The largest number of steps.

    Returns
    -------
    list of Step
        The steps, in the order in which they were found.

    References
    ----------
    J. Friedman (2001), Greedy function approximation: a gradient boosting machine, Ann. Statist. 29, 1189-1232.
    """
    if numeric.shape[1] == 0:
        return []
    cuts = np.stack([_quantiles(column, weight) for column in numeric.T], axis=1)
    n_columns, width = numeric.shape[1], N_CUTS + 1
    codes = np.stack([np.searchsorted(*pair) for pair in zip(cuts.T, numeric.T, strict=True)], axis=1)
    cells = (codes + width * np.arange(n_columns)).ravel()

    def below(values: Array) -> Array:
        """Return the sum of values below each cut."""
        sums = np.bincount(cells, np.repeat(values, n_columns), minlength=n_columns * width)
        return np.asarray(sums.reshape(n_columns, width).cumsum(axis=1)[:, :-1])

    n, n_below = weight.sum(), below(weight)
    is_free = (n_below >= LEAST_ROWS) & (n - n_below >= LEAST_ROWS)
    observed, observed_below = weight @ errors, below(weight * errors)
    steps = list[Step]()
    while len(steps) < most and is_free.any():
        total, total_below = weight @ expected, below(weight * expected)
        doubt = DOUBT * total / n
        sides = [(observed_below, total_below), (observed - observed_below, total - total_below)]
        logs = [np.log((r + doubt) / (m + doubt)) for r, m in sides]
        gain = sum(r * log - m * np.expm1(log) for (r, m), log in zip(sides, logs, strict=True))
        column, place = np.unravel_index(np.where(is_free, gain, -np.inf).argmax(), gain.shape)
        low, high = (RATE * float(log[column, place]) for log in logs)
        steps.append(Step(int(column), float(cuts[place, column]), low, high))
        expected = expected * np.exp(np.where(codes[:, column] <= place, low, high))
    return steps


def _quantiles(column: Array, weight: Array) -> Array:
    """Return places for steps, with as much weight between each two."""
    order = np.argsort(column, kind="stable")
    passed = np.cumsum(weight[order])
    shares = np.arange(1, N_CUTS + 1) / (N_CUTS + 1)
    return np.asarray(column[order][np.searchsorted(passed, shares * passed[-1])])


def logs_after(steps: Sequence[Step], numeric: Array) -> Array:
    """Return the growth of log σ after no step, the first, the first two ..., for each row.

    Parameters
    ----------
    steps : sequence of Step
        The steps.
    numeric : ndarray of shape (n_rows, n_columns)
        Numeric columns.

    Returns
    -------
    ndarray of shape (n_steps + 1, n_rows)
        The sums.
    """
    parts = [np.zeros(len(numeric))]
    for step in steps:
        rise = np.clip((numeric[:, step.column] - step.cut) / WIDTH, 0.0, 1.0)
        parts.append(step.below + (step.above - step.below) * rise)
    return np.asarray(np.cumsum(parts, axis=0))


def step_units(steps: Sequence[Step], n_inputs: int) -> tuple[Array, Array, Array, float]:
    """Return relu units that make steps: weights, biases, the weights of their sum, and its constant.

    Parameters
    ----------
    steps : sequence of Step
        The steps.
    n_inputs : int
        The number of encoded columns, of which the first ones are numeric.

    Returns
    -------
    W : ndarray of shape (n_inputs, 2 n_steps)
        The weights.
    b : ndarray of shape (2 n_steps,)
        The biases.
    last : ndarray of shape (2 n_steps,)
        The weights of the sum.
    constant : float
        Its constant.
    """
    W, b, last = np.zeros((n_inputs, 2 * len(steps))), np.zeros(2 * len(steps)), np.zeros(2 * len(steps))
    for place, step in enumerate(steps):
        own = slice(2 * place, 2 * place + 2)
        W[step.column, own] = 1.0
        b[own] = -step.cut, -step.cut - WIDTH
        slope = (step.above - step.below) / WIDTH
        last[own] = slope, -slope
    return W, b, last, float(sum(step.below for step in steps))
