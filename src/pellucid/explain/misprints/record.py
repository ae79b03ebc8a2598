"""What is said about a misprint, and the evidence that settles it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["COURSES", "KINDS", "Evidence", "Misprint"]

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
}


@dataclass(frozen=True)
class Evidence:
    """What the check of a misprint recomputed.

    Parameters
    ----------
    what : str
        The quantity that is compared.
    printed : Any
        What the printed text says or leads to: numbers, or words.
    right : Any
        What was recomputed.
    also : dict, default={}
        Further recomputed values that help to see it.
    reading : str, default=""
        Where numbers alone do not settle it, why not, and what the text itself says.
    """

    what: str
    printed: Any
    right: Any
    also: Mapping[str, Any] = field(default_factory=dict)
    reading: str = ""

    @property
    def refutes(self) -> bool:
        """Whether the two differ, relative to a billionth."""
        printed, right = np.asarray(self.printed), np.asarray(self.right)
        if printed.shape != right.shape:
            return True
        if printed.dtype.kind in "US" or right.dtype.kind in "US":
            return bool((printed != right).any())
        return not np.allclose(printed.astype(float), right.astype(float), rtol=1e-9, atol=0.0)


@dataclass(frozen=True)
class Misprint:
    """Something in a course's notes that must not be copied.

    Parameters
    ----------
    id : str
        Its number in the list, ``"E1"`` to ``"E38"``.
    note : str
        A key of :data:`COURSES`.
    place : str
        Where it stands.
    printed, right : str
        What stands there, and what should.
    why : str
        The reason, in a sentence or two.
    check : callable
        Returns the :class:`Evidence`, recomputed now.
    kind : str, default="error"
        A key of :data:`KINDS`.
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
