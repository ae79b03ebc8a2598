"""Distribution of the rows of a fit: each rank gets those of its shards if memory cannot hold all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.engines import bounds_of_shards
from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular import ParquetSource
from pellucid.tabular.streaming.sharded_table import ShardedTable, budget_of_table, cut

__all__ = ["VALIDATION", "are_shared_out", "as_rows", "rows_of_rank", "shards_of_rank", "table_of_rank"]

VALIDATION = ("validation_data", "X_val", "y_val", "sample_weight_val")  # which every rank has


def are_shared_out(model: Any, kinds: Sequence[Any], n_rows: int, memory: int | None) -> bool:
    """Return whether rows are distributed, because the memory is too small for all of them.

    Parameters
    ----------
    model : estimator
        The estimator.
    kinds : sequence of dtype
        The types of the inputs and the targets.
    n_rows : int
        The number of rows.
    memory : int or None
        The bytes in which each rank may hold all of them; None for no limit.
    """
    if memory is None:
        return False
    return not budget_of_table(kinds, memory).holds_all(n_rows, getattr(model, "_n_networks", 1))


def shards_of_rank(rank: int, n_ranks: int, n_shards: int) -> range:
    """Return the shards of a rank, which are consecutive."""
    n_here = n_shards // n_ranks
    return range(rank * n_here, (rank + 1) * n_here)


def rows_of_rank(rank: int, n_ranks: int, n_shards: int, n_rows: int) -> tuple[int, int]:
    """Return the first row of a rank, and the one after its last."""
    shards, bounds = shards_of_rank(rank, n_ranks, n_shards), bounds_of_shards(n_rows, n_shards)
    return int(bounds[shards.start]), int(bounds[shards.stop])


def table_of_rank(
    X: Any, given: Mapping[str, Any], rank: int, n_ranks: int, n_shards: int, memory: int
) -> tuple[ShardedTable, dict[str, Any]]:
    """Return the part of a table in memory that a rank gets, and the other arguments of ``fit``.

    Parameters
    ----------
    X : data frame of pandas or array-like of shape (n_rows, n_columns)
        The inputs.
    given : dict
        The other arguments of ``fit``.
    rank, n_ranks, n_shards : int
        The rank, the number of ranks, and that of shards.
    memory : int
        See :class:`ShardedTable`.

    Returns
    -------
    ShardedTable
        The rows.
    dict
        Validation rows, if there are any.
    """
    rows = {"X": X, **{name: value for name, value in given.items() if name not in VALIDATION}}
    n_rows = rows["X"].shape[0]
    for name, value in rows.items():
        if isinstance(value, str):
            raise DataError(
                f"{name!r} must be an array if rows are distributed; got the name {value!r}. Pass "
                f"X[{value!r}] as {name!r}, and X.drop(columns={value!r}) as X."
            )
        if value.shape[0] != n_rows:
            raise DataError(f"{name!r} must have a row for each of X, {n_rows}; got {value.shape[0]}.")
    first, last = rows_of_rank(rank, n_ranks, n_shards, n_rows)
    shards = shards_of_rank(rank, n_ranks, n_shards)
    table = ShardedTable([(first, cut(rows, first, last))], n_rows, shards, n_shards, memory)
    return table, {name: value for name, value in given.items() if name in VALIDATION}


def as_rows(X: Any, given: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return X and the other arguments in forms that can be split.

    Raises
    ------
    ParameterError
        If they are of another kind.
    """
    if isinstance(X, ParquetSource):
        raise ParameterError(
            "'memory' of Ranks must be None for a ParquetSource, whose files every process reads, in the "
            "memory named in the source."
        )
    if not hasattr(X, "iloc") and hasattr(X, "columns"):
        raise ParameterError(
            f"'X' must be a pandas data frame or an array with 'memory' of Ranks; got {type(X).__name__}. "
            "Convert it, for example with X.to_pandas()."
        )
    arrays = {
        name: value
        if name in VALIDATION or isinstance(value, str) or hasattr(value, "dtype") or hasattr(value, "iloc")
        else np.asarray(value)
        for name, value in given.items()
    }
    return X if hasattr(X, "iloc") or hasattr(X, "dtype") else np.asarray(X), arrays
