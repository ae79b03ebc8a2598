"""Messages between a supervisor and the processes it started: pickled objects, each preceded by its length."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pellucid.persistence import Checkpoint

__all__ = ["Beat", "Done", "Failed", "Joined", "Parted", "Task", "framed", "read_message", "write_message"]


@dataclass(frozen=True)
class Task:
    """Task of a process.

    Parameters
    ----------
    rank, n_ranks, n_shards : int
        Its place among the processes, their number, and the number of parts of a batch.
    address : str
        The address at which rank 0 waits for the others.
    patience, heartbeat : int
        Seconds to wait for the others, and seconds of silence after which one counts as lost.
    fit : bytes
        The pickled :class:`Fit`, the same for all; or an object whose method ``of`` makes it from parts.
    checkpoint : Checkpoint or None
        The checkpoint to which rank 0 saves.
    resume : Path or None
        The checkpoint that rank 0 continues from.
    exchange_every : int
        The steps from one exchange to the next.
    processors : tuple of int
        The processors that the process runs on; empty for any.
    n_parts : int, default=0
        The number of messages with parts of the rows that follow the task.
    board : int or None, default=None
        The descriptor of memory that all ranks share, if they are on one machine.
    """

    rank: int
    n_ranks: int
    n_shards: int
    address: str
    patience: int
    heartbeat: int
    fit: bytes = field(repr=False)
    checkpoint: Checkpoint | None = None
    resume: Path | None = None
    exchange_every: int = 1
    processors: tuple[int, ...] = ()
    n_parts: int = 0
    board: int | None = None


@dataclass(frozen=True)
class Beat:
    """The process is alive."""


@dataclass(frozen=True)
class Joined:
    """All ranks have met."""


@dataclass(frozen=True)
class Done:
    """The fitted model, and the warnings of the fit."""

    model: Any
    warnings: Sequence[tuple[str, type[Warning]]]


@dataclass(frozen=True)
class Failed:
    """The fit raised an error that another try would raise again."""

    error: BaseException


@dataclass(frozen=True)
class Parted:
    """Another rank could not be reached, according to JAX."""

    why: str


def framed(message: Any) -> bytes:
    """Return an object as bytes, preceded by their number."""
    data = pickle.dumps(message)
    return len(data).to_bytes(8, "big") + data


def write_message(stream: BinaryIO, message: Any) -> None:
    """Write an object."""
    stream.write(framed(message))
    stream.flush()


def read_message(stream: BinaryIO) -> Any:
    """Return the next object.

    Raises
    ------
    EOFError
        If the other side has ended.
    """
    head = stream.read(8)
    n = int.from_bytes(head, "big")
    data = stream.read(n) if len(head) == 8 else b""
    if len(head) < 8 or len(data) < n:
        raise EOFError
    return pickle.loads(data)
