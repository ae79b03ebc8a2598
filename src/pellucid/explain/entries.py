"""A calculation as plain data: steps with equations and labelled arrays, which every renderer takes.

trace → notation → document → text, LaTeX, HTML, JSON. What is shown, in which order and under which name
is decided in :mod:`pellucid.explain.document`, once; a renderer only typesets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.exceptions import ParameterError
from pellucid.explain.canon import Array

__all__ = ["Document", "Entry", "Step", "rows_shown", "shown"]


@dataclass(frozen=True)
class Entry:
    """A labelled array of a step.

    Parameters
    ----------
    role : str
        ``"layer"``, ``"weights"``, ``"signal"``, ``"slope"``, ``"upstream"``, ``"delta"``, ``"gradient"``,
        ``"updated"``, ``"loss"``, …; also the class of its element in HTML.
    block : int
        The block k, from 0, or the layer of ``"layer"``.
    symbol : str
        In the notation, written for :mod:`pellucid.explain.equations`.
    array : ndarray
        Two-dimensional, or zero-dimensional for a single number.
    rows, columns : tuple of str
        Labels; empty for none.
    caption : str, default=""
        A description in words.
    compared : dict of str to ndarray, default={}
        Other values of the same numbers: a finite difference, a calculation rounded by hand.
    printed : ndarray, optional
        The numbers that a source prints; NaN if it prints nothing.
    wrong : ndarray of bool, optional
        Mask of the printed numbers that are wrong.
    remarks : tuple of str, default=()
        Notes, such as why a printed number is wrong.
    """

    role: str
    block: int
    symbol: str
    array: Array
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    caption: str = ""
    compared: Mapping[str, Array] = field(default_factory=dict)
    printed: Array | None = None
    wrong: NDArray[np.bool_] | None = None
    remarks: tuple[str, ...] = ()

    @property
    def marked(self) -> bool:
        """True if a printed number is wrong."""
        return self.wrong is not None and bool(self.wrong.any())


@dataclass(frozen=True)
class Step:
    """One step of the calculation.

    Parameters
    ----------
    kind : str
        ``"network"``, ``"forward"``, ``"loss"``, ``"backward"``, ``"update"`` or ``"steps"``.
    title : str
        A line.
    equations : tuple of str
        Written for :mod:`pellucid.explain.equations`.
    entries : tuple of Entry
        Its numbers.
    remarks : tuple of str, default=()
        Notes.
    """

    kind: str
    title: str
    equations: tuple[str, ...]
    entries: tuple[Entry, ...]
    remarks: tuple[str, ...] = ()

    @property
    def footnotes(self) -> tuple[str, ...]:
        """The remarks of its entries, in order; number 1 is the first."""
        return tuple(remark for entry in self.entries for remark in entry.remarks)

    @property
    def numbers(self) -> tuple[str, ...]:
        """For each entry the numbers of its footnotes, such as ``"[1] [2]"``."""
        ends = list(accumulate(len(entry.remarks) for entry in self.entries))
        starts = [0, *ends[:-1]] if ends else []
        return tuple(" ".join(f"[{n + 1}]" for n in range(a, b)) for a, b in zip(starts, ends, strict=True))


@dataclass(frozen=True)
class Document:
    """A calculation, ready to be typeset.

    Parameters
    ----------
    title : str
        A line.
    notation : str
        The name of the notation.
    steps : tuple of Step
        In order.
    remarks : tuple of str, default=()
        Notes on the whole.
    """

    title: str
    notation: str
    steps: tuple[Step, ...]
    remarks: tuple[str, ...] = ()

    def find(self, role: str, block: int = 0) -> Entry:
        """Return the first entry of a role and block.

        Parameters
        ----------
        role : str
            Such as ``"gradient"``.
        block : int, default=0
            The block.

        Returns
        -------
        Entry
            The entry.

        Raises
        ------
        ParameterError
            If there is none.
        """
        for step in self.steps:
            for entry in step.entries:
                if (entry.role, entry.block) == (role, block):
                    return entry
        known = sorted({(entry.role, entry.block) for step in self.steps for entry in step.entries})
        raise ParameterError(f"(role, block) must be one of {known}; got {(role, block)}.")

    def annotate(
        self,
        role: str,
        block: int = 0,
        *,
        printed: ArrayLike | None = None,
        wrong: ArrayLike | None = None,
        remarks: tuple[str, ...] = (),
    ) -> Document:
        """Return a document in which an entry also carries a source's printed numbers and notes.

        Parameters
        ----------
        role, block : str, int
            The entry.
        printed : array-like, optional
            The numbers that the source prints, in the entry's shape or as many; NaN if it prints none.
        wrong : array-like of bool, optional
            Mask of the wrong ones. Default: those that are not the right number rounded to their decimals.
        remarks : tuple of str, default=()
            Notes, added to the existing ones.

        Returns
        -------
        Document
            The new document; this one is unchanged.

        Raises
        ------
        ParameterError
            If there is no such entry, or shapes disagree.

        Examples
        --------
        >>> import numpy as np
        >>> entry = Entry("gradient", 0, "g", np.array([[0.4473, 0.1]]))
        >>> page = Document("", "pellucid", (Step("update", "", (), (entry,)),))
        >>> page.annotate("gradient", printed=[[-0.447, 0.1]]).find("gradient").wrong
        array([[ True, False]])
        """
        entry = self.find(role, block)
        shown = entry.printed if printed is None else _shaped("printed", printed, entry)
        flags = entry.wrong if wrong is None else _shaped("wrong", wrong, entry).astype(bool)
        if printed is not None and wrong is None:
            assert shown is not None
            flags = _differs(shown, entry.array)
        noted = replace(entry, printed=shown, wrong=flags, remarks=entry.remarks + tuple(remarks))
        steps = [
            replace(step, entries=tuple(noted if other is entry else other for other in step.entries))
            for step in self.steps
        ]
        return replace(self, steps=tuple(steps))


def shown(n: int, most: int) -> list[int | None]:
    """Return which of n rows to show, with None where the middle is left out.

    Parameters
    ----------
    n, most : int
        The number of items, and the most that are shown.

    Returns
    -------
    list
        Positions.
    """
    if n <= most:
        return list(range(n))
    head = (most + 1) // 2
    return [*range(head), None, *range(n - (most - head), n)]


def rows_shown(entry: Entry, most: int) -> list[int | None]:
    """Return which rows of an entry to show: at least fifty training steps, since the user requested them.

    Parameters
    ----------
    entry : Entry
        The entry.
    most : int
        The most rows of other entries.

    Returns
    -------
    list
        Positions.
    """
    return shown(entry.array.shape[0], max(most, 51) if entry.role == "steps" else most)


def _shaped(name: str, values: ArrayLike, entry: Entry) -> Array:
    array = np.asarray(values, dtype=float)
    if array.size != entry.array.size:
        raise ParameterError(
            f"{name} of {entry.role!r} must have the shape {entry.array.shape} of the entry; got {array.shape}."
        )
    return array.reshape(entry.array.shape)


def _differs(printed: Array, exact: Array) -> NDArray[np.bool_]:
    """Return where a printed number is not the exact one rounded to the decimals that it shows."""
    texts = (np.format_float_positional(p, trim="-") for p in printed.ravel() if np.isfinite(p))
    decimals = max((len(text.partition(".")[2]) for text in texts), default=0)
    return np.isfinite(printed) & (np.abs(printed - exact) > 0.5 * 10.0**-decimals * (1.0 + 1e-9))
