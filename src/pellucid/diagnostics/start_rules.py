"""Rules on how training starts: the first loss, against that of knowing nothing but the targets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from pellucid.core.losses import PairedLoss
from pellucid.diagnostics.examination import Examination
from pellucid.diagnostics.finding import Symptom

__all__ = ["bad_initial_loss", "constant_loss"]

Array = NDArray[np.floating]
TIMES = 3.0
ILL = {"squared_error": 9.0}  # an offset of the scores counts squared there; 3 elsewhere


def bad_initial_loss(examination: Examination) -> Iterator[Symptom]:
    """Yield where the first loss is much larger than that of the best constant prediction."""
    first = examination.initial
    assert first is not None
    passed = first.passed
    if passed is None or not np.isfinite(passed.scores).all():
        return
    best, scores = constant_loss(first.loss, first.Y, first.weight)
    of_zero = loss_of_scores(first.loss, first.Y, first.weight, np.zeros(first.Y.shape[1]))
    losses = first.loss.values(first.Y, passed.scores, passed.outputs)
    loss = float(first.weight @ losses / first.weight.sum())
    if best <= 1e-9 * max(1.0, of_zero) or loss <= TIMES * best:
        return
    expected = {"the best constant prediction": best, "scores of 0": of_zero}
    parameters: dict[str, Any] = {}
    K, ratio = first.Y.shape[1], loss / best
    centered = loss <= 1.5 * of_zero  # then only the base rate is missing
    if centered:
        why = (
            "The network starts near scores of 0, and the targets are far from that: most of the loss is the "
            "base rate, which the output bias has to learn first."
        )
        of_numbers = first.loss.activation.name == "identity"  # which standardize moves to mean 0
        remedy = (
            "Standardize the targets, or set" if of_numbers else "Set"
        ) + " the output bias to the base rate: "
        parameters = {"standardize": True} if of_numbers else {}
        remedy += ", ".join(f"{score:.3g}" for score in scores[:8]) + ("…." if K > 8 else ".")
    else:
        spread = float(np.std(passed.scores))
        why = (
            f"The scores are spread by {spread:.3g} before anything is learned, so the network is confident "
            "and wrong: the weights, or the inputs, are too large."
        )
        remedy = "Standardize the inputs, and initialize with smaller weights."
        parameters = {"standardize": True, "initializer": "glorot_uniform"}
    times = ratio / ILL.get(first.loss.loss.name, TIMES)
    base_rate_only = centered and first.loss.loss.name == "log_loss"
    yield Symptom(
        0.2 if times < 1.0 or base_rate_only else min(0.9, 0.4 + 0.2 * np.log10(times)),
        {"layer": first.network.n_blocks - 1},
        {
            "first loss": loss,
            "loss of the best constant": best,
            "loss of scores of 0": of_zero,
            "ratio": ratio,
        },
        f"The loss before training is {loss:.4g}; "
        + " and ".join(f"{name} would cost {value:.4g}" for name, value in expected.items())
        + ".",
        why,
        remedy,
        parameters,
    )


def constant_loss(loss: PairedLoss, Y: Array, weight: Array) -> tuple[float, Array]:
    r"""Return the smallest loss of scores that are the same for every row, and these scores.

    For the log loss it is the entropy of the class priors (ln K where all are equal), for the squared error
    half the variance of the targets.

    Parameters
    ----------
    loss : PairedLoss
        The loss on the outputs.
    Y : ndarray of shape (n_rows, n_outputs)
        The targets.
    weight : ndarray of shape (n_rows,)
        The weights of the rows.

    Returns
    -------
    value : float
        The loss.
    scores : ndarray of shape (n_outputs,)
        Where it is reached.
    """
    distinct, inverse = np.unique(Y, axis=0, return_inverse=True)  # classes are few, rows are many
    share = np.bincount(inverse.ravel(), weight, len(distinct)) / weight.sum()
    scale = np.maximum(1.0, Y.std(axis=0))

    def value_and_gradient(u: Array) -> tuple[float, Array]:
        z = np.broadcast_to(u * scale, distinct.shape)
        a = np.asarray(loss.activation.value(z))
        gradient = share @ loss.gradients(distinct, z, a)
        return float(share @ loss.values(distinct, z, a)), gradient * scale

    start = Y.mean(axis=0) / scale if loss.activation.name == "identity" else np.zeros(Y.shape[1])
    with np.errstate(all="ignore"):
        found = minimize(
            value_and_gradient,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-50.0, 50.0)] * len(start) if loss.activation.name != "identity" else None,
        )
    return float(found.fun), found.x * scale


def loss_of_scores(loss: PairedLoss, Y: Array, weight: Array, scores: Array) -> float:
    """Return the loss of scores that are the same for every row."""
    z = np.broadcast_to(scores, Y.shape)
    return float(weight @ loss.values(Y, z, np.asarray(loss.activation.value(z))) / weight.sum())
