"""Conversion of the arrays of a trace to the layout of a notation, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.core.losses import PairedLoss
from pellucid.explain.bias_unit import slope_at_one
from pellucid.explain.canon import DERIVATIVES, MATRICES, PER_SAMPLE, Array, Arrays, canon
from pellucid.explain.traced import TraceRecord

__all__ = ["Layout"]


class Layout:
    """The part of a :class:`~pellucid.explain.notation.Notation` that lays out arrays."""

    biases: str
    samples: str
    transposed: bool
    bias_unit: bool
    placeholder: bool
    squared_error: float
    has_biases: bool

    @property
    def bias_apart(self) -> bool:
        """True if the bias is a vector of its own, not a row of the matrix."""
        return bool(self.biases)

    @property
    def bias_inside(self) -> bool:
        """True if the bias is a row or column of the matrix."""
        return self.has_biases and not self.bias_apart

    def factor(self, loss: PairedLoss) -> float:
        """Return the ratio of a loss in this notation to pellucid's own.

        Parameters
        ----------
        loss : PairedLoss
            The loss.

        Returns
        -------
        float
            1, or 2 for a squared error without ½.
        """
        return self.squared_error if loss.loss.name == "squared_error" else 1.0

    def arrays(self, trace: TraceRecord) -> Arrays:
        """Return the arrays of a trace as this notation lays them out.

        Parameters
        ----------
        trace : TraceRecord
            The trace.

        Returns
        -------
        dict
            From ``(role, index)`` to the array; ``"biases"`` only where the bias stands apart.

        See Also
        --------
        restore : The inverse.
        """
        return self.turn(canon(trace), trace)

    def turn(self, values: Mapping[tuple[str, int], Array], trace: TraceRecord) -> Arrays:
        """Return canonical arrays as this notation lays them out.

        Parameters
        ----------
        values : dict
            Some or all of what :func:`canon` returns, perhaps with other numbers.
        trace : TraceRecord
            The trace with the activations and the loss.

        Returns
        -------
        dict
            As in :meth:`arrays`.
        """
        factor, last = self.factor(trace.loss_function), len(trace.blocks) - 1
        turned: Arrays = {}
        for (role, k), given in values.items():
            value = given * factor if role in DERIVATIVES else given
            if role in MATRICES:
                turned[role, k] = self._matrix(value, role, k, values, factor)
            elif role in PER_SAMPLE:
                top = self._top(role, k, last, values, trace)
                if top is not None:
                    value = np.column_stack([np.broadcast_to(top, len(value)), value])
                turned[role, k] = value.T if self.samples == "columns" else value
            elif self.bias_apart:
                turned[role, k] = value[:, None] if self.samples == "columns" else value[None, :]
        return turned

    def restore(self, arrays: Mapping[tuple[str, int], Array], trace: TraceRecord) -> Arrays:
        """Return the canonical arrays from those of this notation.

        Parameters
        ----------
        arrays : dict
            The dictionary that :meth:`arrays` returned.
        trace : TraceRecord
            The trace with the number of blocks and the loss.

        Returns
        -------
        dict
            The dictionary that :func:`canon` returns.
        """
        factor, last = self.factor(trace.loss_function), len(trace.blocks) - 1
        restored: Arrays = {}
        for (role, k), value in arrays.items():
            scale = factor if role in DERIVATIVES else 1.0
            if role in MATRICES:
                matrix = (value.T if self.transposed else value) / scale
                if self.bias_inside:
                    restored[MATRICES[role], k], matrix = matrix[0], matrix[1:]
                restored[role, k] = matrix
            elif role in PER_SAMPLE:
                rows = value.T if self.samples == "columns" else value
                restored[role, k] = rows[:, 1:] / scale if self.has_top(role, k, last) else rows / scale
            else:
                restored[role, k] = value.ravel() / scale
        return restored

    def has_top(self, role: str, k: int, last: int) -> bool:
        """Return whether an array carries an entry for the bias unit.

        Parameters
        ----------
        role : str
            A role with one row per sample.
        k, last : int
            The index, and that of the last block.

        Returns
        -------
        bool
            True if there is one more entry than units.
        """
        if role == "layer":
            return self.bias_unit and k <= last
        return self.placeholder and role in ("slope", "upstream", "delta") and k < last

    def _matrix(self, weights: Array, role: str, k: int, values: Mapping[Any, Array], factor: float) -> Array:
        if self.bias_inside:
            biases = values[MATRICES[role], k]
            weights = np.vstack([biases * factor if role in DERIVATIVES else biases, weights])
        return weights.T if self.transposed else weights

    def _top(self, role: str, k: int, last: int, values: Mapping[Any, Array], trace: TraceRecord) -> Any:
        if not self.has_top(role, k, last):
            return None
        if role == "layer":
            return 1.0
        slope = slope_at_one(trace.blocks[k].activation)
        if role == "slope":
            return slope
        # Nothing uses it; it is the entry for the bias unit in W δ of the layer above.
        upstream = values["delta", k + 1] @ values["biases", k + 1] * self.factor(trace.loss_function)
        return upstream if role == "upstream" else slope * upstream
