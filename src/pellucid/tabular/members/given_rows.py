"""Rows that a user passes: for training, and for validation in place of held-out rows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils import indexable

from pellucid.core.inputs import checked_csr
from pellucid.core.repetition import n_repeated
from pellucid.estimators.checked_arrays import array_of, refuse_masked, refuse_missing, types_of
from pellucid.estimators.row_weights import absent_replaced, check_weights, of_present, of_rows
from pellucid.exceptions import DataError
from pellucid.host.counted import counted
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.members.member import EncodedRows
from pellucid.tabular.reading.table import read_table

__all__ = ["GivenRows", "as_input", "part_of", "read_groups", "read_rows", "read_validation"]

Array = NDArray[Any]
DTYPE = np.float32


@dataclass(frozen=True)
class GivenRows:
    """Rows with a positive weight, as the user passed them.

    Parameters
    ----------
    X : data frame, array or CSR array of shape (n_rows, n_columns)
        The table.
    y : ndarray of shape (n_rows,) or (n_rows, n_targets)
        Targets, validated.
    given : ndarray of shape (n_rows,) or None
        The user's weights.
    weight : ndarray of shape (n_rows,) or None
        These times the weights of the classes.
    groups : ndarray of shape (n_rows,) or None
        The group of each row.
    whole : (data frame, array or CSR array, ndarray), optional
        The table with the rows that do not count, and the user's weights, 0 for these.
    """

    X: Any
    y: Any
    given: Array | None
    weight: Array | None
    groups: Array | None
    whole: tuple[Any, Array] | None = None

    def fit(self, encoder: TableEncoder) -> None:
        """Fit an encoder to the rows; an error numbers them as the user did."""
        X, weight = self.whole or (self.X, self.given)
        encoder.fit(X, sample_weight=weight)

    def encoded(self, encoder: TableEncoder) -> Any:
        """Return the rows as numbers; an error numbers them as the user did."""
        X, weight = self.whole or (self.X, None)
        return of_present(lambda X, _: encoder.encode(X), weight, X)

    def counts(self, share: float) -> tuple[int, int]:
        """Return the number of rows in such a share, and the number that they represent by the user's weights."""
        return round(share * len(self.y)), round(share * n_repeated(len(self.y), self.given))


def read_rows(
    estimator: Any, X: Any, y: Any, sample_weight: Any, groups: Any, *, again: bool = False
) -> GivenRows:
    """Return the rows that a fit is given, without those of weight 0, after the estimator has read their targets.

    Parameters
    ----------
    estimator : BaseTabular
        Reads targets, and knows the weights of classes.
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        The table.
    y, sample_weight, groups : array-like or None
        As ``fit`` got them.
    again : bool, default=False
        True if the targets are of the kind that an earlier fit saw.

    Returns
    -------
    GivenRows
        At least two.

    Raises
    ------
    DataError
        If they do not fit together.
    """
    if y is None:
        raise DataError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y is None."
        )
    X = checked_csr(X) if issparse(X) else X
    n_rows = X.shape[0] if issparse(X) else len(read_table(X).rows)
    (X,) = indexable(X)
    shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
    if len(shape) not in (1, 2) or not all(shape[1:]):
        raise DataError(f"'y' must have shape (n_rows,) or (n_rows, n_targets); got {tuple(shape)}.")
    (y,) = absent_replaced(sample_weight, y) or (y,)  # a row of weight 0 is absent, and so is its class
    y = (estimator._read_y_again if again else estimator._read_y)(y)
    if len(y) != n_rows:
        raise DataError(
            "Found input variables with inconsistent numbers of samples: "
            f"X has {counted(n_rows, 'row')} and y {len(y)}."
        )
    groups = read_groups(groups, n_rows, sample_weight, type(estimator).__name__)
    given, weight = _weights(estimator, sample_weight, y)
    whole = None
    if weight is not None and not weight.all():
        counts = np.flatnonzero(weight)
        whole = X, np.where(weight > 0.0, 1.0 if given is None else given, 0.0)
        X, y, weight = take_rows(X, counts), y[counts], weight[counts]
        groups, given = part_of(groups, counts), part_of(given, counts)
    if len(y) < 2:
        raise DataError(f"'X' must have at least 2 rows with a weight > 0; got n_samples = {len(y)}.")
    return GivenRows(X, y, given, weight, groups, whole)


