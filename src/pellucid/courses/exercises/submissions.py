"""Files of answers that students submit: CSV and JSON, whatever they contain."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellucid.courses.exercises.exercise import Exercise
from pellucid.courses.exercises.marking import Marks
from pellucid.exceptions import DataError
from pellucid.host.plain_json import once

__all__ = ["SUFFIXES", "Submission", "mark_submission", "read_submissions"]

SUFFIXES = (".csv", ".json")
LARGEST = 1_000_000  # bytes
MOST_ROWS = 20_000
MOST_STUDENTS = 2_000  # in a file: each takes about 10 ms to mark
SPECIAL = ("exercise", "student")


@dataclass(frozen=True)
class Submission:
    """Answers of one student to one exercise, as submitted.

    Parameters
    ----------
    student, exercise : str
        The name, and the identifier of the exercise; empty if it is not given.
    answers : dict
        As for :meth:`Exercise.check`.
    """

    student: str
    exercise: str
    answers: dict[str, Any]


def read_submissions(path: Path) -> list[Submission]:
    """Return the answers in a file.

    A CSV file has the columns ``entry`` and ``value``, like the form of an exercise; or a row for each student,
    with the columns ``student``, ``exercise`` if there are variants, and one for each entry. A JSON file has
    ``student``, ``exercise`` and ``answers``, or a list of such objects.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of Submission
        One or more.

    Raises
    ------
    DataError
        If there is no such file, or it cannot be read; the message says why.
    """
    text = _text(path)
    read = {".json": _from_json, ".csv": _from_csv}.get(path.suffix.lower())
    if read is None:
        raise DataError(f"{path}: a file of answers must end in {' or '.join(SUFFIXES)}.")
    found = read(path, text)
    if len(found) > MOST_STUDENTS:
        raise DataError(
            f"{path}: a file of answers must have up to {MOST_STUDENTS:,} students; got {len(found):,}. "
            "Split it into several files."
        )
    return found


def mark_submission(submission: Submission, exercises: Sequence[Exercise]) -> Marks:
    """Mark the answers of a student.

    Parameters
    ----------
    submission : Submission
        The answers.
    exercises : sequence of Exercise
        The exercises of the key file.

    Returns
    -------
    Marks
        The marks.

    Raises
    ------
    DataError
        If the exercise is not among them, or is not named and there are several.
    """
    by_id = {made.identifier: made for made in exercises}
    name = submission.exercise
    if not name and len(by_id) > 1:
        raise DataError(
            f"the answers do not say which of the {len(by_id)} exercises they are for. Put its name, such as "
            f"{next(iter(by_id))!r}, into 'exercise'."
        )
    made = by_id.get(name) if name else exercises[0]
    if made is None:
        raise DataError(f"the key has no exercise {name[:60]!r}; it has {', '.join(list(by_id)[:3])}, ….")
    return made.check(submission.answers, student=submission.student)


# ---- files ------------------------------------------------------------------------------------------------


def _text(path: Path) -> str:
    if not path.exists():
        raise DataError(f"There is no file {str(path)!r}.")
    if not path.is_file():
        raise DataError(f"{path} is not a regular file.")
    size = path.stat().st_size
    if size > LARGEST:
        raise DataError(f"{path} has {size:,} bytes; a file of answers has {LARGEST:,} at most.")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from None


def _from_json(path: Path, text: str) -> list[Submission]:
    try:
        whole = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{path} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read as JSON: {error}.") from None
    rows = whole if isinstance(whole, list) else [whole]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{path} must hold an object with 'answers', or a list of them.")
    found = []
    for row in rows:
        answers = row.get("answers", {key: value for key, value in row.items() if key not in SPECIAL})
        if not isinstance(answers, dict):
            raise DataError(f"{path}: 'answers' must be an object from keys such as 'delta1' to numbers.")
        student, exercise = (_name(row.get(key)) for key in ("student", "exercise"))
        found.append(Submission(student or path.stem, exercise, answers))
    return found


def _from_csv(path: Path, text: str) -> list[Submission]:
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise DataError(f"{path} is not a CSV file: {error}.") from None
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows or len(rows) > MOST_ROWS:
        raise DataError(f"{path}: a file of answers must have 1 to {MOST_ROWS:,} rows; got {len(rows):,}.")
    header = [cell.strip().lower() for cell in rows[0]]
    if len(set(header)) < len(header):
        raise DataError(f"{path}: two columns have the same name. Each entry has one column.")
    if "entry" in header and "value" in header:
        return _from_form(path, header, rows[1:])
    if "student" in header:
        return [_from_row(path, header, row, i) for i, row in enumerate(rows[1:], 2)]
    raise DataError(
        f"{path}: a file of answers must have the columns entry and value, or student and a column "
        f"for each entry; got "
        f"{', '.join(header[:6])[:200]!r}."
    )


def _from_form(path: Path, header: list[str], rows: list[list[str]]) -> list[Submission]:
    """Return the answers of a form, or of several students if it has a column for them."""
    places = {name: header.index(name) for name in ("entry", "value", *SPECIAL) if name in header}
    forms: dict[str, dict[str, str]] = {}
    for i, cells_read in enumerate(rows, 2):
        row = _joined(cells_read, places["entry"])
        if len(row) > len(header):
            raise DataError(f'{path}, row {i}: more cells than columns. Write 0.5, or "0,5" in quotes.')
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
        form = forms.setdefault(cells.get("student", ""), {})
        if cells.get("exercise"):
            form.setdefault("exercise", cells["exercise"])
        entry = cells["entry"]
        if not entry:
            continue
        if entry.lower() in form:
            raise DataError(f"{path}, row {i}: {entry[:60]!r} is given twice. Give each entry once.")
        form[entry.lower()] = cells["value"]
    found = []
    for name, form in forms.items():
        exercise, student = form.pop("exercise", ""), form.pop("student", "") or name
        found.append(Submission(_name(student) or path.stem, _name(exercise), dict(form)))
    return found


def _joined(row: list[str], at: int) -> list[str]:
    """Return a row in which a name such as grad0[0,1] is one cell, even without quotes."""
    if at + 1 < len(row) and row[at].count("[") > row[at].count("]"):
        return [*row[:at], f"{row[at]},{row[at + 1]}", *row[at + 2 :]]
    return row


def _from_row(path: Path, header: list[str], row: list[str], i: int) -> Submission:
    if len(row) > len(header):
        raise DataError(f"{path}, row {i}: more cells than columns.")
    cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
    student, exercise = cells.pop("student", ""), cells.pop("exercise", "")
    answers: dict[str, Any] = {name: value for name, value in cells.items() if name}
    return Submission(_name(student) or f"{path.stem} row {i}", _name(exercise), answers)


def _name(value: Any) -> str:
    return str(value).strip()[:200] if isinstance(value, str | int) and not isinstance(value, bool) else ""
