r"""Batch normalization: each signal standardized over the batch, then scaled and shifted."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.layers.layer import Array, Run, StateSpec, Views
from pellucid.core.layers.normalization import Normalization

__all__ = ["BatchNorm"]


@dataclass(frozen=True)
class BatchNorm(Normalization):
    r"""The layer :math:`y = \gamma \hat x + \beta`, :math:`\hat x = (x - \mu) / \sqrt{v + \varepsilon}`.

    In training, :math:`\mu = \sum_i p_i x_i` and :math:`v = \sum_i p_i (x_i - \mu)^2` are those of the batch,
    :math:`p_i = w_i / \sum_j w_j`, so that a row of weight 2 counts as two rows and one of weight 0 as none;
    the running statistics move towards them by ``momentum``. A batch that is only a share s of a full one, as
    the last of an epoch may be, moves them by :math:`1 - (1 - \text{momentum})^s`: as far as s full batches
    would, so that a few rows do not decide. In prediction the running ones are used.

    Parameters
    ----------
    n_units : int
        The number of signals.
    momentum : float, default=0.1
        The share of the batch in the running statistics.
    epsilon : float, default=1e-5
        Added to the variance.

    References
    ----------
    S. Ioffe and C. Szegedy (2015), Batch normalization, arXiv:1502.03167, algorithm 1. The running
    variance is the batch's own, without the factor n/(n - 1), which has no meaning for weights.
    """

    n_units: int
    momentum: float = 0.1
    epsilon: float = 1e-5
    mixes_rows = True

    @property
    def label(self) -> str:
        """Its kind."""
        return "batch normalization"

    def state(self) -> tuple[StateSpec, ...]:
        """Declare the running mean and variance."""
        return StateSpec("mean", (self.n_units,), 0.0), StateSpec("variance", (self.n_units,), 1.0)

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        """Standardize by the batch (training) or by the running statistics (prediction)."""
        share = None
        if run.training:
            w = np.ones(len(x), x.dtype) if run.sample_weight is None else run.sample_weight
            share = (w / w.sum())[:, None].astype(x.dtype)
            mean = (share * x).sum(axis=0)
            variance = (share * (x - mean) ** 2).sum(axis=0)
            moved = self.momentum if run.share == 1.0 else 1.0 - (1.0 - self.momentum) ** run.share
            s["mean"][...] += moved * (mean - s["mean"])
            s["variance"][...] += moved * (variance - s["variance"])
        else:
            mean, variance = s["mean"], s["variance"]
        deviation = np.sqrt(variance + self.epsilon)
        x_hat = (x - mean) / deviation
        return p["gamma"] * x_hat + p["beta"], (x_hat, deviation, share)

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r"""With :math:`u = \gamma \delta`, through the batch's mean and variance too.

        .. math:: (u_i - p_i \sum_j u_j - p_i \hat x_i \sum_j u_j \hat x_j) / \sqrt{v + \varepsilon}
        """
        x_hat, deviation, share = kept
        u = upstream * p["gamma"]
        if share is not None:  # the batch's mean and variance depend on every row
            u = u - share * u.sum(axis=0) - share * x_hat * (u * x_hat).sum(axis=0)
        return np.asarray(u / deviation)

    def folded(self, weights: Array, biases: Array, p: Views, s: Views) -> tuple[Array, Array]:
        r"""Return :math:`W' = Wf`, :math:`b' = (b - \mu)f + \beta` with :math:`f = \gamma/\sqrt{v + \varepsilon}`.

        With the running mean and variance, :math:`\gamma \hat x + \beta = a W' + b'` for :math:`x = a W + b`.
        """
        factor = p["gamma"] / np.sqrt(s["variance"].astype(np.float64) + self.epsilon)
        return weights * factor, (biases - s["mean"]) * factor + p["beta"]
