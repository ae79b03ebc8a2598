"""Any table as a list of columns: pandas, Polars and other frames that Narwhals supports, and plain arrays.

``fit`` and ``transform`` read it in the same way; :mod:`pellucid.tabular.reading.columns` interprets the cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from operator import itemgetter
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from narwhals.exceptions import DuplicateError
from numpy.typing import NDArray

from pellucid.estimators.checked_arrays import EXACT, refuse_frame
from pellucid.exceptions import DataError

__all__ = ["Cells", "Table", "read_table", "unmasked"]

Rows = NDArray[np.intp]
NESTED = (nw.List, nw.Array, nw.Struct)
PLAIN = frozenset("fiubmM")  # kinds of arrays that fully describe a column
WIDE = (nw.Int128, nw.UInt128, nw.Decimal)  # NumPy has no such numbers


@dataclass(frozen=True)
class Cells:
    """Cells of one column, unchanged.

    Parameters
    ----------
    label : str
        The name of the column in messages: ``column 'age'``, or ``column 3`` if it has no name.
    values : ndarray of shape (n_rows,)
        Numbers, Booleans, dates, durations, or Python objects.
    rows : ndarray of shape (n_rows,)
        The row of the user's table that contains each cell.
    declared : {"categorical", "zoned date", None}, default=None
        Facts that the frame gives about the column and the array does not.
    order : tuple, default=()
        The categories of the frame, if they have an order.
    """

    label: str
    values: NDArray[Any]
    rows: Rows
    declared: str | None = None
    order: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Table:
    """Columns of one length, with names or without.

    Parameters
    ----------
    names : tuple of str or None
        The names of the columns as text; None for a plain array, and for a frame whose names are the positions.
    columns : tuple of Series or ndarray
        The columns.
    rows : ndarray of shape (n_rows,)
        The row of the user's table that each row was.
    keys : tuple, default=()
        The names as they came: numbers, or tuples of a MultiIndex.
    """

    names: tuple[str, ...] | None
    columns: tuple[Any, ...]
    rows: Rows
    keys: tuple[Any, ...] = ()

    def label(self, position: int) -> str:
        """Return the name of a column in messages."""
        return f"column {position}" if self.names is None else f"column {self.names[position]!r}"

    def cells(self, position: int) -> Cells:
        """Return one column, read from its frame."""
        label = self.label(position)
        column = self.columns[position]
        if isinstance(column, np.ndarray):
            return Cells(label, column[self.rows], self.rows)
        values, declared, order = _read_series(column, label)
        return Cells(label, values[self.rows], self.rows, declared, order)

    def take(self, rows: Rows) -> Table:
        """Return the table with only these rows."""
        return replace(self, rows=self.rows[rows])

    def without(self, names: Sequence[str]) -> Table:
        """Return the table without these columns, if it has them."""
        if self.names is None or not set(names) & set(self.names):
            return self
        kept = [position for position, name in enumerate(self.names) if name not in names]
        return replace(
            self,
            names=tuple(self.names[position] for position in kept),
            columns=tuple(self.columns[position] for position in kept),
            keys=tuple(self.keys[position] for position in kept),
        )

    def ordered(self, names: tuple[str, ...] | None, n_columns: int) -> Table:
        """Return the table with its columns in the order of fit, or name those that are missing or new.

        Columns of a plain array, in fit or here, are taken by their position.
        """
        if names is None or self.names is None:
            if len(self.columns) != n_columns:
                raise DataError(
                    f"X has {len(self.columns)} features, but TableEncoder is expecting {n_columns} features as "
                    "input: the columns of the table that it was fitted to, in their order."
                )
            return self
        place = {name: position for position, name in enumerate(self.names)}
        missing = [name for name in names if name not in place]
        new = sorted(set(self.names) - set(names))
        if missing or new:
            raise DataError(
                "'X' must have the columns that fit saw, in any order. "
                + _listed("It lacks", missing)
                + _listed("It has, and fit did not see,", new)
                + "Rename, add or drop columns so that they match."
            )
        return replace(self, names=names, columns=tuple(self.columns[place[name]] for name in names))


def read_table(X: Any) -> Table:
    """Return a table's columns and their names.

    Parameters
    ----------
    X : data frame or array-like of shape (n_rows, n_columns)
        A frame of pandas, Polars or any other eager library that Narwhals knows; an array; a list of rows.

    Returns
    -------
    Table
        With at least one row and one column.

    Raises
    ------
    DataError
        If it is not a table, has no row or no column, or two columns have the same name.
    """
    frame = _frame(X)
    names: tuple[str, ...] | None = None
    keys: tuple[Any, ...] = ()
    if frame is None:
        array = _array(X)
        n_rows, n_columns = array.shape
        columns: tuple[Any, ...] = tuple(array.T)
    else:
        (n_rows, n_columns), keys = frame.shape, tuple(frame.columns)
        names = _names(keys)
        columns = _columns(frame)
        if names is None:  # the names are positions, in any order
            columns = tuple(
                column for _, column in sorted(zip(keys, columns, strict=True), key=itemgetter(0))
            )
            keys = tuple(range(n_columns))
    for n, what, noun in ((n_rows, "sample", "rows"), (n_columns, "feature", "columns")):
        if n == 0:
            raise DataError(
                f"X has no {noun}: 0 {what}(s) (shape=({n_rows}, {n_columns})) while a minimum of 1 is required."
            )
    return Table(names, columns, np.arange(n_rows), keys)


def _frame(X: Any) -> nw.DataFrame[Any] | None:
    """Return a frame of Narwhals, or None for input that becomes an array."""
    if isinstance(X, np.ndarray | list):  # which takes Narwhals a long time to determine
        return None
    try:
        frame = nw.from_native(X, pass_through=True, allow_series=True)
    except DuplicateError:
        refuse_frame("X", X)
        raise
    if isinstance(frame, nw.LazyFrame):
        read = "collect" if hasattr(X, "collect") else "compute"
        raise DataError(f"X is a lazy frame that has not been read yet. Pass X.{read}().")
    if isinstance(frame, nw.Series):
        raise DataError("'X' must be a table, but it is a single column. Pass X.to_frame().")
    if isinstance(frame, nw.DataFrame):
        return frame
    if hasattr(type(X), "__arrow_c_stream__"):  # as an array it would lose its names
        raise DataError(
            f"'X' is a {type(X).__name__}, which must be converted to a table. Pass pyarrow.table(X)."
        )
    return None


def _columns(frame: nw.DataFrame[Any]) -> tuple[Any, ...]:
    """Return the columns, as series or arrays.

    pandas columns that are NumPy arrays stay arrays: for few rows, wrapping each in a Narwhals series takes longer
    than everything else.
    """
    if not frame.implementation.is_pandas():
        return tuple(frame.iter_columns())
    return tuple(
        series.to_numpy() if isinstance(series.dtype, np.dtype) and series.dtype.kind in PLAIN
        else frame.get_column(key)
        for key, series in frame.to_native().items()
    )  # fmt: skip


def _names(names: Sequence[Any]) -> tuple[str, ...] | None:
    """Return names as text; the numbers from 0 on, in any order, are positions and not names."""
    text = [name for name in names if isinstance(name, str)]
    if text and len(text) < len(names):
        other = next(name for name in names if not isinstance(name, str))
        raise DataError(
            f"The names of X's columns must all be text; {other!r} is of type {type(other).__name__}. Rename "
            "the columns: X.columns = X.columns.astype(str)."
        )
    if all(isinstance(name, Integral) for name in names) and set(names) == set(range(len(names))):
        return None
    return tuple(map(str, names))


def unmasked(X: Any) -> Any:
    """Return a masked array as objects, None where it is masked; anything else unchanged."""
    if not np.ma.isMaskedArray(X):
        return X
    mask, X = np.ma.getmaskarray(X), np.ma.getdata(X).astype(object)
    X[mask] = None
    return X


def _array(X: Any) -> NDArray[Any]:
    X = unmasked(X)
    try:  # NumPy turns all cells of a list of rows into text if one is text; objects stay unchanged
        array = np.asarray(X) if hasattr(X, "__array__") or hasattr(X, "dtype") else np.array(X, dtype=object)
    except DataError:  # of an object that knows better
        raise
    except ValueError as error:
        raise DataError("'X' must be a table: its rows have different lengths.") from error
    if array.ndim != 2:
        raise DataError(
            f"'X' must be a table of rows and columns, but it has {array.ndim} dimension(s). Reshape your "
            "data: X.reshape(-1, 1) is one column, X.reshape(1, -1) is one row; convert records or a dict "
            "of columns to a data frame."
        )
    return array


def _read_series(series: nw.Series[Any], label: str) -> tuple[NDArray[Any], str | None, tuple[Any, ...]]:
    """Return the cells as an array, and what its dtype loses: the kind, and the order of categories."""
    dtype = series.dtype
    if isinstance(dtype, NESTED):
        raise DataError(
            f"X: {label} is of type {dtype}, a list or record in each cell. Split it into separate "
            "columns, or leave it out."
        )
    if isinstance(dtype, nw.Datetime) and dtype.time_zone is not None:
        return series.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_numpy(), "zoned date", ()
    is_categorical = isinstance(dtype, nw.Categorical | nw.Enum)
    declared, order = ("categorical", _order(series, dtype)) if is_categorical else (None, ())
    if _is_beyond_float(series, dtype) or (is_categorical and series.implementation.is_pyarrow()):
        return _objects(series.to_list()), declared, order
    if isinstance(dtype, nw.String):  # an array of text would drop the character NUL at the end of a cell
        return _objects(series.to_list()), declared, order
    if isinstance(dtype, WIDE):
        series = series.cast(nw.Float64)
    return series.to_numpy(), declared, order


def _is_beyond_float(series: nw.Series[Any], dtype: Any) -> bool:
    """Return whether integers would lose digits as floats, to which a null converts them."""
    n_missing = series.null_count() if dtype.is_integer() else len(series)
    if n_missing == len(series) or not (n_missing or isinstance(dtype, WIDE)):
        return False
    return any(abs(int(end)) > EXACT for end in (series.min(), series.max()))


def _objects(cells: Sequence[Any]) -> NDArray[Any]:
    values = np.empty(len(cells), dtype=object)
    values[:] = cells
    return values


def _order(column: nw.Series[Any], dtype: Any) -> tuple[Any, ...]:
    """Return the categories of a column whose type puts them in order."""
    if isinstance(dtype, nw.Enum):
        return tuple(dtype.categories)
    native = column.to_native()
    if getattr(getattr(native, "type", None), "ordered", False):  # an Arrow dictionary
        return tuple(native.combine_chunks().dictionary.to_pylist()) if native.num_chunks else ()
    return ()


def _listed(what: str, names: Sequence[str], most: int = 8) -> str:
    if not names:
        return ""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{what} {', '.join(map(repr, names[:most]))}{more}. "
