"""Origin of one number of a trace, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pellucid.core.checks import is_whole
from pellucid.exceptions import ParameterError
from pellucid.explain.digits import Precision, check_precision
from pellucid.explain.input_words import of_input_layer
from pellucid.explain.sentences import QUANTITIES
from pellucid.explain.traced import TraceRecord
from pellucid.explain.written import Numbers
from pellucid.host.escaping import for_terminal

__all__ = ["QUANTITIES", "Explanation", "explain"]

WITH_BIAS_ROW = ("W", "updated")  # quantities of the matrix [b; W], whose row 0 holds the biases


@dataclass(frozen=True)
class Explanation:
    """Number with an explanation of its origin in words.

    Parameters
    ----------
    quantity : str
        The name of the quantity, such as ``"W"``.
    value : float
        The number.
    text : str
        One or more lines; ``str()`` gives them.

    Examples
    --------
    >>> from pellucid import Network, trace
    >>> t = trace(Network([1, 1], weights=[[[2.0]]], biases=[[1.0]]), [3.0], 5.0)
    >>> said = t.explain("W", block=0, row=1, column=0)
    >>> said.value, str(said)
    (6.0, 'input signal 3.000 × sensitivity 2.000 = 6.000')
    """

    quantity: str
    value: float
    text: str

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def explain(
    trace: TraceRecord,
    quantity: str,
    place: Mapping[str, int | None],
    precision: Precision = 3,
    factor: float = 1.0,
    *,
    input_layer: int | None = None,
    index: Any = None,
) -> Explanation:
    """Explain the origin of one number of a trace; see :meth:`pellucid.explain.Trace.explain`.

    Parameters
    ----------
    trace : TraceRecord
        The trace.
    quantity : str
        A key of :data:`QUANTITIES`.
    place : dict
        ``block``, ``row``, ``column`` and ``sample``, None for those that are not given.
    precision : int or "full", default=3
        Decimals.
    factor : float, default=1.0
        The ratio of a notation's losses and derivatives to pellucid's: 2 for a squared error without ½.
    input_layer : int, optional
        The input layer whose number it is, instead of a block.
    index : int, str or tuple of them, optional
        The place in an array of that layer.

    Returns
    -------
    Explanation
        The number and its origin.
    """
    check_precision(precision)
    numbers = Numbers(trace, precision, factor)
    if input_layer is not None or index is not None:
        value, text = of_input_layer(numbers, quantity, input_layer, index, place)
        return Explanation(quantity, float(value), for_terminal(text, lines=True))
    if quantity not in QUANTITIES:
        raise ParameterError(f"'quantity' must be one of {list(QUANTITIES)}; got {quantity!r}.")
    needs, sentence = QUANTITIES[quantity]
    located = _located(trace, quantity, needs, place)
    value, text = sentence(numbers, *(located[name] for name in needs))
    return Explanation(quantity, float(value), for_terminal(text, lines=True))


def _located(
    trace: TraceRecord, quantity: str, needs: tuple[str, ...], given: Mapping[str, int | None]
) -> dict[str, Any]:
    """Return the checked indices of a quantity; only this function knows their ranges."""
    n_samples = len(trace.X)
    counts = {"block": len(trace.blocks), "sample": n_samples, "column": trace.Y.shape[1]}
    place: dict[str, Any] = {}
    for name, index in given.items():
        if name not in needs:
            if index is not None:
                raise ParameterError(
                    f"{quantity!r} has no {name}; it takes {list(needs)}. Got {name}={index!r}."
                )
            continue
        if name == "sample" and index is None:
            place[name] = 0 if n_samples == 1 else None
            continue
        if name == "block" and index is not None:
            place[name] = _in_range(name, index, counts[name], quantity)
            n_in, n_out = trace.blocks[place[name]].weights.value.shape
            counts |= {"row": n_in + (quantity in WITH_BIAS_ROW), "column": n_out}
            continue
        note = " (0 is the bias row)" if name == "row" and quantity in WITH_BIAS_ROW else ""
        place[name] = _in_range(name, index, counts.get(name, len(trace.blocks)), quantity, note)
    return place


def _in_range(name: str, index: Any, count: int, quantity: str, note: str = "") -> int:
    if not is_whole(index, 0, count - 1):
        raise ParameterError(f"{name} of {quantity!r} must lie in 0..{count - 1}{note} here; got {index!r}.")
    return int(index)
