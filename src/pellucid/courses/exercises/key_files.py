"""Key files: exercises with their numbers and solutions, from which answers are marked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from pellucid.courses.exercises.exercise import Exercise
from pellucid.courses.exercises.kinds import get_kind
from pellucid.courses.exercises.spec import Spec
from pellucid.exceptions import DataError, PellucidError
from pellucid.host.escaping import for_json
from pellucid.host.plain_json import once
from pellucid.workflow.wording import option

__all__ = ["SCHEMA", "read_key", "read_key_file", "write_key"]

SCHEMA = "pellucid.exercise/1"
LONGEST = 8_000_000  # characters: 500 variants take 1 million
OPTIONS = tuple(field.name for field in fields(Spec))


def write_key(exercises: Sequence[Exercise]) -> str:
    """Return a key file: the options, numbers and solutions of exercises.

    Parameters
    ----------
    exercises : sequence of Exercise
        Such as those of :func:`class_set`.

    Returns
    -------
    str
        JSON; keep it away from students.

    See Also
    --------
    read_key : The inverse.

    Examples
    --------
    >>> from pellucid.courses import exercise, read_key, write_key
    >>> made = exercise("2-2-1", seed=7)
    >>> read_key(write_key([made]))[0].identifier == made.identifier
    True
    """
    rows = [
        {
            "id": made.identifier,
            "options": asdict(made.spec),
            "data": dict(made.data),
            "solution": {key: array.tolist() for key, array in made.solution.items()},
        }
        for made in exercises
    ]
    whole = {"schema": SCHEMA, "exercises": rows}
    return for_json(json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1))


def read_key_file(path: Path) -> list[Exercise]:
    """Return the exercises of a key file.

    Parameters
    ----------
    path : Path
        A file of ``pellucid exercise``, ``teacher/key.json``.

    Returns
    -------
    list of Exercise
        In order.

    Raises
    ------
    DataError
        If there is no such file, or it is not a key file.
    """
    said = option("exercise", str(path))
    if not path.is_file():
        raise DataError(f"{said} is not a file. Give the key.json that `pellucid exercise` wrote.")
    if path.stat().st_size > 4 * LONGEST:
        raise DataError(f"{said} is too large for a key.")
    try:
        return read_key(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise DataError(f"{said} is not UTF-8 text (byte {error.start}).") from None


def read_key(text: str) -> list[Exercise]:
    """Return the exercises of a key file; their solutions are recomputed.

    Parameters
    ----------
    text : str
        Text of :func:`write_key`.

    Returns
    -------
    list of Exercise
        In order.

    Raises
    ------
    DataError
        If it is not a complete key file, or its numbers were changed.

    Examples
    --------
    >>> from pellucid.courses import exercise, read_key, write_key
    >>> made = exercise("2-1", kind="forward", seed=1)
    >>> [each.identifier for each in read_key(write_key([made]))] == [made.identifier]
    True
    """
    if len(text) > LONGEST:
        raise DataError(f"a key file has up to {LONGEST:,} characters; got {len(text):,}.")
    try:
        whole = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise DataError(f"a key file must be JSON written by `pellucid exercise`; {error}.") from None
    schema = whole.get("schema") if isinstance(whole, dict) else None
    if schema != SCHEMA:
        raise DataError(f"a key file must have the schema {SCHEMA!r}; got {schema!r}.")
    rows = whole.get("exercises")
    if not isinstance(rows, list) or not rows:
        raise DataError("a key file must hold a list of exercises; this one has none.")
    return [_exercise(i, row) for i, row in enumerate(rows, 1)]


def _exercise(i: int, row: Any) -> Exercise:
    options = row.get("options") if isinstance(row, dict) else None
    data = row.get("data") if isinstance(row, dict) else None
    if not isinstance(options, dict) or not isinstance(data, Mapping) or set(options) != set(OPTIONS):
        raise DataError(
            f"exercise {i} of a key file must have 'options' ({', '.join(OPTIONS)}) and 'data'. "
            "Write the file again with `pellucid exercise`."
        )
    try:
        get_kind(options["kind"])
        sizes = options["sizes"]
        made = Exercise(Spec(**options | {"sizes": tuple(sizes) if isinstance(sizes, list) else sizes}), data)
        _ = made.problem
    except PellucidError as error:
        raise DataError(f"exercise {i} of a key file: {error}") from None
    except (TypeError, ValueError, KeyError) as error:
        raise DataError(f"exercise {i} of a key file cannot be read: {error}.") from None
    if row.get("id", made.identifier) != made.identifier:
        raise DataError(
            f"exercise {i} of a key file has the id {str(row['id'])[:60]!r}, but its numbers were changed since. "
            "Remove the id to use the changed numbers, and print the sheets again."
        )
    return made
