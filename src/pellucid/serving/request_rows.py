"""Rows of a request: parsed, checked column by column, and turned into a table for the model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.host.counted import agreeing, counted
from pellucid.host.plain_json import once
from pellucid.serving.json_columns import JsonColumn

__all__ = ["RefusedError", "Request", "read_request"]

MOST_PROBLEMS = 20
FIELDS = ("rows", "coverage")


class RefusedError(Exception):
    """A request that is not answered.

    Parameters
    ----------
    status : int
        The HTTP status.
    message : str
        The reason, without values of the request.
    problems : sequence of dict, default=()
        Places: ``row`` (from 0), ``column`` and ``message``.
    """

    def __init__(self, status: int, message: str, problems: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(message)
        self.status, self.message, self.problems = status, message, list(problems)


@dataclass(frozen=True)
class Request:
    """Rows to predict.

    Parameters
    ----------
    table : ndarray of shape (n_rows, n_columns)
        Cells in the order of the model's columns.
    coverage : float or None
        The share of targets that the intervals should contain; None for no intervals.
    """

    table: NDArray[Any]
    coverage: float | None


def read_request(
    body: bytes, columns: Sequence[JsonColumn], *, most_rows: int, has_intervals: bool
) -> Request:
    """Return the rows of a request.

    Parameters
    ----------
    body : bytes
        JSON: ``{"rows": [{"column": value, ...}, ...]}``, with ``"coverage"`` for intervals.
    columns : sequence of JsonColumn
        The columns of the model.
    most_rows : int
        The largest number of rows in a request.
    has_intervals : bool
        True if the model predicts intervals.

    Returns
    -------
    Request
        The rows.

    Raises
    ------
    RefusedError
        With the status 400 if it is not JSON, 413 if there are too many rows, 422 if a value is not accepted.
    """
    content = _parsed(body)
    if not isinstance(content, dict) or "rows" not in content:
        raise RefusedError(
            422, "The body must be an object with 'rows', an array of objects with a value per column."
        )
    if unknown := sorted(content.keys() - set(FIELDS)):
        raise RefusedError(
            422, f"The body may hold 'rows' and 'coverage'; {len(unknown)} of its fields are neither."
        )
    coverage = _coverage(content.get("coverage"), has_intervals=has_intervals)
    rows = content["rows"]
    if not isinstance(rows, list) or not rows:
        raise RefusedError(422, "'rows' must be an array of at least one object.")
    if len(rows) > most_rows:
        raise RefusedError(
            413, f"'rows' may hold {most_rows:,} rows; it holds {len(rows):,}. Send several requests."
        )
    problems = _problems(rows, columns)
    if problems:
        raise RefusedError(
            422,
            f"{counted(len(problems), 'value')} {agreeing(len(problems))} not accepted.",
            problems[:MOST_PROBLEMS],
        )
    table = np.empty((len(rows), len(columns)), object)
    for place, column in enumerate(columns):
        table[:, place] = column.cells([row.get(column.name) for row in rows])
    return Request(table, coverage)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=once)
    except (ValueError, RecursionError):
        said = (
            "The body must be JSON in UTF-8, without NaN and Infinity, and with each key of an object once."
        )
        raise RefusedError(400, said) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _coverage(value: Any, *, has_intervals: bool) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value < 1.0:
        raise RefusedError(422, "'coverage' must be a number between 0 and 1.")
    if not has_intervals:
        raise RefusedError(422, "'coverage' must be left out: this model predicts no intervals.")
    return float(value)


def _problems(rows: list[Any], columns: Sequence[JsonColumn]) -> list[dict[str, Any]]:
    """Return the problems by row and column; values are checked only if every row is an object."""
    names = {column.name for column in columns}
    found: list[tuple[int, str | None, str]]
    found = [(k, None, "Expected an object.") for k, row in enumerate(rows) if not isinstance(row, dict)]
    if not found:
        said = "It has a column that the model does not know."
        found = [(k, None, said) for k, row in enumerate(rows) if row.keys() - names]
        for column in columns:
            absent = [k for k, row in enumerate(rows) if column.name not in row] if column.is_required else []
            wrong = dict.fromkeys(absent, "The column is missing.")
            wrong = column.problems([row.get(column.name) for row in rows]) | wrong
            found += [(k, column.name, text) for k, text in wrong.items()]
    found.sort(key=lambda one: one[0])
    return [{"row": row, "column": name, "message": text} for row, name, text in found]
