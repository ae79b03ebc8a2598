"""Files of an exercise or of a class set: those for students, and those that the teacher keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pellucid.courses.exercises.exercise import FORMATS, Exercise, class_set, exercise_from_example
from pellucid.courses.exercises.key_files import write_key
from pellucid.courses.exercises.notebooks import nbgrader_notebook, otter_tests
from pellucid.courses.exercises.prairielearn import prairielearn_question
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.files import replace_file
from pellucid.workflow.wording import option

__all__ = ["GRADERS", "folder_of", "handouts", "made_exercises", "write_handouts"]

GRADERS = ("nbgrader", "otter", "prairielearn")
OF_EXAMPLES = ("kind", "notation", "digits")  # the options that a worked example takes


def made_exercises(
    sizes: str | None, *, example: str | None = None, variants: int = 1, **options: Any
) -> list[Exercise]:
    """Return the exercise of a worked example, or one or more exercises with numbers of their own.

    Parameters
    ----------
    sizes : str or None
        Units of every layer, such as ``"2-3-1"``.
    example : str, optional
        A worked example, which has its own numbers.
    variants : int, default=1
        Number of exercises.
    **options
        Options of :func:`exercise`; those that are None have their defaults.

    Returns
    -------
    list of Exercise
        The exercises.

    Raises
    ------
    ParameterError
        If an option is not accepted, or does not go with an example.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if example is None:
        return class_set(variants, sizes, **given)
    others = [option(name) for name in given if name not in OF_EXAMPLES]
    if sizes or variants > 1 or others:
        raise ParameterError(
            f"{option('example')} has its own numbers; it takes {option('kind')}, {option('notation')} and "
            f"{option('digits')}, not {', '.join(others) or 'SIZES or ' + option('variants')}."
        )
    return [exercise_from_example(example, **given)]


def folder_of(exercises: Sequence[Exercise]) -> Path:
    """Return the usual folder of exercises: the name of the one, or of the set."""
    first = exercises[0]
    if len(exercises) == 1:
        return Path(first.identifier)
    return Path(f"{first.spec.kind}-{first.spec.network}-{len(exercises)}-variants")


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


def write_handouts(files: Mapping[str, str], folder: Path, *, force: bool = False) -> None:
    """Write the files of exercises to a new folder.

    Parameters
    ----------
    files : dict of str to str
        As :func:`handouts` returns them.
    folder : Path
        The folder.
    force : bool, default=False
        True to overwrite files in it.

    Raises
    ------
    DataError
        If it is a file, or not empty.
    """
    said = option("out", str(folder))
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{said} is a file. Name a folder.")
    if folder.exists() and any(folder.iterdir()) and not force:
        raise DataError(
            f"{said} exists already. Name another folder, or overwrite its files with {option('force')}."
        )
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode())
