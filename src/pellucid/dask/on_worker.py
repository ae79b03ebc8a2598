"""Supervisor of a rank, which runs on a worker as long as the client needs it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from pellucid.persistence import Checkpoint
from pellucid.ranks.messages import Done, Failed, Task
from pellucid.ranks.places import check_name, free_port
from pellucid.ranks.supervision import LossError, run_ranks
from pellucid.tabular.streaming.sharded_table import cut

__all__ = ["Assignment", "Lost", "free_address", "read_checkpoint", "run_rank"]

FETCHING = 300.0  # seconds for a piece of a partition to arrive


@dataclass(frozen=True)
class Assignment:
    """Everything that a worker needs to run a rank.

    Parameters
    ----------
    task : Task
        The task.
    keys : list of dict
        The keys of the pieces of each partition, by the name of their argument.
    folder : str
        The name of its folder for files, within that of the worker.
    checkpoint : Checkpoint
        Its file has the same name there.
    files : dict
        The checkpoint to continue from: contents by name; empty to begin.
    is_neighbor : bool
        True if another rank is on the same machine.
    portions : sequence of (int, int, int) or None, default=()
        For each partition, the place of the first row that this rank gets, and the range of its rows; None for
        all rows, whatever their places.
    """

    task: Task
    keys: Sequence[Mapping[str, Any]]
    folder: str
    checkpoint: Checkpoint
    files: Mapping[str, bytes]
    is_neighbor: bool
    portions: Sequence[tuple[int, int, int] | None] = ()


@dataclass(frozen=True)
class Lost:
    """A rank was lost, as seen by the supervisor of one."""

    rank: int | None
    why: str


class _UnwantedError(Exception):
    """The client has given up this task, or is gone, or the worker is closing."""


def free_address() -> str:
    """Return an address of this worker's machine where rank 0 can wait for the others."""
    from distributed import get_worker
    from distributed.comm import get_address_host

    address = get_worker().address
    host = "127.0.0.1" if address.startswith("inproc") else get_address_host(address)
    return f"{host}:{free_port()}"


def run_rank(assignment: Assignment) -> Done | Failed | Lost | None:
    """Run a rank on this worker until it is done or lost.

    Parameters
    ----------
    assignment : Assignment
        The rank.

    Returns
    -------
    Done, Failed or Lost
        The model if this is rank 0; the error of the fit; or the loss of a rank. None if no client needs it.
    """
    from distributed import get_client, get_worker, secede

    worker = get_worker()
    key = worker.get_current_task()
    client = get_client()
    secede()  # others may use the worker's threads: the rank is a process of its own
    task, folder = assignment.task, Path(worker.local_directory, assignment.folder)
    try:
        check_name(task.address)
        folder.mkdir()
        for name, data in assignment.files.items():
            (folder / name).write_bytes(data)
        done = run_ranks(
            [_placed(assignment, folder)],
            n_processors=worker.state.nthreads,
            on_processors=assignment.is_neighbor and "CUDA_VISIBLE_DEVICES" not in os.environ,
            parts=_fetched(client, assignment),
            check=partial(_check_wanted, worker, key),
        )
    except _UnwantedError:
        return None
    except LossError as loss:
        return Lost(loss.rank, loss.why)
    except Exception as error:
        return Failed(error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return replace(done, model=done.model if task.rank == 0 else None)


def _placed(assignment: Assignment, folder: Path) -> Task:
    """Return the task with the files of rank 0 in a folder."""
    task = replace(assignment.task, n_parts=len(assignment.keys))
    if task.rank:
        return task
    checkpoint = copy(assignment.checkpoint)
    checkpoint.path = folder / Path(checkpoint.path).name
    return replace(task, checkpoint=checkpoint, resume=checkpoint.path if assignment.files else None)


def _fetched(client: Any, assignment: Assignment) -> Iterator[Any]:
    """Yield the partitions one by one, from the workers that have them."""
    rank = assignment.task.rank
    from distributed import Future

    def piece(key: Any) -> Any:  # the user's client holds the key, and saw that it is in memory
        return Future(key, client, state="memory").result(timeout=FETCHING)

    portions = assignment.portions or [None] * len(assignment.keys)
    for named, portion in zip(assignment.keys, portions, strict=True):
        try:
            part = {name: piece(key) for name, key in named.items()}
        except Exception as error:
            raise LossError(rank, f"its rows could not be fetched: {type(error).__name__}: {error}") from None
        yield part if portion is None else (portion[0], cut(part, *portion[1:]))
        del part


def _check_wanted(worker: Any, key: Any) -> None:
    """Check that this task is still the cluster's: the keys of a client that is gone are released."""
    found = worker.state.tasks.get(key)
    if found is None or found.state == "cancelled" or worker.status.name not in ("running", "paused"):
        raise _UnwantedError


def read_checkpoint(folder: str, name: str, seen: Any) -> tuple[Any, dict[str, bytes]] | None:
    """Return the checkpoint of this worker's rank, if it differs from the one seen last.

    Parameters
    ----------
    folder, name : str
        The names of its folder and its file.
    seen : object
        The stamp of the one seen last, or None.

    Returns
    -------
    stamp : object
        The stamp of this one.
    files : dict
        The contents of its file, and of those with its history, by name.
    """
    from distributed import get_worker

    path = Path(get_worker().local_directory, folder, name)
    with suppress(OSError):
        stamp = _stamp(path)
        if stamp == seen:
            return None
        beside = [found for found in path.parent.iterdir() if found.name.startswith(f"{name}.history-")]
        files = {found.name: found.read_bytes() for found in (*beside, path)}
        if _stamp(path) == stamp:  # not replaced meanwhile
            return stamp, files
    return None


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_ino
