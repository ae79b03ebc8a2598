"""A fit on two workers of Dask against the launcher: seconds, and the memory of each process.

``python -m benchmarks.dask_fit [ROWS [EPOCHS]]``, with Dask, JAX and pandas, on Linux.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

COLUMNS, CHUNKS = 32, 16


def tree() -> dict[int, str]:
    """Return the processes below this one, with what they are."""
    found, waiting = {os.getpid(): "client"}, [os.getpid()]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            with suppress(OSError):  # a thread or a process has ended
                for pid in map(int, task.read_text().split()):
                    line = Path(f"/proc/{pid}/cmdline").read_bytes()
                    if not line or b"resource_tracker" in line:  # it has ended, or does nothing
                        continue
                    found[pid] = "rank" if b"ranks.process" in line else "worker"
                    waiting.append(pid)
    return found


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


class Watch:
    """Notes the largest resident memory of each process, and its processor time."""

    def __enter__(self) -> Watch:
        self.peak: dict[int, int] = {}
        self.kinds: dict[int, str] = {}
        self.used: dict[int, float] = {}
        self.before: dict[int, float] = {}
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()
        return self

    def _look(self) -> None:
        while not self.ended.wait(0.1):
            for pid, kind in tree().items():
                with suppress(OSError, IndexError):  # it has ended
                    self.peak[pid], self.kinds[pid] = max(self.peak.get(pid, 0), resident(pid)), kind
                    self.used[pid] = processor_seconds(pid)
                    self.before.setdefault(pid, 0.0 if kind == "rank" else self.used[pid])

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        self.thread.join()

    def megabytes(self, kind: str) -> list[int]:
        return sorted(self.peak[pid] for pid, found in self.kinds.items() if found == kind)


def measured(fit: Callable[[], Any]) -> str:
    start = perf_counter()
    with Watch() as watch:
        fit()
    seconds = perf_counter() - start
    used = sum(watch.used.values()) - sum(watch.before.values())
    return f"{seconds:6.1f} s, {used:5.1f} of processors; peak MB: " + ", ".join(
        f"{kind} {watch.megabytes(kind)}" for kind in ("client", "worker", "rank") if watch.megabytes(kind)
    )


def main(n_rows: int = 400_000, n_epochs: int = 3) -> None:
    import dask.array as da
    from distributed import Client, LocalCluster

    from pellucid import MLPRegressor
    from pellucid.dask import DaskMLPRegressor
    from pellucid.ranks import Ranks, fit_on_ranks

    warnings.simplefilter("ignore")
    options: dict[str, Any] = {
        "batch_size": 4096,
        "max_iter": n_epochs,
        "n_iter_no_change": 99,
        "random_state": 0,
    }
    chunk = -(-n_rows // CHUNKS)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        X = da.random.default_rng(0).normal(size=(n_rows, COLUMNS), chunks=(chunk, COLUMNS))
        y = X[:, 0] * X[:, 1]
        few = X[: 2 * chunk], y[: 2 * chunk]
        print(f"{n_rows:,} rows of {COLUMNS} columns, {n_rows * COLUMNS * 8 >> 20} MB, {n_epochs} epochs")
        small = {**options, "max_iter": 1}
        print("dask, an eighth, 1 epoch ", measured(lambda: DaskMLPRegressor((64,), **small).fit(*few)))
        print("dask                     ", measured(lambda: DaskMLPRegressor((64,), **options).fit(X, y)))
        rows = X.compute(), y.compute()
    few = tuple(array[: 2 * chunk] for array in rows)
    print(
        "launcher, an eighth      ",
        measured(lambda: fit_on_ranks(MLPRegressor((64,), **small), *few, ranks=Ranks(2))),
    )
    print(
        "launcher                 ",
        measured(lambda: fit_on_ranks(MLPRegressor((64,), **options), *rows, ranks=Ranks(2))),
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
