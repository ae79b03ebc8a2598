"""The perceptron learning algorithm and the pocket algorithm: weights that change with each mistake."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.estimators._margin import separability

__all__ = ["Learned", "learn"]

Array = NDArray[np.float64]
ROWS_AHEAD = 64  # rows whose signals are computed at a time, in search of the next mistake


@dataclass(frozen=True)
class Learned:
    """Result of the algorithm for one class against the others."""

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
    """Return what the algorithm comes to for rows of these signs; the options are those of :class:`Perceptron`."""
    weights = np.zeros(inputs.shape[1])
    kept, fewest, longest = weights, _wrong(inputs, signs, weights), 0
    mistakes: list[int] = []
    run = 0  # of rows that these weights got right, one after the other
    while len(mistakes) < max_iter and (not mistakes or mistakes[-1]):
        order = rng.permutation(len(inputs)) if shuffle else np.arange(len(inputs))
        mistakes.append(0)
        place = 0
        while place < len(order):
            rows = order[place : place + ROWS_AHEAD]
            missed = ((inputs[rows] @ weights >= 0.0) != (signs[rows] > 0.0)).nonzero()[0]
            right = int(missed[0]) if len(missed) else len(rows)
            run, place = run + right, place + right
            if not len(missed):
                continue
            if pocket and run >= longest:
                longest, n_wrong = run, _wrong(inputs, signs, weights)
                kept, fewest = (weights, n_wrong) if n_wrong < fewest else (kept, fewest)
            weights = weights + learning_rate * signs[rows[right]] * inputs[rows[right]]
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
