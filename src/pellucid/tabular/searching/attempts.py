"""Attempt: the training of a recipe on the folds, as ``preset="best"`` tries it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from pellucid.core.brief import brief
from pellucid.tabular.members.recipe import Recipe
from pellucid.tabular.members.standing import Slot

__all__ = ["Attempt"]

PER_NETWORK = 9000.0  # products that take as long as the activations, dropout and updates of a row
PER_WAVE = 500.0  # the same for one wave of each numeric column


@dataclass
class Attempt:
    """Training of a recipe on the folds.

    Parameters
    ----------
    name : str
        The name of the recipe.
    recipe : Recipe
        The recipe.
    n_folds : int
        The number of folds.
    slots : dict of int to Slot, default={}
        The trainings that have begun, by fold.
    round : int, default=1
        The last round that asked for it.
    share : float, default=0.0
        Its share of the networks' mean.
    refits : dict of int to Slot, default={}
        The trainings on all rows that take the place of those of folds, by fold.
    number : int, default=0
        Its number in the search.
    """

    name: str
    recipe: Recipe
    n_folds: int
    slots: dict[int, Slot] = field(default_factory=dict)
    round: int = 1
    share: float = 0.0
    refits: dict[int, Slot] = field(default_factory=dict)
    number: int = 0

    __repr__ = brief

    @property
    def folds(self) -> list[int]:
        """The folds that were trained to the end, or as far as the time allowed."""
        return [fold for fold, slot in sorted(self.slots.items()) if _is_done(slot)]

    @property
    def is_complete(self) -> bool:
        """True if all folds are trained, so that it can be part of the mixture."""
        return len(self.folds) == self.n_folds

    @property
    def seconds(self) -> float:
        """The time of its epochs, each on one processor."""
        return float(sum(_seconds(slot) for slot in self.slots.values()))

    def is_refitted(self, fold: int) -> bool:
        """Return whether the training on all rows, which replaces that on a fold, has ended."""
        return fold in self.refits and _is_done(self.refits[fold])

    @property
    def has_last(self) -> bool:
        """True if a network was better at an earlier epoch than at its last one."""
        members: list[Any] = [slot.latest() for slot in self.slots.values()]
        return any(member.last for member in members if member)

    def members(self, *, is_last: bool, refitted: bool = False) -> list[tuple[int, Slot]]:
        """Return folds with slots of members, at their best or last epochs, each with its part of the share."""
        found = []
        for fold, slot in sorted(self.slots.items()):
            is_again = refitted and self.is_refitted(fold)
            member: Any = (self.refits[fold] if is_again else slot).latest()
            own, member = Slot(), member.ended if is_last else member
            own.member = replace(member, share=self.share / self.n_folds or 1.0, last=None)
            found.append((fold, own))
        return found

    def loss(self, folds: int | None = None) -> float:
        """Return the mean validation loss of the best epochs, of all folds or of the first ones."""
        members: list[Any] = [self.slots[fold].latest() for fold in self.folds[:folds]]
        best = [_best_loss(member.history) for member in members]
        return float(np.mean(best)) if best else np.inf

    def row(self) -> dict[str, Any]:
        """Return the attempt as a plain row of ``tried_``."""
        return {
            "recipe": self.name,
            "folds": len(self.folds),
            "refits": sum(self.is_refitted(fold) for fold in self.refits),
            "round": self.round,
            "seconds": self.seconds,
            "loss": self.loss(),
            "share": self.share,
        }

    def expected(self, usual: Attempt) -> float:
        """Return the expected seconds of a fold, from its own folds or those of another attempt."""
        if self.folds:
            return self.seconds / len(self.folds)
        return usual.seconds / len(usual.folds) * _cost(self.recipe) / _cost(usual.recipe)


def _is_done(slot: Slot) -> bool:
    member = slot.latest()
    return bool(member and member.history and member.outcome.reason not in ("interrupted", "diverged"))


def _seconds(slot: Slot) -> float:
    member = slot.latest()
    return sum(float(row["seconds"]) for row in member.history) if member else 0.0


def _best_loss(history: Any) -> float:
    scores = [row["validation_score"] for row in history]
    best = len(scores) - 1 - int(np.nanargmax(scores[::-1])) if np.isfinite(scores).any() else -1
    return float(history[best]["validation_loss"])


def _cost(recipe: Recipe) -> float:
    """Return about how many products a row costs, over all epochs, as measured on California and Adult."""
    products = sum(a * b for a, b in pairwise(recipe.hidden_layer_sizes)) + PER_NETWORK
    waves = PER_WAVE * recipe.n_frequencies if recipe.embedding_width > 1 else 0.0
    return (products * recipe.n_inside + waves) * float(recipe.n_epochs or 1)
