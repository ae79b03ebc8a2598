"""Training of all members: one after the other in this thread, or several at once in threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from math import ceil
from time import perf_counter

import numpy as np

from pellucid.host.blas import available
from pellucid.host.helpers import COMING, TICK, Helpers
from pellucid.tabular.members.member import Member
from pellucid.tabular.members.member_training import Job, train_member
from pellucid.tabular.members.standing import Slot
from pellucid.training import EpochBegin, Observer, StepEnd
from pellucid.training.console import PrintEpochs, ProgressBar

__all__ = ["train_crew"]


class _Stop(Observer):
    """Interrupts a training within a few steps once it is told to."""

    every_steps = 64

    def __init__(self) -> None:
        self.told = threading.Event()

    def on_epoch_begin(self, event: EpochBegin) -> None:
        """Interrupt, as Ctrl-C does if training runs in the main thread."""
        if self.told.is_set():
            raise KeyboardInterrupt

    def on_step_end(self, event: StepEnd) -> None:
        """Interrupt within an epoch."""
        if self.told.is_set():
            raise KeyboardInterrupt


def train_crew(
    jobs: Sequence[Job],
    rngs: Sequence[np.random.Generator],
    *,
    engine: str,
    deadline: float,
    verbose: bool | str,
    slots: Sequence[Slot] = (),
    at_once: int | None = None,
    allot: Callable[[int], float] | None = None,
) -> list[Member | None]:
    """Train a member per job; the result does not depend on how many run at once.

    Parameters
    ----------
    jobs : sequence of Job
        The data that each learns from.
    rngs : sequence of numpy.random.Generator
        One per job.
    engine : str
        The engine that executes the steps.
    deadline : float
        When all must have ended, on the clock of ``time.perf_counter``; inf for never.
    verbose : bool or "progress"
        True to report progress.
    slots : sequence of Slot, optional
        One per job: where its training stands.
    at_once : int or None, default=None
        The number that may be trained at once; None for as many as there are threads.
    allot : callable, optional
        From the place of a job to the seconds that it may take, 0 if it may not begin. Default: the first always
        begins, the others before the deadline, and each has its part of the time that is left.

    Returns
    -------
    list of Member or None
        In the order of the jobs; None for one that did not begin before Ctrl-C or the deadline.
    """
    slots = slots or [Slot() for _ in jobs]
    n_workers = min(len(jobs), available() if at_once is None else at_once)
    stop, bar = _Stop(), ProgressBar(n_trainings=len(jobs)) if verbose == "progress" else None

    def work(place: int) -> Member | None:
        if allot is not None:
            seconds = allot(place)
        else:
            n_rounds = ceil(len(jobs) / n_workers) - place // n_workers  # this one's and those after it
            seconds = (deadline - perf_counter()) / n_rounds
        if seconds <= 0.0 and (place or allot is not None):
            return None
        return train_member(
            jobs[place],
            rngs[place],
            engine=engine,
            slot=slots[place],
            seconds=seconds,
            observers=[stop, *([bar] if bar else []), *(_lines(place, len(jobs)) if verbose is True else [])],
        )

    helpers = Helpers(n_workers, "pellucid-member")
    try:
        if n_workers > 1 and helpers.are_here(COMING):
            return _at_once(work, len(jobs), helpers, stop)
        n_workers = 1
        return _one_by_one(work, len(jobs))
    finally:
        helpers.dismiss(join=True)
        if bar:  # which waits for members that have not started
            bar.close()


def _at_once(
    work: Callable[[int], Member | None], n_jobs: int, helpers: Helpers, stop: _Stop
) -> list[Member | None]:
    futures: list[Future[Member | None]] = []
    calls = (partial(copy_context().run, work, place) for place in range(n_jobs))

    def watch() -> None:
        while wait(futures, timeout=TICK, return_when="FIRST_EXCEPTION").not_done and not any(
            map(_failed, futures)
        ):
            pass

    with suppress(KeyboardInterrupt):  # which only this thread receives
        helpers.together(calls, watch, stop.told.set, futures)
    members = [None if future.cancelled() else future.result() for future in futures]
    return members + [None] * (n_jobs - len(members))


def _failed(future: Future[Member | None]) -> bool:
    return future.done() and future.exception() is not None


def _one_by_one(work: Callable[[int], Member | None], n_jobs: int) -> list[Member | None]:
    members: list[Member | None] = []
    with suppress(KeyboardInterrupt):
        while len(members) < n_jobs:
            members.append(member := work(len(members)))
            if member and member.outcome.reason == "interrupted":
                break
    return members + [None] * (n_jobs - len(members))


def _lines(place: int, n_jobs: int) -> list[Observer]:
    return [PrintEpochs(f"Member {place + 1} of {n_jobs}" if n_jobs > 1 else "")]
