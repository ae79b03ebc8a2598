"""Own tables: a file read by :mod:`pellucid.workflow`, as the page takes it."""

from __future__ import annotations

from typing import Any

from pellucid.exceptions import DataError
from pellucid.playground.errors import SetupError, about

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "check_size", "table_of_file", "table_of_text"]

MOST_ROWS, MOST_COLUMNS = 200_000, 500


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
        from pellucid.workflow.csvs import check_names, read_csv
        from pellucid.workflow.dialect import Dialect
        from pellucid.workflow.typed import typed

        frame, notes = read_csv(name, text.encode(), Dialect())
        check_names(name, frame.columns)
        check_size(frame.height, frame.width)
        return _own(name, typed(frame, (), (), None), notes, target)


def table_of_file(source: str, target: str | None = None) -> dict[str, Any]:
    """Return a table from a file, or from a set that comes with scikit-learn.

    Parameters
    ----------
    source : str
        What :func:`pellucid.workflow.read_table` takes.
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
        return _own(found.stem, found.frame, list(found.notes), target or found.target)
    except SetupError as error:
        raise DataError(str(error)) from error


def check_size(n_rows: int, n_columns: int) -> None:
    """Raise :class:`SetupError` if a table has too many rows or columns for the page."""
    if n_rows > MOST_ROWS:
        raise SetupError("data", f"data: the page takes up to {MOST_ROWS:,} rows; the table has {n_rows:,}.")
    if n_columns > MOST_COLUMNS:
        raise SetupError(
            "data", f"data: the page takes up to {MOST_COLUMNS} columns; the table has {n_columns}."
        )


def _own(title: str, frame: Any, notes: list[str], target: str | None) -> dict[str, Any]:
    chosen = frame.columns[-1] if target is None else target
    if chosen not in frame.columns:
        raise SetupError(
            "data.target",
            f"data.target must be one of the columns {', '.join(frame.columns)}; got {chosen!r}.",
        )
    if not frame.height:
        raise SetupError("data", "data: the table has column names and no rows.")
    rows = [[_cell(value) for value in row] for row in frame.iter_rows()]
    return {
        "name": "own", "title": title, "columns": list(frame.columns), "rows": rows, "target": chosen, "use": None,
        "notes": notes,
    }  # fmt: skip


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    if isinstance(value, int | float):
        return value if abs(value) < float("inf") else None
    return str(value)
