"""Joining of rows that came in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse, vstack

__all__ = ["joined"]


def joined(pieces: Sequence[Any]) -> Any:
    """Return the rows of several pieces as one table or array, in their order.

    Parameters
    ----------
    pieces : sequence of array, sparse matrix, Series or DataFrame of shape (n_rows,) or (n_rows, n_columns)
        The pieces; empty ones have no say in types.

    Returns
    -------
    array, sparse matrix, Series or DataFrame
        All rows.
    """
    pieces = [piece for piece in pieces if piece.shape[0]] or list(pieces[:1])
    if len(pieces) == 1:
        return pieces[0]
    if hasattr(pieces[0], "iloc"):
        return _joined_frames(pieces)
    return vstack(pieces, format="csr") if issparse(pieces[0]) else np.concatenate(pieces)


def _joined_frames(pieces: Sequence[Any]) -> Any:
    """Return pandas pieces as one; different categories are merged."""
    import pandas as pd
    from pandas.api.types import union_categoricals

    whole = pd.concat(pieces, ignore_index=True)
    if pieces[0].ndim == 1:
        return pd.Series(union_categoricals(pieces)) if str(pieces[0].dtype) == "category" else whole
    for name, dtype in pieces[0].dtypes.items():
        if str(dtype) == "category" and str(whole[name].dtype) != "category":
            whole[name] = union_categoricals([piece[name] for piece in pieces])
    return whole
