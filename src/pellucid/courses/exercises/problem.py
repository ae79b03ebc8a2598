"""Exercise as plain data: what the sheet prints, what it asks for, and the calculation between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.courses.exercises.steps import Calculation

__all__ = ["Field", "Given", "Judge", "Problem", "Verdict"]

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Given:
    """Array that the sheet prints.

    Parameters
    ----------
    symbol, caption : str
        The name in the notation, and in words.
    array : ndarray of shape (rows, columns)
        The numbers, as the notation lays them out.
    rows, columns : tuple of str, default=()
        Labels.
    tag : str, default=""
        A name for this line, such as ``"(3)"``.
    decimals : int, optional
        Decimals to print; the default is the shortest exact text.
    """

    symbol: str
    caption: str
    array: Array
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    tag: str = ""
    decimals: int | None = None


@dataclass(frozen=True)
class Field:
    """Array of blanks that a student fills in.

    Parameters
    ----------
    key : str
        Its name in a file of answers, such as ``"delta1"``.
    symbol, caption : str
        The name in the notation, and in words.
    step : str
        The step whose result it is.
    shape : tuple of int
        Rows and columns on the sheet.
    part : slice, default=all
        The rows of the step's array.
    is_turned : bool, default=False
        True if the sheet shows the transpose.
    rows, columns : tuple of str, default=()
        Labels.
    decimals : int, optional
        The decimals required, if not those of the sheet.
    has_top : bool, default=False
        True if a student may write an entry for the bias unit above, which is not asked for.
    """

    key: str
    symbol: str
    caption: str
    step: str
    shape: tuple[int, int]
    part: slice = field(default_factory=lambda: slice(None))
    is_turned: bool = False
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    decimals: int | None = None
    has_top: bool = False

    def shown(self, array: Any) -> Any:
        """Return this field's part of a step's array, as on the sheet."""
        part = array[self.part]
        return part.T if self.is_turned else part

    def put(self, answer: Array, array: Array) -> None:
        """Write an answer into the array of its step."""
        array[self.part] = answer.T if self.is_turned else answer

    def entry(self, row: int, column: int) -> str:
        """Return the name of one blank by the labels of the sheet, such as ``"delta1[2]"`` or ``"grad0[0,1]"``."""
        places = [(row, self.rows), (column, self.columns)]
        parts = [
            labels[place].replace("sample ", "s") if labels else str(place + 1)
            for (place, labels), size in zip(places, self.shape, strict=True)
            if size > 1
        ]
        return f"{self.key}[{','.join(parts)}]" if parts else self.key

    @property
    def entries(self) -> tuple[str, ...]:
        """The names of all blanks, row by row."""
        return tuple(self.entry(i, j) for i, j in np.ndindex(*self.shape))


@dataclass(frozen=True)
class Verdict:
    """Judgement of answers that are right together or not at all.

    Parameters
    ----------
    share : float
        The share of the points, from 0 to 1.
    remark : str, default=""
        A sentence.
    slip : str, default=""
        The slip by name.
    """

    share: float
    remark: str = ""
    slip: str = ""


Judge = Callable[[Mapping[str, Array]], Verdict]


@dataclass(frozen=True, eq=False)
class Problem:
    """An exercise with its numbers.

    Parameters
    ----------
    title : str
        A line.
    task : tuple of str
        Sentences that state the task.
    given : tuple of Given
        Arrays that the sheet prints.
    fields : tuple of Field
        Arrays that it asks for.
    calculation : Calculation
        The steps from the given arrays to those required.
    formulas : tuple of str, default=()
        Equations for the solution sheet.
    judge : callable, optional
        Judges all fields together, where many answers are right; the calculation holds one of them.
    """

    title: str
    task: tuple[str, ...]
    given: tuple[Given, ...]
    fields: tuple[Field, ...]
    calculation: Calculation
    formulas: tuple[str, ...] = ()
    judge: Judge | None = field(default=None)

    @property
    def n_entries(self) -> int:
        """The number of blanks."""
        return sum(f.shape[0] * f.shape[1] for f in self.fields)

    def solution(self, *, by_hand: bool = False) -> dict[str, Array]:
        """Return the arrays of all fields as on the sheet, exact or rounded after every step."""
        values = self.calculation.by_hand if by_hand else self.calculation.exact
        return {f.key: f.shown(values[f.step]) for f in self.fields}
