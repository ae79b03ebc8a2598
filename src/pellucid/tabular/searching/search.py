"""Search of ``preset="best"``, which trains recipes as long as they fit into time and work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from math import ceil, inf
from time import perf_counter
from typing import Any

import numpy as np

from pellucid.host.blas import available
from pellucid.tabular.crew import train_crew
from pellucid.tabular.members.member_training import Job
from pellucid.tabular.members.recipe import Recipe
from pellucid.tabular.members.standing import Slot
from pellucid.tabular.members.training_rows import TrainingRows
from pellucid.tabular.searching.attempts import Attempt
from pellucid.tabular.searching.halving import Piece, affordable, rounds

__all__ = ["REFITS", "Search", "named"]

REFITS = 1000  # offset added to the number of an attempt for its trainings on all rows
AGAIN = 2  # times that each recipe may be trained again
SLACK = 1.1  # on the expected time of a training
PLANNED = 0.85  # of the remaining time: a search that planned with all of it might not complete a recipe
SHORTEST = 0.6  # of the expected time is enough for an attempt, whose schedules are then shortened


class Search:
    """Trains recipes fold by fold.

    Parameters
    ----------
    recipes : sequence of (str, Recipe)
        Names and recipes.
    attempts : dict of int to Attempt
        Those that have begun, by number; the first is complete.
    jobs : sequence of Job
        The training of the first recipe on each fold.
    seeds : sequence of int
        A seed for each fold.
    slot_of : callable
        From an attempt's number and a fold to the slot of that training, new or as an earlier search left it.
    options : dict
        Options of :func:`train_crew`.

    Attributes
    ----------
    is_interrupted : bool
        True if Ctrl-C ended the search.
    """

    def __init__(
        self,
        recipes: Sequence[tuple[str, Recipe]],
        attempts: dict[int, Attempt],
        jobs: Sequence[Job],
        seeds: Sequence[int],
        slot_of: Callable[[int, int], Slot],
        options: dict[str, Any],
    ) -> None:
        self.recipes, self.attempts, self.jobs, self.seeds = recipes, attempts, jobs, seeds
        self.slot_of, self.options = slot_of, options
        self.is_interrupted, self.ends, self.n_left = False, inf, inf
        self.n_at_once = min(available(), len(jobs))

    def run(self, ends: float, n_left: float, part: float = 1.0) -> None:
        """Train until nothing is left to train, nothing fits any more, or Ctrl-C.

        Finished trainings count as if they were trained now, so that a continued search does the same as an
        uninterrupted one.

        Parameters
        ----------
        ends : float
            When all must have ended, on the clock of ``time.perf_counter``; inf for never.
        n_left : float
            The number of networks in addition to those of the first recipe; inf for any.
        part : float, default=1.0
            The part of time and work that may be used.
        """
        self.ends, self.n_left = ends, n_left
        if part < 1.0:
            now = perf_counter()
            self.ends, self.n_left = (
                now + part * (ends - now),
                n_left if n_left == inf else int(part * n_left),
            )
        coming = rounds(len(self.jobs), len(self.recipes), self._affordable, self._ranked, AGAIN)
        next(coming)  # the first recipe, which is trained
        for number, pieces in enumerate(coming, 2):
            counted = self._counted(pieces)
            missing = [piece for piece in counted if not self._has(piece)]
            self.n_left -= len(counted) - len(missing)
            for attempt in {attempt for attempt, fold in counted if (attempt, fold) not in missing}:
                self.attempts[attempt].round = number
            if missing:
                self._train(missing, number)
            if self.is_interrupted or self.n_left <= 0 or perf_counter() >= self.ends:
                return

    def refit(self, numbers: Sequence[int], rows: TrainingRows, ends: float, n_left: float) -> None:
        """Train the networks of attempts again, on all rows, as far as they fit.

        Parameters
        ----------
        numbers : sequence of int
            The attempts, the most useful ones first.
        rows : TrainingRows
            All rows.
        ends, n_left : float
            As of :meth:`run`.
        """
        self.ends, self.n_left = ends, n_left
        pieces = [(number, fold) for number in numbers for fold in range(len(self.jobs))]
        missing = [(n, fold) for n, fold in pieces if not self.attempts[n].is_refitted(fold)]
        self.n_left -= len(pieces) - len(missing)
        if missing and self.n_left > 0:
            self._train(missing[: int(min(self.n_left, len(missing)))], 0, rows)

    def _has(self, piece: Piece) -> bool:
        number, fold = piece
        return number in self.attempts and fold in self.attempts[number].folds

    def _affordable(self, numbers: Sequence[int], done: int) -> list[int]:
        """Return the recipes for which time and work suffice, among some with the given number of folds."""
        first, n_folds = self.attempts[0], len(self.jobs)
        costs = []
        for number in numbers:
            attempt = self._attempt(number)
            missing = sum(not self._has((number, fold)) for fold in range(done, n_folds))
            costs.append(attempt.expected(first) * missing / max(1, n_folds - done))
        seconds = PLANNED * (self.ends - perf_counter()) * self.n_at_once
        kept = [numbers[place] for place in affordable(costs, n_folds, done, seconds)]
        return kept[: len(affordable([1.0] * len(kept), n_folds, done, self.n_left))]

    def _ranked(self, numbers: Sequence[int], most: int) -> list[int]:
        """Return attempts by their loss on the folds that all of them have; those without any come last."""
        begun = [number for number in numbers if number in self.attempts and self.attempts[number].folds]
        n_common = min((len(self.attempts[number].folds) for number in begun), default=0)
        begun.sort(key=lambda number: self.attempts[number].loss(min(most, n_common)))
        return begun + [number for number in numbers if number not in begun]

    def _counted(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Return the pieces of the attempts for which the number of networks suffices."""
        kept: list[Piece] = []
        for _, group in groupby(pieces, key=lambda piece: piece[0]):
            wanted = list(group)
            if len(kept) + len(wanted) <= self.n_left:
                kept += wanted
        return kept

    def _train(self, pieces: Sequence[Piece], number: int, rows: TrainingRows | None = None) -> None:
        """Train the pieces of a round, in order, as far as they fit; with rows all of these are learned from."""
        offset = 0 if rows is None else REFITS
        begun = {attempt: self._attempt(attempt) for attempt, _ in pieces}
        attempts = [begun[attempt] for attempt, _ in pieces]
        refused, places = set[int](), [attempt for attempt, _ in pieces]

        learned = [job.rows.n_rows for job in self.jobs]
        longer = 1.0 if rows is None else rows.n_rows * len(learned) / sum(learned)

        def allot(place: int) -> float:
            attempt = places[place]
            n_left = sum(other == attempt for other in places[place:])
            is_first = n_left == places.count(attempt)
            left, n_turns = self.ends - perf_counter(), ceil(n_left / self.n_at_once)
            needed = SLACK * attempts[place].expected(self.attempts[0]) * n_turns * longer
            if left <= 0.0 or (is_first and left < SHORTEST * needed):
                refused.add(attempt)
            if attempt in refused:
                return 0.0
            return left if left >= needed else left / n_turns

        slots = [self.slot_of(attempt + offset, fold) for attempt, fold in pieces]
        jobs = [replace(self.jobs[fold], recipe=begun[attempt].recipe) for attempt, fold in pieces]
        if rows is not None:
            jobs = [replace(job, rows=rows, judge=None, records_unseen=False) for job in jobs]
        found = train_crew(
            jobs,
            [np.random.default_rng([self.seeds[fold], attempt + offset]) for attempt, fold in pieces],
            slots=slots,
            deadline=self.ends,
            allot=allot,
            **self.options,
        )
        for each, (attempt, fold), slot, member in zip(attempts, pieces, slots, found, strict=True):
            if member is None:
                self.is_interrupted |= attempt not in refused
                continue
            if rows is None:
                self.attempts[attempt] = each
                each.slots[fold], each.round = slot, number
            else:
                each.refits[fold] = slot
            self.is_interrupted |= member.outcome.reason == "interrupted"
            self.n_left -= 1

    def _attempt(self, number: int) -> Attempt:
        """Return an attempt, as it is or new."""
        if number in self.attempts:
            return self.attempts[number]
        again, place = divmod(number, len(self.recipes))
        name, recipe = self.recipes[place]
        return Attempt(named(name, again), recipe, len(self.jobs), number=number)


def named(recipe: str, again: int) -> str:
    """Return the name of a recipe's first attempt, or of a later one."""
    return f"{recipe}, again" + f" ({again})" * (again > 1) if again else recipe
