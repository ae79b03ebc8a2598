"""Gradebook of a class: a row for each student, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellucid.courses.exercises.exercise import Exercise
from pellucid.courses.exercises.marking import Marks
from pellucid.courses.exercises.submissions import SUFFIXES, mark_submission, read_submissions
from pellucid.exceptions import DataError
from pellucid.host.counted import counted
from pellucid.host.escaping import for_csv, visible

__all__ = ["Gradebook", "Row", "grade_files"]

MOST_FILES = 5000
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Row:
    """Row of a gradebook.

    Parameters
    ----------
    student, file : str
        The name, and the file of the answers.
    marks : Marks or None
        None if the answers could not be marked.
    remark : str, default=""
        Why they could not.
    """

    student: str
    file: str
    marks: Marks | None
    remark: str = ""

    @property
    def texts(self) -> list[str]:
        """The student, the points, the possible points, and the slips or the remark."""
        if self.marks is None:
            return [self.student, "0", "", self.remark]
        slips = ", ".join(f"{key}: {slip}" for key, slip in self.marks.slips.items())
        return [self.student, f"{self.marks.points:g}", str(self.marks.possible), slips]

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain data."""
        about = {"student": self.student, "file": self.file, "remark": self.remark}
        return about if self.marks is None else about | self.marks.to_dict()


@dataclass(frozen=True)
class Gradebook:
    """Marks of a class.

    Parameters
    ----------
    rows : tuple of Row
        In the order of the files.

    Examples
    --------
    >>> import json, tempfile
    >>> from pathlib import Path
    >>> from pellucid.courses import exercise, grade_files
    >>> made = exercise("2-1", kind="forward", seed=1)
    >>> answers = {key: array.tolist() for key, array in made.solution.items()}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "ada.json")
    ...     _ = path.write_text(json.dumps({"student": "Ada", "answers": answers}))
    ...     book = grade_files([path], [made])
    >>> book.as_csv().splitlines()[1].split(",")[:2]
    ['Ada', 'ada.json']
    """

    rows: tuple[Row, ...]

    def as_csv(self) -> str:
        """Return the gradebook as CSV: points in total and by field, slips, and what could not be read.

        Returns
        -------
        str
            CSV in which no cell is a formula, whatever a student wrote.
        """
        keys = list(dict.fromkeys(m.key for row in self.rows if row.marks for m in row.marks.marks))
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(
            ["student", "file", "exercise", "points", "possible", "percent", *keys, "slips", "remarks"]
        )
        for row in self.rows:
            table.writerow(_cells(row, keys))
        return text.getvalue()


def grade_files(paths: Iterable[Path], exercises: Sequence[Exercise]) -> Gradebook:
    """Mark files of answers, or the CSV and JSON files in folders, and return the gradebook.

    A file that cannot be read has a row that says why, and no points; the others are marked. Symbolic links in a
    folder are not followed: a link that a student submits could lead to another student's answers.

    Parameters
    ----------
    paths : iterable of Path
        Files and folders.
    exercises : sequence of Exercise
        The exercises of the key file.

    Returns
    -------
    Gradebook
        A row for each student.

    Raises
    ------
    DataError
        If there are no files, or too many files or students.

    Examples
    --------
    >>> import json, tempfile
    >>> from pathlib import Path
    >>> from pellucid.courses import exercise, grade_files
    >>> made = exercise("2-1", kind="forward", seed=1)
    >>> answers = {key: array.tolist() for key, array in made.solution.items()}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "ada.json")
    ...     _ = path.write_text(json.dumps({"student": "Ada", "answers": answers}))
    ...     book = grade_files([path], [made])
    >>> book.rows[0].marks.points == book.rows[0].marks.possible
    True
    """
    given = [Path(path) for path in paths]
    files = [file for path in given for file in _files(path)]
    if not files or len(files) > MOST_FILES:
        raise DataError(
            f"a class must have 1 to {MOST_FILES:,} files ({' or '.join(SUFFIXES)}); got {len(files):,}."
        )
    rows = []
    for file in files:
        try:
            if file not in given and file.is_symlink():
                raise DataError(f"{file} is a symbolic link, which is not followed.")
            submissions = read_submissions(file)
        except (DataError, OSError) as error:
            rows.append(Row(file.stem, file.name, None, f"not marked: {error}"))
            continue
        if len(rows) + len(submissions) > MOST_ROWS:
            raise DataError(f"a class must have up to {MOST_ROWS:,} students; {file} exceeds this.")
        for submission in submissions:
            try:
                marks = mark_submission(submission, exercises)
            except DataError as error:
                rows.append(Row(submission.student, file.name, None, f"not marked: {error}"))
            else:
                rows.append(Row(submission.student, file.name, marks))
    return Gradebook(tuple(rows))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = (file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    return sorted(file for file in found if file.is_symlink() or file.is_file())


def _cells(row: Row, keys: list[str]) -> list[str | int | float]:
    student, file = (for_csv(visible(text)) for text in (row.student, row.file))
    if row.marks is None:
        return [student, file, "", 0, "", "", *([""] * len(keys)), "", for_csv(visible(row.remark[:500]))]
    marks = row.marks
    of_key: dict[str, float | str] = dict.fromkeys(keys, "") | {
        m.key: marks.points_of(m.key) for m in marks.marks
    }
    slips = "; ".join(f"{key}: {slip}" for key, slip in marks.slips.items())
    unread = [f"{m.entry}: {m.remark}" for m in marks.marks if m.status == "unreadable"]
    missing = sum(m.status == "missing" for m in marks.marks)
    remarks = [*unread, *([f"{counted(missing, 'entry', 'entries')} missing"] if missing else [])]
    percent = round(100.0 * marks.points / marks.possible, 1)
    return [
        student, file, marks.exercise, round(marks.points, 2), marks.possible, percent,
        *(round(points, 2) if isinstance(points, float) else "" for points in of_key.values()),
        for_csv(slips), for_csv(visible("; ".join(remarks)[:1000])),
    ]  # fmt: skip
