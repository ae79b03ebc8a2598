"""Network with the formula that it computes: the formula of each unit, and the proof row by row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.constructions.formulas import Formula
from pellucid.constructions.threshold_gates import CONVENTIONS, Gate, Layers
from pellucid.constructions.truth_tables import MOST_VARIABLES, all_rows
from pellucid.core.network import Network
from pellucid.core.propagation import forward
from pellucid.engines import outputs_runner
from pellucid.exceptions import ParameterError
from pellucid.host.counted import counted

__all__ = ["LogicNetwork", "Proof", "refuse_too_many"]

Array = NDArray[np.floating]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Proof:
    """Proof by evaluation of a network on every row.

    Parameters
    ----------
    n_rows : int
        The number of rows that were evaluated.
    n_wrong : int
        The number of rows whose output is on the wrong side of the middle between false and true.
    largest_error : float
        The largest distance of an output from its target.
    complete : bool
        True if all rows were evaluated.

    Examples
    --------
    >>> from pellucid.constructions import logic_network
    >>> proof = logic_network([0, 0, 0, 1]).proof
    >>> proof.n_rows, proof.n_wrong, proof.holds
    (4, 0, True)
    """

    n_rows: int
    n_wrong: int
    largest_error: float
    complete: bool

    @property
    def holds(self) -> bool:
        """True if every row is right."""
        return self.n_wrong == 0

    @property
    def verdict(self) -> str:
        """The result in words, such as ``right on all 4 rows``.

        Examples
        --------
        >>> from pellucid.constructions import logic_network
        >>> logic_network([0, 0, 0, 1]).proof.verdict
        'right on all 4 rows'
        """
        rows = f"all {counted(self.n_rows, 'row')}" if self.complete else counted(self.n_rows, "random row")
        return f"right on {rows}" if self.holds else f"wrong on {self.n_wrong:,} of {rows}"

    def describe(self, network: str) -> str:
        """Return the result as a sentence.

        Parameters
        ----------
        network : str
            ``"hard"``, or another name for a softened network, whose error is then added.

        Returns
        -------
        str
            One sentence.

        Examples
        --------
        >>> from pellucid.constructions import logic_network
        >>> logic_network([0, 0, 0, 1]).proof.describe("hard")
        'The hard network, evaluated row by row, is right on all 4 rows.'
        """
        within = f"; its outputs are within {self.largest_error:.2g} of the hard ones"
        error = "" if network == "hard" else within
        return f"The {network} network, evaluated row by row, is {self.verdict}{error}."

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data.

        Returns
        -------
        dict
            ``holds``, the numbers of rows and of wrong ones, the largest error, ``complete``.
        """
        return {
            "holds": self.holds,
            "rows": self.n_rows,
            "wrong": self.n_wrong,
            "largest_error": self.largest_error,
            "complete": self.complete,
        }


