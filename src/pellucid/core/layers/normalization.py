r"""Base of the normalizations: signals standardized over an axis, then scaled and shifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.core.layers.layer import Array, Layer, ParameterSpec, Views

__all__ = ["Normalization"]


class Normalization(Layer):
    r"""A layer :math:`y = \gamma \hat x + \beta`, :math:`\hat x = (x - \mu) / \sqrt{v + \varepsilon}`.

    The values it keeps for the backward pass begin with :math:`\hat x` and :math:`\sqrt{v + \varepsilon}`.
    """

    axis = 0
    """Over what :math:`\\mu` and :math:`v` are taken: 0, the rows of the batch; 1, the units of a row."""

    if TYPE_CHECKING:

        @property
        def n_units(self) -> int:
            """The number of signals."""

        @property
        def epsilon(self) -> float:
            """The number that is added to the variance."""

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare scale and shift."""
        return (
            ParameterSpec("gamma", (self.n_units,), start=1.0),
            ParameterSpec("beta", (self.n_units,)),
        )

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        r""":math:`\nabla_\gamma = \sum_i \delta_i \hat x_i`, :math:`\nabla_\beta = \sum_i \delta_i`."""
        g["gamma"][...] = (upstream * kept[0]).sum(axis=0)
        g["beta"][...] = upstream.sum(axis=0)
