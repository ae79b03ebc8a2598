r"""Inverted dropout: silence units at random in training, change nothing in prediction."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.core.layers.base import Array, Parameterless, Run, Stateless, Views

__all__ = ["Dropout"]


@dataclass(frozen=True)
class Dropout(Parameterless, Stateless):
    r"""The layer :math:`y = x \circ m / (1 - r)` ; :math:`m` is 1 with probability :math:`1 - r`, else 0.

    Parameters
    ----------
    rate : float
        :math:`r` in [0, 1), the share of units that is dropped.

    References
    ----------
    N. Srivastava et al. (2014), Dropout, JMLR 15, 1929-1958; scaled in training ("inverted"), so that
    prediction needs no change.
    """

    rate: float

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        """Drop units where the pass is a training one."""
        if not run.training:
            return x, None
        assert run.rng is not None, "dropout needs the generator of the run"
        kept_units = run.rng.random(x.shape, dtype=np.float32) >= np.float32(self.rate)
        mask = kept_units.astype(x.dtype) / x.dtype.type(1.0 - self.rate)
        return x * mask, mask

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        r""":math:`\partial J/\partial x = m / (1 - r) \circ \partial J/\partial y`."""
        return upstream if kept is None else np.asarray(upstream * kept)
