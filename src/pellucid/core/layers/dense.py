r"""The dense layer: every output hears every input."""

from dataclasses import dataclass
from typing import Any

from pellucid.core.layers.base import Array, ParameterSpec, Run, Stateless, Views

__all__ = ["Dense"]


@dataclass(frozen=True)
class Dense(Stateless):
    r"""The dense layer :math:`z = a W + b`.

    Its part of the flat vector is :math:`[b; W]`, one contiguous view of shape ``(n_in + 1, n_out)``.

    Parameters
    ----------
    n_in, n_out : int
        The number of inputs and outputs.
    """

    n_in: int
    n_out: int

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare the biases, then the weights."""
        return (
            ParameterSpec("biases", (self.n_out,)),
            ParameterSpec("weights", (self.n_in, self.n_out), penalized=True),
        )

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        r""":math:`z = a W + b` (F1)."""
        return x @ p["weights"] + p["biases"], x

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        r""":math:`\nabla_W = a^\top \delta`, :math:`\nabla_b = \sum_i \delta_i` (B1): input x sensitivity."""
        g["weights"][...] = kept.T @ upstream
        g["biases"][...] = upstream.sum(axis=0)

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\partial J/\partial a = \delta W^\top` (B2)."""
        return upstream @ p["weights"].T
