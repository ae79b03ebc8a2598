"""Trace as users see it: the record of a pass, with methods that check, explain and render it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any

from pellucid.core.checks import is_whole
from pellucid.exceptions import ParameterError
from pellucid.explain.calculation import after_step, recomputed
from pellucid.explain.digits import Precision
from pellucid.explain.document import document
from pellucid.explain.entries import Document
from pellucid.explain.finite_differences import Differences, differences_of
from pellucid.explain.hand import check_digits
from pellucid.explain.notation import Notation
from pellucid.explain.plain import plain
from pellucid.explain.profiles import get_notation
from pellucid.explain.rendered import COMPARED, NOTATION, Rendered
from pellucid.explain.replay import Replay, replay
from pellucid.explain.traced import TraceRecord
from pellucid.explain.words import Explanation, explain
from pellucid.host.docstrings import documented
from pellucid.host.moved import announce

__all__ = ["Trace"]

MOST_STEPS = 10_000


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Trace(Rendered, TraceRecord):  # noqa: D101  # The record says what it holds.
    __doc__ = TraceRecord.__doc__

    # ---- the same samples otherwise -------------------------------------------------------------------

    @cached_property
    def after(self) -> Trace:
        """The trace of the same samples after the step of gradient descent."""
        return after_step(self)

    def steps(self, n: int) -> tuple[Trace, ...]:
        """Return this trace and those after one step of gradient descent, two, and so on.

        Parameters
        ----------
        n : int
            The number of steps, from 0.

        Returns
        -------
        tuple of Trace
            The n + 1 traces of the same samples.

        Raises
        ------
        ParameterError
            If n is not an integer from 0 to 10,000.

        Examples
        --------
        >>> from pellucid import Network, trace
        >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[0.5]])
        >>> [round(t.loss, 4) for t in trace(net, [3.0], 5.0, learning_rate=0.05).steps(3)]
        [1.125, 0.2812, 0.0703, 0.0176]
        """
        if not is_whole(n, 0, MOST_STEPS):
            raise ParameterError(f"'steps' must be an integer from 0 to {MOST_STEPS:,}; got {n!r}.")
        found = [self]
        found += (found[-1].after for _ in range(int(n)))
        return tuple(found)

    def by_hand(self, digits: int = 3) -> Trace:
        """Return the same calculation with every result rounded before it is used, as on paper.

        Inputs and the parameters at the start are taken as they are.

        Parameters
        ----------
        digits : int, default=3
            The decimals.

        Returns
        -------
        Trace
            Its ``digits`` marks it as a calculation by hand.

        Raises
        ------
        ParameterError
            If the network has normalization or residual connections, or dropout drops.

        Examples
        --------
        >>> from pellucid import Network, trace
        >>> net = Network([1, 1], output_activation="logistic", weights=[[[1.0]]], biases=[[0.0]])
        >>> t = trace(net, [1.0], 0.0)
        >>> t.outputs.item(), t.by_hand(2).outputs.item()
        (0.7310585786300049, 0.73)
        """
        return recomputed(self, digits=check_digits(digits))

    # ---- what checks and explains it ------------------------------------------------------------------

    def replay(self, *, tolerance: float = 1e-9) -> Replay:
        """Recompute every number of the record from those that it depends on.

        Parameters
        ----------
        tolerance : float, default=1e-9
            The largest accepted deviation, relative to the largest entry of its array.

        Returns
        -------
        Replay
            The largest error, and its place.

        Raises
        ------
        DataError
            If a number does not follow from the others; the message names block and quantity.
        """
        return replay(self, tolerance=tolerance)

    @cached_property
    def finite_differences(self) -> Differences:
        """Every gradient and sensitivity by central differences, computed on first access.

        Meant for small networks: 50 ms for 64-100-10 and one sample; seconds for many samples, or with batch
        normalization or dropout in training.
        """
        return differences_of(self)

    def explain(
        self,
        quantity: str,
        *,
        block: int | None = None,
        row: int | None = None,
        column: int | None = None,
        sample: int | None = None,
        precision: Precision = 3,
        notation: str | Notation = "pellucid",
        input_layer: int | None = None,
        index: Any = None,
        layer: int | None = None,
    ) -> Explanation:
        """Explain in words and numbers where one number comes from.

        Parameters
        ----------
        quantity : str
            ``"W"``: the derivative of an entry of [b; W], row 0 the biases; ``"weights"``: of an entry of W
            alone; ``"b"``: of a bias; ``"z"``: a signal; ``"a"``: an activation; ``"outputs"``: what the next
            block receives; ``"delta"``: a sensitivity; ``"slope"``: the derivative of an activation;
            ``"output_gradient"``: that of the loss with respect to an output; ``"loss"``; ``"updated"``: an entry
            of [b; W] after the step; ``"alpha"``, ``"unbent"``, ``"updated_alpha"`` of a parametric activation.
            For an input layer: ``"outputs"``, ``"upstream"``, ``"delta"``, ``"updated_…"``, an intermediate
            quantity such as ``"angles"``, or the name of a parameter, for its derivative.
        block : int
            The block, from 0.
        row, column : int
            The input and the unit, from 0; for ``"W"`` and ``"updated"`` row i + 1 is input i.
        sample : int, optional
            The sample, for quantities that each sample has. Default: a line for each; ``.value`` is then NaN, for
            the loss the mean.
        precision : int or "full", default=3
            Decimals.
        notation : str or Notation, default="pellucid"
            The notation whose squared error is used: without ½, losses and derivatives are twice as large.
        input_layer, index : int, and int, str or a tuple of them, optional
            The input layer instead of a block, and a number or name for each axis but that of the samples.
        layer : int
            Old name of ``block``, kept until the next release.

        Returns
        -------
        Explanation
            ``.value`` and ``.text``; shows the text.

        Raises
        ------
        ParameterError
            If there is no such number; the message says which there are.

        Examples
        --------
        >>> from pellucid import Network, trace
        >>> net = Network([1, 1], weights=[[[2.0]]], biases=[[0.5]])
        >>> trace(net, [3.0], 5.0).explain("W", block=0, row=1, column=0)
        input signal 3.000 × sensitivity 1.500 = 4.500
        """
        if layer is not None:
            announce("Trace.explain(layer=...)", "Trace.explain(block=...)")
            block = layer
        place = {"block": block, "row": row, "column": column, "sample": sample}
        factor = get_notation(notation).factor(self.loss_function)
        return explain(self, quantity, place, precision, factor, input_layer=input_layer, index=index)

    # ---- what shows it --------------------------------------------------------------------------------

    @documented(notation=NOTATION, compared=COMPARED)
    def document(
        self,
        notation: str | Notation = "pellucid",
        *,
        differences: bool = False,
        by_hand: TraceRecord | int | None = None,
        steps: int = 0,
    ) -> Document:
        """Return the calculation in a notation, as every renderer takes it.

        Parameters
        ----------
        {notation}
        {compared}

        Returns
        -------
        Document
            Steps with equations and labelled arrays.
        """
        if isinstance(by_hand, Integral):
            by_hand = self.by_hand(by_hand)
        if not (by_hand is None or isinstance(by_hand, TraceRecord)):
            raise ParameterError(
                f"'by_hand' must be a number of decimals, or the result of the trace's by_hand(); got {by_hand!r}."
            )
        compared = self.finite_differences if differences else None
        following = self.steps(steps)[1:]
        return document(self, notation=notation, differences=compared, by_hand=by_hand, following=following)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain data: numbers, texts, lists and dicts.

        Returns
        -------
        dict
            By the names of the fields; an activation or loss is its name.
        """
        return plain(self)

    # ---- old names ------------------------------------------------------------------------------------

    @property
    def value(self) -> float:
        """Old name of ``loss``, kept until the next release."""
        announce("Trace.value", "Trace.loss")
        return self.loss

    @property
    def value_after(self) -> float:
        """Old name of ``loss_after``, kept until the next release."""
        announce("Trace.value_after", "Trace.loss_after")
        return self.loss_after
