"""A fit by several processes in a process of its own, to be disturbed: for tests and by hand."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from pellucid import Checkpoint

N_EPOCHS = 30
PROGRAM = """
import json, sys, warnings
import numpy as np
from pellucid import Checkpoint, MLPClassifier
from pellucid.ranks import Ranks, fit_on_ranks
out, checkpoint, n_epochs, places = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
X = rng.normal(size=(8000, 20))
y = (X[:, 0] * X[:, 1] > 0.0).astype(int)
model = MLPClassifier((64, 64), max_iter=n_epochs, dropout=0.2, batch_size=500, dtype="float64", random_state=0)
note = lambda said: print(said, flush=True)
fit_on_ranks(model, X, y, ranks=Ranks(**places), checkpoint=Checkpoint(checkpoint), note=note)
np.save(out, model.network_.parameters)
"""


class Vanishing(Checkpoint):
    """A checkpoint whose folder is gone when training begins."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        shutil.rmtree(os.path.dirname(self.path), ignore_errors=True)


class Unhurried(Checkpoint):
    """A checkpoint that leaves time to disturb the training."""

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> None:
        super().on_fit_task_end(estimator, context, fitted_estimator=fitted_estimator)
        time.sleep(0.2)

    def save_table(self, estimator: Any) -> None:
        super().save_table(estimator)
        time.sleep(2.0)


class Training:
    """A training under way."""

    def __init__(
        self,
        folder: Path,
        places: str,
        *,
        n_epochs: int = N_EPOCHS,
        before: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.out, self.checkpoint = folder / "parameters.npy", folder / "latest.safetensors"
        arguments = [str(self.out), str(self.checkpoint), str(n_epochs), places]
        self.process = subprocess.Popen(
            [*before, sys.executable, "-c", PROGRAM, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **(environment or {})},
        )

    def ranks(self, n: int) -> list[int]:
        """Return the processes of the ranks, once there are so many."""
        return until(lambda: found if len(found := sorted(children(self.process.pid))) == n else None)

    def has_saved(self) -> bool:
        """Wait for a checkpoint."""
        return until(lambda: self.checkpoint.exists() or self.process.poll() is not None)

    def said(self) -> str:
        """Return what was printed, at the end."""
        return self.process.communicate(timeout=300)[0]

    @property
    def parameters(self) -> Any:
        """The trained parameters."""
        return np.load(self.out)


def until(ready: Any, seconds: float = 120.0) -> Any:
    """Return the first true value."""
    end = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < end, "It takes too long."
        time.sleep(0.05)
    return found


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
        return [int(p) for t in tasks for p in Path(f"/proc/{pid}/task/{t}/children").read_text().split()]
    except OSError:
        return []


def is_gone(pid: int) -> bool:
    """Return whether a process is over; one that nobody waits for is."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def disturb(training: Training, rank: int, number: int) -> float:
    """Send a signal to a rank; return the seconds after which all ranks of that start are gone."""
    pids, started = training.ranks(2), time.monotonic()
    os.kill(pids[rank], number)
    until(lambda: all(map(is_gone, pids)))
    return time.monotonic() - started


SIGNALS = {"killed": signal.SIGKILL, "stopped": signal.SIGSTOP} if hasattr(signal, "SIGSTOP") else {}


# ---- two machines, as namespaces of the network -----------------------------------------------------------


def has_namespaces() -> bool:
    """Return whether this process may make namespaces of the network."""
    if shutil.which("ip") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    name = f"pellucid{os.getpid()}probe"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode == 0
    if made:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return made


@contextmanager
def linked_namespaces() -> Iterator[list[str]]:
    """Give two network namespaces with a link: 10.77.0.1 and 10.77.0.2, addresses of the machine by its name."""
    names = [f"pellucid{os.getpid()}{letter}" for letter in "ab"]

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    try:
        for name in names:
            ip("netns", "add", name)
        ip("link", "add", "pvA", "netns", names[0], "type", "veth", "peer", "name", "pvB", "netns", names[1])
        for number, (name, link) in enumerate(zip(names, ("pvA", "pvB"), strict=True), start=1):
            ip("-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", link)
            ip("-n", name, "link", "set", link, "up")
            ip("-n", name, "link", "set", "lo", "up")
            hosts = Path("/etc/netns") / name / "hosts"
            hosts.parent.mkdir(parents=True, exist_ok=True)
            hosts.write_text(f"10.77.0.{number} {socket.gethostname()}\n127.0.0.1 localhost\n")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
            shutil.rmtree(Path("/etc/netns") / name, ignore_errors=True)


def machines(folder: Path, names: Sequence[str], *, n_epochs: int = N_EPOCHS) -> list[Training]:
    """Start a training by a supervisor with one rank in each of two namespaces."""
    both = []
    for rank, name in enumerate(names):
        place = json.dumps({"coordinator": "10.77.0.1:4711", "rank": rank, "of": 2, "n_shards": 4})
        before = ["ip", "netns", "exec", name]
        both.append(Training(folder / str(rank), place, n_epochs=n_epochs, before=before))
    return both


def cut(both: Sequence[Training], names: Sequence[str]) -> tuple[float, list[int]]:
    """Cut the link until both ranks are gone; return the seconds that this took, and the ranks.

    Ranks that have not met yet wait for each other much longer: after a minute the link is back.
    """
    pids, started = [training.ranks(1)[0] for training in both], time.monotonic()
    subprocess.run(["ip", "-n", names[1], "link", "set", "pvB", "down"], check=True)
    until(lambda: all(map(is_gone, pids)) or time.monotonic() > started + 60.0)
    seconds = time.monotonic() - started
    subprocess.run(["ip", "-n", names[1], "link", "set", "pvB", "up"], check=True)
    return seconds, pids
