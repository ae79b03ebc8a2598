"""Mean and deviation of columns, and columns brought to mean 0 and deviation 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler
from sklearn.utils.sparsefuncs import mean_variance_axis

from pellucid.core.inputs import StandardizedSparse
from pellucid.estimators.checked_arrays import first_place, is_surely_finite
from pellucid.estimators.row_weights import rescaled
from pellucid.exceptions import DataError
from pellucid.host.quiet import undisturbed

__all__ = ["moments", "standardized"]

Array = NDArray[np.floating]
TOO_SMALL = 1e-200  # divided by less, ordinary numbers would be infinite
LEAST = 1e-100  # the squares of smaller deviations are not exact
BLOCK = 1 << 22  # entries standardized at a time, which avoids a second copy of the data


def moments(X: Any, sample_weight: Array | None) -> tuple[Array, Array]:
    """Return the weighted mean and standard deviation of each column in float64; constants get 1."""
    if sample_weight is not None and sample_weight.any():
        sample_weight = rescaled(sample_weight, np.float64)[0]  # a sum beyond 2⁶³ is not a count
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation, variance = _moments(X, sample_weight)
    size = np.abs(mean)
    is_constant = (deviation == 1.0) & np.isfinite(variance) & (size > LEAST) & (size < 1.0 / LEAST)
    is_doubtful = ~np.isfinite(variance) | (deviation == 1.0) | (deviation < LEAST)
    doubtful = _not_zero(X, np.flatnonzero(is_doubtful & ~is_constant))
    if len(doubtful):  # squares may have been beyond float64, or 0
        columns = scipy.sparse.csc_array(X) if scipy.sparse.issparse(X) else X
        mean[doubtful], deviation[doubtful] = _moments_in_units(columns[:, doubtful], sample_weight)
    return mean, deviation


def _not_zero(X: Any, columns: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return those of some columns that hold a number other than 0."""
    if not len(columns):
        return columns
    if scipy.sparse.issparse(X):
        is_used = np.zeros(X.shape[1], bool)
        entries = X.tocsr()
        is_used[entries.indices[entries.data != 0.0]] = True
        return columns[is_used[columns]]
    found = np.zeros(len(columns), bool)
    for rows in _row_blocks(*X.shape):
        found |= X[rows][:, columns].any(axis=0)
    return columns[found]


def _moments_in_units(X: Any, sample_weight: Array | None) -> tuple[Array, Array]:
    """Return the moments of columns, each calculated in units of a power of 2 near its largest number."""
    is_sparse = scipy.sparse.issparse(X)
    if is_sparse:
        X = scipy.sparse.csr_array(X, dtype=np.float64, copy=True)
        X.sum_duplicates()
    low, high = (end.toarray().ravel() if is_sparse else end for end in (X.min(axis=0), X.max(axis=0)))
    size = np.maximum(np.abs(low), np.abs(high)).astype(np.float64)
    unit = np.exp2(np.floor(np.log2(np.where(size > 0.0, size, 1.0))))
    if is_sparse:
        near = X
        near.data /= unit[near.indices]
    else:
        near = X / unit
    mean, deviation, _ = _moments(near, sample_weight)
    is_constant = (low == high) | ((deviation == 1.0) & (high / unit - low / unit < 1.0))
    deviation = deviation * unit
    return mean * unit, np.where(is_constant | (deviation < TOO_SMALL), 1.0, deviation)


def _moments(X: Any, sample_weight: Array | None) -> tuple[Array, Array, Array]:
    if scipy.sparse.issparse(X):
        entries = scipy.sparse.csr_array(X, dtype=np.float64, copy=True)
        entries.sum_duplicates()  # several entries of one place are one number, their sum
        mean, variance = mean_variance_axis(entries, axis=0, weights=sample_weight)
        deviation = np.sqrt(variance)
        return mean, np.where(deviation > 10 * np.finfo(float).eps * np.abs(mean), deviation, 1.0), variance
    scaler = StandardScaler()
    for rows in _row_blocks(*X.shape):
        undisturbed(scaler.partial_fit)(
            X[rows], sample_weight=None if sample_weight is None else sample_weight[rows]
        )
    return scaler.mean_, scaler.scale_, scaler.var_


def standardized(X: Any, mean: Array | None, scale: Array | None, dtype: Any, name: str = "X") -> Any:
    """Return inputs for the network: standardized in float64, then in the engine's dtype.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        Checked inputs.
    mean, scale : ndarray of shape (n_features,) or None
        The mean to subtract and the scale to divide by.
    dtype : dtype
        The engine's.
    name : str, default="X"
        Its name in errors.

    Returns
    -------
    ndarray, CSR array or StandardizedSparse
        The inputs of the network.
    """
    with np.errstate(over="ignore"):
        if scipy.sparse.issparse(X):
            data = X.data if scale is None else X.data / scale[X.indices]
            prepared = scipy.sparse.csr_array((data.astype(dtype, copy=False), X.indices, X.indptr), X.shape)
        elif mean is None or scale is None:
            prepared = X.astype(dtype, copy=False)
        else:
            prepared = np.empty(X.shape, dtype)
            for part in _row_blocks(*X.shape):
                prepared[part] = (X[part] - mean) / scale
    if prepared is not X:
        _refuse_overflow(name, prepared)
    if scipy.sparse.issparse(prepared) and mean is not None and scale is not None:
        return StandardizedSparse(prepared, (mean / scale).astype(dtype))
    return prepared


def _refuse_overflow(name: str, values: Any) -> None:
    stored = values.data if scipy.sparse.issparse(values) else values
    if not is_surely_finite(stored) and not np.isfinite(stored).all():
        place = list(first_place(values, ~np.isfinite(stored)))
        raise DataError(
            f"{name}{place} is beyond {values.dtype}, whose largest number is {np.finfo(values.dtype).max:.3g}. "
            "Use standardize=True, scale the column, or dtype='float64'."
        )


def _row_blocks(n_rows: int, n_columns: int) -> list[slice]:
    size = max(1, BLOCK // max(1, n_columns))
    return [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]
