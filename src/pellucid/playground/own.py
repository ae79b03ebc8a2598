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
from pellucid.playground.parts import listed, mapping, name_of, shown, size_of
from pellucid.playground.tables import NUMBER, check_size

__all__ = ["dataset_of", "encode"]

Array = NDArray[np.float64]

MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a", "nil", "missing"}
CELLS = (str, int, float, type(None))
LARGEST = 1e150  # beyond it a square is infinite, and so is a variance
MOSTLY = 0.8  # share of numbers from which a column is one of numbers, and the rest is refused
MOST_CATEGORIES, MOST_CLASSES, FEW_INTEGERS = 30, 20, 10


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
        ``columns``, ``rows`` of text, numbers or null, ``target``, and perhaps ``use``, ``task``, ``decimal`` and
        ``refused``.

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
    if not isinstance(plain.get("refused") or [], list):
        raise SetupError("data.refused", "'data.refused' must be a list.")
    if plain.get("raw"):
        return _raw(plain, names, rows)
    if target not in names:
        raise SetupError("data.target", f"'data.target' must be one of {listed(names)}; got {shown(target)}.")
    decimal, use, at = plain.get("decimal") or ".", plain.get("use"), names.index(target)
    goal = _Column(str(target), [row[at] for row in rows], decimal)
    bad = np.array([_is_missing(cell) for cell in goal.cells])
    bad |= np.isnan(goal.numbers) if goal.kind == "number" else False
    refused = [
        *(plain.get("refused") or []),
        *(
            {
                "row": i + 1,
                "column": target,
                "text": "" if goal.cells[i] is None else str(goal.cells[i]),
                "why": "target",
            }
            for i in np.flatnonzero(bad).tolist()
        ),
    ]
    kept = np.flatnonzero(~bad)
    if not len(kept):
        raise SetupError(
            "data.target", f"data.target: the column {shown(target)} has no value that can be predicted."
        )
    task, Y, classes, scales = _targets(goal, kept, plain.get("task"))
    encoded: list[tuple[dict[str, Any], Array]] = []
    for j, name in enumerate(names):
        if j == at or (use is not None and name not in use):
            continue
        column = _Column(name, [rows[i][j] for i in kept], decimal)
        refused += [{**cell, "row": int(kept[cell["row"]]) + 1} for cell in column.refused]
        encoded += column.encoded()
    if not encoded:
        raise SetupError("data.use", "data.use: no column is left from which to predict.")
    X = np.column_stack([values for _, values in encoded])
    more = {"refused": refused, "target": {"name": target, **scales}}
    return Dataset("own", task, tuple(column for column, _ in encoded), X, Y, classes, None, more)


def _raw(plain: dict[str, Any], names: list[Any], rows: list[Any]) -> Dataset:
    """Return a table of numbers that go to the network as they are: the examples of the courses."""
    target = plain.get("target")
    targets = target if isinstance(target, list) else [target]
    if not targets or any(name not in names for name in targets):
        raise SetupError("data.target", f"'data.target' must be among {listed(names)}; got {shown(target)}.")
    table = np.array([[size_of(cell) for cell in row] for row in rows])
    if not (np.abs(table) <= LARGEST).all():
        raise SetupError("data.rows", "'data.rows' must hold numbers, since the table is marked as raw.")
    at = [names.index(name) for name in targets]
    inputs = [j for j in range(len(names)) if j not in at]
    classes = _texts("data.classes", plain.get("classes") or [])
    more = {"refused": [], "target": {"name": ", ".join(map(str, targets)), "mean": 0.0, "scale": 1.0}}
    columns = tuple({"name": str(names[j]), "kind": "number"} for j in inputs)
    task = name_of("data.task", plain.get("task"), TASKS)
    return Dataset("own", task, columns, table[:, inputs], table[:, at], tuple(classes), None, more)


