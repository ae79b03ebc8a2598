r"""The dense layer: every output hears every input."""

from dataclasses import dataclass
from typing import Any

from pellucid.core.layers.layer import Array, Layer, ParameterSpec, Run, Views

__all__ = ["Dense"]


@dataclass(frozen=True)
class Dense(Layer):
    r"""The dense layer :math:`z = a W + b`.

    Its part of the flat vector is :math:`[b; W]`, one contiguous view of shape ``(n_in + 1, n_out)``.

    Parameters
    ----------
    n_in, n_out : int
        The number of inputs and outputs.
    rate : float, default=1.0
        A factor on the learning rate of the weights. :math:`1/\sqrt{n_\text{in}}` is the NTK parametrization:
        :math:`z = a V/\sqrt{n_\text{in}} + b` with Adam on V at rate η moves :math:`W = V/\sqrt{n_\text{in}}` as
        Adam on W at rate :math:`\eta/\sqrt{n_\text{in}}` does, ε aside.

    References
    ----------
    D. Rumelhart, G. Hinton and R. Williams (1986), Learning representations by back-propagating errors,
    Nature 323, 533-536.
    """

    n_in: int
    n_out: int
    rate: float = 1.0

    @property
    def label(self) -> str:
        """Its kind and widths."""
        return f"dense {self.n_in} → {self.n_out}"

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare the biases, then the weights."""
        return (
            ParameterSpec("biases", (self.n_out,), group="biases"),
            ParameterSpec(
                "weights", (self.n_in, self.n_out), penalized=True, group="weights", rate=self.rate
            ),
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
