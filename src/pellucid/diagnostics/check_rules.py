"""Rules on the machinery itself: outputs depend on inputs, and the gradient is right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pellucid.core import Objective, forward
from pellucid.diagnostics.examination import Examination
from pellucid.diagnostics.finding import Rule, Symptom

__all__ = ["CHECK_RULES", "input_independent", "wrong_gradient"]

Array = NDArray[np.floating]

ACCEPTED = 1e-3
STEPS = 10.0 ** -np.arange(6.0, 12.0)  # of the size of the parameters


def input_independent(examination: Examination) -> Iterator[Symptom]:
    """Yield where the outputs are the same whatever the inputs are."""
    assert examination.seen is not None
    X, scores = examination.X, examination.seen.scores
    if len(scores) < 2 or not all(W.any() for W in examination.network.weights):
        return  # zero weights have a rule of their own
    size = max(1.0, float(np.abs(scores).max()))
    spread = float(scores.std(axis=0).max())
    resolution = 1e-6 if examination.untrained else 1e-4
    if spread < resolution * size and X.shape[1] > 0:
        yield Symptom(
            0.8,
            {"layer": examination.network.n_blocks - 1},
            {"spread of the scores": spread, "largest score": float(np.abs(scores).max())},
            f"The scores do not depend on the inputs: over {len(scores)} rows they vary by {spread:.1g}.",
            "The signal is lost in some layer, because of weights of 0, dead or saturated units, layers "
            "that shrink it, or inputs that are all equal.",
            "Fix the other findings first; if there are none, draw larger weights.",
            {"initializer": "glorot_uniform", "standardize": True},
        )


def wrong_gradient(examination: Examination) -> Iterator[Symptom]:
    """Yield where the gradient of the network differs from finite differences, along random directions."""
    errors = directional_errors(examination)
    error = float(np.median(errors)) if len(errors) else 0.0
    if error > ACCEPTED:
        names = sorted(
            {a.name for a in (*examination.network.activation, examination.network.output_activation)}
        )
        yield Symptom(
            1.0,
            {},
            {"relative error": error},
            f"The gradient differs from finite differences by {error:.1g} of its size.",
            f"A derivative is wrong: that of an activation ({', '.join(names)}), of the loss "
            f"({examination.loss.loss.name}), or of a layer.",
            "Compare them one by one with check_activation, check_loss and check_layer of pellucid.core.",
        )


def directional_errors(examination: Examination, n_rows: int = 20, n_directions: int = 5) -> Array:
    """Return the relative errors of directional derivatives of the loss on a few rows."""
    rows = np.linspace(0, len(examination.rows) - 1, min(n_rows, len(examination.rows))).astype(np.intp)
    network = examination.network
    objective = Objective(network, examination.loss)
    X, Y = examination.X[rows], examination.Y[rows]
    rng, theta = np.random.default_rng(0), network.parameters

    def value(parameters: Array) -> float:
        passed = forward(network, X, parameters=parameters)
        return float(examination.loss.values(Y, passed.scores, passed.outputs).mean())

    with np.errstate(all="ignore"):
        flat = objective.value_and_gradient(X, Y, training=False).flat
        size = float(np.linalg.norm(flat))
        if not np.isfinite(size) or size < 1e-8:
            return np.empty(0)
        errors = []
        for _ in range(n_directions):
            v = rng.normal(size=len(theta)) * np.where(flat == 0.0, 0.0, 1.0)
            v *= 1.0 if v @ flat >= 0.0 else -1.0
            v = v / np.linalg.norm(v) + flat / size  # both along the gradient, so that nothing cancels
            error = np.inf
            for (
                step
            ) in STEPS:  # a wrong derivative is wrong at any; a right one shows where no bend is in the way
                h = step * max(1.0, float(np.linalg.norm(theta))) / float(np.linalg.norm(v))
                difference = (value(theta + h * v) - value(theta - h * v)) / (2.0 * h)
                error = min(error, abs(difference - float(flat @ v)) / max(abs(difference), size * 0.1))
                if error <= ACCEPTED:
                    break
            errors.append(error)
    return np.array(errors)


CHECK_RULES: tuple[Rule, ...] = (
    Rule(
        "input-independent", input_independent, ("vitals",),
        "the scores of all rows are equal to 1e-6 of their size (1e-4 after training)",
        "Karpathy, A recipe for training neural networks: input-independent baseline", "heuristic",
    ),
    Rule(
        "wrong-gradient", wrong_gradient, ("vitals",),
        "directional derivatives on 20 rows differ from central differences by over 1e-3, at six step lengths",
        "CS231n, Neural Networks Part 3: gradient checks; the number is pellucid's", "heuristic",
    ),
)  # fmt: skip
