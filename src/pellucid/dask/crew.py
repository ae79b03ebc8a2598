"""Ranks of a fit on a cluster: the client starts one per worker, and restarts all when one is lost."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from uuid import uuid4

from pellucid.dask.attendance import LOOK, Attendance
from pellucid.dask.choosing import power_of_two
from pellucid.dask.on_worker import Assignment, Lost, free_address, read_checkpoint, run_rank
from pellucid.dask.partitions import Partitions
from pellucid.exceptions import LostRankError
from pellucid.host.files import replace_files
from pellucid.host.streams import warn
from pellucid.persistence import Checkpoint
from pellucid.ranks.messages import Done, Failed, Task
from pellucid.ranks.sharing import rows_of_rank
from pellucid.ranks.supervision import LossError, restarted

__all__ = ["Crew"]

POLL = 0.1  # seconds between looks at the futures
ROLL_CALL = 1.0  # seconds between looks at the workers
REPLACING = 60.0  # seconds in which a lost worker may come back, before fewer continue
WITHOUT = 300.0  # seconds without any worker after which a fit gives up
SETTLING = 2.0  # seconds in which other ranks may report the cause of a loss
LEAVING = 20.0  # seconds in which the other ranks end, once the first is done
PATIENCE = 1800  # seconds in which ranks fetch their rows and meet
HEARTBEAT = 10  # seconds without a sign of life, see Ranks
LONGEST = 60.0  # seconds between two copies of a checkpoint, however long it takes to fetch one
IDLE = 20.0  # times as long as it took to fetch a checkpoint: the time until the next


@dataclass(frozen=True)
class Crew:
    """The workers that train, as the client sees them.

    Parameters
    ----------
    client : Client
        The cluster.
    families : sequence of list of dict
        The futures of the rows, see :func:`persisted`; they are held until the fit ends.
    fit : bytes
        The pickled :class:`PartedFit`.
    number : int
        The number of ranks; if workers do not come back, fewer ranks have the same shards.
    checkpoint : Checkpoint
        Its file is the client's copy of the latest one.
    note : callable
        Receives a sentence about each loss of a rank.
    n_shards : int or None, default=None
        The number of shards. Default: that of ranks.
    lengths : sequence of int, default=()
        The rows of each training partition, if a rank gets only those of its shards.
    """

    client: Any
    families: Sequence[Partitions]
    fit: bytes
    number: int
    checkpoint: Checkpoint
    note: Callable[[str], None]
    n_shards: int | None = None
    lengths: Sequence[int] = ()

    def trained(self) -> Done:
        """Return the fitted model; leave nothing on the cluster."""
        return restarted(self._start, Path(self.checkpoint.path), self.note, pause=ROLL_CALL)

    def _start(self, resume: Path | None) -> Done:
        """Run the ranks once."""
        workers = self._seated(self._workers())
        folder = f"pellucid-{uuid4().hex}"
        name = Path(self.checkpoint.path).name
        copy = _Copy(self.checkpoint, partial(self._submit, workers[0], read_checkpoint, folder, name))
        futures = [self._submit(workers[0], free_address)]
        try:
            address = self._address(futures[0], workers)
            self._wait_for_rows(workers)
            given = self._assignments(workers, address, folder, resume)
            for worker, one in zip(workers, given, strict=True):
                futures.append(self._submit(worker, run_rank, one))
            return self._outcome(futures[1:], workers, copy)
        finally:
            self.client.cancel([*futures, *copy.futures])

    def _submit(self, worker: str, *call: Any) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")  # a checkpoint
            return self.client.submit(*call, workers=[worker], pure=False, retries=0)

    def _workers(self) -> list[str]:
        """Return addresses of workers; wait for those that come back, then continue with fewer."""
        begun = perf_counter()
        while True:
            present = sorted(self.client.nthreads())
            waited = perf_counter() - begun
            if len(present) >= self.number or (present and waited > REPLACING):
                return present[: min(self.number, power_of_two(len(present)))]
            if waited > WITHOUT:
                raise LostRankError(f"The cluster had no workers for {WITHOUT:.0f} s. The fit gave up.")
            sleep(ROLL_CALL)

    def _assignments(
        self, workers: Sequence[str], address: str, folder: str, resume: Path | None
    ) -> list[Assignment]:
        files = {} if resume is None else {path.name: path.read_bytes() for path in files_of(resume)}
        hosts = [worker.rpartition(":")[0] for worker in workers]
        n_shards = self.n_shards or self.number
        given = []
        for rank, host in enumerate(hosts):
            keys, portions = self._rows_of(rank, len(workers), n_shards)
            task = Task(rank, len(workers), n_shards, address, PATIENCE, HEARTBEAT, self.fit)
            first, is_neighbor = {} if rank else files, hosts.count(host) > 1
            given.append(Assignment(task, keys, folder, self.checkpoint, first, is_neighbor, portions))
        return given

    def _rows_of(self, rank: int, n_ranks: int, n_shards: int) -> tuple[list[Any], list[Any]]:
        """Return the keys of the partitions that a rank gets, and the rows that it takes of each."""
        parts = [part for family in self.families for part in family]
        portions: list[Any] = [None] * len(parts)
        if self.lengths:
            mine = portions_of(self.lengths, *rows_of_rank(rank, n_ranks, n_shards, sum(self.lengths)))
            others = list(range(len(self.lengths), len(parts)))
            parts = [parts[k] for k in (*mine, *others)]
            portions = [*mine.values(), *(None for _ in others)]
        return [{name: piece.key for name, piece in part.items()} for part in parts], portions

    def _seated(self, workers: Sequence[str]) -> list[str]:
        """Return the workers in the order of the ranks, each as near as possible to the rows of its shards."""
        if not self.lengths or len(workers) == 1:
            return list(workers)
        pieces = [part["X"] for part in self.families[0]]
        holders, left, seated = self.client.who_has(pieces), list(workers), list[str]()
        for rank in range(len(workers)):
            n_rows = dict.fromkeys(left, 0)
            first, last = rows_of_rank(rank, len(workers), self.n_shards or self.number, sum(self.lengths))
            for k, (_, start, stop) in portions_of(self.lengths, first, last).items():
                for worker in holders.get(pieces[k].key, ()):
                    if worker in n_rows:
                        n_rows[worker] += stop - start
            seated.append(max(left, key=lambda worker: n_rows[worker]))
            left.remove(seated[-1])
        return seated

    def _ticks(self, workers: Sequence[str]) -> Iterator[float]:
        """Yield the time repeatedly, as long as the workers are there."""
        looked, attendance = 0.0, Attendance(self.client, workers)
        while True:
            if (now := perf_counter()) > looked + ROLL_CALL:
                looked, present = now, self.client.nthreads()
                for rank, worker in enumerate(workers):
                    if worker not in present:
                        raise LossError(rank, f"its worker {worker} left the cluster")
            if now > attendance.looked + LOOK and (found := attendance.silent()):
                attendance.restart(found[0])
                why = f"its worker {found[0]} did not respond for {found[1]:.0f} s, and is restarted"
                raise LossError(list(workers).index(found[0]), why)
            yield now
            sleep(POLL)

    def _address(self, future: Any, workers: Sequence[str]) -> str:
        """Return the address at which rank 0 waits for the others."""
        next(None for _ in self._ticks(workers) if future.done())
        return str(_result(future, 0))

    def _wait_for_rows(self, workers: Sequence[str]) -> None:
        """Wait until the cluster has all partitions: it recomputes those of a lost worker."""
        pieces = [piece for parts in self.families for part in parts for piece in part.values()]
        for _ in self._ticks(workers):
            states = {piece.status for piece in pieces}
            if states <= {"finished"}:
                return
            if states & {"error", "cancelled"}:
                raise LossError(None, "the cluster lost rows that it cannot recompute")

    def _outcome(self, ranks: Sequence[Any], workers: Sequence[str], copy: _Copy) -> Done:
        """Return the model of rank 0, when all ranks have ended.

        Raises
        ------
        LossError
            If a rank or a worker is lost.
        Exception
            The error of the fit.
        """
        until, found = float("inf"), dict[int, Done | Lost]()
        for now in self._ticks(workers):
            copy.follow()
            for rank, future in enumerate(ranks):
                if rank in found or not future.done():
                    continue
                result = _result(future, rank)
                if isinstance(result, Failed):
                    raise result.error from None
                found[rank] = result = result or Lost(rank, "its worker is closing")
                if isinstance(result, Lost):  # others may know more
                    until = min(until, now + SETTLING)
                elif rank == 0:
                    until = min(until, now + LEAVING)
            if len(found) == len(ranks) or now > until:
                break
        if isinstance(done := found.get(0), Done):
            return done
        lost = [result for result in found.values() if isinstance(result, Lost)]
        raise min((LossError(loss.rank, loss.why) for loss in lost), key=lambda loss: loss.rank is None)


def _result(future: Any, rank: int) -> Any:
    """Return the result of a task.

    Raises
    ------
    LossError
        If the cluster lost it.
    """
    from distributed.scheduler import KilledWorker

    if future.status == "error" and not isinstance(error := future.exception(), KilledWorker):
        raise error from None
    if future.status != "finished":
        raise LossError(rank, "the cluster lost its task")
    return future.result()


class _Copy:
    """The client's copy of the latest checkpoint, fetched in a small share of the training time.

    Parameters
    ----------
    checkpoint : Checkpoint
        The checkpoint with the path.
    read : callable
        Returns the future of the checkpoint, if it differs from the given one.
    """

    def __init__(self, checkpoint: Checkpoint, read: Callable[[Any], Any]) -> None:
        self.path, self.read = Path(checkpoint.path), read
        self.stamp: Any = None
        self.futures: list[Any] = []  # empty, or the one that was requested last
        self.asked, self.next = 0.0, perf_counter() + ROLL_CALL

    def follow(self) -> None:
        """Request the next checkpoint, or write the one that has arrived."""
        now = perf_counter()
        if not self.futures and now > self.next:
            self.asked, self.futures = now, [self.read(self.stamp)]
        elif self.futures and self.futures[0].done():
            future, pause = self.futures.pop(), ROLL_CALL
            if future.status == "finished" and (found := future.result()) is not None:
                self.stamp, files = found
                self._write(files)
                pause = min(max(pause, IDLE * (now - self.asked - POLL)), LONGEST)
            self.next = now + pause

    def _write(self, files: dict[str, bytes]) -> None:
        old = [path for path in files_of(self.path) if path.name not in files]
        try:
            replace_files({self.path.with_name(name): data for name, data in files.items()})
        except OSError as error:
            why = error.strerror or error
            warn(f"The checkpoint {str(self.path)!r} could not be written: {why}. Training continues.")
            return
        for path in old:
            with suppress(OSError):
                path.unlink()


def portions_of(lengths: Sequence[int], first: int, last: int) -> dict[int, tuple[int, int, int]]:
    """Return the partitions that hold the rows first … last - 1.

    Parameters
    ----------
    lengths : sequence of int
        The rows of each partition.
    first, last : int
        Rows.

    Returns
    -------
    dict of int to (int, int, int)
        By the number of the partition: the place of its first such row, and the range of its rows.

    Examples
    --------
    >>> portions_of([4, 0, 4, 4], 2, 8)
    {0: (2, 2, 4), 2: (4, 0, 4)}
    """
    found, at = {}, 0
    for k, length in enumerate(lengths):
        start, stop = max(first - at, 0), min(last - at, length)
        if start < stop:
            found[k] = at + start, start, stop
        at += length
    return found


def files_of(path: Path) -> list[Path]:
    """Return the files of a checkpoint, those of its history first."""
    beside = [found for found in path.parent.iterdir() if found.name.startswith(f"{path.name}.history-")]
    return [*sorted(beside), path]
