r"""Sparse inputs: their indices checked, and standardized without ever being dense.

With :math:`S = X / \sigma`, as sparse as X, and :math:`s = \mu / \sigma`,

.. math:: \tilde X W = S W - \mathbf 1 (s^\top W), \qquad
          \tilde X^\top \delta = S^\top \delta - s \Bigl(\sum_i \delta_i\Bigr)^\top
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError

__all__ = ["StandardizedSparse", "checked_csr"]

Array = NDArray[np.floating]

CORRUPT = "Rebuild it with scipy.sparse.coo_array((values, (rows, columns)), shape)."


def checked_csr(X: Any, name: str = "X") -> Any:
    """Return a sparse matrix in CSR form whose indices lie inside its shape and name no entry twice.

    SciPy and compiled code use the indices as places in memory without looking at them. The matrix itself is
    never changed; without duplicates and in CSR form, the result shares its arrays.

    Parameters
    ----------
    X : scipy.sparse array or matrix
        In any format.
    name : str, default="X"
        The name used in errors.

    Returns
    -------
    CSR array or matrix
        With one stored value per entry: the sum, if X has several.

    Raises
    ------
    DataError
        If an index lies outside the shape, or the arrays of X do not fit together.

    Examples
    --------
    >>> import scipy.sparse
    >>> twice = scipy.sparse.csr_array(([1.0, 2.0], [0, 0], [0, 2]), shape=(1, 1))
    >>> checked_csr(twice).data
    array([3.])
    """
    if X.ndim != 2:
        raise DataError(f"{name!r} must have two dimensions; it is a sparse array of shape {X.shape}.")
    if X.format in ("csr", "csc", "bsr"):
        _check_compressed(X, name)
    elif X.format == "lil":
        _check_lists(X, name)
    elif X.format == "dia" and X.offsets.shape != X.data.shape[:1]:
        raise DataError(
            f"{name} is a damaged sparse matrix: it has {len(X.data)} diagonals and {len(X.offsets)} offsets. "
            f"{CORRUPT}"
        )
    elif X.format == "dok":
        X = X.tocoo()
    if X.format == "coo":
        _check_coordinates(X, name)
    made = X.tocsr()
    _check_compressed(made, name)
    # The flags that SciPy keeps on a matrix do not notice changed indices, so they are computed again.
    made = type(made)((made.data, made.indices, made.indptr), shape=made.shape)
    if made.has_canonical_format:
        return made
    summed = made.copy()
    summed.sum_duplicates()
    return made if summed.nnz == made.nnz else summed


def _check_compressed(X: Any, name: str) -> None:
    """Check the arrays of a matrix in CSR, CSC or BSR form."""
    height, width = X.blocksize if X.format == "bsr" else (1, 1)
    n_rows, n_columns = X.shape[0] // height, X.shape[1] // width
    major, minor = ("row", "column") if X.format != "csc" else ("column", "row")
    n_major, n_minor = (n_columns, n_rows) if X.format == "csc" else (n_rows, n_columns)
    starts, indices, stored = X.indptr, X.indices, len(X.data)
    if starts.shape != (n_major + 1,) or starts[0] != 0 or not starts[-1] <= min(len(indices), stored):
        raise DataError(
            f"{name} is a damaged sparse matrix: its indptr does not fit its shape {X.shape} and its "
            f"{stored} stored values. {CORRUPT}"
        )
    if (np.diff(starts) < 0).any():
        at = int((np.diff(starts) < 0).argmax())
        raise DataError(f"{name} is a damaged sparse matrix: its indptr decreases at {major} {at}. {CORRUPT}")
    used = indices[: starts[-1]]
    if used.size and (used.min() < 0 or used.max() >= n_minor):
        at = int(((used < 0) | (used >= n_minor)).argmax())
        where = int(np.searchsorted(starts, at, side="right")) - 1
        _refuse_index(name, minor, int(used[at]), n_minor, f" in {major} {where}")


def _check_coordinates(X: Any, name: str) -> None:
    """Check the arrays of a matrix in COO form."""
    if not len(X.row) == len(X.col) == len(X.data):
        raise DataError(
            f"{name} is a damaged sparse matrix: it has {len(X.row)} row indices, {len(X.col)} column indices and "
            f"{len(X.data)} values. {CORRUPT}"
        )
    for what, indices, n in zip(("row", "column"), (X.row, X.col), X.shape, strict=True):
        if indices.size and (indices.min() < 0 or indices.max() >= n):
            _refuse_index(name, what, int(indices[((indices < 0) | (indices >= n)).argmax()]), n, "")


def _check_lists(X: Any, name: str) -> None:
    """Check the arrays of a matrix in LIL form; its columns are checked after the conversion."""
    if X.rows.shape != X.data.shape or X.rows.shape != X.shape[:1]:
        raise DataError(f"{name} is a damaged sparse matrix: it does not have {X.shape[0]} rows. {CORRUPT}")
    for row, (columns, values) in enumerate(zip(X.rows, X.data, strict=True)):
        if len(columns) != len(values):
            raise DataError(
                f"{name} is a damaged sparse matrix: row {row} has {len(columns)} column indices and "
                f"{len(values)} values. {CORRUPT}"
            )


def _refuse_index(name: str, what: str, index: int, n: int, where: str) -> None:
    raise DataError(
        f"{name} is a damaged sparse matrix: it stores a value at {what} {index}{where}, but its {what}s are 0 to "
        f"{n - 1}. {CORRUPT}"
    )


class StandardizedSparse:
    r"""The matrix :math:`\tilde X = (X - \mu) / \sigma` for a sparse X, as far as a dense layer needs it.

    Parameters
    ----------
    scaled : scipy.sparse array of shape (n_samples, n_features)
        :math:`S = X / \sigma`.
    shift : ndarray of shape (n_features,)
        :math:`s = \mu / \sigma`.

    Examples
    --------
    >>> import numpy as np, scipy.sparse
    >>> X = StandardizedSparse(scipy.sparse.csr_array([[0.5, 0.0], [0.0, 1.0]]), np.full(2, 0.5))
    >>> X @ np.eye(2)
    array([[ 0. , -0.5],
           [-0.5,  0.5]])
    """

    # NumPy must leave ``array @ X`` and ``array + X`` to us rather than try them entry by entry.
    __array_ufunc__ = None

    def __init__(self, scaled: Any, shift: Array) -> None:
        self.scaled, self.shift = scaled, shift

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return tuple(self.scaled.shape)

    @property
    def dtype(self) -> Any:
        """The dtype of the entries."""
        return self.scaled.dtype

    @property
    def T(self) -> _Transposed:  # noqa: N802
        """The transposed matrix."""
        return _Transposed(self)

    def __getitem__(self, rows: Any) -> StandardizedSparse:
        return StandardizedSparse(self.scaled[rows], self.shift)

    def __matmul__(self, W: Array) -> Array:
        return np.asarray(self.scaled @ W - self.shift @ W)

    def toarray(self) -> Array:
        """Return the dense matrix."""
        return np.asarray(self.scaled.toarray() - self.shift)


class _Transposed:
    def __init__(self, X: StandardizedSparse) -> None:
        self.X = X

    def __matmul__(self, delta: Array) -> Array:
        return np.asarray(self.X.scaled.T @ delta - np.outer(self.X.shift, delta.sum(axis=0)))
