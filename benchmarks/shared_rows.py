"""Memory of the ranks of a fit on Dask, with all rows in each and with rows that stay apart.

``python -m benchmarks.shared_rows [ROWS [WORKERS ...]]``, with Dask, JAX and pandas, on Linux.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

from benchmarks.dask_fit import measured

COLUMNS, PARTITIONS = 30, 16


def main(n_rows: int = 1_000_000, *numbers: int) -> None:
    import dask.array as da
    import dask.dataframe as dd
    from distributed import Client, LocalCluster

    from pellucid.dask import DaskTabularRegressor

    warnings.simplefilter("ignore")
    options: dict[str, Any] = {
        "hidden_layer_sizes": (32,),
        "max_iter": 1,
        "batch_size": 4096,
        "linear": False,
        "random_state": 0,
    }
    chunk = -(-n_rows // PARTITIONS)
    print(f"{n_rows:,} rows of {COLUMNS} columns, {n_rows * COLUMNS * 8 >> 20} MB")
    for n_workers in numbers or (1, 2):
        with (
            LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster),
        ):
            array = da.random.default_rng(0).normal(size=(n_rows, COLUMNS), chunks=(chunk, COLUMNS))
            frame = dd.from_dask_array(array, columns=[f"c{k}" for k in range(COLUMNS)])
            y = frame["c0"] + frame["c1"]
            for memory in ("1TB", "256MB"):
                model = DaskTabularRegressor("fast", **options, memory=memory, n_shards=4)
                print(f"{n_workers} workers, memory {memory:>5}: {measured(lambda: model.fit(frame, y))}")  # noqa: B023


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
