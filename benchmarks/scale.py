"""Training from Parquet files in parts against training in memory, on the same sorted rows."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import numpy as np

COLUMNS, GROUPS, MEMORY = 32, 96, "400MB"
PROGRAM = """
import json, resource, sys, time
import numpy as np, pyarrow.parquet as pq
from pellucid.tabular import ParquetSource, TabularClassifier
way, folder, memory = sys.argv[1:]
options = {"preset": "realmlp-td-s", "hidden_layer_sizes": (128, 128), "n_members": 1, "max_iter": 1}
model = TabularClassifier(**options, n_threads=1, random_state=0)
wall, cpu = time.perf_counter(), time.process_time()
if way == "in memory":
    table = pq.read_table(folder + "/sorted.parquet")
    model.fit(table.drop_columns(["y"]), table["y"].to_numpy())
else:
    model.fit(ParquetSource(folder + "/sorted.parquet", "y", memory=memory))
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
test = pq.read_table(folder + "/test.parquet")
y, p = test["y"].to_numpy(), model.predict_proba(test.drop_columns(["y"]))
loss = -np.log(p[np.arange(len(y)), y]).mean()
print(json.dumps([wall, cpu, peak, float(loss)]))
"""


@cache
def files(n_rows: int) -> Path:
    """Return a folder with rows sorted by the column that matters most, and others to judge by."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder, rng = Path(mkdtemp()), np.random.default_rng(0)
    atexit.register(rmtree, folder, ignore_errors=True)
    names, slope = [f"x{i}" for i in range(COLUMNS)], 0.5 * rng.normal(size=COLUMNS)
    schema = pa.schema([*((name, pa.float32()) for name in names), ("y", pa.int64())])

    def rows(first: np.ndarray) -> pa.Table:
        X = rng.normal(size=(len(first), COLUMNS)).astype(np.float32)
        X[:, 0] = first
        z = 4 * np.sin(2 * X[:, 0]) + 3 * X[:, 0] + 2 * X[:, 1] * X[:, 2] + X @ slope
        y = (rng.random(len(first)) < 1 / (1 + np.exp(-2 * z))).astype(np.int64)
        return pa.table([*X.T, y], schema=schema)

    with pq.ParquetWriter(folder / "sorted.parquet", schema) as file:
        for part in np.array_split(np.sort(rng.normal(size=n_rows)).astype(np.float32), GROUPS):
            file.write_table(rows(part))
    pq.write_table(rows(rng.normal(size=50_000).astype(np.float32)), folder / "test.parquet")
    return folder


def fit(way: str, n_rows: int) -> tuple[float, float, float, float]:
    """Return wall and processor seconds of a fit in a process of its own, its peak in MiB, and the log loss."""
    command = [sys.executable, "-c", PROGRAM, way, str(files(n_rows)), MEMORY]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return tuple(json.loads(said.splitlines()[-1]))
