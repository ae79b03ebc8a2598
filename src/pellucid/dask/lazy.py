"""Predictions for Dask collections: each partition separately, when it is requested."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
from scipy.sparse import issparse

from pellucid.dask.partitions import in_rows, is_array, is_frame
from pellucid.exceptions import DataError

__all__ = ["predicted_lazily"]


def predicted_lazily(model: Any, method: str, X: Any, name: str) -> Any:
    """Return the predictions of a model as a lazy collection.

    Parameters
    ----------
    model : estimator
        The fitted estimator.
    method : str
        Its method.
    X : Dask DataFrame or Array of shape (n_rows, n_columns)
        The rows.
    name : str
        The name of a Series.

    Returns
    -------
    Dask Series, DataFrame or Array
        With the index and divisions, or the chunks of rows, of X.

    Raises
    ------
    DataError
        If X is not a Dask collection.
    """
    if not is_frame(X) and not is_array(X):
        raise DataError(
            f"'X' must be a Dask DataFrame or Array; got {type(X).__name__}. For other tables use to_local()."
        )
    from dask import delayed

    X = in_rows("X", X)
    like = _sample(model, method, X, name)
    packed = delayed(pickle.dumps(model))  # once in a graph, however many the partitions
    if is_frame(X):
        return X.map_partitions(_predicted, packed, method, like, meta=like)
    options: dict[str, Any] = {
        "dtype": like.dtype,
        "meta": like,
        "packed": packed,
        "method": method,
        "like": like,
    }
    if like.ndim == 1:
        return X.map_blocks(_predicted, drop_axis=[1], **options)
    return X.map_blocks(_predicted, chunks=(X.chunks[0], (like.shape[1],)), **options)


def _sample(model: Any, method: str, X: Any, name: str) -> Any:
    """Return the predictions for no rows, with the types and columns for a made-up row, or for the first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made_up = X._meta_nonempty if is_frame(X) else np.zeros((1, X.shape[1]), X.dtype)
            return _outputs(model, method, made_up, name)[:0]
        except Exception:  # a row that a model does not take, such as a word in a column of numbers
            first = X.head(1, npartitions=-1) if is_frame(X) else X[:1].compute()
            return _outputs(model, method, first, name)[:0]


def _predicted(part: Any, packed: bytes, method: str, like: Any) -> Any:
    """Return the predictions for one partition."""
    if not part.shape[0]:
        return like
    return _outputs(pickle.loads(packed), method, part, getattr(like, "name", None))


def _outputs(model: Any, method: str, rows: Any, name: str | None) -> Any:
    """Return predictions in the form of their rows."""
    values = getattr(model, method)(rows)
    values = values.toarray() if issparse(values) else values
    if not hasattr(rows, "iloc"):
        return values
    import pandas as pd

    if values.ndim == 1:
        return pd.Series(values, index=rows.index, name=name)
    classes = getattr(model, "classes_", ())
    columns = list(classes) if len(classes) == values.shape[1] else None
    return pd.DataFrame(values, index=rows.index, columns=columns)
