r"""The parametric activation: each unit finds out how far it bends."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.activations import Activation
from pellucid.core.layers.base import Array, ParameterSpec, Run, Stateless, Views
from pellucid.exceptions import ParameterError

__all__ = ["ParametricActivate"]


@dataclass(frozen=True)
class ParametricActivate(Stateless):
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

    def parameters(self) -> tuple[ParameterSpec, ...]:
        r"""Declare :math:`\alpha`."""
        return (ParameterSpec("alpha", (self.n_units,), start=1.0, group="slope"),)

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`a = z + \alpha (\varphi(z) - z)`."""
        bent = np.asarray(self.activation.value(x))
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
