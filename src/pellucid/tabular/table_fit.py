"""One fit to a table: who learns from which rows, the training of all members, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing as take_rows

from pellucid.estimators.divergence_warning import DivergenceWarning
from pellucid.exceptions import DivergenceError
from pellucid.host.streams import warn
from pellucid.tabular.crew import train_crew
from pellucid.tabular.given_rows import GivenRows, part_of
from pellucid.tabular.judging import HeldOut, judges
from pellucid.tabular.member import EncodedRows, Member
from pellucid.tabular.member_training import Job
from pellucid.tabular.recipe import Recipe
from pellucid.tabular.splits import split_members
from pellucid.tabular.standing import Board
from pellucid.tabular.targets import Targets
from pellucid.tabular.training_rows import RowsInMemory, TrainingRows

__all__ = ["TableFit", "jobs_of", "refuse_nothing", "splits_of", "warn_of_endings"]

Array = NDArray[Any]
Split = tuple[NDArray[np.intp], NDArray[np.intp]]
OwnRows = tuple[EncodedRows, GivenRows]


def splits_of(estimator: Any, given: GivenRows, own: OwnRows | None, seed: int) -> list[Split]:
    """Return the rows that each member learns from, and those that it holds out: none if there are own ones."""
    n_rows, n_networks = len(given.y), estimator._n_networks
    if own is not None:
        return [(np.arange(n_rows), np.empty(0, np.intp))] * n_networks
    return split_members(
        n_rows,
        n_networks,
        validation=estimator.validation,
        fraction=estimator.validation_fraction,
        strata=estimator._strata(given.y),
        groups=given.groups,
        seed=seed,
    )


def jobs_of(
    estimator: Any,
    recipe: Recipe,
    targets: Targets,
    rows: EncodedRows,
    given: GivenRows,
    own: OwnRows | None,
    splits: Sequence[Split],
    seeds: Sequence[int],
    streamed: Sequence[TrainingRows] | None = None,
) -> list[Job]:
    """Return what each member is to learn: its part of the rows, or streamed ones."""
    jobs = []
    for place, (learned, out) in enumerate(splits, 1):
        if own is not None:
            encoded, theirs = own
            held = HeldOut(encoded, _reader(theirs.X), theirs.y, theirs.given, "X_val, y_val")
        else:
            groups = given.groups
            held = HeldOut(
                rows.take(out),
                _reader(given.X, out),
                given.y[out],
                part_of(given.given, out),
                f"the rows that member {place} of {len(splits)} holds out",
                None if groups is None else np.unique(groups[out], return_inverse=True)[1],
            )
        judge, without = judges(estimator, held)
        learning = RowsInMemory(rows.take(learned)) if streamed is None else streamed[place - 1]
        seed = int(seeds[place - 1])
        jobs.append(Job(recipe, estimator.encoder_, targets, learning, held.rows, judge, without, seed))
    return jobs


def _reader(X: Any, rows: NDArray[np.intp] | None = None) -> Callable[[], Any]:
    return lambda: X if rows is None else take_rows(X, rows)


@dataclass(frozen=True)
class TableFit:
    """A fit that is ready to train.

    Parameters
    ----------
    jobs : list of Job
        The data that each member learns from.
    board : Board
        The training state of each.
    splits : list of (ndarray, ndarray)
        The rows that each learns from, and those that it holds out.
    y : ndarray of shape (n_rows, n_targets)
        The targets as numbers.
    given : GivenRows
        The rows as they came.
    own : (EncodedRows, GivenRows) or None
        The user's own rows to be judged by.
    at_once : int or None, default=None
        The number of members that may be trained at once; None for as many as there are threads.
    """

    jobs: list[Job]
    board: Board
    splits: list[Split]
    y: Array
    given: GivenRows
    own: OwnRows | None
    at_once: int | None = None

    def train(self, estimator: Any, started: float) -> None:
        """Train the members, from where they stand."""
        budget = estimator.time_budget
        train_crew(
            self.jobs,
            [np.random.default_rng(seed) for seed in self.board.training.seeds],
            engine=estimator.engine,
            deadline=inf if budget is None else started + budget,
            verbose=estimator.verbose,
            slots=self.board.slots,
            at_once=self.at_once,
        )

    def begun(self) -> list[tuple[Member, Array]]:
        """Return the members whose training has begun, each with the rows that it held out."""
        for slot in self.board.slots:
            slot.settle()
        found = [(slot.latest(), out) for slot, (_, out) in zip(self.board.slots, self.splits, strict=True)]
        return [(member, out) for member, out in found if member]

    def judged(self) -> list[tuple[Member, EncodedRows, Array | None]]:
        """Return the members that finished an epoch, the rows that each was judged by, and the user's weights."""
        found = []
        for slot, job, (_, out) in zip(self.board.slots, self.jobs, self.splits, strict=True):
            member = slot.latest()
            if member and member.history:
                given = part_of(self.given.given, out) if self.own is None else self.own[1].given
                found.append((member, job.judged, given))
        return found


def refuse_nothing(members: Sequence[Member]) -> None:
    """Raise if no member has finished an epoch."""
    if not any(member.history for member in members):
        for member in members:
            if member.outcome.reason == "diverged":
                raise DivergenceError(member.outcome.message)
        raise KeyboardInterrupt


def warn_of_endings(
    members: Sequence[Member], n_networks: int, time_budget: float | None, *, interrupted: bool
) -> None:
    """Warn of what went wrong."""
    n_kept = sum(bool(member.history) for member in members)
    messages = {member.outcome.reason: member.outcome.message for member in members}
    if "diverged" in messages:
        put_back = "Its best epoch was put back; members without one are left out."
        warn(f"{messages['diverged']} {put_back}", DivergenceWarning, stacklevel=5)
    kept = f"{n_kept} of {n_networks} members are kept, each at its best epoch so far."
    n_missing = n_networks - len(members)
    if interrupted or "interrupted" in messages or (n_missing and time_budget is None):
        warn(f"Training interrupted by user. {kept}", stacklevel=5)
    elif n_missing:
        why = f"time_budget={time_budget:g} ran out before {n_missing} of them could start."
        warn(f"{why} {kept}", stacklevel=5)
