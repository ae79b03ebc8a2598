"""The training of all members: one after the other in this thread, or several at once in threads."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from math import ceil, inf
from typing import Any

import numpy as np

from pellucid.engines.compiled.threads import available
from pellucid.tabular.members import Job, Member, train_member
from pellucid.training import EpochEnd, Observer
from pellucid.training.console import PrintEpochs, ProgressBar

__all__ = ["train_crew"]


class _Stop(Observer):
    """Ends a training at the next epoch once it is told to."""

    def __init__(self) -> None:
        self.told = threading.Event()

    def on_epoch_end(self, event: EpochEnd) -> bool:
        """Return whether it was told to."""
        return self.told.is_set()


def train_crew(
    jobs: Sequence[Job],
    rngs: Sequence[np.random.Generator],
    *,
    engine: str,
    seconds: float,
    verbose: bool | str,
) -> list[Member]:
    """Train a member per job; the result does not depend on how many work at once.

    Parameters
    ----------
    jobs : sequence of Job
        What each is to learn.
    rngs : sequence of numpy.random.Generator
        One per job.
    engine : str
        Who runs the steps.
    seconds : float
        The time for all.
    verbose : bool or "progress"
        Whether to say how far it is.

    Returns
    -------
    list of Member
        In the order of the jobs.
    """
    n_workers = min(len(jobs), available())
    seconds = max(seconds, 1e-3) / ceil(len(jobs) / n_workers) if seconds < inf else inf
    stop, watchers = _Stop(), _watchers(verbose)

    def work(place: int) -> Member:
        observers = [stop, *(watchers if place == 0 else [])]
        return train_member(jobs[place], rngs[place], engine=engine, seconds=seconds, observers=observers)

    if n_workers == 1:
        return [work(place) for place in range(len(jobs))]
    with ThreadPoolExecutor(n_workers, "pellucid-member") as pool:
        futures = [pool.submit(work, place) for place in range(len(jobs))]
        try:
            wait(futures, return_when="FIRST_EXCEPTION")
            return [future.result() for future in futures]
        except BaseException:
            stop.told.set()
            for future in futures:
                future.cancel()
            raise


def _watchers(verbose: Any) -> list[Observer]:
    if verbose == "progress":
        return [ProgressBar()]
    return [PrintEpochs()] if verbose else []
