"""The files of an exercise or of a class set: what students get, and what their teacher keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pellucid.courses.exercises.exercise import FORMATS, Exercise
from pellucid.courses.exercises.key_files import write_key
from pellucid.courses.exercises.notebooks import nbgrader_notebook, otter_tests
from pellucid.courses.exercises.prairielearn import prairielearn_question
from pellucid.exceptions import ParameterError

__all__ = ["GRADERS", "handouts"]

GRADERS = ("nbgrader", "otter", "prairielearn")


def handouts(exercises: Sequence[Exercise], formats: Sequence[str]) -> dict[str, str]:
    """Return the files of exercises.

    Parameters
    ----------
    exercises : sequence of Exercise
        One, or the variants of a class set.
    formats : sequence of str
        Names of :data:`FORMATS` for sheets, and of :data:`GRADERS`.

    Returns
    -------
    dict of str to str
        From paths to texts: worksheets and forms for answers in ``students/``; solutions, the key and files for
        graders in ``teacher/``.

    Raises
    ------
    ParameterError
        If there is no such format.
    """
    unknown = [name for name in formats if name not in (*FORMATS, *GRADERS)]
    if unknown or not formats:
        raise ParameterError(
            f"'formats' must be one or more of {', '.join((*FORMATS, *GRADERS))}; got {', '.join(formats)!r}."
        )
    files = {"teacher/key.json": write_key(exercises)}
    for i, made in enumerate(exercises, 1):
        number = "" if len(exercises) == 1 else f"-{i:0{len(str(len(exercises)))}d}"
        files |= dict(_of_one(made, number, formats))
    if "prairielearn" in formats:
        files |= {f"teacher/question/{name}": text for name, text in prairielearn_question(exercises).items()}
    return files


def _of_one(made: Exercise, number: str, formats: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield f"students/answers{number}.csv", made.answer_form()
    for name in formats:
        if name in FORMATS:
            suffix, render = FORMATS[name]
            yield f"students/worksheet{number}{suffix}", render(made.sheet())
            yield f"teacher/solution{number}{suffix}", render(made.sheet(solution=True))
    if "nbgrader" in formats:
        yield f"teacher/assignment{number}.ipynb", nbgrader_notebook(made)
    if "otter" in formats:
        for name, text in otter_tests(made).items():
            yield f"teacher/tests{number}/{name}", text
