"""``pellucid check``: marks for answers to an exercise, for one student or a class."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid.cli.options import JSON, a_file, flag
from pellucid.cli.printing import Printer, cell, shell, table
from pellucid.courses.exercises import Gradebook, Marks, grade_files, read_key
from pellucid.courses.exercises.key_files import LONGEST
from pellucid.courses.exercises.submissions import mark_submission, read_submissions
from pellucid.exceptions import DataError
from pellucid.host.files import replace_file
from pellucid.workflow.output_files import check_output

__all__ = ["check"]


def check(
    answers: Annotated[
        Path,
        typer.Argument(
            metavar="ANSWERS", show_default=False, help="A CSV or JSON file of answers, or a folder of them."
        ),
    ],
    exercise: Annotated[Path, a_file(help="The key of `pellucid exercise`, teacher/key.json.")],
    gradebook: Annotated[Path | None, a_file(help="Write the marks of a class to this CSV file.")] = None,
    force: Annotated[bool, flag("--force", help="Overwrite an existing file.")] = False,
    json: JSON = False,
) -> None:
    """Mark answers: exact numbers and numbers rounded on the way are right, and slips are named.

    \b
    [bold]Examples[/bold]
    pellucid check answers.csv --exercise homework-4/teacher/key.json
    pellucid check handed-in --exercise hw5/teacher/key.json --gradebook marks.csv
    """  # noqa: D301
    printer = Printer(machine=json)
    if gradebook is not None:
        check_output(gradebook, force=force, name="gradebook", read=[exercise, answers])
    exercises = read_key(_read(exercise))
    submissions = [] if answers.is_dir() else read_submissions(answers)
    if len(submissions) == 1 and gradebook is None:
        marks = mark_submission(submissions[0], exercises)
        _say_one(printer, marks)
        printer.result({"command": "check", "students": [_of_marks(marks)]})
        return
    book = grade_files([answers], exercises)
    _say_class(printer, book)
    if gradebook is not None:
        replace_file(gradebook, book.as_csv().encode())
        printer.say(f"\nWritten to {gradebook}.")
    else:
        printer.suggest(
            {"write a gradebook": shell("check", answers, "--exercise", exercise, "--gradebook", "marks.csv")}
        )
    rows = [
        {"student": row.student, "file": row.file, "remark": row.remark}
        | (_of_marks(row.marks) if row.marks else {})
        for row in book.rows
    ]
    printer.result({"command": "check", "students": rows, "gradebook": gradebook})


def _read(path: Path) -> str:
    if not path.is_file():
        raise DataError(f"--exercise {path} is not a file. Give the key.json that `pellucid exercise` wrote.")
    if path.stat().st_size > 4 * LONGEST:
        raise DataError(f"--exercise {path} is too large for a key.")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"--exercise {path} is not UTF-8 text (byte {error.start}).") from None


def _say_one(printer: Printer, marks: Marks) -> None:
    who = f"{marks.student}, {marks.exercise}: " if marks.student else f"{marks.exercise}: "
    printer.say(who + marks.describe())


def _say_class(printer: Printer, book: Gradebook) -> None:
    shown = table("student", "points", "of", "", n_texts=1)
    shown.columns[-1].justify = "left"
    for row in book.rows:
        if row.marks is None:
            shown.add_row(cell(row.student), "0", "", cell(row.remark))
            continue
        slips = ", ".join(f"{key}: {slip}" for key, slip in row.marks.slips.items())
        shown.add_row(cell(row.student), f"{row.marks.points:g}", str(row.marks.possible), cell(slips))
    printer.show(shown)


def _of_marks(marks: Marks) -> dict[str, Any]:
    return {
        "student": marks.student,
        "exercise": marks.exercise,
        "points": marks.points,
        "possible": marks.possible,
        "slips": dict(marks.slips),
        "entries": [
            {"entry": m.entry, "status": m.status, "given": m.given, "expected": m.expected, "points": m.points,
             "remark": m.remark}
            for m in marks.marks
        ],
    }  # fmt: skip
