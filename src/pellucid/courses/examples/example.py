"""Worked examples and their traces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.core.losses import Loss
from pellucid.core.network import Network
from pellucid.courses.misprints import COURSES, MISPRINTS
from pellucid.explain.calculation import recomputed
from pellucid.explain.canon import parts
from pellucid.explain.traces import Trace
from pellucid.explain.tracing import trace

__all__ = ["NOTHING", "Example", "Printed"]

NOTHING = float("nan")
"""Placeholder for an entry of an array that the notes do not print."""


@dataclass(frozen=True)
class Printed:
    """Numbers that a course's notes print for a quantity, as printed.

    Parameters
    ----------
    role : str
        Role of an :class:`~pellucid.explain.entries.Entry`, such as ``"gradient"``.
    block : int
        The block, from 0; the layer for ``"layer"``.
    values : sequence of float
        In the course's own layout, row by row; NaN for what is not printed.
    explained : str, default=""
        The misprint that explains a difference, ``"E1"`` to ``"E49"``, or the reason in a sentence.

    Examples
    --------
    >>> from pellucid.courses import get_example
    >>> get_example("iowa-grounded").printed[0].role
    'layer'
    """

    role: str
    block: int
    values: Sequence[float]
    explained: str = ""


@dataclass(frozen=True)
class Example:
    """A worked example of a course.

    Parameters
    ----------
    name : str
        Its name in ``pellucid trace --example NAME``.
    note : str
        A key of :data:`~pellucid.courses.misprints.COURSES`.
    title : str
        The title of the example.
    network : callable
        Returns the network.
    x, y : sequence of float
        The sample.
    notation : str
        The notation of the course.
    loss : str or Loss or None, default=None
        The loss; None for the canonical one of the output.
    learning_rate : float, default=1.0
        Learning rate of the step.
    printed : tuple of Printed, default=()
        The numbers that the notes print.
    also : tuple of str, default=()
        Misprints of the same slides that do not concern a number of the calculation.
    remarks : tuple of str, default=()
        Notes.
    has_biases : bool, default=True
        True if the step updates the biases; without biases in the course, they are 0 and stay 0.
    fixed : tuple of int, default=()
        Blocks whose weights the step leaves unchanged.
    by_hand : int, default=3
        The decimals that the course works with.

    Examples
    --------
    >>> from pellucid.courses import get_example
    >>> example = get_example("iowa-grounded")
    >>> example.note, example.x, example.y
    ('002', (0.0, 1.0), (1.0,))
    """

    name: str
    note: str
    title: str
    network: Callable[[], Network]
    x: Sequence[float]
    y: Sequence[float]
    notation: str
    loss: str | Loss | None = None
    learning_rate: float = 1.0
    printed: tuple[Printed, ...] = ()
    also: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    has_biases: bool = True
    fixed: tuple[int, ...] = ()
    by_hand: int = 3

    @property
    def course(self) -> str:
        """The course."""
        return COURSES[self.note]

    @property
    def misprints(self) -> tuple[str, ...]:
        """Names of the misprints of its numbers, and of others on the same slides."""
        named = dict.fromkeys(printed.explained for printed in self.printed)
        return (*(name for name in named if name in MISPRINTS), *self.also)

    def trace(self, *, learning_rate: float | None = None, by_hand: int | None = None) -> Trace:
        """Compute the example.

        Parameters
        ----------
        learning_rate : float, optional
            Default: the example's.
        by_hand : int, optional
            Number of decimals to round to after every operation.

        Returns
        -------
        Trace
            Every number.
        """
        rate = self.learning_rate if learning_rate is None else learning_rate
        found = trace(self.network(), [self.x], [self.y], loss=self.loss, learning_rate=rate)
        if by_hand is not None:
            found = found.by_hand(by_hand)
        return _held(found, biases=not self.has_biases, blocks=self.fixed)


def _held(found: Trace, *, biases: bool, blocks: tuple[int, ...]) -> Trace:
    """Return the trace with steps that leave the biases and the weights of some blocks unchanged."""
    if not (biases or blocks):
        return found
    fixed = np.zeros(found.network.n_parameters, bool)
    for k, block in enumerate(parts(found.network, fixed)):
        block["biases"][...] = biases
        block["weights"][...] = k in blocks
    return recomputed(found, fixed=fixed, digits=found.digits)
