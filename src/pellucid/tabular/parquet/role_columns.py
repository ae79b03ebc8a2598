"""Columns of Parquet files that have a role: targets, weights, groups and times, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError
from pellucid.tabular.parquet.alike_files import kind_of_type
from pellucid.tabular.parquet.parquet_files import Piece

__all__ = ["check_role", "times_of", "values_of", "weights_of"]

Array = NDArray[Any]
KINDS = ("boolean", "number", "text", "timestamp", "zoned timestamp", "duration", "null")


def check_role(role: str, name: str, of: Any) -> None:
    """Refuse a column of lists, records or bytes for a role, whose values cannot be compared.

    Parameters
    ----------
    role, name : str
        The role and the column.
    of : pyarrow.DataType
        Its type.

    Raises
    ------
    DataError
        Naming what is accepted.
    """
    if kind_of_type(of) not in KINDS:
        raise DataError(
            f"{role!r} must name a column of numbers, text, Booleans or dates; {name!r} holds {of}. Convert it, "
            "or name another column."
        )


def values_of(
    column: Any, piece: Piece, name: str, *, what: str = "", may_lack: bool = False, rows: Array | None = None
) -> Array:
    """Return a column as an array; refuse rows without a value.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        The column.
    piece : Piece
        The place of its rows.
    name : str
        Its name.
    what : str, default=""
        Its role, for messages.
    may_lack : bool, default=False
        True if rows without a value are accepted.
    rows : ndarray of shape (n_rows,), default=None
        The rows of the piece that the column holds; None for all.

    Returns
    -------
    ndarray of shape (n_rows,)
        The values, as stored.
    """
    kind = str(column.type)
    if kind.startswith("dictionary"):
        column = column.cast(column.type.value_type)
    elif kind.startswith("decimal"):
        column = column.cast("float64")
    values = np.asarray(column.to_numpy())
    missing = np.asarray(column.is_null(nan_is_null=True).to_numpy())
    if missing.any() and not may_lack:
        row = piece.place + int(missing.argmax() if rows is None else rows[missing.argmax()])
        raise DataError(
            f"{piece.file}: the column {name!r}{what} has no value in row {row:,}, counted from 0 "
            f"({int(missing.sum())} of {len(missing)} rows of this part). Fill them in, or drop these rows."
        )
    return values


def weights_of(column: Any, piece: Piece, name: str) -> Array:
    """Return a column of weights; refuse anything but finite numbers >= 0.

    Parameters
    ----------
    column, piece, name
        As of :func:`values_of`.

    Returns
    -------
    ndarray of shape (n_rows,)
        In float64.
    """
    values = values_of(column, piece, name, what=" (the weight)")
    try:
        weight = values.astype(np.float64)
    except (TypeError, ValueError):
        weight = np.full(len(values), -1.0)
    if values.dtype.kind in "mM":  # whose numbers depend on the unit
        weight = np.full(len(values), -1.0)
    wrong = ~(np.isfinite(weight) & (weight >= 0.0))
    if wrong.any():
        row = int(wrong.argmax())
        shown = str(values[row]) if values.dtype.kind in "mM" else values[row : row + 1].tolist()[0]
        raise DataError(
            f"{piece.file}: the column {name!r} must hold weights, finite numbers >= 0; row "
            f"{piece.place + row:,} has {shown!r}."
        )
    return weight


def times_of(column: Any, piece: Piece, name: str) -> Array:
    """Return times as numbers; NaN where missing.

    Parameters
    ----------
    column, piece, name
        As of :func:`values_of`.

    Returns
    -------
    ndarray of shape (n_rows,)
        Microseconds of dates.
    """
    values = values_of(column, piece, name, may_lack=True)
    if values.dtype.kind in "mM":
        whole = values.astype("datetime64[us]" if values.dtype.kind == "M" else "timedelta64[us]")
        return np.where(np.isnat(whole), np.nan, whole.astype(np.int64).astype(np.float64))
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{piece.file}: the column {name!r} (the time) must hold dates or numbers; it holds text. Write it as "
            "dates."
        ) from error
