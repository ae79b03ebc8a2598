"""Marks for the answers to an exercise: exact or rounded on the way, carried forward, or explained by a slip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.courses.exercises.problem import Field, Problem
from pellucid.courses.exercises.slips import SLIPS
from pellucid.courses.exercises.steps import Calculation
from pellucid.exceptions import ParameterError

__all__ = ["Mark", "Marks", "Reading", "mark"]

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Reading:
    """Answers as they were read.

    Parameters
    ----------
    arrays : dict of str to ndarray
        By the keys of the fields, in their shapes; NaN for what is missing.
    remarks : dict of str to str
        By entry: the reason why it could not be read.
    turned : frozenset of str
        Keys of arrays that came transposed.
    """

    arrays: Mapping[str, Array]
    remarks: Mapping[str, str]
    turned: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mark:
    """Mark of one entry.

    Parameters
    ----------
    key : str
        The key of its field, such as ``"delta1"``.
    entry : str
        Such as ``"delta1[2]"``.
    status : {"right", "carried", "slip", "wrong", "missing", "unreadable", "shared"}
        ``"carried"`` follows correctly from an earlier error; ``"shared"`` entries are judged together.
    given : float
        The answer; NaN if there is none.
    expected : float
        The exact result.
    points : float
        From 0 to 1.
    remark : str
        The slip, or a sentence.

    Examples
    --------
    >>> from pellucid.courses import exercise
    >>> made = exercise("2-1", kind="forward", seed=1)
    >>> marks = made.check({key: array.tolist() for key, array in made.solution.items()})
    >>> {mark.status for mark in marks.marks}
    {'right'}
    """

    key: str
    entry: str
    status: str
    given: float
    expected: float
    points: float
    remark: str = ""


@dataclass(frozen=True)
class Marks:
    """Marks of all entries of one exercise.

    Parameters
    ----------
    exercise : str
        Its identifier.
    marks : tuple of Mark
        In the order of the sheet.
    slips : dict of str to str
        By the key of a field, the slip that explains it.
    student : str, default=""
        The name in the file of answers.

    Examples
    --------
    >>> from pellucid.courses import exercise
    >>> made = exercise("2-1", kind="forward", seed=1)
    >>> marks = made.check({key: array.tolist() for key, array in made.solution.items()})
    >>> marks.points == marks.possible
    True
    """

    exercise: str
    marks: tuple[Mark, ...]
    slips: Mapping[str, str]
    student: str = ""

    @property
    def points(self) -> float:
        """The points, one for each entry that is right or follows from an earlier error."""
        return float(sum(mark.points for mark in self.marks))

    @property
    def possible(self) -> int:
        """The number of entries."""
        return len(self.marks)

    @property
    def is_right(self) -> bool:
        """True if every entry has its full points, and none is carried from an error."""
        return all(mark.points == 1.0 and mark.status != "carried" for mark in self.marks)

    def to_dict(self) -> dict[str, Any]:
        """Return the marks as plain data.

        Returns
        -------
        dict
            The student, the points, the slips, and a dict for each entry.
        """
        names = ("entry", "status", "given", "expected", "points", "remark")
        return {
            "student": self.student,
            "exercise": self.exercise,
            "points": self.points,
            "possible": self.possible,
            "slips": dict(self.slips),
            "entries": [{name: getattr(mark, name) for name in names} for mark in self.marks],
        }

    def points_of(self, key: str) -> float:
        """Return the points of one field.

        Parameters
        ----------
        key : str
            Its key, such as ``"delta1"``.

        Returns
        -------
        float
            From 0 to the number of its entries.

        Raises
        ------
        ParameterError
            If there is no such field.
        """
        found = [mark.points for mark in self.marks if mark.key == key]
        if not found:
            known = list(dict.fromkeys(mark.key for mark in self.marks))
            raise ParameterError(f"'key' must be one of {known}; got {key!r}.")
        return float(sum(found))

    def describe(self) -> str:
        """Return the marks in lines of text: the points, then every entry that is not simply right.

        Returns
        -------
        str
            Several lines.
        """
        lines = [f"{self.points:g} of {self.possible} points"]
        for key, slip in self.slips.items():
            lines.append(f"{key}: {slip}. {SLIPS[slip]}")
        for mark in self.marks:
            if mark.status not in ("right", "shared", "missing", "carried"):
                given = "" if np.isnan(mark.given) else f" {mark.given:.10g}"
                lines.append(f"{mark.entry}{given}: {mark.status}{f', {mark.remark}' * bool(mark.remark)}")
        for status, words in (("carried", "carried forward from an earlier error"), ("missing", "missing")):
            entries = [mark.entry for mark in self.marks if mark.status == status]
            lines += [f"{words}: {', '.join(entries)}"] if entries else []
        shared = [mark.remark for mark in self.marks if mark.status == "shared"]
        return "\n".join([*lines, *shared[:1]])

    __str__ = describe


def mark(problem: Problem, reading: Reading, identifier: str, student: str = "") -> Marks:
    """Return the marks of some answers.

    Parameters
    ----------
    problem : Problem
        The exercise.
    reading : Reading
        The answers.
    identifier : str
        Name of the exercise.
    student : str, default=""
        Name of the student.

    Returns
    -------
    Marks
        A mark for every entry.
    """
    with np.errstate(all="ignore"):
        marker = _Judged(problem, reading) if problem.judge is not None else _Stepwise(problem, reading)
        marks = [
            one for field in problem.fields for one in marker.of_field(field, problem.solution()[field.key])
        ]
    return Marks(identifier, tuple(marks), marker.slips, student)


class _Judged:
    """Answers that are judged together."""

    def __init__(self, problem: Problem, reading: Reading) -> None:
        self.reading = reading
        assert problem.judge is not None
        blank = [f"{f.entry(i, j)}" for f in problem.fields
                 for i, j in np.argwhere(np.isnan(reading.arrays[f.key]))]  # fmt: skip
        self.slips: dict[str, str] = {}
        if blank:
            self.share, self.remark = 0.0, f"cannot be evaluated: {', '.join(blank)} missing"
            return
        verdict = problem.judge(reading.arrays)
        self.share, self.remark = verdict.share, verdict.remark
        if verdict.slip:
            self.slips[problem.fields[-1].key] = verdict.slip

    def of_field(self, field: Field, expected: Array) -> list[Mark]:
        own, marks = self.reading.arrays[field.key], []
        for place in np.ndindex(*field.shape):
            entry = field.entry(*place)
            unread = self.reading.remarks.get(entry)
            status = "shared" if unread is None else "unreadable"
            remark = self.remark if unread is None else unread
            marks.append(
                Mark(field.key, entry, status, own[place].item(), expected[place].item(), self.share, remark)
            )
        return marks


class _Stepwise:
    """Answers that follow from each other."""

    def __init__(self, problem: Problem, reading: Reading) -> None:
        self.reading, self.calculation = reading, problem.calculation
        self.has_errors = False
        self.right: dict[str, NDArray[np.bool_]] = {}
        self.carried: dict[str, NDArray[np.bool_]] = {}
        self.explained: dict[str, str] = {}
        self.slips: dict[str, str] = {}
        self.fields = problem.fields
        answers = self._assembled()
        own: dict[str, Array] = {}
        for step in self.calculation.steps:
            if step.name not in answers:
                continue
            self._mark_step(step.name, answers[step.name], own)
            own[step.name] = answers[step.name]

    def _assembled(self) -> dict[str, Array]:
        """Return the answers by step, as the steps lay them out."""
        answers: dict[str, Array] = {}
        for field in self.fields:
            blank = np.full(self.calculation.exact[field.step].shape, np.nan)
            array = answers.setdefault(field.step, blank)
            field.put(self.reading.arrays[field.key], array)
        return answers

    def _mark_step(self, name: str, given: Array, own: Mapping[str, Array]) -> None:
        right = np.logical_or.reduce([region.holds(given) for region in self.calculation.right(name)])
        follows = self.calculation.carried(name, own).holds(given)
        if not self.has_errors:  # numbers rounded on the way, and all of them right
            right, follows = right | follows, np.zeros(right.shape, bool)
        self.right[name], self.carried[name] = right, follows
        wrong = ~(self.right[name] | self.carried[name] | np.isnan(given))
        if wrong.any():
            self.has_errors = True
            self.explained[name] = diagnose(self.calculation, name, given, wrong, own)

    def of_field(self, field: Field, expected: Array) -> list[Mark]:
        own = self.reading.arrays[field.key]
        right, carried = (field.shown(found[field.step]) for found in (self.right, self.carried))
        slip = "transpose" if field.key in self.reading.turned else self.explained.get(field.step, "")
        marks = []
        for place in np.ndindex(*field.shape):
            entry, value = field.entry(*place), own[place].item()
            if entry in self.reading.remarks:
                status, remark = "unreadable", self.reading.remarks[entry]
            elif np.isnan(value):
                status, remark = "missing", ""
            elif field.key in self.reading.turned:
                status, remark = "slip", "transpose"
            elif right[place]:
                status, remark = "right", ""
            elif carried[place]:
                status, remark = "carried", "follows from an earlier entry"
            else:
                status, remark = ("slip", slip) if slip else ("wrong", "")
            if status == "slip":
                self.slips[field.key] = slip
            points = float(status in ("right", "carried"))
            marks.append(Mark(field.key, entry, status, value, expected[place].item(), points, remark))
        return marks


def diagnose(
    calculation: Calculation, name: str, given: Array, wrong: NDArray[np.bool_], own: Mapping[str, Array]
) -> str:
    """Return the slip that explains all wrong entries of a step; an empty text if none does.

    Parameters
    ----------
    calculation : Calculation
        The exercise.
    name : str
        The step.
    given : ndarray
        The answer; NaN for what is missing.
    wrong : ndarray of bool
        Its entries that are neither right nor carried forward.
    own : dict of str to ndarray
        The student's earlier answers.

    Returns
    -------
    str
        Of several, the one that also explains the right entries and comes nearest.
    """
    there = ~np.isnan(given)
    best, found = (0, -np.inf), ""
    for slip, place, formula in calculation.slips_of(name):
        for answers in (own, calculation.by_hand):
            region = calculation.carried(name, answers, (place, formula))
            if region.shape != given.shape:
                continue
            fits = region.holds(given)
            if not fits[wrong].all():
                continue
            distance = np.abs(given - 0.5 * (region.low + region.high))[wrong].sum()
            rank = (int(fits[there].sum()), -float(distance))
            if rank > best:
                best, found = rank, slip
    return found
