r"""The activation layer: its input is the signal z, its output the activation a."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.activations import Activation
from pellucid.core.layers.base import Array, Parameterless, Run, Stateless, Views

__all__ = ["Activate"]


@dataclass(frozen=True)
class Activate(Parameterless, Stateless):
    r"""The layer :math:`a = \varphi(z)`.

    Parameters
    ----------
    activation : Activation
        The row of the table.
    """

    activation: Activation

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`a = \varphi(z)` (F2)."""
        a = np.asarray(self.activation.value(x))
        return a, (x, a)

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\delta = \varphi'(z) \circ \partial J/\partial a` (B3)."""
        z, a = kept
        return self.activation.backward(z, a, upstream)
