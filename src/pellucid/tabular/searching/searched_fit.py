"""Fit of ``preset="best"``: recipes by cross-validation until the time is up, and their mixture."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError
from pellucid.host import interruptions
from pellucid.host.streams import warn
from pellucid.tabular.members.judgement import judged_unseen
from pellucid.tabular.members.member import Member
from pellucid.tabular.members.member_training import Job
from pellucid.tabular.members.recipe import Recipe
from pellucid.tabular.members.splits import FEWEST
from pellucid.tabular.members.training_rows import RowsInMemory
from pellucid.tabular.searching.attempts import Attempt
from pellucid.tabular.searching.mixture import PARTS, Candidates
from pellucid.tabular.searching.portfolio import recipes_of
from pellucid.tabular.searching.search import REFITS, Search, named
from pellucid.tabular.table_fit import END, TableFit

__all__ = ["SEARCHING", "SearchedFit", "check_search", "refuse_to_search", "searched"]

Array = NDArray[Any]
SEARCHING = "best"  # the preset
SEARCHED = (
    0.5  # of time and work; the rest is for training on all rows, or for the search if that is not useful
)
SECONDS = 60.0  # if neither a budget nor a number of attempts is given
END_SHARE, END_SECONDS = (
    0.1,
    3.0,
)  # the smaller one is left for the mixture, the linear model and the intervals


def refuse_to_search(estimator: Any, why: str) -> None:
    """Raise an error if an estimator's preset is the one that searches."""
    if estimator.preset == SEARCHING:
        raise ParameterError(f"preset={SEARCHING!r} {why}.")


def check_search(estimator: Any) -> None:
    """Refuse options that the searching preset does not support."""
    if estimator.ensemble == "shared":
        refuse_to_search(
            estimator, "already includes networks that share weights; leave 'ensemble' at 'independent'"
        )
    if estimator.n_trials is not None and estimator.n_trials < estimator._n_members:
        refuse_to_search(
            estimator,
            f"needs 'n_trials' >= n_members, {estimator._n_members} here; got {estimator.n_trials}",
        )


def searched(fit: TableFit, estimator: Any, recipe: Recipe) -> SearchedFit:
    """Return a fit that begins like another one, and continues with other recipes.

    Parameters
    ----------
    fit : TableFit
        The fit of the default recipe.
    estimator : TabularClassifier or TabularRegressor
        With its options; those that are fields of a recipe hold in all recipes.
    recipe : Recipe
        The default one.

    Returns
    -------
    SearchedFit
        Ready to train.
    """
    given = {
        {"max_iter": "n_epochs"}.get(name, name)
        for name, value in estimator.get_params(deep=False).items()
        if value is not None
    }
    if getattr(estimator, "monotonic_cst", None) is not None:  # of which these are a part
        given |= {"activation", "n_inside"}
    names = recipes_of(recipe, given, is_sparse=estimator.encoder_.is_sparse_)
    own = {name: getattr(fit, name) for name in ("jobs", "board", "splits", "rows", "given", "own")}
    own["jobs"] = [replace(job, keeps_last=True) for job in fit.jobs]
    return SearchedFit(**own, recipes=names)


