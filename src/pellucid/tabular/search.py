"""The search of ``preset="best"``: trains what comes next as long as it fits into time and work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from math import ceil
from time import perf_counter
from typing import Any

import numpy as np

from pellucid.host.blas import available
from pellucid.tabular.crew import train_crew
from pellucid.tabular.halving import Piece, affordable, rounds
from pellucid.tabular.member_training import Job
from pellucid.tabular.recipe import Recipe
from pellucid.tabular.standing import Slot
from pellucid.tabular.trials import Trial

__all__ = ["Search"]

AGAIN = 2  # times that each recipe may be trained again
SLACK = 1.15  # on the expected time of a training
SHORT = 0.4  # of the expected time is enough for the later folds of a trial, whose schedules then end early


class Search:
    """Trains recipes fold by fold.

    Parameters
    ----------
    recipes : sequence of (str, Recipe)
        Names and recipes.
    first : Trial
        The trial of the first recipe, which is complete.
    jobs : sequence of Job
        The training of the first recipe on each fold.
    seeds : sequence of int
        A seed for each fold.
    ends : float
        When all must have ended, on the clock of ``time.perf_counter``; inf for never.
    n_left : float
        The number of networks that may still be trained; inf for any.
    options : dict
        Options of :func:`train_crew`.

    Attributes
    ----------
    trials : dict of int to Trial
        The trials that have begun, by number.
    is_interrupted : bool
        True if Ctrl-C ended the search.
    """

    def __init__(
        self,
        recipes: Sequence[tuple[str, Recipe]],
        first: Trial,
        jobs: Sequence[Job],
        seeds: Sequence[int],
        *,
        ends: float,
        n_left: float,
        options: dict[str, Any],
    ) -> None:
        self.recipes, self.trials, self.jobs, self.seeds = recipes, {0: first}, jobs, seeds
        self.ends, self.n_left, self.options = ends, n_left, options
        self.n_recipes, self.is_interrupted = len(recipes), False
        self.n_at_once = min(available(), len(jobs))

    def run(self) -> None:
        """Train until nothing is left to train, or nothing fits any more, or Ctrl-C."""
        coming = rounds(len(self.jobs), self._choose_number, self._ranked, AGAIN)
        next(coming)  # the first recipe, which is trained
        for number, pieces in enumerate(coming, 2):
            counted = self._counted(pieces)
            if counted:
                self._train(counted, number)
            if self.is_interrupted or self.n_left <= 0 or perf_counter() >= self.ends:
                return

    def _choose_number(self) -> int:
        """Return how many recipes time and work are enough for."""
        first, n_folds = self.trials[0], len(self.jobs)
        costs = [Trial(*each, n_folds).expected(first) for each in self.recipes]
        seconds = (self.ends - perf_counter()) * self.n_at_once
        self.n_recipes = min(
            affordable(costs, n_folds, seconds), affordable([1.0] * len(costs), n_folds, self.n_left)
        )
        return self.n_recipes

    def _ranked(self, numbers: Sequence[int]) -> list[int]:
        """Return trials by their loss on the folds that all of them have; those without any come last."""
        begun = [number for number in numbers if number in self.trials and self.trials[number].folds]
        n_common = min((len(self.trials[number].folds) for number in begun), default=0)
        begun.sort(key=lambda number: self.trials[number].loss(n_common))
        return begun + [number for number in numbers if number not in begun]

    def _counted(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Return the pieces of those trials for all of which the number of networks is enough."""
        kept: list[Piece] = []
        for _, group in groupby(pieces, key=lambda piece: piece[0]):
            wanted = list(group)
            if len(kept) + len(wanted) <= self.n_left:
                kept += wanted
        return kept

    def _train(self, pieces: Sequence[Piece], number: int) -> None:
        """Train the pieces of a round, in order, as far as they fit."""
        trials = [self._trial(trial) for trial, _ in pieces]
        refused = set[int]()
        n_folds_of = {trial: sum(other == trial for other, _ in pieces) for trial, _ in pieces}

        def may_start(place: int) -> bool:
            trial = pieces[place][0]
            cost, is_first = (
                trials[place].expected(self.trials[0]),
                place == 0 or pieces[place - 1][0] != trial,
            )
            needed = SLACK * cost * ceil(n_folds_of[trial] / self.n_at_once) if is_first else SHORT * cost
            if trial in refused or perf_counter() + needed > self.ends:
                refused.add(trial)
                return False
            return True

        slots = [Slot() for _ in pieces]
        found = train_crew(
            [
                replace(self.jobs[fold], recipe=each.recipe)
                for each, (_, fold) in zip(trials, pieces, strict=True)
            ],
            [np.random.default_rng([self.seeds[fold], trial]) for trial, fold in pieces],
            slots=slots,
            deadline=self.ends,
            may_start=may_start,
            **self.options,
        )
        for each, (trial, fold), slot, member in zip(trials, pieces, slots, found, strict=True):
            if member is None:
                self.is_interrupted |= trial not in refused
                continue
            self.trials[trial] = each
            each.slots[fold], each.round = slot, number
            self.is_interrupted |= member.outcome.reason == "interrupted"
            self.n_left -= 1

    def _trial(self, number: int) -> Trial:
        """Return a trial, as it is or new."""
        if number in self.trials:
            return self.trials[number]
        again, place = divmod(number, self.n_recipes)
        name, recipe = self.recipes[place]
        return Trial(
            f"{name}, again" + f" ({again})" * (again > 1) if again else name, recipe, len(self.jobs)
        )
