"""User data to clean arrays: the only module that accepts X, y and weights from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing
from sklearn.utils._missing import is_pandas_na, is_scalar_nan
from sklearn.utils.sparsefuncs import mean_variance_axis
from sklearn.utils.validation import _check_sample_weight, _num_samples, validate_data

from pellucid.core.brief import brief
from pellucid.core.inputs import StandardizedSparse, checked_csr
from pellucid.estimators._class_weight import check_class_weight, class_factors
from pellucid.exceptions import DataError

__all__ = [
    "Rows",
    "absent_replaced",
    "check_inputs",
    "check_weights",
    "moments",
    "prepare",
    "refuse_missing",
    "rescaled",
    "split_rows",
]

Array = NDArray[np.floating]
BLOCK = 1 << 22  # entries that are standardized at a time, so that no second copy of the data is made


@dataclass(frozen=True)
class Rows:
    """Clean rows of data.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        The inputs.
    y : ndarray
        The targets as the user knows them.
    Y : ndarray of shape (n_samples, n_outputs)
        The targets as the network's outputs see them.
    given_weight, weight : ndarray of shape (n_samples,) or None
        The user's weights, and those times the class weights.
    """

    X: Any
    y: Any
    Y: Array
    given_weight: Array | None
    weight: Array | None

    __repr__ = brief

    def take(self, rows: NDArray[np.intp]) -> Rows:
        """Return some of the rows."""
        given, weight = (None if w is None else w[rows] for w in (self.given_weight, self.weight))
        return Rows(self.X[rows], self.y[rows], self.Y[rows], given, weight)

    def silenced(self) -> Rows:
        """Return rows in which a copy of one that counts stands for each of weight 0.

        So nothing that stood there has an effect, not even by 0 times what overflows.
        """
        if self.weight is None or self.weight.all():
            return self
        counts = self.weight > 0.0
        if not counts.any():
            raise DataError(
                "The rows that are left to train or to validate on all have weight zero. Pass validation_data "
                "to fit, or leave out the rows of weight 0."
            )
        rows = np.where(counts, np.arange(len(counts)), counts.argmax())
        return Rows(self.X[rows], self.y[rows], self.Y[rows], self.given_weight, self.weight)


def check_inputs(
    estimator: Any, X: Any, y: Any = None, *, reset: bool, finite: bool = True, **options: Any
) -> Any:
    """Return X (and y) as numeric arrays; sparse X as CSR, float32 kept, everything else float64.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_`` where ``reset``, else is compared with.
    X, y : array-like
        What the user gave; y is left out for prediction.
    reset : bool
        Whether this is a cold fit.
    finite : bool, default=True
        Whether to look for NaN and infinity in X; otherwise :func:`refuse_missing` must do so.
    **options
        More of scikit-learn's validation.

    Returns
    -------
    X or (X, y)
        The arrays.

    Raises
    ------
    DataError
        Where X holds text, or X or y hold NaN or infinity, naming row and column.
    """
    who = type(estimator).__name__
    if scipy.sparse.issparse(X):  # before anybody follows its indices
        X = checked_csr(X)
    if scipy.sparse.issparse(y):
        y = checked_csr(y, "y")
    if y is None and not reset and not options and _is_ready(estimator, X):
        if finite:
            refuse_missing("X", X, None, who)
        return X
    if y is not None:
        refuse_missing("y", y if scipy.sparse.issparse(y) else np.asarray(y), None, who)
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
    except ValueError:
        _refuse_text(X, who)
        raise
    matrix = checked if y is None else checked[0]
    if finite:
        refuse_missing("X", matrix, getattr(estimator, "feature_names_in_", None), who)
    return checked


def _is_ready(estimator: Any, X: Any) -> bool:
    """Return whether X is just what a model predicts from, so that a single row need not wait for more checks."""
    return (
        type(X) is np.ndarray
        and X.ndim == 2
        and X.dtype in (np.float64, np.float32)
        and X.shape[0] > 0
        and X.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
    )


def refuse_missing(name: str, values: Any, names: Any, who: str) -> None:
    """Raise a DataError that says where the first entry is that is NaN, infinite or None, if there is one."""
    stored = values.data if scipy.sparse.issparse(values) else values
    if stored.dtype.kind == "O":
        bad = np.frompyfunc(_is_missing, 1, 1)(stored).astype(bool)
    elif stored.dtype.kind == "f" and not _is_surely_finite(stored):
        bad = ~np.isfinite(stored)
    else:
        return
    if not bad.any():  # the squares overflowed, the entries did not
        return
    place = _first(values, bad)
    what = "infinity" if stored.dtype.kind != "O" and np.isinf(values[place]) else str(values[place])
    raise DataError(
        f"Input {name} contains {what.replace('nan', 'NaN')} in {_place(place, names)} ({int(bad.sum())} entries "
        f"that are NaN or infinity in all). {who} does not accept them: drop these rows"
        + (", or fill them in, for example with sklearn.impute.SimpleImputer." if name == "X" else ".")
    )


def _is_surely_finite(values: NDArray[Any]) -> bool:
    """Return whether the sum of squares is finite, which is found several times as fast as each entry is seen."""
    flat = values.ravel(order="K")
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.dot(flat, flat)))


def _refuse_text(X: Any, who: str) -> None:
    """Raise a DataError that says where the first text is that is no number, if there is one."""
    names = getattr(X, "columns", None)
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
    return value is None or is_scalar_nan(value) or is_pandas_na(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _first(values: Any, marked: NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the index of the first entry that is marked; of a sparse array, stored entries are marked."""
    if scipy.sparse.issparse(values):
        entries, n = values.tocoo(), int(marked.argmax())
        return int(entries.row[n]), int(entries.col[n])
    return tuple(int(i) for i in np.unravel_index(marked.argmax(), marked.shape))


