"""Weights of rows: the user's times those of the classes, and rows of weight 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _check_sample_weight, _num_samples

from pellucid.core.inputs import checked_csr
from pellucid.core.repetition import n_repeated
from pellucid.estimators.checked_arrays import refuse_masked
from pellucid.estimators.class_weight import check_class_weight, class_factors
from pellucid.exceptions import DataError

__all__ = ["absent_replaced", "check_weights", "of_present", "of_rows", "rescaled", "rows_that_count"]

Array = NDArray[np.floating]
LEAST = 1e-150  # smaller weights are rescaled


def check_weights(
    sample_weight: Any, n_rows: int, class_weight: Any, y: Any, classes: Any = None
) -> tuple[Array | None, Array | None]:
    """Return the user's weights, and those times the class weights; None where all are 1."""
    given = None
    if sample_weight is not None:
        _refuse_no_numbers(sample_weight)
        rows = np.empty((n_rows, 0))
        given = _check_sample_weight(
            sample_weight,
            rows,
            dtype=np.float64,
            ensure_non_negative=True,
            allow_all_zero_weights=True,
        )
        if not given.any():
            raise DataError(
                "'sample_weight' must have an entry > 0; all weights are zero, so there is nothing to learn."
            )
        _refuse_infinite_sum("'sample_weight'", given)
    if class_weight is None:
        return given, given
    check_class_weight(class_weight)
    with np.errstate(over="ignore"):
        weight = class_factors(class_weight, y, given, classes) * (1.0 if given is None else given)
    if not weight.any():
        raise DataError(
            "'class_weight' must leave a row with a weight > 0; all are 0"
            + (" times 'sample_weight'." if given is not None else ".")
        )
    _refuse_infinite_sum("'class_weight'" + (" times 'sample_weight'" if given is not None else ""), weight)
    return given, weight


def _refuse_no_numbers(sample_weight: Any) -> None:
    """Raise a DataError if weights are not numbers; NumPy would read dates and masked ones as such."""
    refuse_masked("sample_weight", sample_weight)
    try:
        weight = np.asarray(sample_weight)
        if weight.dtype.kind in "mMc":
            raise TypeError(f"they are {weight.dtype}")
        weight.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(
            f"'sample_weight' must be numbers >= 0, one per row: {str(error).rstrip('.')}."
        ) from error


def _refuse_infinite_sum(name: str, weight: Array) -> None:
    with np.errstate(over="ignore"):
        total = weight.sum()
    if not np.isfinite(total):
        raise DataError(f"{name} must have a finite sum, but it overflows float64: scale it down.")


def absent_replaced(sample_weight: Any, *arrays: Any) -> Any:
    """Return arrays with a copy of a row with a weight in place of each row of weight 0.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,) or None
        The weights.
    *arrays : data frame, array-like or sparse matrix
        As the user gave them.

    Returns
    -------
    tuple or None
        None if no weight is 0, or where weights and arrays do not fit together.
    """
    counts = _counts(sample_weight, arrays)
    if counts is None:
        return None
    rows = np.where(counts, np.arange(len(counts)), counts.argmax())
    return tuple(_rows_of(array, rows) for array in arrays)


def of_present(compute: Callable[..., Any], sample_weight: Any, *arrays: Any) -> Any:
    """Return the result of a function without the rows of weight 0.

    Parameters
    ----------
    compute : callable
        Takes the arrays and the weights. If it raises, it gets all rows, with copies of a row that counts in place
        of those of weight 0, so that its error counts rows as the user does.
    sample_weight : array-like of shape (n_samples,) or None
        The weights.
    *arrays : data frame, array-like or sparse matrix
        As the user gave them; all rows are taken where no weight is 0, or all are.

    Returns
    -------
    object
        The result.
    """
    counts = _counts(sample_weight, arrays)
    if counts is None:
        return compute(*arrays, sample_weight)
    rows = np.flatnonzero(counts)
    try:
        return compute(*(_rows_of(array, rows) for array in arrays), np.asarray(sample_weight)[rows])
    except ValueError as error:
        failed = error
    rows = np.where(counts, np.arange(len(counts)), counts.argmax())
    compute(*(_rows_of(array, rows) for array in arrays), sample_weight)
    raise failed


def _rows_of(array: Any, rows: NDArray[np.intp]) -> Any:
    """Return rows of an array in any container, including a sparse matrix in any format."""
    return _safe_indexing(checked_csr(array) if issparse(array) else array, rows)


def _counts(sample_weight: Any, arrays: tuple[Any, ...]) -> NDArray[np.bool_] | None:
    """Return a mask of the rows with a weight; None if all or none have one, or if lengths differ."""
    weight: Any = None if sample_weight is None else np.asarray(sample_weight)
    if weight is None or weight.ndim != 1 or weight.dtype.kind not in "fiubO":
        return None
    try:
        if any(_num_samples(array) != len(weight) for array in arrays):
            return None
        counts = np.asarray(weight != 0, bool)
    except TypeError:  # no rows, or a missing weight, which is reported when they are read
        return None
    return None if counts.all() or not counts.any() else counts


def rows_that_count(sample_weight: Any, n_rows: int) -> tuple[NDArray[np.float64] | None, NDArray[np.intp]]:
    """Return the weights that are not 0, and the rows that have them."""
    weight: Any = check_weights(sample_weight, n_rows, None, None)[0]
    if weight is None:
        return None, np.arange(n_rows)
    counts = np.flatnonzero(weight)
    return of_rows(weight[counts]), counts


def of_rows(weight: Any) -> Any:
    """Return weights that count rows unchanged, others in units of a power of 2, at most 1 on average.

    Relative weights, see :func:`pellucid.core.repetition.n_repeated`, could otherwise be mistaken for many rows,
    or be too large or too small to calculate with.
    """
    if weight is None:
        return None
    positive = weight[weight > 0.0]
    mean = float(positive.mean())
    if mean == 1.0 or n_repeated(len(positive), positive) != len(positive) or LEAST < mean < 1.0:
        return weight
    return np.asarray(weight / np.exp2(np.ceil(np.log2(mean))))


def rescaled(weight: Array | None, dtype: Any) -> tuple[Array | None, float]:
    """Return weights in the engine's dtype, in units of a power of 2 near their mean, and that unit."""
    if weight is None:
        return None, 1.0
    unit = float(np.exp2(np.floor(np.log2(weight.mean()))))
    return (weight / unit).astype(dtype), unit
