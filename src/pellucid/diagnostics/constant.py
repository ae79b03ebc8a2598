"""The best constant prediction, and its loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from pellucid.core.losses import PairedLoss

__all__ = ["constant_loss", "loss_of_scores"]

Array = NDArray[np.floating]


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
        The outputs at which it is reached.
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
