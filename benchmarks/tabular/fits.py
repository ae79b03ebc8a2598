"""``python -m benchmarks.tabular.fits``: seconds of small fits, and of learning the columns of a large table.

To compare two states of the code, run it in turn with PYTHONPATH at the ``src`` of each.
"""

import os
from time import perf_counter, process_time

import numpy as np
from sklearn.datasets import load_iris

from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.encoding.encoder import TableEncoder

REPEATS = 3


def numbers(n_rows: int, n_columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return columns of normal numbers, and a target with a wave, a product and noise."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, n_columns))
    return X, np.sin(2.0 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.3 * rng.normal(size=n_rows)


def main() -> None:
    """Print medians after a fit that nobody counts."""
    wide, table, iris = numbers(100_000, 100)[0], numbers(3000, 8), load_iris(return_X_y=True)
    threads = os.cpu_count()
    fits = {
        "columns of 100,000 x 100": lambda _: TableEncoder().fit(wide),
        **{
            f"{preset}, {name}": lambda seed, kind=kind, rows=rows, preset=preset: kind(
                preset, random_state=seed, n_threads=threads
            ).fit(*rows)
            for preset in ("fast", "default")
            for name, kind, rows in (
                ("iris", TabularClassifier, iris),
                ("3,000 rows", TabularRegressor, table),
            )
        },
    }
    for name, fit in fits.items():
        took = []
        for seed in range(REPEATS + 1):
            wall, processor = perf_counter(), process_time()
            fit(seed)
            took.append((perf_counter() - wall, process_time() - processor))
        wall, processor = np.median(took[1:], axis=0)
        print(f"{name:26}{wall:8.3f} s {processor:8.3f} s of the processors", flush=True)


if __name__ == "__main__":
    main()