def _place(place: tuple[int, ...], names: Any) -> str:
    row, *columns = place
    named = [f", column {column}" + ("" if names is None else f" ({names[column]!r})") for column in columns]
    return f"row {row}" + "".join(named)


def check_weights(
    sample_weight: Any, X: Any, class_weight: Any, y: Any, classes: Any = None
) -> tuple[Array | None, Array | None]:
    """Return the user's weights, and those times the class weights; None where all are 1."""
    given = None
    if sample_weight is not None:
        given = _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True, allow_all_zero_weights=True
        )
        if not given.any():
            raise DataError(
                "sample_weight must have an entry > 0; all are 0, and from weights that are all zero there is "
                "nothing to learn."
            )
        _refuse_infinite_sum("sample_weight", given)
    if class_weight is None:
        return given, given
    check_class_weight(class_weight)
    with np.errstate(over="ignore"):
        weight = class_factors(class_weight, y, given, classes) * (1.0 if given is None else given)
    if not weight.any():
        raise DataError(
            "class_weight must leave a row with a weight > 0; all are 0"
            + (" times sample_weight." if given is not None else ".")
        )
    _refuse_infinite_sum("class_weight" if given is None else "class_weight times sample_weight", weight)
    return given, weight


def _refuse_infinite_sum(name: str, weight: Array) -> None:
    with np.errstate(over="ignore"):
        total = weight.sum()
    if not np.isfinite(total):
        raise DataError(f"{name} must have a finite sum, which here is beyond float64: scale it down.")


def absent_replaced(sample_weight: Any, *arrays: Any) -> Any:
    """Return arrays with a copy of a row that counts in place of each row of weight 0, whatever stood there.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,) or None
        The weights.
    *arrays : data frame, array-like or sparse matrix
        As the user gave them.

    Returns
    -------
    tuple or None
        None where no weight is 0, or where weights and arrays do not fit together.
    """
    weight = None if sample_weight is None else np.asarray(sample_weight)
    if weight is None or weight.ndim != 1 or weight.dtype.kind not in "fiub":
        return None
    counts = weight != 0
    if counts.all() or not counts.any() or any(_num_samples(array) != len(weight) for array in arrays):
        return None
    rows = np.where(counts, np.arange(len(counts)), counts.argmax())
    return tuple(_safe_indexing(array, rows) for array in arrays)


