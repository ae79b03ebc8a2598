"""Supervision of ranks: all end when one is lost, and training restarts from the last checkpoint."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from time import perf_counter, sleep
from typing import Any

from pellucid.engines.accelerated.team import new_board
from pellucid.exceptions import LostRankError
from pellucid.host.counted import counted
from pellucid.ranks.children import Child, Closed
from pellucid.ranks.messages import Done, Failed, Parted, Task
from pellucid.ranks.places import processors

__all__ = ["TRIES", "LossError", "restarted", "run_ranks", "supervise"]

TRIES = 3  # starts without a new checkpoint, after which training is given up
STARTING = 120.0  # seconds that a process may need for its first sign of life
BUSY = 6.0  # times the heartbeat: a process that is not stopped may hold Python's lock for a long time
SETTLING = 1.0  # seconds in which the first signs of a loss arrive
SUSPECT = 4.0  # seconds of silence that distinguish a stopped rank from those that wait for it
TASK_OF_JAX = re.compile(r"task:(\d+)")
STATUS_OF_JAX = re.compile(r"absl::Status: (.*)")
TOO_LATE = "DEADLINE_EXCEEDED"


class LossError(Exception):
    """A rank was lost.

    Parameters
    ----------
    rank : int or None
        The rank, if it is known.
    why : str
        The signs of the loss.
    """

    def __init__(self, rank: int | None, why: str) -> None:
        super().__init__(rank, why)
        self.rank, self.why = rank, why


def supervise(
    tasks: Callable[[], Sequence[Task]],
    checkpoint: Path | None,
    note: Callable[[str], None],
    *,
    pause: float,
    on_processors: bool,
) -> Done:
    """Run ranks on this machine until they have fitted the model.

    Parameters
    ----------
    tasks : callable
        Returns the tasks of a start.
    checkpoint : Path or None
        The file that rank 0 saves to; None if rank 0 is on another machine, which then decides when to give up.
    note : callable
        Receives a sentence about each start after the first.
    pause : float
        The seconds before another start, in which the other machines notice the loss.
    on_processors : bool
        True to compute on processors even if there is a GPU.

    Returns
    -------
    Done
        The model.

    Raises
    ------
    LostRankError
        If ranks are lost repeatedly.
    """

    def start(resume: Path | None) -> Done:
        started = [replace(task, resume=resume) for task in tasks()]
        share = max(1, processors() // len(started))
        return run_ranks(started, n_processors=share, on_processors=on_processors)

    return restarted(start, checkpoint, note, pause=pause)


def restarted(
    start: Callable[[Path | None], Done],
    checkpoint: Path | None,
    note: Callable[[str], None],
    *,
    pause: float,
) -> Done:
    """Start ranks until they have fitted the model, each time from the last checkpoint.

    Parameters
    ----------
    start : callable
        Runs ranks, from a checkpoint if given one; raises :class:`LossError` if a rank is lost.
    checkpoint : Path or None
        As for :func:`supervise`.
    note : callable
        Receives a sentence about each start after the first.
    pause : float
        The seconds before another start.

    Returns
    -------
    Done
        The model.

    Raises
    ------
    LostRankError
        If ranks are lost repeatedly.
    """
    stale, failures = _stamp(checkpoint), 0
    latest = stale
    while True:
        resume = checkpoint if latest != stale else None
        try:
            return start(resume)
        except LossError as loss:
            before, latest = latest, _stamp(checkpoint)
            failures = failures + 1 if checkpoint and latest == before else 1
            who = "A rank" if loss.rank is None else f"Rank {loss.rank}"
            kept = f" The last checkpoint is {str(checkpoint)!r}." if latest != stale else ""
            if failures == TRIES:
                raise LostRankError(
                    f"{who} was lost: {loss.why}. Training gave up after {TRIES} starts without a new "
                    f"checkpoint.{kept}"
                ) from None
            place = "the last checkpoint" if latest != stale else "the beginning"
            if checkpoint is None:
                place = "the last checkpoint of rank 0, if there is one"
            note(f"{who} was lost: {loss.why}. Training restarts from {place}.")
            sleep(pause)


def _stamp(path: Path | None) -> tuple[int, int] | None:
    """Return a stamp that changes when a file is replaced; None if there is no file."""
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def run_ranks(
    tasks: Sequence[Task],
    *,
    n_processors: int,
    on_processors: bool,
    parts: Iterable[Any] = (),
    check: Callable[[], None] = lambda: None,
) -> Done:
    """Start a process per task; return the result of the first, and leave no process behind.

    Parameters
    ----------
    tasks : sequence of Task
        The tasks.
    n_processors : int
        The number of processors for each.
    on_processors : bool
        True to compute on processors even if there is a GPU.
    parts : iterable, optional
        The parts of the rows, if there is one task that does not contain them.
    check : callable, optional
        Called several times a second; an error that it raises ends everything.

    Returns
    -------
    Done
        The model.

    Raises
    ------
    LossError
        If a rank is lost.
    Exception
        The error of the fit.
    """
    events: SimpleQueue[tuple[int, Any]] = SimpleQueue()
    children: dict[int, Child] = {}
    patience = 0.0
    together = len(tasks) if on_processors and len(tasks) == tasks[0].n_ranks else 1
    try:
        with new_board(together) as board:
            for task in tasks:
                children[task.rank] = Child(
                    replace(task, board=board), n_processors, events, on_processors=on_processors, parts=parts
                )
        found = _heard(children, events, tasks[0].heartbeat, check)
        patience = float(tasks[0].heartbeat)
        return found
    finally:
        for child in children.values():
            child.end(patience)


def _heard(
    children: dict[int, Child],
    events: SimpleQueue[tuple[int, Any]],
    heartbeat: float,
    check: Callable[[], None],
) -> Done:
    """Return the message of the first rank here when it is done; only rank 0 reports checkpoints.

    Raises
    ------
    LossError
        If a rank is lost.
    Exception
        The error of the fit.
    """
    alive, done = set[int](), set[int]()
    while True:
        check()
        try:
            rank, message = events.get(timeout=0.25)
        except Empty:
            pass
        else:
            alive.add(rank)
            if isinstance(message, Done):
                if rank == min(children):
                    return message
                done.add(rank)
            if isinstance(message, Failed):
                raise message.error
            if isinstance(message, Parted | Closed) and rank not in done:
                raise _cause(children, events, rank, message)
        for rank, child in children.items():
            busy = heartbeat * BUSY if rank in alive else STARTING
            limit = heartbeat if child.silence > heartbeat and child.is_stopped else busy
            if child.silence > limit and rank not in done:
                raise LossError(rank, f"it did not respond for {child.silence:.0f} s")


def _cause(
    children: dict[int, Child], events: SimpleQueue[tuple[int, Any]], rank: int, message: Any
) -> BaseException:
    """Return the loss behind its first sign, after a moment in which more signs may arrive."""
    signs, until = {rank: message}, perf_counter() + SETTLING
    while (left := until - perf_counter()) > 0.0:
        try:
            rank, message = events.get(timeout=left)
        except Empty:
            break
        if isinstance(message, Failed):
            return message.error
        if isinstance(message, Parted | Closed):
            signs.setdefault(rank, message)
    for rank, child in children.items():
        if rank not in signs and child.silence > SUSPECT:
            return LossError(rank, f"it did not respond for {child.silence:.0f} s")
    ended = {rank: children[rank].process.poll() for rank, sign in signs.items() if isinstance(sign, Closed)}
    for rank, status in ended.items():
        if status is not None and status < 0 and -status != signal.SIGABRT:
            return LossError(rank, f"it was ended by {signal.Signals(-status).name}")
    said = {
        rank: sign.why if isinstance(sign, Parted) else children[rank].words for rank, sign in signs.items()
    }
    for rank, text in said.items():
        if TOO_LATE in text and not children[rank].has_joined:
            return _absence(children[rank].task)
    for text in said.values():
        if named := TASK_OF_JAX.findall(text):
            missing = [int(task) for task in named if int(task) not in children]
            if missing or len(children) > 1:
                lost = (missing or [int(task) for task in named])[0]
                return LossError(lost, "the others could not reach it")
    for rank, status in ended.items():
        return LossError(rank, f"it ended with status {status}{_last_line(children[rank].words)}")
    return LossError(None, f"the ranks could not reach each other{_last_line(said[rank])}")


def _absence(task: Task) -> LostRankError:
    """Return the error for a rank that waited for others."""
    return LostRankError(
        f"Rank {task.rank} waited {task.patience} s for {counted(task.n_ranks - 1, 'other rank')} to meet at "
        f"{task.address}. "
        f"Start the command on all {task.n_ranks} machines, with the ranks 0 to {task.n_ranks - 1}, and make sure "
        "that each can connect to this address."
    )


def _last_line(text: str) -> str:
    if status := STATUS_OF_JAX.findall(text):
        return f" ({status[-1][:300]})"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f" ({lines[-1][:300]})" if lines else ""
