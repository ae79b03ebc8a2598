"""Successive halving over folds: the order in which recipes are trained, and which of them continue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil

__all__ = ["Piece", "affordable", "rounds"]

Piece = tuple[int, int]
"""An attempt, by its number, and the fold that it holds out."""

RUNG = 1  # folds after which half of the attempts continue


def rounds(
    n_folds: int,
    n_recipes: int,
    chosen: Callable[[Sequence[int], int], list[int]],
    ranked: Callable[[Sequence[int], int], list[int]],
    n_again: int,
) -> Iterator[list[Piece]]:
    """Yield what to train next, round by round.

    The first recipe gets all folds, so that there is a result. The chosen ones get one fold each, and the better
    half of them all folds. Then those that were dropped are completed, the best first, and recipes that were not
    chosen are trained; after that, all are trained again with other random numbers, the best first. No training
    is wasted: a fold is part of a bag, not a short form of it.

    Parameters
    ----------
    n_folds : int
        The number of folds.
    n_recipes : int
        The number of recipes.
    chosen : callable
        From recipes and the number of folds that they have to those for which time suffices; called when it is
        time to choose.
    ranked : callable
        From attempts and the largest number of folds to judge them by to the same, the best first.
    n_again : int
        The number of times that each recipe may be trained again.

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
    >>> order = rounds(3, 5, lambda recipes, done: list(recipes), lambda attempts, most: list(attempts), 0)
    >>> [next(order) for _ in range(3)]
    [[(0, 0), (0, 1), (0, 2)], [(1, 0), (2, 0), (3, 0), (4, 0)], [(1, 1), (1, 2), (2, 1), (2, 2)]]
    """
    yield [(0, fold) for fold in range(n_folds)]
    rung = min(RUNG, n_folds)
    begun = chosen(range(1, n_recipes), 0)
    yield [(attempt, fold) for attempt in begun for fold in range(rung)]
    order = ranked(begun, rung)
    alive = chosen(order[: ceil(len(order) / 2)], rung)
    yield [(attempt, fold) for attempt in alive for fold in range(rung, n_folds)]
    behind = [(attempt, rung) for attempt in order if attempt not in alive]
    others = [(attempt, 0) for attempt in range(1, n_recipes) if attempt not in begun]
    yield [(attempt, fold) for attempt, first in (*behind, *others) for fold in range(first, n_folds)]
    order = ranked(range(n_recipes), n_folds)
    for again in range(1, n_again + 1):
        yield [(attempt + again * n_recipes, fold) for attempt in order for fold in range(n_folds)]


def affordable(costs: Sequence[float], n_folds: int, done: int, budget: float) -> list[int]:
    """Return the recipes for which a budget suffices; for new ones, for a fold of each and all folds of half.

    Parameters
    ----------
    costs : sequence of float
        The expected cost of a fold of each recipe, the useful ones first.
    n_folds : int
        The number of folds.
    done : int
        The number of folds that they have: 0, or those after which half of them go on.
    budget : float
        The most that they may cost.

    Returns
    -------
    list of int
        Places in ``costs``. A recipe that costs too much is passed over.

    Examples
    --------
    >>> [affordable([1.0] * 3, 5, 0, budget) for budget in (4.9, 6.0, 10.9, 11.0)]
    [[], [0, 1], [0, 1], [0, 1, 2]]
    >>> affordable([9.0, 1.0, 1.0], 5, 0, 6.0), affordable([9.0, 1.0, 1.0], 5, 1, 6.0)
    ([1, 2], [1])
    """
    found, total = list[int](), 0.0
    for place, cost in enumerate(costs):
        n = len(found) + 1
        n_pieces = n * (n_folds - done) if done else n * RUNG + ceil(n / 2) * (n_folds - RUNG)
        if n_pieces * (total + cost) / n <= budget:
            found, total = [*found, place], total + cost
    return found
