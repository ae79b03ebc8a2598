"""Misprint in a course's notes, with its verification and the evidence for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["COURSES", "KINDS", "STATUSES", "Evidence", "Misprint"]

COURSES = {
    "000": "Texas A&M University, CSCE 421, Multi-layer perceptron networks",
    "001": "MIT, Introduction to machine learning, Neural networks II",
    "002": "Iowa State University, CS 474/574, 6. Neural networks (F. S. Bao)",
    "003": "UMass Amherst, CS 389, Lectures 3 & 4",
    "004": "KAIST, Multilayer perceptron 1 (W. Y. Kim)",
}
KINDS = {
    "error": "wrong as printed",
    "typo": "a slip of text or symbol, the meaning clear",
    "convention": "clashes with what another course means",
    "judgement": "advice or a claim that is too strong",
    "completeness": "something is missing",
    "rounding": "rounded on the way; the formula is right",
    "remark": "worth knowing, not an error",
}
STATUSES = {
    "source": "seen in the author's source",
    "text copy": "seen only in our text copy, which may have lost a sign, an exponent or a subscript",
    "view": "a matter of convention or judgement",
}
# Read besides the text copy: github.com/forrestbao/MLClass, 6_Neural_Networks/6_NNs.md, commit 6a58d2e.
READ_IN_SOURCE = {"002"}


def _shown(value: Any, digits: int) -> str:
    """Return numbers in parentheses, with semicolons between the rows of a matrix; words unchanged."""
    array = np.asarray(value)
    if array.ndim == 2:
        return "; ".join(_shown(row, digits) for row in array)
    if array.ndim == 1:
        return f"({', '.join(_shown(entry, digits) for entry in array)})" if array.size else "none"
    if array.dtype.kind == "b":
        return "yes" if array else "no"
    return f"{float(array) + 0.0:.{digits}g}" if array.dtype.kind in "fiu" else str(array)


@dataclass(frozen=True)
class Evidence:
    """Evidence of a misprint: the values recomputed by its check.

    Parameters
    ----------
    what : str
        The quantity that is compared.
    printed : Any
        The printed value, or the value that the printed text leads to: numbers or words.
    right : Any
        The recomputed value.
    also : dict, default={}
        Further recomputed values that illustrate it.
    reading : str, default=""
        If numbers alone do not decide: the reason, and what the text itself says.

    Examples
    --------
    >>> from pellucid.courses import MISPRINTS
    >>> found = MISPRINTS["E37"].check()
    >>> found.printed != found.right
    True
    """

    what: str
    printed: Any
    right: Any
    also: Mapping[str, Any] = field(default_factory=dict)
    reading: str = ""

    @property
    def refutes(self) -> bool:
        """True if the two differ by more than a billionth, relatively."""
        printed, right = np.asarray(self.printed), np.asarray(self.right)
        if printed.shape != right.shape:
            return True
        if printed.dtype.kind in "US" or right.dtype.kind in "US":
            return bool((printed != right).any())
        return not np.allclose(printed.astype(float), right.astype(float), rtol=1e-9, atol=0.0)

    def to_text(self, digits: int = 4) -> str:
        """Return it as a few lines.

        Parameters
        ----------
        digits : int, default=4
            Significant digits of numbers.

        Returns
        -------
        str
            The quantity compared, its printed and its right value, and further numbers that help.

        Examples
        --------
        >>> print(Evidence("2 + 2", 5.0, 4.0).to_text())
        2 + 2
          printed  5
          right    4
        """
        lines = [
            self.what,
            f"  printed  {_shown(self.printed, digits)}",
            f"  right    {_shown(self.right, digits)}",
        ]
        lines += [f"  {name}: {_shown(value, digits)}" for name, value in self.also.items()]
        return "\n".join([*lines, *([f"  {self.reading}"] if self.reading else [])])


@dataclass(frozen=True)
class Misprint:
    """A place in a course's notes that should not be copied as it stands.

    Parameters
    ----------
    id : str
        Its number in the list, ``"E1"`` to ``"E49"``. Two numbers, E18 and E19, are withdrawn: the author's source
        is right there, and only the text copy was wrong.
    note : str
        A key of :data:`COURSES`.
    place : str
        The place in the notes.
    printed, right : str
        The printed text, and the corrected one.
    why : str
        The reason, in a sentence or two.
    check : callable
        Returns the :class:`Evidence`, recomputed now.
    kind : str, default="error"
        A key of :data:`KINDS`.

    Examples
    --------
    >>> from pellucid.courses import MISPRINTS
    >>> misprint = MISPRINTS["E37"]
    >>> misprint.note, misprint.kind
    ('000', 'judgement')
    """

    id: str
    note: str
    place: str
    printed: str
    right: str
    why: str
    check: Callable[[], Evidence]
    kind: str = "error"

    @property
    def course(self) -> str:
        """The course whose notes these are."""
        return COURSES[self.note]

    @property
    def label(self) -> str:
        """Its kind, and its status if that is not a view."""
        return self.kind if self.status == "view" else f"{self.kind}, {self.status}"

    @property
    def status(self) -> str:
        """The way in which it was verified: a key of :data:`STATUSES`."""
        if self.kind in ("convention", "judgement", "completeness", "rounding", "remark"):
            return "view"
        return "source" if self.note in READ_IN_SOURCE else "text copy"
