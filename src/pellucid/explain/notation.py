r"""Notations as data (symbols, indexes and the layout of arrays), and conversion in both directions.

The canon is pellucid's own (docs/notation.md). A course differs from it in the letters, in which layer a
weight matrix is numbered after, in whether the bias is a row of the matrix, a column or a separate vector, in
whether samples are rows or columns, in whether its squared error has the factor ½, and in whether its
sensitivities carry an entry for the bias unit. Each difference is one field of :class:`Notation`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from string import Template
from typing import Any

from pellucid.exceptions import ParameterError
from pellucid.explain.canon import MATRICES, PER_SAMPLE
from pellucid.explain.layout import Layout

__all__ = ["Notation"]

OWN = {"linear": "u", "scale": "γ", "shift": "β", "mask": "m", "alpha": "α"}
INDEX = re.compile(r"[_^]\{\(?(?:\$[a-z]|\$\{[a-z]\})\)?")  # up to the number of a block
WITH_LETTERS = (
    "layer", "weights", "signal", "delta", "gradient", "biases", "activation", "inputs", "output", "loss", "rate",
    "slope",
)  # fmt: skip
MARKS = re.compile(r"\$\{?[a-z]\}?|\^\{[^}]*T\}")


@dataclass(frozen=True)
class Notation(Layout):
    r"""Notation in which a course writes a network: one row of :data:`~pellucid.explain.profiles.NOTATIONS`.

    Symbols and equations are templates for block k (for ``layer``: for the layer that enters it), in which
    ``$k``, ``$l``, ``$m``, ``$n`` stand for k, k + 1, k + 2, k + 3, and ``$d`` and ``$e`` for the mark ``drop``
    where the block k, or k + 1, is not the last. ``_{…}`` is a subscript and ``^{…}`` a superscript.

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
        Symbols and equation of the bias where it is separate; empty where it is a row of the matrix.
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
        The ratio of its squared error to pellucid's: 2 if it is :math:`(\hat y - y)^2`.
    relu_at_zero : float, default=0.0
        The derivative of ReLU at 0.
    unbiased : dict of str to str or tuple of str, default={}
        The fields that differ for a network without biases.
    letters : dict of str to str, default={}
        Letters in place of those of input layers (E, f, c, V, d, s), of parametric activations (α), of
        normalization (u, γ, β) and of dropout (m) that this notation needs for something else.
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

    def own(self, name: str, k: int) -> str:
        """Return the symbol of a quantity that no course has a letter for, numbered like the signals.

        Parameters
        ----------
        name : str
            ``"linear"``, the signal before a normalization, its ``"scale"`` and ``"shift"``, the ``"mask"`` of
            dropout, or ``"alpha"`` of a parametric activation.
        k : int
            The block, from 0.

        Returns
        -------
        str
            The symbol.

        Examples
        --------
        >>> from pellucid.explain.profiles import NOTATIONS
        >>> NOTATIONS["pellucid"].own("scale", 0), NOTATIONS["lfd"].own("scale", 0)
        ('γ_{0}', 'γ^{(1)}')
        """
        return self.write(self.templates[name], k)

    @property
    def templates(self) -> dict[str, str]:
        """Symbols that no course has a letter for, written like the fields; primed if a field uses the letter."""
        found = INDEX.search(self.signal)
        number = "_{$k}" if found is None else found[0] + "}"
        letters = {name: self.letters.get(letter, letter) for name, letter in OWN.items()}
        return {name: letter + "′" * (letter in self.taken) + number for name, letter in letters.items()}

    @property
    def taken(self) -> frozenset[str]:
        """The letters that it uses, without indexes."""
        fields = [getattr(self, name) for name in WITH_LETTERS]
        return frozenset(re.findall(r"[^\W\d_]", MARKS.sub("", " ".join(fields))))

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
