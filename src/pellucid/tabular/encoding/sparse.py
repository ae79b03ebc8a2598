"""Sparse matrices: numbers that stay sparse, each column divided by its standard deviation.

Centering would fill in the zeros, so there is none; entries that are not stored, or stored as NaN, are 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from pellucid.core.inputs import checked_csr
from pellucid.estimators.standardization import moments
from pellucid.exceptions import DataError
from pellucid.host.counted import agreeing, counted
from pellucid.tabular.encoding.features import Column, Feature
from pellucid.tabular.reading.columns import read_column
from pellucid.tabular.reading.table import read_table

__all__ = ["encode_sparse", "fit_sparse", "read_sparse"]

Array = NDArray[np.float64]


def read_sparse(
    X: Any, n_columns: int | None = None, *, counts: NDArray[np.intp] | None = None
) -> scipy.sparse.csr_array:
    """Check a sparse matrix, and return it in CSR form as float64.

    Parameters
    ----------
    X : sparse matrix, or array-like of shape (n_rows, n_columns)
        Numbers.
    n_columns : int, default=None
        The number of columns it must have.
    counts : ndarray of int, default=None
        The rows that count; others may hold infinities. None for all.

    Returns
    -------
    CSR array
        A copy.

    Raises
    ------
    DataError
        If it has no row or column, another number of columns, infinities, or something else than numbers.
    """
    if not scipy.sparse.issparse(X):
        X = _from_dense(X)
    if X.dtype.kind not in "fiub":
        what = "Complex data not supported: " if X.dtype.kind == "c" else ""
        raise DataError(f"{what}X is a sparse matrix of {X.dtype}. It must contain real numbers.")
    matrix = scipy.sparse.csr_array(checked_csr(X), dtype=np.float64, copy=True)
    matrix.sum_duplicates()  # and sorted by columns
    for n, what, noun in zip(matrix.shape, ("sample", "feature"), ("rows", "columns"), strict=True):
        if n == 0:
            raise DataError(
                f"X has no {noun}: 0 {what}(s) (shape={matrix.shape}) while a minimum of 1 is required."
            )
    if n_columns not in (None, matrix.shape[1]):
        raise DataError(
            f"X has {matrix.shape[1]} features, but TableEncoder is expecting {n_columns} features as input."
        )
    infinite = np.isinf(matrix.data)
    rows = matrix.tocoo().row if infinite.any() else None
    if rows is not None and counts is not None:
        infinite &= np.isin(rows, counts)
    if rows is not None and infinite.any():
        at = infinite.argmax()
        raise DataError(
            f"Input X contains infinity in row {rows[at]} of column {matrix.indices[at]} "
            f"({counted(int(infinite.sum()), 'entry', 'entries')} in all). Replace it with a finite number."
        )
    return matrix


def fit_sparse(
    matrix: scipy.sparse.csr_array, weight: Array | None
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Return the columns of a matrix, and remarks on them."""
    missing = _blank_missing(matrix, weight)
    varies = (matrix.max(axis=0) - matrix.min(axis=0)).toarray().ravel() > 0.0
    with np.errstate(divide="ignore", over="ignore"):
        scales = 1.0 / moments(matrix, weight)[1]
    columns = tuple(
        Column(
            f"x{position}",
            "numeric",
            int(n) if n.is_integer() else n,
            features=(Feature("", "plain", 0.0, scale),) if there else (),
            left_out="" if there else "it is constant",
        )
        for position, (n, scale, there) in enumerate(
            zip(missing.tolist(), scales.tolist(), (varies & np.isfinite(scales)).tolist(), strict=True)
        )
    )
    constant = sum(not column.features for column in columns)
    said = f"{constant} of {len(columns)} columns {agreeing(constant)} constant and left out."
    notes = (said,) if constant else ()
    return columns, notes


def encode_sparse(matrix: scipy.sparse.csr_array, columns: tuple[Column, ...]) -> scipy.sparse.csr_array:
    """Return the columns that vary, divided by their standard deviations."""
    _blank_missing(matrix, None)
    kept = np.array([bool(column.features) for column in columns])
    scales = np.array([column.features[0].scale for column in columns if column.features])
    result = matrix[:, np.flatnonzero(kept)]
    result.data *= scales[result.indices]
    return result


def _blank_missing(matrix: scipy.sparse.csr_array, weight: Array | None) -> Array:
    """Remove NaN from the matrix; return how often each column had it."""
    missing = np.isnan(matrix.data)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[missing]
    count = np.bincount(
        matrix.indices[missing], None if weight is None else weight[rows], minlength=matrix.shape[1]
    )
    matrix.data[missing] = 0.0
    matrix.eliminate_zeros()
    return count.astype(np.float64)


def _from_dense(X: Any) -> Any:
    table = read_table(X)
    read = [read_column(table.cells(position)) for position in range(len(table.columns))]
    for position, values in enumerate(read):
        if values.kind not in ("numeric", "empty"):
            raise DataError(
                f"X: {table.cells(position).label} is not numeric, but the encoder was fitted to a sparse "
                "matrix, which has only numeric columns."
            )
    return scipy.sparse.csr_array(
        np.column_stack([values.numbers for values in read if values.numbers is not None])
    )
