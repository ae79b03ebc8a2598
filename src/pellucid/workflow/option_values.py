"""Readers of typed values: numbers of a range, and names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

from pellucid.exceptions import ParameterError

__all__ = ["between", "one_of", "several"]


def between(kind: type[int] | type[float], low: float, high: float) -> Callable[[str], Any]:
    """Return a reader of numbers in a closed range.

    Parameters
    ----------
    kind : {int, float}
        The kind of number.
    low, high : float
        The ends of the range.

    Returns
    -------
    callable
        From a text to the number; a ParameterError if it is none, or outside.

    Examples
    --------
    >>> between(int, 1, 9)("7")
    7
    """

    def read(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = kind(low) - 1
        if not low <= value <= high:
            what = "an integer" if kind is int else "a number"
            raise ParameterError(f"{text!r} is not accepted. It takes {what} from {low:,} to {high:,}.")
        return value

    return read


def several(read: Callable[[str], Any]) -> Callable[[str], tuple[Any, ...]]:
    """Return a reader of values that are separated by commas.

    Examples
    --------
    >>> several(between(int, 1, 9))("1,4")
    (1, 4)
    """
    return lambda text: tuple(read(part) for part in text.split(","))


def one_of(words: Sequence[str]) -> Callable[[str], str]:
    """Return a reader of names.

    Parameters
    ----------
    words : sequence of str
        The names.

    Returns
    -------
    callable
        From a text to the name; a ParameterError, with the nearest name, if it is none of them.

    Examples
    --------
    >>> one_of(["signs", "bits"])("bits")
    'bits'
    """

    def read(text: str) -> str:
        if text not in words:
            near = get_close_matches(text, words, 1)
            raise ParameterError(
                f"{text!r} is not accepted."
                + (f" Did you mean {near[0]!r}?" if near else "")
                + f" It takes {' or '.join(words)}."
            )
        return text

    return read
