"""A table whose rows are shared out, for the tests of ranks and of Dask."""

from itertools import pairwise
from typing import Any

import numpy as np

from pellucid.tabular.streaming.sharded_table import ShardedTable, cut

N_ROWS = 3000
OPTIONS: dict[str, Any] = {
    "preset": "fast",
    "max_iter": 3,
    "hidden_layer_sizes": (16,),
    "linear": False,
    "random_state": 0,
}


def houses(*, is_sorted: bool = False) -> tuple[Any, Any, Any]:
    """Return numbers, texts and missing values, classes, and weights of which some are 0."""
    import pandas as pd

    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "area": rng.normal(size=N_ROWS),
            "age": rng.normal(size=N_ROWS),
            "kind": rng.choice(["flat", "house", "hut"], N_ROWS),
            "street": rng.choice([f"street {k}" for k in range(30)], N_ROWS),
        }
    )
    y = pd.Series(
        np.where(X["area"] + (X["kind"] == "flat") > 0.3 * rng.normal(size=N_ROWS), "dear", "cheap")
    )
    X.loc[::7, "age"] = np.nan
    weight = pd.Series(rng.integers(1, 4, N_ROWS).astype(float))  # whole numbers, whose sums are exact
    weight[::11] = 0.0
    if is_sorted:
        order = np.argsort(X["area"].to_numpy())
        X, y, weight = (each.iloc[order].reset_index(drop=True) for each in (X, y, weight))
    return X, y, weight


def in_pieces(X: Any, y: Any, weight: Any, n_pieces: int, n_shards: int = 4) -> ShardedTable:
    """Return a table of which this process has all shards, in pieces of unequal lengths."""
    given = {"X": X, "y": y} | ({} if weight is None else {"sample_weight": weight})
    ends = (np.linspace(0.0, 1.0, n_pieces + 1) ** 2 * len(y)).astype(int).tolist()
    pieces = [(a, cut(given, a, b)) for a, b in pairwise(ends) if b > a]
    return ShardedTable(pieces, len(y), range(n_shards), n_shards, 10**6)
