r"""Notations as data (symbols, indexes and the layout of arrays), and conversion in both directions.

The canon is pellucid's own (docs/notation.md). A course differs from it in the letters, in which layer a
weight matrix is numbered after, in whether the bias is a row of the matrix, a column or a vector apart, in
whether samples are rows or columns, in whether its squared error has the factor ½, and in whether its
sensitivities carry an entry for the bias unit. Each difference is one field of :class:`Notation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from string import Template
from typing import Any

import numpy as np

from pellucid.core.losses import PairedLoss
from pellucid.exceptions import ParameterError
from pellucid.explain.bias_unit import slope_at_one
from pellucid.explain.canon import DERIVATIVES, MATRICES, PER_SAMPLE, Array, Arrays, canon
from pellucid.explain.traced import TraceRecord

__all__ = ["Notation"]


@dataclass(frozen=True)
class Notation:
    r"""Notation in which a course writes a network: one row of :data:`~pellucid.explain.profiles.NOTATIONS`.

    Symbols and equations are templates for block k (for ``layer``: for the layer that enters it), in which
    ``$k``, ``$l``, ``$m``, ``$n`` stand for k, k + 1, k + 2, k + 3, and ``$d`` and ``$e`` for the mark ``drop``
    where the block k, or k + 1, is not the last. ``_{…}`` lowers and ``^{…}`` raises.

    Parameters
    ----------
    name, title : str
        The name in ``notation=...``, and a line on its use.
    layer, weights, signal, slope, upstream, delta, gradient : str
        Symbols of :math:`a_k, [b_k; W_k], z_k, \varphi_k'(z_k), \partial J/\partial a_{k+1}, \delta_k` and
        of the gradient.
    forward, forward_last : tuple of str
        The equations of a block, of the last block.
    backward, pull, outer : str
        The equations of the upstream derivative, of delta, of the gradient.
    activation, inputs, output, loss, rate : str
        Letters of the activation, the inputs, the outputs, the loss and the learning rate.
    biases, bias_gradient, outer_biases : str, default=""
        Symbols and equation of the bias where it stands apart; empty where it is a row of the matrix.
    samples : {"columns", "rows"}, default="columns"
        The axis along which samples are stored.
    transposed : bool, default=False
        True if matrices have shape (n_out, n_in).
    bias_unit : bool, default=False
        True if a layer that is not the last carries a 1 on top.
    placeholder : bool, default=False
        True if slopes, upstream derivatives and deltas of a hidden layer carry an entry for that 1.
    drop : str, default=""
        The mark that drops this entry.
    first_unit : int, default=1
        The number of the first unit of a layer.
    squared_error : float, default=1.0
        The squared error over ours: 2 if it is :math:`(\hat y - y)^2`.
    relu_at_zero : float, default=0.0
        The derivative of ReLU at 0.
    unbiased : dict of str to str or tuple of str, default={}
        The fields that differ for a network without biases.
    letters : dict of str to str, default={}
        Letters in place of those of input layers and parametric activations (E, f, c, V, d, s, α) that this
        notation needs for something else.
    has_biases : bool, default=True
        False in what :meth:`without_biases` returns.

    Examples
    --------
    >>> from pellucid.explain.profiles import NOTATIONS
    >>> NOTATIONS["lfd"].symbol("weights", 0), NOTATIONS["iowa"].symbol("weights", 0)
    ('W^{(1)}', '𝕎^{(0)}')
    """

    name: str
    title: str
    layer: str
    weights: str
    signal: str
    slope: str
    upstream: str
    delta: str
    gradient: str
    forward: tuple[str, ...]
    forward_last: tuple[str, ...]
    backward: str
    pull: str
    outer: str
    activation: str = "φ"
    inputs: str = "x"
    output: str = "ŷ"
    loss: str = "J"
    rate: str = "η"
    biases: str = ""
    bias_gradient: str = ""
    outer_biases: str = ""
    samples: str = "columns"
    transposed: bool = False
    bias_unit: bool = False
    placeholder: bool = False
    drop: str = ""
    first_unit: int = 1
    squared_error: float = 1.0
    relu_at_zero: float = 0.0
    unbiased: Mapping[str, Any] = field(default_factory=dict, compare=False)
    letters: Mapping[str, str] = field(default_factory=dict, compare=False)
    has_biases: bool = True

    # ---- symbols and indexes ------------------------------------------------------------------------

    def write(self, template: str, k: int, n_blocks: int = 0) -> str:
        """Return a symbol or an equation of this notation for block k.

        Parameters
        ----------
        template : str
            One of the fields.
        k : int
            The block, from 0.
        n_blocks : int, default=0
            The number of blocks, for the mark that drops the bias entry; 0: no mark.

        Returns
        -------
        str
            The template with its indexes.
        """
        marks = [self.drop if k + ahead < n_blocks - 1 else "" for ahead in (0, 1)]
        return Template(template).substitute(k=k, l=k + 1, m=k + 2, n=k + 3, d=marks[0], e=marks[1])

    def symbol(self, role: str, k: int) -> str:
        """Return the symbol of an array.

        Parameters
        ----------
        role : str
            ``"layer"``, ``"weights"``, ``"biases"``, ``"signal"``, ``"slope"``, ``"upstream"``, ``"delta"``,
            ``"gradient"``, ``"bias_gradient"``.
        k : int
            The block, from 0; for ``"layer"`` the layer, 0 the inputs.

        Returns
        -------
        str
            The symbol.
        """
        return self.write(
            getattr(self, {"updated": "weights", "updated_biases": "biases"}.get(role, role)), k
        )

    def find(self, symbol: str, n_blocks: int) -> tuple[str, int]:
        """Return the meaning of a symbol of this notation; the inverse of :meth:`symbol`.

        Parameters
        ----------
        symbol : str
            Such as ``"W^{(1)}"``; braces may be left out.
        n_blocks : int
            The number of blocks of the network.

        Returns
        -------
        tuple of (str, int)
            The role and the index in the canon.

        Raises
        ------
        ParameterError
            If the notation has no such symbol in this network.
        """
        plain = symbol.replace("{", "").replace("}", "").replace(" ", "")
        known = []
        for role in (*PER_SAMPLE, *MATRICES, "biases", "bias_gradient"):
            if role == "updated" or not getattr(self, role):
                continue
            for k in range(n_blocks + (role == "layer")):
                known.append(self.symbol(role, k).replace("{", "").replace("}", ""))
                if known[-1].replace(" ", "") == plain:
                    return role, k
        raise ParameterError(f"{symbol!r} is not a symbol of notation={self.name!r} here; it has {known}.")

    @property
    def first_layer(self) -> int:
        """The number that the weights of block 0 carry."""
        return next(n for n, letter in enumerate("klm") if "$" + letter in self.weights)

    def layer_number(self, k: int) -> int:
        """Return the number of block k's weights in this notation.

        Parameters
        ----------
        k : int
            The block, from 0.

        Returns
        -------
        int
            Its number here.
        """
        return k + self.first_layer

    def block(self, number: int) -> int:
        """Return the block whose weights carry a number; the inverse of :meth:`layer_number`.

        Parameters
        ----------
        number : int
            The number in this notation.

        Returns
        -------
        int
            The block k, from 0.
        """
        return number - self.first_layer

    @property
    def bias_apart(self) -> bool:
        """True if the bias is a vector of its own, not a row of the matrix."""
        return bool(self.biases)

    @property
    def bias_inside(self) -> bool:
        """True if the bias is a row or column of the matrix."""
        return self.has_biases and not self.bias_apart

    def without_biases(self) -> Notation:
        """Return this notation for a network without biases.

        Returns
        -------
        Notation
            With other equations, and matrices of weights alone; this one if it has no form without biases.

        Examples
        --------
        >>> from pellucid.explain.profiles import NOTATIONS
        >>> NOTATIONS["kaist"].without_biases().forward[0]
        's_{$l} = Θ_{$l}^{T} h_{$k}'
        """
        if not self.unbiased:
            return self
        none = dict.fromkeys(("biases", "bias_gradient", "outer_biases", "drop"), "")
        flags = dict.fromkeys(("bias_unit", "placeholder", "has_biases"), False)
        return replace(self, **{**none, **flags, **self.unbiased, "unbiased": {}})

    def factor(self, loss: PairedLoss) -> float:
        """Return by how much a loss of this notation is larger than ours.

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

    # ---- arrays -------------------------------------------------------------------------------------

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
        # Nobody needs it; it is what W δ of the layer above has in the row of the bias unit.
        upstream = values["delta", k + 1] @ values["biases", k + 1] * self.factor(trace.loss_function)
        return upstream if role == "upstream" else slope * upstream
