"""The perceptron learning algorithm and the pocket algorithm: weights that change with each mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.elementary import heaviside, maximum
from pellucid.core.intervals import REAL, UNIT_CLOSED
from pellucid.core.loss_forms import Loss, LossForm
from pellucid.core.margin import separability

__all__ = ["PERCEPTRON", "Learned", "learn"]

Array = NDArray[np.float64]
ROWS_AHEAD = 64  # rows whose signals are computed at a time, in search of the next mistake


def criterion(y: Any, s: Any) -> Any:
    return maximum(s, 0.0) - y * s


def correction(y: Any, s: Any) -> Any:
    # The unit answers 1 where s >= 0: the difference from the target y is 0, or a mistake.
    return heaviside(s, 1.0) - y


def criterion_kinks() -> tuple[float, ...]:
    """Return the residuals s - y at s = 0, for the targets 1 and 0."""
    return (-1.0, 0.0)


PERCEPTRON = Loss(
    "perceptron",
    (LossForm(REAL, UNIT_CLOSED, criterion, correction, latex=r"\max(\hat y, 0) - y \hat y"),),
    ("identity",),
    kinks=criterion_kinks,
)
"""Criterion of the perceptron for targets 0 and 1: a step of gradient descent is the algorithm's update."""


@dataclass(frozen=True)
class Learned:
    """Result of the algorithm for one class against the others.

    Parameters
    ----------
    weights : ndarray of shape (n_weights,)
        The weights learned.
    mistakes : ndarray of int of shape (n_epochs,)
        The number of mistakes in each epoch.
    n_wrong : int
        The number of rows that the weights get wrong.
    converged : bool
        True if the last epoch had no mistake.
    separable : bool
        True if some weights get every row right.
    radius, margin : float
        The length R of the longest row, and the widest margin γ; 0 where the rows are not separable.
    """

    weights: Array
    mistakes: NDArray[np.intp]
    n_wrong: int
    converged: bool
    separable: bool
    radius: float
    margin: float

    @property
    def bound(self) -> float:
        """(R/γ)², infinite where γ is 0."""
        with np.errstate(divide="ignore", over="ignore"):
            return float(np.square(np.float64(self.radius) / self.margin))


def learn(
    inputs: Array,
    signs: Array,
    rng: np.random.Generator,
    *,
    max_iter: int,
    learning_rate: float,
    pocket: bool,
    shuffle: bool,
) -> Learned:
    r"""Learn weights that get rows right: :math:`w \leftarrow w + \eta y_i x_i` for a row that is not.

    Parameters
    ----------
    inputs : ndarray of shape (n_samples, n_weights)
        The rows :math:`x_i`; with a bias, a column of them is constant.
    signs : ndarray of shape (n_samples,)
        :math:`y_i`, +1 or -1.
    rng : numpy.random.Generator
        Orders the rows of an epoch.
    max_iter : int
        The largest number of epochs; learning ends with one that had no mistake.
    learning_rate : float
        :math:`\eta`.
    pocket : bool
        True to return the weights that got most rows right, in place of the last ones.
    shuffle : bool
        False to take the rows in their order.

    Returns
    -------
    Learned
        The weights, the mistakes of each epoch, and what is known of a margin.
    """
    weights, targets = np.zeros(inputs.shape[1]), (signs > 0.0).astype(np.float64)
    kept, fewest, longest = weights, _wrong(inputs, signs, weights), 0
    mistakes: list[int] = []
    run = 0  # of rows that these weights got right, one after the other
    while len(mistakes) < max_iter and (not mistakes or mistakes[-1]):
        order = rng.permutation(len(inputs)) if shuffle else np.arange(len(inputs))
        mistakes.append(0)
        place = 0
        while place < len(order):
            rows = order[place : place + ROWS_AHEAD]
            errors = correction(targets[rows], inputs[rows] @ weights)
            missed = errors.nonzero()[0]
            right = int(missed[0]) if len(missed) else len(rows)
            run, place = run + right, place + right
            if not len(missed):
                continue
            if pocket and run >= longest:
                longest, n_wrong = run, _wrong(inputs, signs, weights)
                kept, fewest = (weights, n_wrong) if n_wrong < fewest else (kept, fewest)
            weights = weights - learning_rate * errors[right] * inputs[rows[right]]
            mistakes[-1] += 1
            run, place = 0, place + 1
    converged = not mistakes[-1]
    n_wrong = _wrong(inputs, signs, weights)
    if pocket and fewest < n_wrong:
        weights, n_wrong = kept, fewest
    known = weights if converged else None
    return Learned(
        weights, np.array(mistakes), n_wrong, converged, *separability(signs[:, None] * inputs, known)
    )


def _wrong(inputs: Array, signs: Array, weights: Array) -> int:
    return int(np.count_nonzero((inputs @ weights >= 0.0) != (signs > 0.0)))
