"""One fit to a table: the rows of each member, the training of all members, and its outcome."""

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
from pellucid.host import interruptions
from pellucid.host.counted import agreeing, counted
from pellucid.host.streams import warn
from pellucid.tabular.crew import train_crew
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.linear.linear_choice import Trial
from pellucid.tabular.linear.linear_path import LinearPath, find_linear_path
from pellucid.tabular.members.given_rows import GivenRows, part_of
from pellucid.tabular.members.judging import HeldOut, judge_of
from pellucid.tabular.members.member import EncodedRows, Member
from pellucid.tabular.members.member_training import Job
from pellucid.tabular.members.recipe import Recipe
from pellucid.tabular.members.splits import FEWEST, check_classes, classes_seen, split_members
from pellucid.tabular.members.standing import Board, Slot
from pellucid.tabular.members.targets import Targets
from pellucid.tabular.members.training_rows import RowsInMemory, TrainingRows

__all__ = ["END", "TableFit", "is_kept", "jobs_of", "refuse_nothing", "splits_of"]

Array = NDArray[Any]
LEFT = 0.9  # of a time budget for the networks, if a linear model follows
END = 0.2  # seconds that this and the intervals take even for few rows; at most half of the budget
Split = tuple[NDArray[np.intp], NDArray[np.intp]]
OwnRows = tuple[EncodedRows, GivenRows]


def splits_of(estimator: Any, given: GivenRows, own: OwnRows | None, seed: int) -> list[Split]:
    """Return each member's training rows, and those that it holds out: none if the user gave validation rows."""
    n_rows, n_networks = len(given.y), estimator._n_networks
    if own is not None:
        return [(np.arange(n_rows), np.empty(0, np.intp))] * n_networks
    strata = estimator._strata(given.y)
    splits = split_members(
        n_rows,
        n_networks,
        validation=estimator.validation,
        fraction=estimator.validation_fraction,
        strata=strata,
        groups=given.groups,
        seed=seed,
    )
    if strata is not None and not estimator._starts():  # continued networks have seen all classes
        check_classes(classes_seen(splits, strata), np.unique(strata), estimator.validation)
    return splits


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
    starts: Sequence[Member] = (),
) -> list[Job]:
    """Return the job of each member: its part of the rows, or streamed ones, and its start."""
    jobs, signs = [], estimator._signs()
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
                _codes(groups, out),
            )
        judge, records = judge_of(estimator, held), estimator._records_unseen
        learning = RowsInMemory(rows.take(learned)) if streamed is None else streamed[place - 1]
        seed, start = int(seeds[place - 1]), starts[place - 1] if starts else None
        jobs.append(
            Job(
                recipe,
                estimator.encoder_,
                targets,
                learning,
                held.rows,
                judge,
                records,
                seed,
                signs,
                start=start,
            )
        )
    return jobs


