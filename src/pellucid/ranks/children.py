"""Processes that a supervisor starts, listens to and ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from queue import SimpleQueue
from time import perf_counter
from typing import Any

from pellucid.ranks.messages import Failed, Joined, Task, framed, read_message

__all__ = ["Child", "Closed"]

COMMAND = ("-P", "-c", "from pellucid.ranks.process import main; main()")


class Closed:
    """A process has closed its line: it has ended, or is about to."""


class Child:
    """The process of one rank, and the threads that talk to it.

    Parameters
    ----------
    task : Task
        The task.
    n_processors : int
        The number of processors that it may use.
    on_processors : bool
        True to compute on processors even if there is a GPU.
    parts : iterable, optional
        The parts of the rows, taken one by one and sent after the task.
    events : SimpleQueue
        Receives pairs of the rank and a message; the last message is :class:`Closed`.
    """

    def __init__(
        self,
        task: Task,
        n_processors: int,
        events: SimpleQueue[tuple[int, Any]],
        *,
        on_processors: bool,
        parts: Iterable[Any] = (),
    ) -> None:
        self.rank, self.task, self.events, self.has_joined = task.rank, task, events, False
        self.heard = perf_counter()
        self.said: deque[bytes] = deque(maxlen=50)  # the latest lines of its standard error
        message = framed(task)  # before a process waits for it
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "NPROC": str(n_processors),  # threads of XLA
            **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
            **({"JAX_PLATFORMS": "cpu"} if on_processors else {}),
        }
        self.process = subprocess.Popen(
            [sys.executable, *COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            pass_fds=() if task.board is None else (task.board,),
        )
        jobs = (lambda: self._tell(message, parts), self._hear, self._listen)
        self.threads = [threading.Thread(target=job, daemon=True) for job in jobs]
        for thread in self.threads:
            thread.start()

    def _tell(self, message: bytes, parts: Iterable[Any]) -> None:
        try:
            all(map(self._write, chain((message,), map(framed, parts))))
        except Exception as error:  # of a part
            self.events.put((self.rank, Failed(error)))

    def _write(self, data: bytes) -> bool:
        """Send bytes; return False if the process has ended."""
        try:
            self.process.stdin.write(data)  # type: ignore[union-attr]
            self.process.stdin.flush()  # type: ignore[union-attr]
        except (OSError, ValueError):
            return False
        return True

    def _hear(self) -> None:
        with suppress(EOFError, OSError, ValueError):
            while True:
                message = read_message(self.process.stdout)  # type: ignore[arg-type]
                self.heard, self.has_joined = perf_counter(), self.has_joined or isinstance(message, Joined)
                self.events.put((self.rank, message))
        self.events.put((self.rank, Closed()))

    def _listen(self) -> None:
        with suppress(OSError, ValueError):
            for line in self.process.stderr:  # type: ignore[union-attr]
                self.said.append(line)

    @property
    def silence(self) -> float:
        """The seconds since the last sign of life."""
        return perf_counter() - self.heard

    @property
    def is_stopped(self) -> bool:
        """True if the operating system reports the process as stopped."""
        try:
            with open(f"/proc/{self.process.pid}/stat", "rb") as file:
                return file.read().rpartition(b")")[2].split()[0] in (b"T", b"t")
        except OSError:
            return False

    @property
    def words(self) -> str:
        """The latest lines of its standard error."""
        return b"".join(self.said).decode(errors="replace")

    def end(self, patience: float = 0.0) -> None:
        """End the process, immediately or if it does not end by itself in time, and wait until it is gone."""
        if patience:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join(5.0)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]
