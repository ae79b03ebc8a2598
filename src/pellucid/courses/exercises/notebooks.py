"""Exercises for notebook graders: an assignment for nbgrader, tests for Otter-Grader.

Both need pellucid where they run. The hidden tests hold the key, packed into a line of text; nbgrader and
Otter remove hidden tests from the files that students get.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

from pellucid.courses.exercises.exercise import Exercise
from pellucid.courses.exercises.key_files import read_key, write_key
from pellucid.exceptions import DataError

__all__ = ["nbgrader_notebook", "otter_tests", "pack_key", "unpack_key"]

LONGEST = 8_000_000


def pack_key(exercise: Exercise) -> str:
    """Return the key of an exercise as one line of letters and digits.

    Parameters
    ----------
    exercise : Exercise
        The exercise.

    Returns
    -------
    str
        For :func:`unpack_key`.

    Examples
    --------
    >>> from pellucid.courses import exercise, pack_key, unpack_key
    >>> made = exercise("2-1", kind="forward", seed=1)
    >>> unpack_key(pack_key(made)).identifier == made.identifier
    True
    """
    return base64.b64encode(zlib.compress(write_key([exercise]).encode(), 9)).decode()


def unpack_key(line: str) -> Exercise:
    """Return the exercise of a packed key.

    Parameters
    ----------
    line : str
        Line of :func:`pack_key`.

    Returns
    -------
    Exercise
        The exercise.

    Raises
    ------
    DataError
        If it is not a packed key.

    Examples
    --------
    >>> from pellucid.courses import exercise, pack_key, unpack_key
    >>> sorted(unpack_key(pack_key(exercise("2-1", kind="forward", seed=1))).solution)
    ['layer1', 'signal0']
    """
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(base64.b64decode(line, validate=True), LONGEST).decode()
    except (ValueError, zlib.error) as error:
        raise DataError(f"'line' must be a key that pack_key returned; {error}.") from None
    return read_key(text)[0]


def nbgrader_notebook(exercise: Exercise) -> str:
    """Return an assignment for nbgrader: the sheet, a cell for the answers, and a test cell for each field.

    A test cell returns its points, which nbgrader takes as partial credit.

    Parameters
    ----------
    exercise : Exercise
        The exercise.

    Returns
    -------
    str
        A notebook of nbformat 4.5 whose cells have nbgrader's metadata of schema version 3.

    References
    ----------
    https://nbgrader.readthedocs.io/en/stable/contributor_guide/metadata.html

    Examples
    --------
    >>> import json
    >>> from pellucid.courses import exercise, nbgrader_notebook
    >>> notebook = json.loads(nbgrader_notebook(exercise("2-1", kind="forward", seed=1)))
    >>> [cell["cell_type"] for cell in notebook["cells"]][:2]
    ['markdown', 'code']
    """
    name = re.sub(r"[^a-zA-Z0-9_-]", "-", exercise.identifier)
    blanks = {f.key: [[None] * f.shape[1]] * f.shape[0] for f in exercise.problem.fields}
    solution = {key: array.tolist() for key, array in exercise.solution.items()}
    answers = f"{_as_code(blanks)}\n### BEGIN SOLUTION\n{_as_code(solution)}\n### END SOLUTION"
    cells = [
        _cell("markdown", f"{name}-sheet", exercise.to_markdown(), locked=True),
        _cell("code", f"{name}-answers", answers, solution=True),
    ]
    for i, field in enumerate(exercise.problem.fields):
        lines = ["### BEGIN HIDDEN TESTS"]
        if i == 0:
            lines += [
                "from pellucid.courses import unpack_key",
                f'marks = unpack_key("{pack_key(exercise)}").check(answers)',
            ]
        lines += [f'marks.points_of("{field.key}")', "### END HIDDEN TESTS"]
        size = field.shape[0] * field.shape[1]
        cells.append(_cell("code", f"{name}-{field.key}", "\n".join(lines), locked=True, points=size))
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _as_code(arrays: dict[str, Any]) -> str:
    rows = "".join(f'    "{key}": {value},\n' for key, value in arrays.items())
    return f"answers = {{\n{rows}}}"


def _cell(
    kind: str,
    name: str,
    source: str,
    *,
    locked: bool = False,
    solution: bool = False,
    points: int | None = None,
) -> dict[str, Any]:
    rules: dict[str, Any] = {
        "schema_version": 3, "grade": points is not None, "grade_id": name, "locked": locked,
        "solution": solution, "task": False,
    }  # fmt: skip
    rules |= {} if points is None else {"points": points}
    cell: dict[str, Any] = {
        "cell_type": kind, "id": name[:64], "metadata": {"nbgrader": rules}, "source": source,
    }  # fmt: skip
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def otter_tests(exercise: Exercise) -> dict[str, str]:
    """Return test files for Otter-Grader, in its OK format: one per field, with a hidden case for each entry.

    They test a dict ``answers`` in the student's notebook.

    Parameters
    ----------
    exercise : Exercise
        The exercise.

    Returns
    -------
    dict of str to str
        From the name of a file in ``tests/`` to its text.

    References
    ----------
    https://otter-grader.readthedocs.io/en/latest/test_files/ok_format.html

    Examples
    --------
    >>> from pellucid.courses import exercise, otter_tests
    >>> all(name.endswith(".py") for name in otter_tests(exercise("2-1", kind="forward", seed=1)))
    True
    """
    key, files = pack_key(exercise), {}
    for field in exercise.problem.fields:
        cases = []
        for entry in field.entries:
            code = (
                ">>> from pellucid.courses import unpack_key\n"
                f'>>> marks = unpack_key("{key}").check(answers)\n'
                f'>>> {{mark.entry: mark.points for mark in marks.marks}}["{entry}"] == 1.0\n'
                "True"
            )
            cases.append({"code": code, "hidden": True, "locked": False, "points": 1})
        suite = {"cases": cases, "scored": True, "setup": "", "teardown": "", "type": "doctest"}
        size = field.shape[0] * field.shape[1]
        test = {"name": field.key, "points": size, "suites": [suite]}
        files[f"{field.key}.py"] = f"OK_FORMAT = True\n\ntest = {test!r}\n"
    return files
