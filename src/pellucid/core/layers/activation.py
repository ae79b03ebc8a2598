r"""The activation layer: its input is the signal z, its output the activation a."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.activations import Activation
from pellucid.core.layers.layer import Array, Layer, Run, Views

__all__ = ["Activate"]


@dataclass(frozen=True)
class Activate(Layer):
    r"""The layer :math:`a = \varphi(z)`.

    Parameters
    ----------
    activation : Activation
        The row of the table.
    n_members : int, default=1
        The number of outputs side by side; a function of a row, such as softmax, acts on each separately.

    References
    ----------
    D. Rumelhart, G. Hinton and R. Williams (1986), Learning representations by back-propagating errors,
    Nature 323, 533-536.
    """

    activation: Activation
    n_members: int = 1

    @property
    def label(self) -> str:
        """The activation's name."""
        return self.activation.name

    def sides(self, x: Array) -> Array:
        """Return the sides of the activation's kinks."""
        return self.activation.sides(x)

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`a = \varphi(z)` (F2)."""
        z = self._rows(x)
        a = np.asanyarray(self.activation.value(z))
        return a.reshape(x.shape), (z, a)

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\delta = \varphi'(z) \circ \partial J/\partial a` (B3)."""
        z, a = kept
        return self.activation.backward(z, a, self._rows(upstream)).reshape(upstream.shape)

    def _rows(self, value: Array) -> Array:
        """Return a row per sample and member."""
        return value if self.n_members == 1 else value.reshape(-1, value.shape[1] // self.n_members)
