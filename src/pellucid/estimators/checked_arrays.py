"""Conversion of the user's data to arrays of finite numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from numbers import Integral
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import scipy.sparse
from narwhals.exceptions import DuplicateError
from numpy.typing import NDArray
from sklearn.utils import validation
from sklearn.utils._missing import is_pandas_na, is_scalar_nan

from pellucid.core.inputs import checked_csr
from pellucid.exceptions import DataError, DataWarning, PellucidError
from pellucid.host.counted import counted
from pellucid.host.quiet import undisturbed
from pellucid.host.streams import warn

__all__ = [
    "array_of",
    "as_targets",
    "check_inputs",
    "first_place",
    "is_missing",
    "is_surely_finite",
    "numbers",
    "one_column",
    "read_numbers",
    "refuse_frame",
    "refuse_masked",
    "refuse_missing",
    "types_of",
]

SHOWN = 8  # names in a message
EXACT = 2**53  # up to which float64 holds all integers
PRESENT = frozenset({str, int, bool, np.str_, np.bool_, np.int64})  # types of which no value is missing
one_column = undisturbed(validation.column_or_1d)
validate_data = undisturbed(validation.validate_data)


def check_inputs(
    estimator: Any, X: Any, y: Any = None, *, reset: bool, finite: bool = True, **options: Any
) -> Any:
    """Return X (and y) as numeric arrays; sparse X as CSR, float32 kept, everything else float64.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_`` where ``reset``, else is compared with.
    X, y : array-like
        The data as the user gave them; y is left out for prediction.
    reset : bool
        True if this is a cold fit.
    finite : bool, default=True
        True to look for NaN and infinity in X; otherwise :func:`refuse_missing` must do so.
    **options
        More of scikit-learn's validation.

    Returns
    -------
    X or (X, y)
        The arrays.

    Raises
    ------
    DataError
        If X holds text, or X or y hold NaN or infinity; the message names row and column.
    """
    who = type(estimator).__name__
    if scipy.sparse.issparse(X):  # before its indices are used
        X = checked_csr(X)
    if y is not None:
        y = as_targets(y)
    if y is None and not reset and not options and _is_ready(estimator, X):
        if finite:
            refuse_missing("X", X, None, who)
        return X
    refuse_frame("X", X)
    if y is not None:
        refuse_missing("y", y, None, who)
    try:
        checked = validate_data(
            estimator,
            X,
            **({} if y is None else {"y": y, "multi_output": True}),
            reset=reset,
            accept_sparse="csr",
            dtype=(np.float64, np.float32),
            ensure_all_finite=False,
            **options,
        )
    except PellucidError:  # of an object that says itself why it is no array
        raise
    except (ValueError, TypeError):
        _refuse_no_matrix(X)
        _refuse_text(X, who)
        raise
    matrix = checked if y is None else checked[0]
    if finite:
        refuse_missing("X", matrix, getattr(estimator, "feature_names_in_", None), who)
    return checked


def numbers(model: Any, X: Any, *, reset: bool) -> Any:
    """Return X in float64, NaN and infinity left in; other non-numbers raise the estimator's own error."""
    refuse_frame("X", X)
    X = checked_csr(X) if scipy.sparse.issparse(X) else X
    try:
        return validate_data(
            model, X, reset=reset, accept_sparse="csr", dtype=np.float64, ensure_all_finite=False
        )
    except PellucidError:
        raise
    except (ValueError, TypeError):
        check_inputs(model, X, reset=reset)
        raise


def _is_ready(estimator: Any, X: Any) -> bool:
    """Return whether X already has the form that a model predicts from, so that a single row skips checks."""
    return (
        type(X) is np.ndarray
        and X.ndim == 2
        and X.dtype in (np.float64, np.float32)
        and X.shape[0] > 0
        and X.shape[1] == estimator.n_features_in_
        and "feature_names_in_" not in vars(estimator)
    )


def as_targets(y: Any) -> Any:
    """Return targets from any container as a CSR matrix or an array that keeps their type.

    Whole numbers and Booleans of a nullable column stay what they are; scikit-learn would make them float64,
    in which numbers beyond 2**53 become one another.

    Parameters
    ----------
    y : array-like or sparse matrix
        The targets as the user gave them.

    Returns
    -------
    csr_matrix or ndarray
        The targets; text is of type str or object.

    Raises
    ------
    DataError
        If they are not one entry or one row of entries per row of X, or some are masked.
    """
    if scipy.sparse.issparse(y):
        return checked_csr(y, "y")
    refuse_frame("y", y)
    values = array_of(y)
    if values.ndim == 0:
        given = "()" if isinstance(y, np.ndarray | np.generic) else f"an object of type {type(y).__name__}"
        raise DataError(
            f"'y' must have shape (n_rows,) or (n_rows, n_targets); got {given}. Pass an array or a list."
        )
    if values.dtype.kind == "V":
        raise DataError(
            f"'y' must contain one kind of value; got the fields of {values.dtype}. Pass one field, "
            "y['name']."
        )
    return values.astype(object) if values.dtype.kind == "T" else values


