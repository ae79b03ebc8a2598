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
from pellucid.tabular.attempts import Attempt
from pellucid.tabular.crew import train_crew
from pellucid.tabular.halving import Piece, affordable, rounds
from pellucid.tabular.member_training import Job
from pellucid.tabular.recipe import Recipe
from pellucid.tabular.standing import Slot

__all__ = ["Search"]

AGAIN = 2  # times that each recipe may be trained again
SLACK = 1.1  # on the expected time of a training
PLANNED = 0.85  # of the time that is left: a search that planned with all of it might not complete a recipe
SHORTEST = 0.6  # of the expected time is enough for an attempt, whose schedules are shortened then


class Search:
    """Trains recipes fold by fold.

    Parameters
    ----------
    recipes : sequence of (str, Recipe)
        Names and recipes.
    first : Attempt
        The attempt of the first recipe, which is complete.
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
    attempts : dict of int to Attempt
        The attempts that have begun, by number.
    is_interrupted : bool
        True if Ctrl-C ended the search.
    """

    def __init__(
        self,
        recipes: Sequence[tuple[str, Recipe]],
        first: Attempt,
        jobs: Sequence[Job],
        seeds: Sequence[int],
        *,
        ends: float,
        n_left: float,
        options: dict[str, Any],
    ) -> None:
        self.recipes, self.attempts, self.jobs, self.seeds = recipes, {0: first}, jobs, seeds
        self.ends, self.n_left, self.options = ends, n_left, options
        self.is_interrupted = False
        self.n_at_once = min(available(), len(jobs))

    def run(self) -> None:
        """Train until nothing is left to train, or nothing fits any more, or Ctrl-C."""
        coming = rounds(len(self.jobs), len(self.recipes), self._affordable, self._ranked, AGAIN)
        next(coming)  # the first recipe, which is trained
        for number, pieces in enumerate(coming, 2):
            counted = self._counted(pieces)
            if counted:
                self._train(counted, number)
            if self.is_interrupted or self.n_left <= 0 or perf_counter() >= self.ends:
                return

    def _affordable(self, numbers: Sequence[int], done: int) -> list[int]:
        """Return recipes that time and work are enough for, of some that have so many folds."""
        first, n_folds = self.attempts[0], len(self.jobs)
        costs = [self._attempt(number).expected(first) for number in numbers]
        seconds = PLANNED * (self.ends - perf_counter()) * self.n_at_once
        kept = [numbers[place] for place in affordable(costs, n_folds, done, seconds)]
        return kept[: len(affordable([1.0] * len(kept), n_folds, done, self.n_left))]

    def _ranked(self, numbers: Sequence[int]) -> list[int]:
        """Return attempts by their loss on the folds that all of them have; those without any come last."""
        begun = [number for number in numbers if number in self.attempts and self.attempts[number].folds]
        n_common = min((len(self.attempts[number].folds) for number in begun), default=0)
        begun.sort(key=lambda number: self.attempts[number].loss(n_common))
        return begun + [number for number in numbers if number not in begun]

    def _counted(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Return the pieces of those attempts for all of which the number of networks is enough."""
        kept: list[Piece] = []
        for _, group in groupby(pieces, key=lambda piece: piece[0]):
            wanted = list(group)
            if len(kept) + len(wanted) <= self.n_left:
                kept += wanted
        return kept

    def _train(self, pieces: Sequence[Piece], number: int) -> None:
        """Train the pieces of a round, in order, as far as they fit."""
        begun = {attempt: self._attempt(attempt) for attempt, _ in pieces}
        attempts = [begun[attempt] for attempt, _ in pieces]
        refused, places = set[int](), [attempt for attempt, _ in pieces]

        def allot(place: int) -> float:
            attempt = places[place]
            n_left = sum(other == attempt for other in places[place:])
            is_first = n_left == places.count(attempt)
            left, n_turns = self.ends - perf_counter(), ceil(n_left / self.n_at_once)
            needed = SLACK * attempts[place].expected(self.attempts[0]) * n_turns
            if left <= 0.0 or (is_first and left < SHORTEST * needed):
                refused.add(attempt)
            if attempt in refused:
                return 0.0
            return left if left >= needed else left / n_turns

        slots = [Slot() for _ in pieces]
        found = train_crew(
            [
                replace(self.jobs[fold], recipe=each.recipe)
                for each, (_, fold) in zip(attempts, pieces, strict=True)
            ],
            [np.random.default_rng([self.seeds[fold], attempt]) for attempt, fold in pieces],
            slots=slots,
            deadline=self.ends,
            allot=allot,
            **self.options,
        )
        for each, (attempt, fold), slot, member in zip(attempts, pieces, slots, found, strict=True):
            if member is None:
                self.is_interrupted |= attempt not in refused
                continue
            self.attempts[attempt] = each
            each.slots[fold], each.round = slot, number
            self.is_interrupted |= member.outcome.reason == "interrupted"
            self.n_left -= 1

    def _attempt(self, number: int) -> Attempt:
        """Return an attempt, as it is or new."""
        if number in self.attempts:
            return self.attempts[number]
        again, place = divmod(number, len(self.recipes))
        name, recipe = self.recipes[place]
        return Attempt(
            f"{name}, again" + f" ({again})" * (again > 1) if again else name, recipe, len(self.jobs)
        )