def rescaled(weight: Array | None, dtype: Any) -> tuple[Array | None, float]:
    """Return weights in the engine's dtype, in units of a power of 2 near their mean, and that unit."""
    if weight is None:
        return None, 1.0
    unit = float(np.exp2(np.floor(np.log2(weight.mean()))))
    return (weight / unit).astype(dtype), unit


def split_rows(
    n_samples: int, fraction: float, seed: int, classes: NDArray[Any] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the training and the validation rows: class by class where each class has enough rows."""
    n_validation = int(np.ceil(n_samples * fraction))
    if n_validation < 2 or n_samples - n_validation < 1:
        raise DataError(
            f"The validation set is too small: {n_validation} of {n_samples} rows. Increase "
            "'validation_fraction' or the size of your dataset, or pass validation_data to fit."
            + _too_rare(n_samples, fraction, classes)
        )
    if classes is not None:
        counts = np.unique(classes, return_counts=True)[1]
        enough = counts.min() >= 2 and len(counts) <= min(n_validation, n_samples - n_validation)
        classes = classes if enough else None
    train, validation = train_test_split(
        np.arange(n_samples), test_size=fraction, random_state=seed, stratify=classes
    )
    return np.sort(train), np.sort(validation)


def _too_rare(n_samples: int, fraction: float, classes: NDArray[Any] | None) -> str:
    """Return what scikit-learn says of classes that are too rare for a split by class; else nothing."""
    if classes is None or n_samples < 2:
        return ""
    try:
        train_test_split(
            np.arange(n_samples), test_size=fraction, stratify=classes.reshape(-1, 1), random_state=0
        )
    except ValueError as error:
        return f" {error}"
    return ""


def moments(X: Any, sample_weight: Array | None) -> tuple[Array, Array]:
    """Return the weighted mean and standard deviation of each column in float64; constants get 1."""
    if scipy.sparse.issparse(X):
        entries = scipy.sparse.csr_array(X, dtype=np.float64, copy=True)
        entries.sum_duplicates()  # several entries of one place are one number, their sum
        mean, variance = mean_variance_axis(entries, axis=0, weights=sample_weight)
        deviation = np.sqrt(variance)
        return mean, np.where(deviation > 10 * np.finfo(float).eps * np.abs(mean), deviation, 1.0)
    scaler = StandardScaler()
    for rows in _row_blocks(X):
        scaler.partial_fit(X[rows], sample_weight=None if sample_weight is None else sample_weight[rows])
    return scaler.mean_, scaler.scale_


def prepare(X: Any, mean: Array | None, scale: Array | None, dtype: Any, name: str = "X") -> Any:
    """Return inputs as the network takes them: standardized in float64, then in the engine's dtype.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        Checked inputs.
    mean, scale : ndarray of shape (n_features,) or None
        What to subtract and divide by.
    dtype : dtype
        The engine's.
    name : str, default="X"
        What an error calls it.

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
            for part in _row_blocks(X):
                prepared[part] = (X[part] - mean) / scale
    if prepared is not X:
        _refuse_overflow(name, prepared)
    if scipy.sparse.issparse(prepared) and mean is not None and scale is not None:
        return StandardizedSparse(prepared, (mean / scale).astype(dtype))
    return prepared


def _refuse_overflow(name: str, values: Any) -> None:
    stored = values.data if scipy.sparse.issparse(values) else values
    if not _is_surely_finite(stored) and not np.isfinite(stored).all():
        raise DataError(
            f"{name}{list(_first(values, ~np.isfinite(stored)))} is beyond {values.dtype}, whose largest number "
            f"is {np.finfo(values.dtype).max:.3g}. Use standardize=True, scale the column, or dtype='float64'."
        )


def _row_blocks(X: Any) -> list[slice]:
    size = max(1, BLOCK // max(1, X.shape[1]))
    return [slice(start, min(start + size, len(X))) for start in range(0, len(X), size)]
