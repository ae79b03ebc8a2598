r"""The parametric activation: each unit finds out how far it bends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.activations import Activation
from pellucid.core.layers.layer import Array, Layer, Loops, ParameterSpec, Run, Views
from pellucid.exceptions import ParameterError

__all__ = ["ParametricActivate"]

Equation = Callable[..., Any]


@dataclass(frozen=True)
class ParametricActivate(Layer):
    r"""The layer :math:`a = z + \alpha \circ (\varphi(z) - z)`, with :math:`\alpha = 1` at first.

    :math:`\alpha_j = 0` makes unit j linear, 1 leaves the activation as it is.

    Parameters
    ----------
    activation : Activation
        The row of the table; element-wise, so not softmax.
    n_units : int
        The number of units.

    References
    ----------
    D. Holzmüller, L. Grinsztajn, I. Steinwart (2024), Better by default, arXiv:2407.04491, section 3.
    """

    activation: Activation
    n_units: int

    def __post_init__(self) -> None:
        if self.activation.derivative is None:
            raise ParameterError(
                f"A parametric activation must be element-wise; got {self.activation.name!r}, a function of a "
                "whole row."
            )

    @property
    def label(self) -> str:
        """The activation's name, and that it is parametric."""
        return f"{self.activation.name}, parametric"

    @property
    def kinks(self) -> tuple[float, ...]:
        """The activation's."""
        return self.activation.kinks

    def parameters(self) -> tuple[ParameterSpec, ...]:
        r"""Declare :math:`\alpha`."""
        return (ParameterSpec("alpha", (self.n_units,), start=1.0, group="slope"),)

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`a = z + \alpha (\varphi(z) - z)`."""
        bent = np.asanyarray(self.activation.value(x))
        return x + p["alpha"] * (bent - x), (x, bent)

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        r""":math:`\nabla_\alpha = \sum_i (\varphi(z_i) - z_i)\, \partial J/\partial a_i`."""
        z, bent = kept
        g["alpha"][...] = ((bent - z) * upstream).sum(axis=0)

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\delta = (1 + \alpha (\varphi'(z) - 1))\, \partial J/\partial a`."""
        z, bent = kept
        assert self.activation.derivative is not None
        return np.asarray(upstream * (1.0 + p["alpha"] * (self.activation.derivative(z, bent) - 1.0)))

    def loops(self) -> Loops:
        """Return both ways number by number."""
        assert self.activation.derivative is not None
        equations: dict[str, Equation] = {
            "value": self.activation.value,
            "derivative": self.activation.derivative,
        }
        return Loops(_forward, _backward, self.n_units, 2 * self.n_units, in_place=True, equations=equations)


# Value and derivative have an exponential in common, which is computed once if both are wanted at once.
def _forward(
    x: Array, b: Array, p: Array, y: Array, kept: Array, value: Equation, derivative: Equation
) -> None:
    n = x.shape[1]
    for i in range(x.shape[0]):
        bends, slopes = kept[i, :n], kept[i, n:]
        for j in range(n):
            signal = x[i, j] + b[j]
            bent = value(signal)
            x[i, j] = signal
            bends[j] = bent - signal
            slopes[j] = derivative(signal, bent)
            y[i, j] = signal + p[j] * bends[j]


def _backward(x: Array, p: Array, g: Array, delta: Array, below: Array, kept: Array) -> None:
    n = x.shape[1]
    for j in range(n):
        g[j] = 0.0
    for i in range(x.shape[0]):
        bends, slopes = kept[i, :n], kept[i, n:]
        for j in range(n):
            g[j] += bends[j] * delta[i, j]
            below[i, j] = delta[i, j] * (1.0 + p[j] * (slopes[j] - 1.0))
