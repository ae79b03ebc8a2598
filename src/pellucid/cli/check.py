"""``pellucid check``: marks for answers to an exercise, for one student or a class."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pellucid.cli.options import FORCE, JSON, a_file, argument
from pellucid.cli.printing import Printer, shell, table
from pellucid.courses.exercises import grade_files
from pellucid.courses.exercises.key_files import read_key_file
from pellucid.courses.exercises.submissions import mark_submission, read_submissions
from pellucid.host.files import replace_file
from pellucid.workflow.output_files import check_output

__all__ = ["check"]


def check(
    answers: Annotated[Path, argument("ANSWERS", "A CSV or JSON file of answers, or a folder of them.")],
    exercise: Annotated[Path, a_file(help="The key of `pellucid exercise`, teacher/key.json.")],
    gradebook: Annotated[Path | None, a_file(help="Write the marks of the class to this CSV file.")] = None,
    force: FORCE = False,
    json: JSON = False,
) -> None:
    """Grade answers: exact and rounded intermediate results are both right, and slips are named.

    \b
    [bold]Examples[/bold]
    pellucid check answers.csv --exercise homework-4/teacher/key.json
    pellucid check handed-in --exercise hw5/teacher/key.json --gradebook marks.csv
    """  # noqa: D301
    printer = Printer(machine=json)
    if gradebook is not None:
        check_output(gradebook, force=force, name="gradebook", read=[exercise, answers])
    exercises = read_key_file(exercise)
    submissions = [] if answers.is_dir() else read_submissions(answers)
    if len(submissions) == 1 and gradebook is None:
        marks = mark_submission(submissions[0], exercises)
        who = f"{marks.student}, {marks.exercise}" if marks.student else marks.exercise
        printer.say(f"{who}: {marks.describe()}")
        printer.result({"command": "check", "students": [marks.to_dict()]})
        return
    book = grade_files([answers], exercises)
    shown = table("student", "points", "of", "", n_texts=1, rows=[row.texts for row in book.rows])
    shown.columns[-1].justify = "left"
    printer.show(shown)
    if gradebook is not None:
        replace_file(gradebook, book.as_csv().encode())
        printer.say(f"\nWritten to {gradebook}.")
    else:
        printer.suggest(
            {"Grade a class:": shell("check", answers, "--exercise", exercise, "--gradebook", "marks.csv")}
        )
    rows = [row.to_dict() for row in book.rows]
    printer.result({"command": "check", "students": rows, "gradebook": gradebook})
