"""Choice of a model for the spread of errors: its smoothness and its number of steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from pellucid.core import get_loss
from pellucid.core.activations import get_activation
from pellucid.tabular.certainty.spread_steps import MOST_STEPS, Step, grow_steps, logs_after
from pellucid.tabular.linear.newton import fit_by_newton

__all__ = ["Logs", "SpreadRows"]

Array = NDArray[Any]
MOST = 5000  # rows that a spread is learned from
PENALTIES = (0.5, 5.0, 50.0)
MOST_SHARE = 1.5  # penalties pull spreads together
FLOOR = 0.05  # share of the mean error, added to each: where errors are 0, new ones may be larger
LEAST_GAIN = 3.0  # of log likelihood, below which a simpler model is taken
TINY = np.finfo(np.float64).tiny
LOSS = get_loss("poisson").on(get_activation("exp"))


@dataclass(frozen=True)
class Logs:
    """The parts of log σ for one target.

    Parameters
    ----------
    slopes : ndarray of shape (n_hinges,)
        The weights of the hinges.
    intercept : float
        The constant.
    steps : list of Step
        The steps.
    told : ndarray of shape (n_rows,)
        log σ of each held-out row as the others tell it.
    """

    slopes: Array
    intercept: float
    steps: list[Step]
    told: Array


@dataclass(frozen=True)
class SpreadRows:
    """Held-out rows with the errors of one target.

    Parameters
    ----------
    hinges : ndarray of shape (n_rows, n_hinges)
        Pieces of the columns.
    numeric : ndarray of shape (n_rows, n_numeric)
        The numeric columns.
    errors : ndarray of shape (n_rows,)
        Absolute errors.
    weight : ndarray of shape (n_rows,)
        Weights, whose sum is the number of rows that they stand for.
    part : ndarray of shape (n_rows,)
        The part of each row: its spread is told by the rows of other parts.
    """

    hinges: Array
    numeric: Array
    errors: Array
    weight: Array
    part: NDArray[np.intp]

    def best(self) -> Logs | None:
        """Return the model with the largest likelihood; None for a constant spread."""
        unit = float(np.average(self.errors, weights=self.weight))
        if not unit > 0.0 or (self.part == self.part[0]).all():
            return None
        rows = SpreadRows(self.hinges, self.numeric, self.errors / unit + FLOOR, self.weight, self.part)
        return rows._best()

    def _best(self) -> Logs | None:
        smooth = [(penalty, 0, self._unseen(penalty, 0)[0]) for penalty in PENALTIES]
        first = max(smooth, key=lambda each: self._power(each[2])[1])
        best: tuple[float | None, int, Array] = first
        power, gain = 0.0, 0.0
        for penalty, n_steps, logs in (first, self._with_steps(None), self._with_steps(first[0])):
            found = self._power(logs)
            if found[1] > gain + LEAST_GAIN:
                best, (power, gain) = (penalty, n_steps, logs), found
        if gain == 0.0:
            return None
        penalty, n_steps, logs = best
        slopes, intercept, steps = self._learned(np.arange(len(self.errors)), penalty, n_steps)
        center = float(np.average(logs, weights=self.weight))
        scaled = [Step(s.column, s.cut, power * s.below, power * s.above) for s in steps]
        return Logs(power * slopes, power * (intercept - center), scaled, power * (logs - center))

    def _with_steps(self, penalty: float | None) -> tuple[float | None, int, Array]:
        """Return the penalty, the best number of steps with it, and log σ of each row."""
        grown = self._unseen(penalty, MOST_STEPS)
        n_steps = int(np.argmin([self._surprise(each) for each in grown]))
        return penalty, n_steps, grown[n_steps]

    def _unseen(self, penalty: float | None, most: int) -> Array:
        """Return log σ of each row, estimated from the others, with no step, with one, with two ..."""
        found = np.empty((most + 1, len(self.errors)))
        for number in np.unique(self.part):
            own, others = np.flatnonzero(self.part == number), np.flatnonzero(self.part != number)
            slopes, intercept, steps = self._learned(others, penalty, most)
            grown = self.hinges[own] @ slopes + intercept + logs_after(steps, self.numeric[own])
            found[:, own] = grown[np.minimum(np.arange(most + 1), len(grown) - 1)]
        return found

    def _learned(
        self, rows: NDArray[np.intp], penalty: float | None, most: int
    ) -> tuple[Array, float, list[Step]]:
        """Return coefficients, intercept and steps, learned from some of the rows; no penalty: no slopes."""
        rows = rows[:: -(-len(rows) // MOST)]
        hinges, errors, weight = self.hinges[rows], self.errors[rows], self.weight[rows]
        slopes, intercept = np.zeros(hinges.shape[1]), float(np.log(np.average(errors, weights=weight)))
        if penalty is not None:
            W, b = fit_by_newton(LOSS, hinges, errors[:, None], weight, penalty)
            slopes, intercept = W[:, 0], float(b[0])
        expected = np.exp(hinges @ slopes + intercept)
        steps = grow_steps(self.numeric[rows], errors, expected, weight, most) if most else []
        return slopes, intercept, steps

    def _power(self, logs: Array) -> tuple[float, float]:
        """Return the power of the spread with the largest likelihood, and its gain over one spread for all."""
        found = minimize_scalar(
            lambda power: self._surprise(power * logs),
            bounds=(0.0, MOST_SHARE),
            method="bounded",
            options={"xatol": 1e-6},
        )
        return float(found.x), self._surprise(0.0 * logs) - float(found.fun)

    def _surprise(self, logs: Array) -> float:
        """Return the negative log likelihood of the errors, whatever their unit."""
        scaled = float(np.average(self.errors * np.exp(-logs), weights=self.weight))
        return float(self.weight @ logs + self.weight.sum() * np.log(max(scaled, TINY)))
