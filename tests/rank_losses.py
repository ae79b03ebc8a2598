"""Ranks lost at random moments of a training: ``python tests/rank_losses.py [MOMENTS [SEED]]`` prints them."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from rank_trainings import (
    Training,
    children,
    cut,
    has_namespaces,
    is_gone,
    linked_namespaces,
    machines,
    until,
)

PLACES = '{"processes": 2, "n_shards": 4}'
N_EPOCHS = 100
KINDS = (
    {
        "kill -9 rank 0": (0, signal.SIGKILL),
        "kill -9 rank 1": (1, signal.SIGKILL),
        "stop rank 0 or 1": (None, signal.SIGSTOP),
    }
    if hasattr(signal, "SIGSTOP")
    else {}
)


@dataclass(frozen=True)
class Loss:
    """A loss, and how it ended.

    Parameters
    ----------
    kind : str
        What was done to which rank, or to the link.
    moment, gone, again : float
        Seconds from the start of the ranks to the signal, or from the first checkpoint to the cut; from then until
        all of them were gone, and until all new ones had been started, or the training was over. The link is back
        once all are gone, and ``again`` counts from there.
    is_same : bool
        True if the network has the bits of an undisturbed training.
    n_starts : int
        How often ranks were started again.
    n_left : int
        Processes that were left behind.
    """

    kind: str
    moment: float
    gone: float
    again: float
    is_same: bool
    n_starts: int
    n_left: int


def undisturbed(folder: Path) -> tuple[float, float, NDArray[np.floating]]:
    """Return the seconds of a training from the start and from the first checkpoint, and the parameters."""
    training = Training(folder, PLACES, n_epochs=N_EPOCHS)
    training.ranks(2)
    started = time.monotonic()
    training.has_saved()
    saved = time.monotonic()
    assert training.said() == ""
    return time.monotonic() - started, time.monotonic() - saved, training.parameters


def lose(
    folder: Path, kind: str, rank: int, number: int, moment: float, expected: NDArray[np.floating]
) -> Loss:
    """Train, and send a signal to a rank at a moment."""
    training = Training(folder, PLACES, n_epochs=N_EPOCHS)
    pids = training.ranks(2)
    time.sleep(moment)
    started = time.monotonic()
    if not is_gone(pids[rank]):
        os.kill(pids[rank], number)
    until(lambda: all(map(is_gone, pids)))
    gone = time.monotonic() - started

    def others() -> list[int]:
        return [pid for pid in children(training.process.pid) if pid not in pids]

    until(lambda: len(others()) == 2 or training.process.poll() is not None)
    again, more = time.monotonic() - started, others()
    n_starts = training.said().count("Training restarts")
    left = [pid for pid in (*pids, *more) if not is_gone(pid)]
    is_same = bool((training.parameters == expected).all())
    return Loss(kind, moment, gone, again, is_same, n_starts, len(left))


def lose_link(folder: Path, names: Sequence[str], moment: float, expected: NDArray[np.floating]) -> Loss:
    """Train by two machines, and cut the link some time after the first checkpoint, until both ranks are gone."""
    both = machines(folder, names, n_epochs=N_EPOCHS)
    both[0].has_saved()  # ranks that have not met yet wait for each other, as long as it takes
    time.sleep(moment)
    if any(training.process.poll() is not None for training in both):
        return Loss("cut link", moment, 0.0, 0.0, _are_same(both, expected), 0, 0)  # it was over
    gone, pids = cut(both, names)
    started = time.monotonic()

    def others() -> list[int]:
        found = [pid for training in both for pid in children(training.process.pid)]
        return [pid for pid in found if pid not in pids]

    until(lambda: len(others()) == 2 or any(training.process.poll() is not None for training in both))
    again, more = time.monotonic() - started, others()
    n_starts = max(training.said().count("Training restarts") for training in both)
    left = [pid for pid in (*pids, *more) if not is_gone(pid)]
    return Loss("cut link", moment, gone, again, _are_same(both, expected), n_starts, len(left))


def _are_same(both: Sequence[Training], expected: NDArray[np.floating]) -> bool:
    for training in both:
        training.process.wait()
    return all((training.parameters == expected).all() for training in both)


def losses(n_moments: int, seed: int = 0) -> Iterator[Loss]:
    """Yield so many losses of each kind, in turn, at random moments of the training."""
    rng = np.random.default_rng(seed)
    with TemporaryDirectory() as folder:
        seconds, after, expected = undisturbed(Path(folder) / "undisturbed")
        for k in range(n_moments):
            for kind, (rank, number) in KINDS.items():
                victim = int(rng.integers(2)) if rank is None else rank
                moment = float(rng.uniform(0.0, seconds))
                yield lose(Path(folder) / f"{number}-{rank}-{k}", kind, victim, number, moment, expected)
            if has_namespaces():
                with linked_namespaces() as names:
                    yield lose_link(
                        Path(folder) / f"link-{k}", names, float(rng.uniform(0.0, after)), expected
                    )


if __name__ == "__main__":
    for found in losses(*map(int, sys.argv[1:3] or ["20"])):
        said = (
            f"{found.kind}, after {found.moment:.1f} s: gone in {found.gone:.1f} s, again in {found.again:.1f} s, "
            f"{'same bits' if found.is_same else 'OTHER BITS'}, {found.n_starts} starts, {found.n_left} left"
        )
        print(said, flush=True)  # noqa: T201
