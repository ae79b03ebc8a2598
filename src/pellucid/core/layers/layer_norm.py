r"""Layer normalization: the signals of a row standardized among themselves, then scaled and shifted."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.elementary import sqrt
from pellucid.core.layers.layer import Array, Loops, Run, Views
from pellucid.core.layers.normalization import Normalization

__all__ = ["LayerNorm"]

EPSILON = 1e-5


@dataclass(frozen=True)
class LayerNorm(Normalization):
    r"""The layer :math:`y = \gamma \circ \hat x + \beta`, :math:`\hat x = (x - \mu) / \sqrt{v + \varepsilon}`.

    :math:`\mu` and :math:`v` are the mean and the variance over the units of a row, so that a row does not depend
    on the others of its batch, and prediction does what training did. :math:`\varepsilon = 10^{-5}`.

    Parameters
    ----------
    n_units : int
        The number of signals.

    References
    ----------
    J. L. Ba, J. R. Kiros and G. E. Hinton (2016), Layer normalization, arXiv:1607.06450, section 3.
    """

    n_units: int
    axis = 1
    epsilon = EPSILON

    @property
    def label(self) -> str:
        """Its kind."""
        return "layer normalization"

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`y = \gamma \circ \hat x + \beta`."""
        centered = x - x.mean(axis=1, keepdims=True)
        deviation = np.sqrt((centered**2).mean(axis=1, keepdims=True) + EPSILON)
        x_hat = centered / deviation
        return p["gamma"] * x_hat + p["beta"], (x_hat, deviation)

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r"""With :math:`u = \gamma \circ \delta`, through the mean and the variance of the row too.

        .. math:: (u_j - \tfrac1n \sum_k u_k - \hat x_j\, \tfrac1n \sum_k u_k \hat x_k) / \sqrt{v + \varepsilon}
        """
        x_hat, deviation = kept
        u = upstream * p["gamma"]
        to_mean, to_variance = (v.mean(axis=1, keepdims=True) for v in (u, u * x_hat))
        return np.asarray((u - to_mean - x_hat * to_variance) / deviation)

    def loops(self) -> Loops:
        """Return both ways number by number; a row keeps its standardized signals, then their deviation."""
        return Loops(_forward, _backward, self.n_units, n_kept=self.n_units + 1, in_place=True)


def _forward(x: Array, b: Array, p: Array, y: Array, kept: Array) -> None:
    n = x.shape[1]
    for i in range(x.shape[0]):
        total = 0.0
        for j in range(n):
            x[i, j] += b[j]
            total += x[i, j]
        mean, squares = total / float(n), 0.0
        for j in range(n):
            kept[i, j] = x[i, j] - mean
            squares += kept[i, j] * kept[i, j]
        deviation = sqrt(squares / float(n) + EPSILON)
        kept[i, n] = deviation
        for j in range(n):
            kept[i, j] /= deviation
            y[i, j] = p[j] * kept[i, j] + p[n + j]


def _backward(p: Array, g: Array, delta: Array, below: Array, kept: Array) -> None:
    n = delta.shape[1]
    for k in range(2 * n):
        g[k] = 0.0
    for i in range(delta.shape[0]):
        to_mean, to_variance = 0.0, 0.0
        for j in range(n):
            g[j] += delta[i, j] * kept[i, j]
            g[n + j] += delta[i, j]
            u = delta[i, j] * p[j]
            to_mean += u
            to_variance += u * kept[i, j]
        to_mean, to_variance, deviation = to_mean / float(n), to_variance / float(n), kept[i, n]
        for j in range(n):
            below[i, j] = (delta[i, j] * p[j] - to_mean - kept[i, j] * to_variance) / deviation
