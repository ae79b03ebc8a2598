r"""The residual connection: an earlier value is added to a later one."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.layers.layer import Array, Layer, Run, Views

__all__ = ["Residual"]


@dataclass(frozen=True)
class Residual(Layer):
    r"""The layer :math:`y = x + v` with :math:`v` an earlier value of the same width.

    Parameters
    ----------
    source : int
        The index of the value: 0 is the network's input, i + 1 the output of layer i.

    References
    ----------
    K. He et al. (2016), Deep residual learning for image recognition, arXiv:1512.03385, eq. 1.
    """

    source: int

    @property
    def label(self) -> str:
        """Its kind."""
        return "+ earlier value (residual)"

    @property
    def sources(self) -> tuple[int, ...]:
        """The earlier value."""
        return (self.source,)

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        """Add the earlier value."""
        earlier = run.values[self.source]
        return x + (earlier if isinstance(earlier, np.ndarray) else earlier.toarray()), None

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        """Hand the derivative on to ``x``, and through ``run.pending`` to the earlier value."""
        run.pending[self.source] = run.pending.get(self.source, 0.0) + upstream
        return upstream
