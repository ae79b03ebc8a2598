"""Own tables: a file read by :mod:`pellucid.workflow`, as the page takes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.exceptions import DataError
from pellucid.playground.errors import SetupError, about
from pellucid.playground.parts import listed, shown

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "NUMBER", "check_size", "own_table", "table_of_file", "table_of_text"]

MOST_ROWS, MOST_COLUMNS = 200_000, 1_000
NUMBER = {
    ".": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII),
    ",": re.compile(r"[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?", re.ASCII),
}
LOOKED_AT = 200  # rows by which the decimal mark of text is told


def table_of_text(name: str, text: str, target: str | None = None) -> dict[str, Any]:
    """Return a table from the text of a file, such as one that was dropped on the page.

    Parameters
    ----------
    name : str
        The name of the file, for messages; it is not opened.
    text : str
        Its content.
    target : str, optional
        The column to predict. Default: the last one.

    Returns
    -------
    dict
        The own table of a setup: ``name``, ``title``, ``columns``, ``rows``, ``target``, ``notes``.

    Raises
    ------
    SetupError
        If it is not a table, or too large; the message names the line or the limit.
    """
    with about("data"):
        from pellucid.workflow.input_files.csvs import check_names, read_csv
        from pellucid.workflow.input_files.dialect import Dialect
        from pellucid.workflow.input_files.typed import typed

        clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # as a browser sends it
        frame, notes = read_csv(name, clean.encode(), Dialect())
        check_names(name, frame.columns)
        check_size(frame.height, frame.width)
        frame = typed(frame, (), (), None)
        return own_table(name, list(frame.columns), frame.rows(), notes, target)


def table_of_file(source: str, target: str | None = None) -> dict[str, Any]:
    """Return a table from a file, or from a set that comes with scikit-learn.

    Parameters
    ----------
    source : str
        A source as :func:`pellucid.workflow.read_table` takes it.
    target : str, optional
        The column to predict. Default: the one that the set names, else the last.

    Returns
    -------
    dict
        The own table of a setup, as of :func:`table_of_text`.

    Raises
    ------
    DataError
        If it cannot be read, has no such column, or is too large.
    """
    from pellucid.workflow import read_table

    found = read_table(source)
    try:
        check_size(found.frame.height, found.frame.width)
        rows, notes = found.frame.rows(), list(found.notes)
        return own_table(found.stem, list(found.frame.columns), rows, notes, target or found.target)
    except SetupError as error:
        raise DataError(str(error)) from error


def check_size(n_rows: int, n_columns: int) -> None:
    """Raise :class:`SetupError` if a table has too many rows or columns for the page."""
    if n_rows > MOST_ROWS:
        raise SetupError("data", f"data: the page takes up to {MOST_ROWS:,} rows; the table has {n_rows:,}.")
    if n_columns > MOST_COLUMNS:
        raise SetupError(
            "data", f"data: the page takes up to {MOST_COLUMNS:,} columns; the table has {n_columns:,}."
        )


def own_table(
    title: str, columns: list[str], rows: Sequence[Sequence[Any]], notes: list[str], target: str | None
) -> dict[str, Any]:
    """Return a table as the data of a setup.

    Parameters
    ----------
    title : str
        Its name.
    columns : list of str
        The names of its columns.
    rows : sequence of sequence
        Its cells: numbers, Booleans, text or None.
    notes : list of str
        Remarks on the file.
    target : str or None
        The column to predict; None for the last.

    Returns
    -------
    dict
        ``name``, ``title``, ``columns``, ``rows``, ``target``, ``use``, ``decimal``, ``notes``.

    Raises
    ------
    SetupError
        If there is no row, or no such column.
    """
    chosen = columns[-1] if target is None else target
    if chosen not in columns:
        raise SetupError(
            "data.target", f"'data.target' must be one of the columns {listed(columns)}; got {shown(chosen)}."
        )
    if not len(rows):
        raise SetupError("data", "data: the table has column names and no rows.")
    cells = [[_cell(value) for value in row] for row in rows]
    return {
        "name": "own", "title": title, "columns": columns, "rows": cells, "target": chosen, "use": None,
        "decimal": _decimal(cells), "notes": notes,
    }  # fmt: skip


def _decimal(cells: list[list[Any]]) -> str:
    """Return the decimal mark of the numbers among the cells of text."""
    texts = [cell.strip() for row in cells[:LOOKED_AT] for cell in row if isinstance(cell, str)]
    commas = sum("," in text and NUMBER[","].fullmatch(text) is not None for text in texts)
    points = sum("." in text and NUMBER["."].fullmatch(text) is not None for text in texts)
    return "," if commas > points else "."


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    if isinstance(value, int | float | np.number):
        number = value.item() if isinstance(value, np.generic) else value
        return number if abs(number) < float("inf") else None
    return str(value)