class _Column:
    """A column as it was read: its kind, and its cells as numbers or text."""

    def __init__(self, name: str, cells: list[Any], decimal: str) -> None:
        self.name, self.cells = name, cells
        self.numbers = np.array([_number(cell, decimal) for cell in cells])
        present = [not _is_missing(cell) for cell in cells]
        fits = int((~np.isnan(self.numbers)).sum())
        self.refused: list[dict[str, Any]] = []
        self.texts = [str(cell).strip() if here else None for cell, here in zip(cells, present, strict=True)]
        self.categories = sorted({text for text in self.texts if text is not None}, key=_utf16)
        if not any(present):
            self.kind, self.n_missing = "empty", len(cells)
        elif fits >= MOSTLY * sum(present):
            known = self.numbers[~np.isnan(self.numbers)]
            self.kind = "constant" if (known == known[0]).all() else "number"
            self.n_missing = len(cells) - fits
            self.refused = [
                {"row": i, "column": name, "text": str(cell)[:40], "why": "number"}
                for i, cell in enumerate(cells)
                if present[i] and np.isnan(self.numbers[i])
            ]
        else:
            few = len(self.categories) <= MOST_CATEGORIES
            self.kind = "constant" if len(self.categories) == 1 else "category" if few else "text"
            self.n_missing = len(cells) - sum(present)

    def encoded(self) -> list[tuple[dict[str, Any], Array]]:
        """Return the columns of numbers that it becomes."""
        if self.kind == "number":
            missing = np.isnan(self.numbers)
            mean = _moments(self.numbers[~missing])[0]
            found = [_standardized(self.name, self.name, np.where(missing, mean, self.numbers), "number")]
        elif self.kind == "category":
            missing = np.array([text is None for text in self.texts])
            alone = len(self.categories) == 2 and not self.n_missing
            found = [
                _standardized(
                    f"{self.name}={category}",
                    self.name,
                    np.array([float(text == category) for text in self.texts]),
                    "category",
                )
                for category in (self.categories[1:] if alone else self.categories)
            ]
        else:
            return []
        if self.n_missing:
            found.append(_standardized(f"{self.name} ?", self.name, missing.astype(float), "missing"))
        return found


def _targets(column: _Column, kept: NDArray[np.intp], task: Any) -> tuple[str, Array, tuple[str, ...], Any]:
    is_number = column.kind in ("number", "constant") and not np.isnan(column.numbers[kept]).any()
    if is_number:
        values = column.numbers[kept]
        distinct: list[Any] = sorted(set(values.tolist()))
    else:
        texts = [column.texts[i] for i in kept]
        distinct = sorted({text for text in texts if text is not None}, key=_utf16)
    few = is_number and all(value.is_integer() for value in distinct) and len(distinct) <= FEW_INTEGERS
    if column.kind == "number" and (task == "regression" or (task is None and not few)):
        described, standardized = _standardized(column.name, column.name, values, "number")
        scales = {"mean": described["mean"], "scale": described["scale"]}
        return "regression", standardized[:, None], (), scales
    if not 2 <= len(distinct) <= MOST_CLASSES:
        raise SetupError(
            "data.target",
            f"data.target: {shown(column.name)} has {len(distinct)} different values; a target of classes has 2 "
            f"to {MOST_CLASSES}. Choose another column.",
        )
    place = {value: k for k, value in enumerate(distinct)}
    at = np.array([place[value] for value in (values.tolist() if is_number else texts)])
    classes = tuple(_as_javascript(value) for value in distinct)
    scales = {"mean": 0.0, "scale": 1.0}
    if len(classes) == 2:
        return "binary", at[:, None].astype(float), classes, scales
    return "multiclass", np.eye(len(classes))[at], classes, scales


def _standardized(name: str, source: str, values: Array, kind: str) -> tuple[dict[str, Any], Array]:
    mean, scale = _moments(values)
    return {"name": name, "source": source, "kind": kind, "mean": mean, "scale": scale}, (
        values - mean
    ) / scale


def _moments(values: Array) -> tuple[float, float]:
    # One term after another, as the page adds them: the same bits.
    n, total, squares = len(values), 0.0, 0.0
    for value in values.tolist():
        total += value
    mean = total / n
    for value in values.tolist():
        squares += (value - mean) * (value - mean)
    deviation = float(np.sqrt(squares / n))
    varies = deviation > 10 * np.finfo(float).eps * abs(mean) and deviation > 0.0
    return mean, deviation if varies else 1.0


def _number(cell: Any, decimal: str) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return size_of(cell) if abs(cell) <= LARGEST else np.nan
    text = "" if cell is None else str(cell).strip()
    if _is_missing(text) or not NUMBER["," if decimal == "," else "."].fullmatch(text):
        return np.nan
    value = float(text.replace(",", "."))
    return value if abs(value) <= LARGEST else np.nan


def _texts(where: str, given: Any) -> list[str]:
    if isinstance(given, list) and all(isinstance(each, str) for each in given):
        return given
    raise SetupError(where, f"'{where}' must be a list of texts; got {shown(given)}.")


def _is_missing(cell: Any) -> bool:
    return cell is None or str(cell).strip().lower() in MISSING


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")  # JavaScript sorts by these units


def _as_javascript(value: Any) -> str:
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e21
    return str(int(value)) if is_whole else str(value)
