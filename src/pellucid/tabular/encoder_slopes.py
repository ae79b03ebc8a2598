"""Derivatives of encoded columns with respect to what the cells of a table hold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.encoder import TableEncoder
from pellucid.tabular.features import slopes_of_column

__all__ = ["encoder_slopes"]


def encoder_slopes(encoder: TableEncoder, X: Any) -> NDArray[np.float64]:
    """Return how fast each encoded column moves with the number in its cell.

    Parameters
    ----------
    encoder : TableEncoder
        Fitted.
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        The table.

    Returns
    -------
    ndarray of shape (n_rows, n_encoded)
        Per unit of a number, per day of a date, per second of a duration; NaN for categories and missing cells.
    """
    read = encoder.read(X)
    n_rows = len(next(iter(read.values())).missing())
    if encoder.is_sparse_:
        each = [[np.full(n_rows, f.scale) for f in column.features] for column in encoder.columns_]
    else:
        each = [
            slopes_of_column(column, read[position], encoder.smooth_clip) if position in read else []
            for position, column in enumerate(encoder.columns_)
        ]
    return np.column_stack(encoder.in_order(each))
