"""Own tables as a network takes them; ``page/data/columns.js`` encodes alike.

A column of numbers is standardized by its mean and deviation, as ``standardize=True`` does. Two categories become
one column, a few one column each, standardized alike. What is missing becomes the mean, and a further column marks
it. A cell that does not fit is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.playground.datasets import TASKS, Dataset
from pellucid.playground.errors import SetupError
from pellucid.playground.own_columns import Column
from pellucid.playground.parts import flag, listed, mapping, name_of, shown
from pellucid.playground.tables import check_size

__all__ = ["dataset_of", "encode"]

Array = NDArray[np.float64]

CELLS = (str, int, float, type(None))
MOST_CLASSES, FEW_INTEGERS = 20, 10


def dataset_of(given: Any) -> Dataset:
    """Return a dataset that a page has encoded.

    Parameters
    ----------
    given : dict
        ``name``, ``task``, ``columns``, ``n``, ``classes``, and the arrays ``X``, ``Y`` and perhaps ``weights``.

    Returns
    -------
    Dataset
        The dataset.

    Raises
    ------
    SetupError
        If its parts do not fit each other, or it is too large.
    """
    plain = mapping("dataset", given)
    task = name_of("dataset.task", plain.get("task"), TASKS)
    n, X, Y, weights = plain.get("n"), plain.get("X"), plain.get("Y"), plain.get("weights")
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise SetupError("dataset.n", "'dataset.n' must be the number of rows, at least 1.")
    check_size(n, len(X) // n if isinstance(X, np.ndarray) else 0)
    arrays = {"X": X, "Y": Y} if weights is None else {"X": X, "Y": Y, "weights": weights}
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or not array.size or array.size % n:
            raise SetupError(
                f"dataset.{name}", f"'dataset.{name}' must be an array with the same numbers per row."
            )
        if not np.isfinite(array).all():
            raise SetupError(f"dataset.{name}", f"'dataset.{name}' must hold finite numbers.")
    if weights is not None and (weights.size != n or weights.min() < 0.0 or not weights.sum() > 0.0):
        raise SetupError("dataset.weights", "'dataset.weights' must hold a number >= 0 per row, not all 0.")
    columns, classes = plain.get("columns") or [], _texts("dataset.classes", plain.get("classes") or [])
    if not isinstance(columns, list):
        raise SetupError("dataset.columns", f"'dataset.columns' must be a list; got {shown(columns)}.")
    named = tuple(each if isinstance(each, Mapping) else {"name": shown(each)} for each in columns)
    inputs, targets = (np.asarray(array).reshape(n, -1) for array in (X, Y))
    return Dataset(shown(plain.get("name", "own")), task, named, inputs, targets, tuple(classes), weights)


def encode(table: Any) -> Dataset:
    """Encode an own table.

    Parameters
    ----------
    table : dict
        ``columns``, ``rows`` of text, numbers or null, ``target`` (a name or several), and perhaps ``use``,
        ``task``, ``decimal``, ``refused``, and ``raw``: true for numbers that are not standardized.

    Returns
    -------
    Dataset
        In ``more`` the cells that were ``refused``, with row, column, text and reason.

    Raises
    ------
    SetupError
        If there is no such target, no row or no input.
    """
    plain = mapping("data", table)
    names, rows, target = plain.get("columns"), plain.get("rows"), plain.get("target")
    if not isinstance(names, list) or not isinstance(rows, list) or not rows:
        raise SetupError("data", "data: own data have columns, and at least one row.")
    check_size(len(rows), len(names))
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        raise SetupError("data.rows", f"'data.rows' must have {len(names)} cells each, one per column.")
    if not all(isinstance(cell, CELLS) for row in rows for cell in row):
        raise SetupError("data.rows", "'data.rows' must hold numbers, text and null; nothing within a cell.")
    _texts("data.columns", names)
    _texts("data.use", [] if plain.get("use") is None else plain["use"])
    _texts("data.classes", plain.get("classes") or [])
    if not isinstance(plain.get("refused") or [], list):
        raise SetupError("data.refused", "'data.refused' must be a list.")
    targets = target if isinstance(target, list) else [target]
    if not targets or any(name not in names for name in targets):
        raise SetupError("data.target", f"'data.target' must be among {listed(names)}; got {shown(target)}.")
    raw = flag("data.raw", plain.get("raw") or False)
    decimal, use, at = plain.get("decimal") or ".", plain.get("use"), [names.index(name) for name in targets]
    goals = [Column(str(names[j]), [row[j] for row in rows], decimal, raw=raw) for j in at]
    bad = np.array([goal.unknown for goal in goals])
    refused = [
        *(plain.get("refused") or []),
        *(
            _refused_target(goals[int(bad[:, i].argmax())], i)
            for i in np.flatnonzero(bad.any(axis=0)).tolist()
        ),
    ]
    kept = np.flatnonzero(~bad.any(axis=0))
    if not len(kept):
        raise SetupError(
            "data.target", f"data.target: the column {shown(target)} has no value that can be predicted."
        )
    task, Y, classes, scales = _targets(goals, kept, plain.get("task"))
    encoded: list[tuple[dict[str, Any], Array]] = []
    for j, name in enumerate(names):
        if j in at or (use is not None and name not in use):
            continue
        column = Column(name, [rows[i][j] for i in kept], decimal, raw=raw)
        refused += [{**cell, "row": int(kept[cell["row"]]) + 1} for cell in column.refused]
        encoded += column.encoded()
    if not encoded:
        raise SetupError("data.use", "data.use: no column is left from which to predict.")
    X = np.column_stack([values for _, values in encoded])
    more = {
        "refused": refused, "target": {**scales[0], "name": ", ".join(map(str, targets))}, "targets": scales,
    }  # fmt: skip
    classes = tuple(map(str, plain.get("classes") or classes))
    return Dataset("own", task, tuple(column for column, _ in encoded), X, Y, classes, None, more)


def _refused_target(goal: Column, row: int) -> dict[str, Any]:
    cell = goal.cells[row]
    return {"row": row + 1, "column": goal.name, "text": "" if cell is None else str(cell), "why": "target"}


def _targets(
    goals: list[Column], kept: NDArray[np.intp], task: Any
) -> tuple[str, Array, tuple[str, ...], list[dict[str, Any]]]:
    """Return the task, the targets, the classes, and the scale of each target.

    Several targets are numbers, or have two values each: then every one is a label.
    """
    numbers = all(goal.is_number for goal in goals)
    scales: list[dict[str, Any]] = [{"name": goal.name, "mean": 0.0, "scale": 1.0} for goal in goals]
    if goals[0].raw and numbers and task in TASKS:
        return task, np.column_stack([goal.numbers[kept] for goal in goals]), (), scales
    distinct = [goal.distinct(kept) for goal in goals]
    few = numbers and all(
        len(values) <= FEW_INTEGERS and all(map(float.is_integer, values)) for values in distinct
    )
    several = len(goals) > 1
    labels = several and all(len(values) == 2 for values in distinct)
    if numbers and (task == "regression" or (task is None and not (labels if several else few))):
        made = [g.scaled(g.name, g.numbers[kept], "number") for g in goals]
        scales = [{name: row[name] for name in ("name", "mean", "scale")} for row, _ in made]
        return "regression", np.column_stack([values for _, values in made]), (), scales
    if several and not labels:
        raise SetupError(
            "data.target",
            "data.target: several targets must all be numbers, or all have two values; "
            f"got {listed(goal.name for goal in goals)}.",
        )
    for goal, values in zip(goals, distinct, strict=True):
        if not 2 <= len(values) <= MOST_CLASSES:
            raise SetupError(
                "data.target",
                f"data.target: {shown(goal.name)} has {len(values)} different values; a target of classes has 2 "
                f"to {MOST_CLASSES}. Choose another column.",
            )
    at = np.column_stack([goal.places(kept, values) for goal, values in zip(goals, distinct, strict=True)])
    if several:
        values = [{"values": [_as_javascript(value) for value in each]} for each in distinct]
        return "multilabel", at, (), [{**row, **own} for row, own in zip(scales, values, strict=True)]
    classes = tuple(_as_javascript(value) for value in distinct[0])
    if len(classes) == 2:
        return "binary", at, classes, scales
    return "multiclass", np.eye(len(classes))[at[:, 0].astype(int)], classes, scales


def _texts(where: str, given: Any) -> list[str]:
    if isinstance(given, list) and all(isinstance(each, str) for each in given):
        return given
    raise SetupError(where, f"'{where}' must be a list of texts; got {shown(given)}.")


def _as_javascript(value: Any) -> str:
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e21
    return str(int(value)) if is_whole else str(value)
