"""Successive halving over folds: the order in which recipes are trained, and which of them go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil

__all__ = ["Piece", "affordable", "rounds"]

Piece = tuple[int, int]
"""An attempt, by its number, and the fold that it holds out."""

RUNGS = (1, 2)  # folds after which half of the attempts go on; who is left gets all


def rounds(
    n_folds: int,
    n_recipes: int,
    chosen: Callable[[], Sequence[int]],
    ranked: Callable[[Sequence[int]], list[int]],
    n_again: int,
) -> Iterator[list[Piece]]:
    """Yield what to train next, round by round.

    The first recipe gets all folds, so that there is a result. Those that are chosen get one fold each; the better
    half of them a second one, and the better half of those all. Then the ones that were left behind are completed,
    the last ones first, and recipes that were not chosen are trained; after that all once more with other random
    numbers, the best first. What was trained is never thrown away: a fold is part of a bag, no short form of it.

    Parameters
    ----------
    n_folds : int
        The number of folds.
    n_recipes : int
        The number of recipes.
    chosen : callable
        Returns recipes for which time suffices, without the first one; called once that has been trained.
    ranked : callable
        From attempts to the same, the best first.
    n_again : int
        How often each recipe may be trained again.

    Yields
    ------
    list of (int, int)
        Attempts with a fold each. Attempt ``t`` is that of recipe ``t % n_recipes``.

    References
    ----------
    K. Jamieson, A. Talwalkar (2016), Non-stochastic best arm identification and hyperparameter optimization,
    AISTATS.

    Examples
    --------
    >>> order = rounds(3, 5, lambda: [1, 2, 3, 4], lambda attempts: list(attempts), 0)
    >>> [next(order) for _ in range(4)]
    [[(0, 0), (0, 1), (0, 2)], [(1, 0), (2, 0), (3, 0), (4, 0)], [(1, 1), (2, 1)], [(1, 2)]]
    """
    yield [(0, fold) for fold in range(n_folds)]
    alive, behind, done = list(chosen()), list[tuple[int, int]](), 0
    others = [number for number in range(1, n_recipes) if number not in alive]
    for rung in [*(rung for rung in RUNGS if rung < n_folds), n_folds]:
        if alive:
            yield [(attempt, fold) for attempt in alive for fold in range(done, rung)]
        done = rung
        if done < n_folds:
            order = ranked(alive)
            n_on = ceil(len(order) / 2)
            behind = [(attempt, done) for attempt in order[n_on:]] + behind
            alive = order[:n_on]
    rest = [*behind, *((number, 0) for number in others)]
    yield [(attempt, fold) for attempt, first in rest for fold in range(first, n_folds)]
    order = ranked(range(n_recipes))
    for again in range(1, n_again + 1):
        yield [(attempt + again * n_recipes, fold) for attempt in order for fold in range(n_folds)]


def affordable(costs: Sequence[float], n_folds: int, budget: float) -> list[int]:
    """Return the recipes that can be tried within a budget, as far as half of the half of them get all folds.

    Parameters
    ----------
    costs : sequence of float
        The expected cost of a fold of each recipe, the useful ones first.
    n_folds : int
        The number of folds.
    budget : float
        What may be spent in addition to the first recipe.

    Returns
    -------
    list of int
        Without the first one, which is already trained. One that costs too much is passed over.

    Examples
    --------
    >>> [affordable([1.0] * 4, 5, budget) for budget in (4.9, 6.0, 7.9, 8.0)]
    [[], [1, 2], [1, 2], [1, 2, 3]]
    >>> affordable([1.0, 9.0, 1.0, 1.0], 5, 6.0)
    [2, 3]
    """
    found, total = list[int](), 0.0
    for number, cost in enumerate(costs[1:], 1):
        n = len(found) + 1
        if _n_pieces(n, n_folds) * (total + cost) / n <= budget:
            found, total = [*found, number], total + cost
    return found


def _n_pieces(n_trials: int, n_folds: int) -> int:
    """Return how many folds are trained until the best of some attempts have all."""
    total, done = 0, 0
    for rung in [*(rung for rung in RUNGS if rung < n_folds), n_folds]:
        total, done, n_trials = total + n_trials * (rung - done), rung, ceil(n_trials / 2)
    return total