@dataclass(frozen=True, eq=False)
class LogicNetwork:
    """A network with the formula or truth table that it computes.

    Parameters
    ----------
    network : Network
        Sign or step units; it can be traced, saved, softened and trained.
    variables : tuple of str
        The names of the inputs.
    formula : str or None
        The formula as written; None for a truth table.
    values : str
        ``"signs"``, -1 and +1, or ``"bits"``, 0 and 1.
    form : str
        ``"sum_of_products"`` or ``"tree"``.
    layers : tuple of tuples of Gate
        The gate of each unit.
    truth_table : ndarray of bool, of shape (2ⁿ,), or None
        The outputs in the order of ``inputs``; None above 16 variables.
    proof : Proof or None
        The result of evaluating the network when it was built.
    parsed : Formula or None
        The parsed formula; None for a truth table.

    Examples
    --------
    >>> from pellucid.constructions import logic_network
    >>> made = logic_network([0, 1, 1, 0], variables=["a", "b"])
    >>> made.network.layer_sizes, made.proof.holds
    ((2, 2, 1), True)
    """

    network: Network
    variables: tuple[str, ...]
    formula: str | None
    values: str
    form: str
    layers: Layers = field(repr=False)
    truth_table: Bools | None = field(repr=False)
    proof: Proof | None
    parsed: Formula | None = field(repr=False)

    @property
    def inputs(self) -> Array:
        """All rows of inputs as the network takes them, of shape (2ⁿ, n); the first variable changes slowest."""
        refuse_too_many(len(self.variables))
        return CONVENTIONS[self.values].encode(all_rows(len(self.variables)))

    @property
    def targets(self) -> Array:
        """The output of each of these rows, of shape (2ⁿ, 1)."""
        refuse_too_many(len(self.variables))
        assert self.truth_table is not None
        return CONVENTIONS[self.values].encode(self.truth_table[:, None])

    @property
    def signals(self) -> tuple[Array, ...]:
        """The signal of each unit on each of these rows, layer by layer; its sign is the unit's value.

        Examples
        --------
        >>> from pellucid.constructions import logic_network
        >>> logic_network("a & b").signals[0].ravel().tolist()
        [-3.0, -1.0, -1.0, 1.0]
        """
        return tuple(forward(self.network, self.inputs).zs)

    @property
    def unit_names(self) -> tuple[tuple[str, ...], ...]:
        """The variables, then each layer's units: h1, h2, …, or h1.1, … with several hidden layers."""
        n_hidden = len(self.layers) - 1
        stem, output = _unused("h", self.variables), _unused("y", self.variables)
        hidden = [
            tuple(
                f"{stem}{layer}.{unit}" if n_hidden > 1 else f"{stem}{unit}"
                for unit in range(1, len(gates) + 1)
            )
            for layer, gates in enumerate(self.layers[:-1], start=1)
        ]
        return (self.variables, *hidden, (output,))

    @property
    def units(self) -> tuple[tuple[str, ...], ...]:
        """Formula of each unit in terms of the units that it reads, layer by layer, such as ``a & ~b``."""
        names = self.unit_names
        return tuple(tuple(_said(gate, names[k]) for gate in gates) for k, gates in enumerate(self.layers))

    @property
    def decomposition(self) -> str:
        """The sum of products, or the formula of the tree."""
        if self.form == "tree" and self.formula is not None:
            return self.formula
        if len(self.layers) == 1:
            return self.units[0][0]
        products = [f"({unit})" if " " in unit else unit for unit in self.units[0]]
        return _said(self.layers[1][0], products)

    def verify(self, network: Network | None = None, *, random_state: int | None = 0) -> Proof:
        """Evaluate the network, or another one, on every row and compare with the formula.

        Parameters
        ----------
        network : Network, optional
            A softened or trained network; the default is ``self.network``.
        random_state : int or None, default=0
            Seed of the 65,536 rows that are drawn above 16 variables.

        Returns
        -------
        Proof
            The numbers of rows and of wrong rows, and the largest error.

        Examples
        --------
        >>> from pellucid.constructions import logic_network
        >>> made = logic_network([0, 1, 1, 0])
        >>> made.verify().holds, made.verify().n_rows
        (True, 4)
        """
        convention, n = CONVENTIONS[self.values], len(self.variables)
        network = self.network if network is None else network
        if self.truth_table is not None:
            rows, truths = all_rows(n), self.truth_table
        else:
            assert self.parsed is not None
            rows = np.random.default_rng(random_state).random((2**MOST_VARIABLES, n)) < 0.5
            truths = self.parsed.evaluate(rows)
        outputs = outputs_runner(network, engine="auto")(convention.encode(rows))[:, 0]
        return Proof(
            n_rows=len(rows),
            n_wrong=int(((outputs >= (convention.false + convention.true) / 2.0) != truths).sum()),
            largest_error=float(np.abs(outputs - convention.encode(truths)).max()),
            complete=self.truth_table is not None,
        )

    def table(self, n_rows: int, *, signals: bool = False) -> tuple[list[list[str]], list[Array]]:
        """Return the first rows of the truth table with the value of every unit.

        Parameters
        ----------
        n_rows : int
            Number of rows.
        signals : bool, default=False
            True to put the signal of each unit before its value.

        Returns
        -------
        names : list of list of str
            The names of the columns: of the inputs, of each layer (or with signals, of each unit).
        values : list of ndarray of shape (n_rows, n_columns)
            Their values.

        Examples
        --------
        >>> from pellucid.constructions import logic_network
        >>> names, values = logic_network("a & b").table(1, signals=True)
        >>> names, [columns.tolist() for columns in values]
        ([['a', 'b'], ['s of y', 'y']], [[[-1.0, -1.0]], [[-3.0, -1.0]]])
        """
        X, names = self.inputs[:n_rows], [list(layer) for layer in self.unit_names]
        passed = forward(self.network, X)
        if not signals:
            return names, [X, *passed.activations[1:-1], self.targets[:n_rows]]
        units = [name for layer in names[1:] for name in layer]
        values = np.hstack([*passed.activations[1:-1], self.targets[:n_rows]])
        summed = np.hstack(self.signals)[:n_rows]
        pairs = [np.column_stack([summed[:, i], values[:, i]]) for i in range(len(units))]
        return [names[0], *([f"s of {unit}", unit] for unit in units)], [X, *pairs]

    def to_dict(self, network: Network | None = None) -> dict[str, Any]:
        """Return the formula, the units and the network as plain data.

        Parameters
        ----------
        network : Network, optional
            A softened or trained network, whose parameters are returned; the default is ``self.network``.

        Returns
        -------
        dict
            Names, layer sizes, weights, biases and the truth table.

        Examples
        --------
        >>> from pellucid.constructions import logic_network
        >>> found = logic_network("a & b").to_dict()
        >>> found["weights"], found["biases"], found["truth_table"]
        ([[[1.0], [1.0]]], [[-1.0]], [0, 0, 0, 1])
        """
        network = self.network if network is None else network
        names = ("formula", "variables", "values", "form", "decomposition")
        return {
            **{name: getattr(self, name) for name in names},
            "layer_sizes": network.layer_sizes,
            "activation": [a.name for a in (*network.activation, network.output_activation)],
            "n_parameters": network.n_parameters,
            "units": self.units,
            "weights": [W.tolist() for W in network.weights],
            "biases": [b.tolist() for b in network.biases],
            "truth_table": None if self.truth_table is None else self.truth_table.astype(int).tolist(),
        }

    def describe(self) -> str:
        """Describe the network in a few lines of text.

        Returns
        -------
        str
            The decomposition, the size, the formula of each unit, and the proof.

        Examples
        --------
        >>> from pellucid.constructions import logic_network
        >>> print(logic_network([0, 1, 1, 0], variables=["a", "b"]).describe())
        sum of products: (a & ~b) | (~a & b)
        2-2-1 sign units over -1 and +1, 9 parameters
        h1 = a & ~b
        h2 = ~a & b
        y = h1 | h2
        right on all 4 rows
        """
        convention = CONVENTIONS[self.values]
        sizes = "-".join(map(str, self.network.layer_sizes))
        lines = [
            f"{self.form.replace('_', ' ')}: {self.decomposition}",
            f"{sizes} {convention.activation} units over {convention.numbers}, "
            f"{counted(self.network.n_parameters, 'parameter')}",
        ]
        for names, units in zip(self.unit_names[1:], self.units, strict=True):
            lines += [f"{name} = {unit}" for name, unit in zip(names, units, strict=True)]
        if self.proof is not None:
            lines.append(self.proof.verdict)
        return "\n".join(lines)


def _unused(stem: str, names: Sequence[str]) -> str:
    """Return a stem that is not one of these names, with or without a number."""
    while any(re.fullmatch(rf"{stem}\d*", name) for name in names):
        stem += stem[0]
    return stem


def _said(gate: Gate, names: Sequence[str]) -> str:
    """Return the formula of a gate over named sources."""
    literals = [names[x.source] if x.holds else f"~{names[x.source]}" for x in gate.literals]  # type: ignore[index]
    k, j = len(literals), gate.at_least
    if j <= 0 or j > k:
        return "true" if j <= 0 else "false"
    if j in (1, k):
        return (" | " if j == 1 else " & ").join(literals)
    return f"at least {j} of {', '.join(literals)}"


def refuse_too_many(n: int) -> None:
    """Raise a ParameterError if a truth table would be too long."""
    if n > MOST_VARIABLES:
        raise ParameterError(
            f"{n} variables have a truth table of 2^{n} = {2**n:,} rows; it is evaluated up to {MOST_VARIABLES} "
            f"variables ({2**MOST_VARIABLES:,} rows). Build the formula's tree without it: proof=False "
            "(--no-proof), form='tree'; verify() then evaluates random rows."
        )
