"""Workers on Dask's list that give no sign of life: stopped, or disconnected."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any

__all__ = ["Attendance"]

SILENT = 30.0  # seconds without a sign of life after which a worker counts as lost; Dask takes 5 minutes
LOOK = 2.0  # seconds between looks
LEAVING = 20.0  # seconds that a nanny has to end its worker; without an answer, Dask removes it from its list


class Attendance:
    """The last signs of life of workers: the heartbeats that they send to the scheduler.

    Parameters
    ----------
    client : Client
        The cluster.
    workers : sequence of str
        Their addresses.
    """

    def __init__(self, client: Any, workers: Sequence[str]) -> None:
        self.client, self.workers = client, workers
        self.looked = perf_counter()
        self.seen: dict[str, Any] = {}
        self.heard = dict.fromkeys(workers, self.looked)

    def silent(self) -> tuple[str, float] | None:
        """Return the worker that has been silent for too long, and the seconds; None if there is none."""
        now = perf_counter()
        passed, self.looked = now - self.looked, now
        if passed > 2.0 * LOOK + SILENT / 4.0:  # this process itself was held up
            self.heard = {worker: at + passed for worker, at in self.heard.items()}
        known = self.client.scheduler_info(n_workers=-1)["workers"]
        for worker in self.workers:
            seen = known.get(worker, {}).get("last_seen")
            if seen != self.seen.get(worker):
                self.seen[worker], self.heard[worker] = seen, now
        worker = min(self.workers, key=lambda worker: self.heard[worker])
        silence = now - self.heard[worker]
        return (worker, silence) if silence > SILENT else None

    def restart(self, worker: str) -> None:
        """Let Dask restart a worker, or remove it from its list; then Dask recomputes what the worker held."""
        with suppress(Exception):  # whatever happens to it, ranks start without it
            self.client.restart_workers([worker], timeout=LEAVING, raise_for_error=False)