def _codes(groups: Array | None, rows: NDArray[np.intp]) -> NDArray[np.intp] | None:
    """Return the groups of some rows as whole numbers from 0."""
    return None if groups is None else np.unique(groups[rows], return_inverse=True)[1]


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
    rows : EncodedRows
        The rows of which the members hold out some, encoded: all, or of a source those that are held out.
    given : GivenRows
        The rows as they came.
    own : (EncodedRows, GivenRows) or None
        The user's own rows to be judged by.
    sample : EncodedRows or None, default=None
        Rows of a source, drawn evenly; None in memory, where ``rows`` are all.
    at_once : int or None, default=None
        The number of members that may be trained at once; None for as many as there are threads.
    """

    jobs: list[Job]
    board: Board
    splits: list[Split]
    rows: EncodedRows
    given: GivenRows
    own: OwnRows | None
    sample: EncodedRows | None = None
    at_once: int | None = None

    @property
    def y(self) -> Array:
        """The targets as numbers, of shape (n_rows, n_targets)."""
        return self.rows.y

    @property
    def n_networks(self) -> int:
        """The requested number of members."""
        return len(self.jobs)

    @property
    def tried(self) -> tuple[dict[str, Any], ...]:
        """The recipes that were tried, a row each; none if there is only one."""
        return ()

    def train(self, estimator: Any, started: float) -> None:
        """Train the members from their current state."""
        self._train_jobs(estimator, started, estimator.time_budget)

    def _train_jobs(self, estimator: Any, started: float, budget: float | None) -> None:
        train_crew(
            self.jobs,
            [np.random.default_rng(seed) for seed in self.board.training.seeds],
            engine=estimator.engine,
            deadline=inf if budget is None else started + time_for_networks(estimator, budget),
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

    def told(self, engine: str) -> list[tuple[Array, Array]]:
        """Return for each member that finished an epoch the rows that it held out, and its predictions for them.

        These are the ones that it recorded during training, which the rows did not influence, or else those of its
        best epoch. There are none if all rows were needed for training.
        """
        found = []
        for slot, job, (_, out) in zip(self.board.slots, self.jobs, self.splits, strict=True):
            if not is_kept(slot):
                continue
            member: Any = slot.latest()
            if self.own is not None:
                out = np.arange(len(job.judged.y))
            elif len(self.y) < FEWEST:
                out = out[:0]
            noted = member.unseen
            each = member.outputs(job.judged.X, engine=engine) if noted is None else noted.predictions
            found.append((out, each[: len(out)]))
        return found

    def save(self, estimator: Any) -> None:
        """Write the checkpoints of the fitted estimator."""
        self.board.save(self.board.checkpoints, estimator)

    def warn(self, members: Sequence[Member], time_budget: float | None, *, interrupted: bool) -> None:
        """Warn of what went wrong."""
        warn_of_endings(members, self.n_networks, time_budget, interrupted=interrupted)

    @property
    def judging_jobs(self) -> list[Job]:
        """The jobs to whose held-out rows the predictions of :meth:`told` belong."""
        return [job for slot, job in zip(self.board.slots, self.jobs, strict=True) if is_kept(slot)]

    def with_linear_path(
        self,
        encoder: TableEncoder,
        told: list[tuple[Array, Array]],
        earlier: LinearPath | None,
        *,
        anew: bool,
        wants_unseen: bool,
    ) -> tuple[LinearPath | None, list[tuple[Array, Array]]]:
        """Return a linear model to combine with the networks, if it helps, and predictions for held-out rows.

        The one of an earlier fit, which a warm start continues, is kept if none is requested ``anew``, or no row
        is held out to choose one.
        """
        jobs = self.judging_jobs
        if not anew or (earlier and not all(len(out) for out, _ in told)):
            return earlier, [
                (out, each if earlier is None else earlier.beside(each, job.judged.X[: len(out)]))
                for job, (out, each) in zip(jobs, told, strict=True)
            ]
        groups = None if self.own is not None else self.given.groups
        outs = [out.tobytes() for out, _ in told]
        trials = [
            Trial(job.rows.sample, job.judged, each, _codes(groups, out), outs.index(out.tobytes()))
            for job, (out, each) in zip(jobs, told, strict=True)
        ]
        targets = self.jobs[0].targets
        path, found = find_linear_path(
            encoder,
            targets,
            self.sample or self.rows,
            trials,
            wants_unseen=wants_unseen,
            signs=self.jobs[0].signs,
        )
        return path, [(out, each) for (out, _), each in zip(told, found, strict=True)]


def time_for_networks(estimator: Any, budget: float) -> float:
    """Return the seconds of a time budget after which the steps after the networks begin."""
    if not estimator._has_linear_path:
        return budget
    return min(LEFT * budget, max(budget - END, budget / 2.0))


def is_kept(slot: Slot) -> bool:
    """Return whether the member has finished an epoch."""
    member = slot.latest()
    return bool(member and member.history)


def refuse_nothing(members: Sequence[Member]) -> None:
    """Raise an error if no member has finished an epoch."""
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
        put_back = "Its best epoch was restored; members without one are left out."
        warn(f"{messages['diverged']} {put_back}", DivergenceWarning, stacklevel=6)
    of_all = f"{n_kept} of {counted(n_networks, 'member')} {agreeing(n_kept)} kept"
    kept = f"{of_all}, each at its best epoch so far."
    n_missing = n_networks - len(members)
    if interrupted or "interrupted" in messages or (n_missing and time_budget is None):
        interruptions.tell(said := f"Training interrupted by user. {kept}")
        warn(said, stacklevel=6)
    elif n_missing:
        why = f"time_budget={time_budget:g} ran out before {n_missing} of them could start."
        warn(f"{why} {kept}", stacklevel=6)
