"""Memory of the processes of a fit, with all rows in each and with rows that are shared out.

``python -m benchmarks.shared_rows [ROWS [PROCESSES ...]]``, with JAX and pandas, on Linux.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np

from benchmarks.dask_fit import measured

COLUMNS = 30


def main(n_rows: int = 1_000_000, *numbers: int) -> None:
    import pandas as pd

    from pellucid.ranks import Ranks, fit_on_ranks
    from pellucid.tabular import TabularRegressor

    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n_rows, COLUMNS)), columns=[f"c{k}" for k in range(COLUMNS)])
    y = X["c0"] + X["c1"] * X["c2"]
    options: dict[str, Any] = {
        "hidden_layer_sizes": (32,),
        "max_iter": 1,
        "batch_size": 4096,
        "linear": False,
        "random_state": 0,
    }
    print(f"{n_rows:,} rows of {COLUMNS} columns, {n_rows * COLUMNS * 8 >> 20} MB")
    for n in numbers or (1, 4):
        for memory in ("1TB", "64MB"):
            ranks = Ranks(n, n_shards=max(numbers or (4,)), memory=memory, heartbeat=120)
            model = TabularRegressor("fast", **options)
            found = measured(lambda: fit_on_ranks(model, X, y, ranks=ranks))  # noqa: B023
            print(f"{n} processes, memory {memory:>4}: {found}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
