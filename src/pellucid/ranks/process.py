"""Process of one rank, which ends when its supervisor ends, for whatever reason."""

from __future__ import annotations

import ctypes
import os
import pickle
import re
import signal
import sys
import threading
from contextlib import suppress
from time import sleep
from typing import Any, BinaryIO

from pellucid.ranks.messages import Beat, Done, Failed, Joined, Parted, Task, read_message, write_message

__all__ = ["BEAT", "PARTED", "is_of_exchange", "main"]

BEAT = 1.0  # seconds between signs of life
PARTED = 75  # the exit status of a rank that lost others
PR_SET_PDEATHSIG = 1
STATUS = re.compile(r"(ABORTED|CANCELLED|DEADLINE_EXCEEDED|INTERNAL|UNAVAILABLE|UNKNOWN): ")


def main() -> None:
    """Run one rank: the task comes from standard input, answers go to standard output."""
    _end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's
    inbox, outbox = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed here must not be taken for an answer
    task: Task = read_message(inbox)
    if task.processors:
        os.sched_setaffinity(0, task.processors)
    line = _Line(outbox)
    threading.Thread(target=line.beat, daemon=True).start()
    try:
        parts = [read_message(inbox) for _ in range(task.n_parts)]
    except EOFError:
        os._exit(PARTED)
    except BaseException as error:  # a part that does not unpickle here
        line.fail(error)
        os._exit(1)
    threading.Thread(target=_watch, args=(inbox,), daemon=True).start()
    os._exit(_run(task, parts, line))  # JAX would wait for the others at a normal exit


def _run(task: Task, parts: list[Any], line: _Line) -> int:
    """Train; return the exit status."""
    try:
        import jax

        from pellucid.engines.accelerated.jax_team import leave, meet
        from pellucid.engines.accelerated.team import Team
        from pellucid.ranks.fitting import fitted
    except BaseException as error:
        line.fail(error)
        return 1
    try:
        team = Team(task.rank, task.n_ranks, task.n_shards, task.exchange_every)
        meet(
            team,
            task.address,
            patience=task.patience,
            heartbeat=task.heartbeat,
            board=task.board,
            is_bound=bool(task.processors),
        )
        line.send(Joined())
        fit = pickle.loads(task.fit)
        model, warnings = fitted(fit.of(parts) if parts else fit, task.checkpoint, task.resume)
        line.send(Done(model, warnings))
        with suppress(Exception):
            leave()
    except BaseException as error:
        if isinstance(error, jax.errors.JaxRuntimeError) or is_of_exchange(error):
            line.send(Parted(str(error)))
            return PARTED
        line.fail(error)
        return 1
    return 0


def is_of_exchange(error: BaseException) -> bool:
    """Return whether an error reports a failed exchange, for which JAX sometimes raises a ValueError."""
    return isinstance(error, ValueError) and STATUS.match(str(error)) is not None


class _Line:
    """The line to the supervisor, safe for several threads."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.lock = stream, threading.Lock()

    def send(self, message: Any) -> None:
        with self.lock:
            write_message(self.stream, message)

    def fail(self, error: BaseException) -> None:
        try:
            self.send(Failed(error))
        except Exception:  # an error that does not pickle
            self.send(Failed(RuntimeError(f"{type(error).__name__}: {error}")))

    def beat(self) -> None:
        with suppress(OSError):
            while True:
                self.send(Beat())
                sleep(BEAT)


def _watch(inbox: BinaryIO) -> None:
    """End this process when the supervisor closes the line, or is gone."""
    inbox.read()
    os._exit(PARTED)


def _end_with_parent() -> None:
    """Let Linux end this process with its parent, even while it is stopped."""
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
