r"""Threshold gates, "at least j of k literals are true", and the networks made from them.

OR is "at least 1 of k" and AND "at least k of k"; a literal is an input or its negation, which is a minus
sign on the edge. With t true literals and q negated ones, a gate's signal is

.. math::
    \pm 1: \quad \sum_i w_i x_i + k - 2j + 1 = 2 (t - j) + 1, \qquad
    \{0, 1\}: \quad \sum_i w_i x_i + q - j + \tfrac{1}{2} = t - j + \tfrac{1}{2}

with :math:`w_i = \pm 1`. So it is at least 1, or ½, away from the threshold. Over ±1, OR has the bias
k − 1 and AND −(k − 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.network import Network

__all__ = [
    "CONVENTIONS",
    "Convention",
    "Gate",
    "Layers",
    "Literal",
    "all_of",
    "any_of",
    "layers_of",
    "network_of",
    "odd_of",
]

Array = NDArray[np.floating]
Layers = tuple[tuple["Gate", ...], ...]


@dataclass(frozen=True)
class Convention:
    """Convention for truth values as numbers.

    Parameters
    ----------
    name : str
        ``"signs"`` or ``"bits"``.
    false, true : float
        The numbers.
    activation : str
        The threshold function whose values they are.
    """

    name: str
    false: float
    true: float
    activation: str

    @property
    def numbers(self) -> str:
        """The numbers in words."""
        return f"{self.false:g} and {self.true:{'+' if self.false < 0.0 else ''}g}"

    def bias(self, n_literals: int, n_negated: int, at_least: int) -> float:
        """Return the bias of a gate: its signal is halfway between those of ``at_least`` and one less."""
        # Each literal contributes `true` where it holds, but a negated one contributes -x, not its own value.
        lowest = n_literals * self.false - n_negated * (self.false + self.true)
        return (0.5 - at_least) * (self.true - self.false) - lowest

    def encode(self, truths: Any) -> Array:
        """Return truth values as numbers."""
        return np.where(truths, self.true, self.false)


CONVENTIONS = {
    row.name: row
    for row in (Convention("signs", -1.0, 1.0, "sign"), Convention("bits", 0.0, 1.0, "step"))
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Gate:
    """Unit that is true if at least a given number of its literals hold.

    Parameters
    ----------
    literals : tuple of Literal
        The literals that the gate reads.
    at_least : int
        Number of literals that must hold: 1 for OR, all for AND.
    """

    literals: tuple[Literal, ...]
    at_least: int

    @cached_property
    def depth(self) -> int:
        """The number of layers that end with this gate."""
        return 1 + max((x.source.depth for x in self.literals if isinstance(x.source, Gate)), default=0)

    def negated(self) -> Gate:
        """Return the gate that is true where this one is false, by De Morgan's law."""
        return Gate(tuple(~literal for literal in self.literals), len(self.literals) - self.at_least + 1)


@dataclass(frozen=True)
class Literal:
    """A source or its negation.

    Parameters
    ----------
    source : int or Gate
        The number of an input, or a gate.
    holds : bool, default=True
        True if the source itself is meant.
    """

    source: int | Gate
    holds: bool = True

    def __invert__(self) -> Literal:
        return Literal(self.source, not self.holds)


def all_of(literals: Sequence[Literal]) -> Gate:
    """Return AND; with no literals it is always true."""
    return Gate(tuple(literals), len(literals))


def any_of(literals: Sequence[Literal]) -> Gate:
    """Return OR; with no literals it is always false."""
    return Gate(tuple(literals), 1)


def odd_of(literals: Sequence[Literal]) -> Gate:
    """Return XOR, true where an odd number of literals hold, in two layers.

    Of the k gates "at least j", the first t are true if t literals are true. With every second one negated, at
    least ⌊k/2⌋ + 1 of them are true exactly if t is odd.

    References
    ----------
    D. Rumelhart, G. Hinton and R. Williams (1986), Learning internal representations by error propagation,
    in Parallel Distributed Processing 1, on parity.
    """
    counts = [Literal(Gate(tuple(literals), j + 1), j % 2 == 0) for j in range(len(literals))]
    return Gate(tuple(counts), 1 + len(counts) // 2)


def layers_of(root: Gate, n_inputs: int) -> Layers:
    """Return the gates layer by layer, each reading the units of the layer before by their number.

    A value that a later layer needs is carried there by gates of one literal.

    Parameters
    ----------
    root : Gate
        The output, the only gate of the last layer.
    n_inputs : int
        The number of inputs.

    Returns
    -------
    tuple of tuples of Gate
        Gates in which every source is a number.
    """
    layers: list[tuple[Gate, ...]] = []
    needed: dict[int | Gate, int] = {root: 0}
    for level in range(root.depth, 0, -1):
        below: dict[int | Gate, int] = {i: i for i in range(n_inputs)} if level == 1 else {}
        units = []
        for source in needed:
            gate = source if isinstance(source, Gate) and source.depth == level else any_of([Literal(source)])
            literals = [Literal(below.setdefault(x.source, len(below)), x.holds) for x in gate.literals]
            units.append(Gate(tuple(literals), gate.at_least))
        layers.append(tuple(units))
        needed = below
    return tuple(reversed(layers))


def network_of(
    layers: Layers, n_inputs: int, convention: Convention, *, bias: float | None = None
) -> Network:
    """Return the network of these gates.

    Parameters
    ----------
    layers : tuple of tuples of Gate
        As :func:`layers_of` returns them.
    n_inputs : int
        The number of inputs.
    convention : Convention
        The numbers that represent true and false.
    bias : float, optional
        The bias of every OR of two or more literals, and with a minus sign of every AND. The default puts the
        threshold in the middle.

    Returns
    -------
    Network
        Step or sign units, one block per layer.

    Examples
    --------
    >>> layers = layers_of(all_of([Literal(0), Literal(1), Literal(2, holds=False)]), 3)
    >>> net = network_of(layers, 3, CONVENTIONS["signs"])
    >>> net.weights[0].ravel().tolist(), net.biases[0].tolist()
    ([1.0, 1.0, -1.0], [-2.0])
    """
    sizes = [n_inputs, *map(len, layers)]
    activation = convention.activation
    network = Network(sizes, activation=activation, output_activation=activation, initializer="zeros")
    for units, W, b in zip(layers, network.weights, network.biases, strict=True):
        for column, gate in enumerate(units):
            for literal in gate.literals:
                assert isinstance(literal.source, int), "layers_of numbers the sources"
                W[literal.source, column] += 1.0 if literal.holds else -1.0
            n_literals = len(gate.literals)
            n_negated = sum(not literal.holds for literal in gate.literals)
            b[column] = convention.bias(n_literals, n_negated, gate.at_least)
            if bias is not None and n_literals > 1 and gate.at_least in (1, n_literals):
                b[column] = bias if gate.at_least == 1 else -bias
    return network