def read_validation(estimator: Any, validation_data: Any) -> tuple[EncodedRows, GivenRows]:
    """Return the user's validation rows: encoded, and as they were passed.

    Parameters
    ----------
    estimator : BaseTabular
        With a fitted encoder.
    validation_data : tuple
        Of :func:`pellucid.estimators.held_out.held_out_rows`.

    Returns
    -------
    EncodedRows
        As the networks take them.
    GivenRows
        As a scorer sees them.

    Raises
    ------
    DataError
        If they cannot be used.
    """
    X, y, sample_weight = validation_data
    try:
        try:
            return _read_held_out(estimator, X, y, sample_weight)
        except ValueError:  # a row of weight 0 is absent, whatever it contains
            present = absent_replaced(sample_weight, X, y)
            if present is None:
                raise
        return _read_held_out(estimator, present[0], present[1], sample_weight)
    except ValueError as error:
        raise DataError(f"validation_data: {error}") from error


def _read_held_out(estimator: Any, X: Any, y: Any, sample_weight: Any) -> tuple[EncodedRows, GivenRows]:
    encoded, y = as_input(estimator.encoder_.encode(X)), estimator._read_y_again(y)
    if len(y) != encoded.shape[0]:
        raise DataError(f"X_val has {counted(encoded.shape[0], 'row')} and y_val {len(y)}.")
    given, weight = _weights(estimator, sample_weight, y)
    return EncodedRows(encoded, estimator._encode_y(y), weight), GivenRows(X, y, given, weight, None)


def read_groups(groups: Any, n_rows: int, sample_weight: Any, who: str) -> Array | None:
    """Return the group of each row, as numbers where they have no order; refuse a row without one.

    Parameters
    ----------
    groups : array-like of shape (n_rows,) or None
        As the user gave them.
    n_rows : int
        The rows.
    sample_weight : array-like of shape (n_rows,) or None
        A row of weight 0 needs no group.
    who : str
        The estimator, for messages.

    Returns
    -------
    ndarray of shape (n_rows,) or None
        The groups.

    Raises
    ------
    DataError
        If the shape is another, or a group is missing.
    """
    if groups is None:
        return None
    groups = groups if hasattr(groups, "shape") else array_of(groups)
    if tuple(groups.shape) != (n_rows,):
        raise DataError(f"'groups' must have shape ({n_rows},), one per row; got {tuple(groups.shape)}.")
    (groups,) = absent_replaced(sample_weight, groups) or (groups,)
    refuse_masked("groups", groups)
    found = np.asarray(groups)
    found = found.astype(object) if found.dtype.kind == "T" else found
    refuse_missing("groups", found, None, who)
    if found.dtype.kind != "O" or types_of(found) <= {str}:
        return found
    with suppress(TypeError):
        np.unique(found)
        return found
    codes: dict[Any, int] = {}  # of several types: in the order of appearance
    try:
        return np.array([codes.setdefault(group, len(codes)) for group in found.tolist()])
    except TypeError as error:
        raise DataError(f"'groups' must be text, numbers or dates: {error}. Convert them to text.") from error


def _weights(estimator: Any, sample_weight: Any, y: Any) -> tuple[Any, Any]:
    """Return the user's weights, and those times the class weights."""
    classes = getattr(estimator, "classes_", None)
    given = of_rows(check_weights(sample_weight, len(y), None, None)[0])
    return check_weights(given, len(y), estimator._class_weight(), y, classes)


def part_of(array: Array | None, rows: NDArray[np.intp]) -> Array | None:
    """Return some rows of an array, if there is one."""
    return None if array is None else array[rows]


def as_input(X: Any) -> Any:
    """Return encoded rows in the precision of the networks."""
    return X.astype(DTYPE)