@dataclass(frozen=True)
class SearchedFit(TableFit):
    """A fit that tries recipes, each by cross-validation, and mixes them.

    Its own jobs, slots and folds are those of the first recipe, which is the default one. As long as no other
    recipe is complete, it is the fit of the default preset.

    Parameters
    ----------
    recipes : list of (str, Recipe)
        Names and recipes.
    attempts : list of Attempt, default=[]
        Those that have begun.
    choices : list of Candidates, default=[]
        The predictions that chose the shares; empty as long as no other recipe is complete.
    endings : set of str, default=set()
        Holds "interrupted" if Ctrl-C ended the search, and "last" if the networks are those of the last epochs.
    """

    recipes: list[tuple[str, Recipe]] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    choices: list[Candidates] = field(default_factory=list)
    endings: set[str] = field(default_factory=set)

    def train(self, estimator: Any, started: float) -> None:
        """Train the first recipe on all folds, then others as long as the next ones fit into the time."""
        budget, n_trials = estimator.time_budget, estimator.n_trials
        if budget is None and n_trials is None:
            budget = SECONDS
        self._train_jobs(estimator, started, budget)
        n_folds = len(self.jobs)
        first = Attempt(*self.recipes[0], n_folds, dict(enumerate(self.board.slots)), share=1.0)
        self.attempts.append(first)
        if not first.is_complete or self.n_judged < FEWEST:
            return
        search = Search(
            self.recipes,
            self._begun(first),
            self.jobs,
            self.board.training.seeds,
            lambda number, fold: self.board.slot(number * n_folds + fold),
            {"engine": estimator.engine, "verbose": estimator.verbose, "at_once": self.at_once},
        )
        n_left = inf if n_trials is None else n_trials - n_folds
        ends = inf
        if budget is not None:
            ends = started + min(
                budget - min(END_SHARE * budget, END_SECONDS), max(budget - END, budget / 2.0)
            )
        try:
            search.run(ends, n_left, SEARCHED)
            self._take(search)
            if search.is_interrupted:
                return
            if self.refitted:
                n_new = sum(len(attempt.folds) for attempt in self.attempts[1:])
                search.refit(self.refitted, RowsInMemory(self.rows), ends, n_left - n_new)
            else:
                search.run(ends, n_left)
        finally:
            self._take(search)

    def _begun(self, first: Attempt) -> dict[int, Attempt]:
        """Return the attempts of an earlier search, by number."""
        found, n_folds = {0: first}, len(self.jobs)
        for place, slot in sorted(self.board.others.items()):
            number, fold = divmod(place, n_folds)
            again, recipe = divmod(number % REFITS, len(self.recipes))
            name, its = self.recipes[recipe]
            new = Attempt(named(name, again), its, n_folds, round=2, number=number % REFITS)
            each = found.setdefault(new.number, new)
            (each.refits if number >= REFITS else each.slots)[fold] = slot
        return found

    @property
    def n_judged(self) -> int:
        """The number of held-out rows."""
        return len(self.y if self.own is None else self.own[0].y)

    # ---- the mixture --------------------------------------------------------------------------------------

    def _take(self, search: Search) -> None:
        """Take over the attempts, and set their shares."""
        self.attempts[:] = [search.attempts[number] for number in sorted(search.attempts)]
        self.endings.update(["interrupted"] if search.is_interrupted else [])
        n = len(self.complete)
        if n < 2 or (self.choices and len(self.choices[0].predictions) == n):
            return
        self.endings.discard("last")
        kinds = [self._candidates(is_last=False)]
        if any(attempt.has_last for attempt in self.complete):
            kinds.append(self._candidates(is_last=True))
        shares = [each.shares() for each in kinds]
        losses = [each.loss(own) for each, own in zip(kinds, shares, strict=True)]
        if losses[-1] <= losses[0]:
            self.endings.add("last")
        place = -1 if self._is_last else 0
        self.choices[:] = [kinds[place]]
        for attempt, share in zip(self.complete, shares[place], strict=True):
            attempt.share = float(share)

    @property
    def _is_last(self) -> bool:
        return "last" in self.endings

    @property
    def complete(self) -> list[Attempt]:
        """The attempts that are trained on all folds."""
        return [attempt for attempt in self.attempts if attempt.is_complete]

    @property
    def refitted(self) -> list[int]:
        """The attempts whose networks are worth training on all rows, by number, the largest shares first.

        Empty if held-out rows choose the epoch, which training on all rows lacks, or if the user gave
        validation rows.
        """
        if not self._is_last or self.own is not None:
            return []
        return [each.number for each in sorted(self.attempts, key=lambda each: -each.share) if each.share]

    @property
    def chosen(self) -> list[Attempt]:
        """The attempts of the mixture; none if only the first recipe was trained.

        Plain networks come first, since the first network is the one that is inspected; then the largest shares.
        """
        return sorted(
            (attempt for attempt in self.attempts if attempt.share and self.choices),
            key=lambda attempt: (attempt.recipe.n_inside > 1, -attempt.share),
        )

    def _of(self, attempts: Sequence[Attempt], *, is_last: bool, refitted: bool = False) -> TableFit:
        """Return the fit of the members of some attempts."""
        board = copy.copy(self.board)
        pairs = [pair for each in attempts for pair in each.members(is_last=is_last, refitted=refitted)]
        board.slots = [slot for _, slot in pairs]
        jobs, splits = [self.jobs[fold] for fold, _ in pairs], [self.splits[fold] for fold, _ in pairs]
        return TableFit(jobs, board, splits, self.rows, self.given, self.own)

    @property
    def _members(self) -> TableFit:
        """The fit of the members of the mixture."""
        return self._of(self.chosen, is_last=self._is_last, refitted=True)

    def _candidates(self, *, is_last: bool) -> Candidates:
        """Return the predictions of the complete attempts for the held-out rows."""
        rows = self.rows if self.own is None else self.own[0]
        told = [
            judged_unseen(rows.y, None, None, self._of([attempt], is_last=is_last).told("auto"), rows.X)
            for attempt in self.complete
        ]
        seen = self._seen
        groups = None if self.own is not None or self.given.groups is None else self.given.groups[seen]
        part = np.arange(len(seen)) % PARTS
        if groups is not None:
            part = np.unique(groups, return_inverse=True)[1] % PARTS
        if self._has_folds:
            fold = np.zeros(len(rows.y), np.intp)
            for number, (_, out) in enumerate(self.splits):
                fold[out] = number
            part = fold[seen]
        return Candidates(
            np.stack([each.predictions for each in told]),
            self.jobs[0].targets.on(self.y, self.rows.weight),
            rows.y[seen],
            None if rows.weight is None else rows.weight[seen],
            part,
        )

    @property
    def _seen(self) -> NDArray[np.intp]:
        """The places of the rows that some member holds out, or of the user's own rows."""
        if self.own is not None:
            return np.arange(len(self.own[0].y))
        return np.unique(np.concatenate([out for _, out in self.splits]))

    @property
    def _has_folds(self) -> bool:
        """True if the folds hold out different rows."""
        outs = [out for _, out in self.splits]
        return self.own is None and not all(np.array_equal(outs[0], out) for out in outs)

    # ---- answers for the estimator --------------------------------------------------------------------------

    @property
    def n_networks(self) -> int:
        """The number of members of the mixture."""
        return sum(attempt.n_folds for attempt in self.chosen) or super().n_networks

    @property
    def tried(self) -> tuple[dict[str, Any], ...]:
        """A row per recipe, those of the mixture first."""
        order = sorted(
            self.attempts, key=lambda attempt: (-attempt.share, -len(attempt.folds), attempt.loss())
        )
        return tuple(attempt.row() for attempt in order)

    def begun(self) -> list[tuple[Member, Array]]:
        """Return the members of the mixture, each with the rows that it held out."""
        return self._members.begun() if self.choices else super().begun()

    def judged(self) -> list[Any]:
        """Return the members of the mixture, the rows that each was judged by, and the user's weights."""
        return self._members.judged() if self.choices else super().judged()

    def told(self, engine: str) -> list[tuple[Array, Array]]:
        """Return held-out rows and the mixture's predictions for them, with shares chosen by other rows."""
        if not self.choices:
            return super().told(engine)
        seen, mixture = self._seen, self.choices[0].unseen()
        outs = [out for _, out in self.splits] if self._has_folds else [seen]
        return [(out, mixture[np.searchsorted(seen, out)]) for out in outs]

    @property
    def judging_jobs(self) -> list[Job]:
        """The jobs to whose held-out rows the predictions of :meth:`told` belong."""
        return (self.jobs if self._has_folds else self.jobs[:1]) if self.choices else super().judging_jobs

    def save(self, estimator: Any) -> None:
        """Save the search, with the networks that are not part of the mixture, so that it can continue."""
        self.board.save(self.board.checkpoints, is_last=True)

    def warn(self, members: Sequence[Member], time_budget: float | None, *, interrupted: bool) -> None:
        """Warn of what went wrong."""
        if not (self.attempts and self.attempts[0].is_complete):
            super().warn(members, time_budget, interrupted=interrupted)
        elif interrupted or "interrupted" in self.endings:
            n = len(self.complete)
            kept = f"{n} recipes" if n > 1 else "the default recipe"
            said = f"Training interrupted by user. The result uses {kept}, trained so far."
            interruptions.tell(said)
            warn(said, stacklevel=5)