def array_of(values: Any) -> NDArray[Any]:
    """Return values as an array, of objects where NumPy would write "nan" or round whole numbers to floats."""
    array = np.asarray(values)
    if array.dtype.kind == "f" and array.ndim == 1 and _are_whole(values):
        return np.array(list(values), object)
    if array.dtype.kind != "U" or not isinstance(values, list | tuple):
        return array
    if not any(issubclass(kind, float) for kind in set(map(type, values))):
        return array
    objects = np.array(values, object)
    return objects if is_missing(objects).any() else array


def _are_whole(values: Any) -> bool:
    """Return whether values are whole numbers that became floats: of two types, or beside a null."""
    if isinstance(values, list | tuple):
        return all(issubclass(kind, Integral) for kind in set(map(type, values))) and len(values) > 0
    dtype = getattr(values, "dtype", None)
    is_whole = getattr(dtype, "is_integer", None)  # of Polars
    return getattr(dtype, "kind", "") in ("i", "u") if is_whole is None else bool(is_whole())


def read_numbers(y: Any, who: str) -> NDArray[np.float64]:
    """Return the targets of a regression: of shape (n_samples,), or a column per output.

    Parameters
    ----------
    y : array-like or sparse matrix
        The targets given.
    who : str
        The estimator, for messages.

    Returns
    -------
    ndarray
        Finite.

    Raises
    ------
    DataError
        If they are not numbers, or an entry is missing or infinite.
    """
    try:
        y = as_targets(y)
        y = y.toarray() if scipy.sparse.issparse(y) else y
        if y.dtype.kind in "mMc":
            raise TypeError(
                f"Complex data not supported: {y.dtype}" if y.dtype.kind == "c" else f"they are {y.dtype}"
            )
        given, y = y, y.astype(np.float64)
    except DataError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"'y' must be numbers for a regression: {str(error).rstrip('.')}.") from error
    refuse_missing("y", y, None, who)
    if given.dtype.kind in "iu" and y.size and np.abs(y).max() >= EXACT:
        _warn_of_rounding(given, y)
    numbers: NDArray[np.float64] = one_column(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
    return numbers


def _warn_of_rounding(given: NDArray[Any], y: NDArray[np.float64]) -> None:
    """Warn if different integers become one number in float64."""
    n_given, n_kept = len(np.unique(given)), len(np.unique(y))
    if n_kept < n_given:
        warn(
            f"'y' holds whole numbers beyond 2**53, where float64 does not tell neighbors apart: its {n_given} "
            f"different values become {n_kept}. Subtract a constant first, such as y.min().",
            DataWarning,
            stacklevel=5,
        )


def refuse_missing(name: str, values: Any, names: Any, who: str) -> None:
    """Raise a DataError with the place of the first entry that is NaN, NaT, infinite or None, if there is one."""
    stored = values.data if scipy.sparse.issparse(values) else values
    if stored.dtype.kind == "f" and not is_surely_finite(stored):
        bad = ~np.isfinite(stored)
    elif stored.dtype.kind in "OmM":
        bad = is_missing(stored)
    else:
        return
    if not bad.any():  # the squares overflowed, the entries did not
        return
    place = first_place(values, bad)
    what = "infinity" if stored.dtype.kind == "f" and np.isinf(values[place]) else str(values[place])
    entries = counted(int(bad.sum()), "entry", "entries")
    raise DataError(
        f"Input {name} contains {what.replace('nan', 'NaN')} in {_place(place, names)} ({entries} of NaN or "
        f"infinity in all). {who} does not accept them: drop these rows"
        + (", or fill them in, for example with sklearn.impute.SimpleImputer." if name == "X" else ".")
    )


def refuse_masked(name: str, values: Any) -> None:
    """Raise a DataError with the place of the first masked entry, if there is one."""
    if not np.ma.isMaskedArray(values):
        return
    masked = np.ma.getmaskarray(values)
    if masked.any():
        entries = counted(int(masked.sum()), "entry", "entries")
        raise DataError(
            f"Input {name} is masked in {_place(first_place(masked, masked), None)} ({entries} in all). "
            f"Drop these rows, or fill the entries in with filled({'numpy.nan' * (name == 'X')})."
        )


def types_of(values: NDArray[Any]) -> set[type]:
    """Return the types of the objects in an array."""
    return set(map(type, values.ravel().tolist()))


def is_missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return a mask of NaN, NaT, None and pandas.NA in an array."""
    if values.dtype.kind == "O" and not types_of(values) <= PRESENT:
        return np.asarray(np.frompyfunc(_is_missing, 1, 1)(values).astype(bool))
    kinds = {"f": np.isnan, "c": np.isnan, "m": np.isnat, "M": np.isnat}
    find = kinds.get(values.dtype.kind)
    return np.zeros(values.shape, bool) if find is None else np.asarray(find(values))


def is_surely_finite(values: NDArray[Any]) -> bool:
    """Return whether the sum of squares is finite, which is several times as fast as checking each entry."""
    flat = values.ravel(order="K")
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.dot(flat, flat)))


def refuse_frame(name: str, table: Any) -> None:
    """Raise a DataError if a frame has not been read yet, has names twice, or X holds dates instead of numbers.

    Masked arrays are refused, too.
    """
    if isinstance(table, np.ndarray):
        refuse_masked(name, table)
        if name == "X" and table.dtype.kind in "mM":
            raise DataError("X has dates or durations. Convert them to numbers, for example to days.")
        return
    is_plain = nw.dependencies.is_pandas_dataframe(table) and table.columns.is_unique
    if is_plain and (name == "y" or all(dtype.kind not in "mM" for dtype in table.dtypes)):
        return  # faster than Narwhals can tell
    has_names = hasattr(type(table), "column_names")
    if not (has_names or hasattr(type(table), "columns")):
        return
    try:
        frame = nw.from_native(table, pass_through=True)
    except DuplicateError as error:
        counts = Counter(table.column_names if has_names else table.columns)
        twice = [repr(str(column)) for column, count in counts.items() if count > 1]
        more = f" and {len(twice) - SHOWN} more" if len(twice) > SHOWN else ""
        raise DataError(
            f"{name} has more than one column named {', '.join(twice[:SHOWN])}{more}. Rename or drop all "
            "but one."
        ) from error
    if isinstance(frame, nw.LazyFrame) and not hasattr(table, "__array__"):  # which Dask's frames have
        raise DataError(f"{name} is a lazy frame that has not been read yet. Pass {name}.collect().")
    if name == "y" or not isinstance(frame, nw.DataFrame):  # Narwhals returns unknown objects unchanged
        return
    if any(dtype.is_temporal() for dtype in set(frame.schema.dtypes())):
        column = next(column for column, dtype in frame.schema.items() if dtype.is_temporal())
        raise DataError(
            f"X has dates or durations in the column {column!r}. Convert it to numbers, for example to "
            "days, or leave the column out."
        )


def _refuse_no_matrix(X: Any) -> None:
    """Raise a DataError if X is a record, an iterator or a set, or its rows are records."""
    first = X[0] if isinstance(X, list | tuple) and X else X
    fields = getattr(getattr(X, "dtype", None), "names", None)
    if fields or isinstance(first, Mapping) or isinstance(X, Iterator | Set):
        given = f"records of {', '.join(fields)}" if fields else type(X).__name__
        raise DataError(
            f"'X' must be an array of shape (n_rows, n_columns) or a data frame; got {given}"
            + (" of dicts" if isinstance(first, Mapping) and first is not X else "")
            + ". Convert it, for example with pandas.DataFrame."
        )


def _refuse_text(X: Any, who: str) -> None:
    """Raise a DataError naming the place of the first text that is not a number, if there is one."""
    names = getattr(X, "columns", None) if not hasattr(type(X), "column_names") else X.column_names
    columns = [X[name] for name in names] if names is not None else np.atleast_1d(np.asarray(X, object)).T
    for column, values in enumerate(columns):
        for row, value in enumerate(np.atleast_1d(np.asarray(values, object))):
            if isinstance(value, str) and not _is_number(value):
                raise DataError(
                    f"Input X contains the text {str(value)!r} in {_place((row, column), names)}. {who} takes "
                    "numbers: encode the column, for example with sklearn.preprocessing.OneHotEncoder in a "
                    "sklearn.compose.ColumnTransformer, or leave it out."
                )


def _is_missing(value: Any) -> bool:
    """Return whether a value is None, NaN, NaT or the missing value of pandas."""
    return value is None or is_scalar_nan(value) or is_pandas_na(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def first_place(values: Any, marked: NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the index of the first entry that is marked; of a sparse array, stored entries are marked."""
    if scipy.sparse.issparse(values):
        entries, n = values.tocoo(), int(marked.argmax())
        return int(entries.row[n]), int(entries.col[n])
    return tuple(int(i) for i in np.unravel_index(marked.argmax(), marked.shape))


def _place(place: tuple[int, ...], names: Any) -> str:
    row, *columns = place
    named = [f", column {column}" + ("" if names is None else f" ({names[column]!r})") for column in columns]
    return f"row {row}" + "".join(named)
