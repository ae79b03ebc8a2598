"""The document of a trace with what the caller wants beside the numbers."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from pellucid.exceptions import ParameterError
from pellucid.explain.document import Document, document
from pellucid.explain.notation import Notation
from pellucid.explain.record import Trace

__all__ = ["compared_with"]


def compared_with(
    trace: Any, *, notation: str | Notation, differences: bool = False, by_hand: Any = None
) -> Document:
    """Return the document of a trace, finite differences and the calculation by hand made where asked for.

    Parameters
    ----------
    trace : Trace
        The trace.
    notation : str or Notation
        A name of :data:`~pellucid.explain.profiles.NOTATIONS`.
    differences : bool, default=False
        Whether finite differences stand beside the gradients.
    by_hand : Trace or int, optional
        A trace rounded after every operation, or the decimals to make one with.

    Returns
    -------
    Document
        The document.
    """
    if not (by_hand is None or isinstance(by_hand, Integral | Trace)):
        raise ParameterError(
            f"by_hand must be a number of decimals, or what by_hand() of the trace gave; got {by_hand!r}."
        )
    return document(
        trace,
        notation=notation,
        differences=trace.finite_differences if differences else None,
        by_hand=trace.by_hand(by_hand) if isinstance(by_hand, Integral) else by_hand,
    )
