"""Derivatives of encoded columns with respect to the values in the cells of a table."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.encoding.features import Column, number_parts, numbers_in
from pellucid.tabular.encoding.scaling import scaled_slope, spread_out, spread_out_slope
from pellucid.tabular.reading.columns import LABELED, Values
from pellucid.tabular.reading.dates import cycle_slopes
from pellucid.tabular.reading.readings import CLOCK

__all__ = ["encoder_slopes"]

Array = NDArray[np.float64]


def encoder_slopes(encoder: TableEncoder, X: Any) -> Array:
    """Return the derivative of each encoded column with respect to the number in its cell.

    Parameters
    ----------
    encoder : TableEncoder
        Fitted.
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        The table.

    Returns
    -------
    ndarray of shape (n_rows, n_encoded)
        Per unit of a number, per day of a date, per second of a duration; NaN for categories, free
        text and missing cells.
    """
    read = encoder.read(X)
    n_rows = len(next(iter(read.values())).missing())
    if encoder.is_sparse_:
        each = [[np.full(n_rows, f.scale) for f in column.features] for column in encoder.columns_]
    else:
        each = [
            _slopes_of_column(column, read[position], encoder.smooth_clip) if position in read else []
            for position, column in enumerate(encoder.columns_)
        ]
    return np.column_stack(encoder.in_order(each))


def _slopes_of_column(column: Column, values: Values, clip: float | None) -> list[Array]:
    """Return derivatives of a column's features per unit of a number, day or second; NaN where there is none."""
    if column.kind in (*LABELED, "text"):
        return [np.full(len(values.missing()), np.nan)] * len(column.features)
    read = column.without_sentinels(numbers_in(values))
    parts, inner = number_parts(column, numbers_in(values)), {"": np.ones(len(read))}
    if column.kind in ("date", "zoned date"):
        inner |= cycle_slopes(read)
    elif column.reading is not None and column.reading.unit == CLOCK:
        inner |= {suffix: slope / 86_400.0 for suffix, slope in cycle_slopes(read / 86_400.0).items()}
    steps = np.zeros(len(read))  # the mark of a missing value does not depend on the number
    return [
        np.where(np.isnan(read), np.nan, inner.get(f.suffix, steps))
        * spread_out_slope(parts[f.suffix], f.knots)
        * scaled_slope(spread_out(parts[f.suffix], f.knots), f.median, f.scale, clip)
        for f in column.features
    ]
