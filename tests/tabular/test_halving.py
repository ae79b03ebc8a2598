"""The order of the search and the mixture: pure functions, without networks."""

from collections import Counter
from collections.abc import Callable, Sequence
from math import ceil

import numpy as np
import pytest

from pellucid.tabular.searching.greedy import greedy_shares
from pellucid.tabular.searching.halving import affordable, rounds


def in_order(numbers: Sequence[int], most: int) -> list[int]:
    return sorted(numbers)


def every(numbers: Sequence[int], done: int) -> list[int]:
    return list(numbers)


def squared(y: np.ndarray) -> Callable[[np.ndarray], float]:
    return lambda mean: float(((mean - y) ** 2).mean())


@pytest.mark.parametrize("n_folds", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("n_recipes", [1, 2, 5, 12])
def test_every_fold_of_every_recipe_comes_once_and_the_first_recipe_first(
    n_folds: int, n_recipes: int
) -> None:
    found = list(rounds(n_folds, n_recipes, every, in_order, 2))
    pieces = [piece for each in found for piece in each]

    assert found[0] == [(0, fold) for fold in range(n_folds)]
    assert set(Counter(pieces).values()) == {1}
    assert set(pieces) == {(k, fold) for k in range(3 * n_recipes) for fold in range(n_folds)}


def test_the_better_half_goes_on() -> None:
    """With 5 more recipes, of which the last are better, 5 get one fold, and 3 all; the others follow."""
    order = rounds(5, 6, every, lambda numbers, most: sorted(numbers, reverse=True), 0)

    next(order)
    assert next(order) == [(k, 0) for k in range(1, 6)]
    assert next(order) == [(k, fold) for k in (5, 4, 3) for fold in (1, 2, 3, 4)]
    assert next(order) == [(k, fold) for k in (2, 1) for fold in (1, 2, 3, 4)]


def test_when_time_runs_short_fewer_go_on() -> None:
    """Those that go on are chosen again after the first fold, by the time that is left then."""
    order = rounds(3, 6, lambda numbers, done: list(numbers)[: 1 if done else None], in_order, 0)

    next(order), next(order)
    assert next(order) == [(1, 1), (1, 2)]


@pytest.mark.parametrize("n_folds", [2, 3, 5])
@pytest.mark.parametrize("n_recipes", range(2, 12))
def test_what_is_affordable_gets_as_far_as_a_complete_recipe(n_folds: int, n_recipes: int) -> None:
    """The pieces until half of the recipes are complete, counted one by one, are the least budget for so many."""
    coming = rounds(n_folds, n_recipes, every, in_order, 0)
    next(coming)
    pieces = next(coming) + next(coming)
    n, costs = len(pieces), [1.0] * (n_recipes - 1)

    assert affordable(costs, n_folds, 0, n) == list(range(n_recipes - 1))
    assert len(affordable(costs, n_folds, 0, n - 0.5)) < n_recipes - 1
    assert len({k for k, fold in pieces if fold == n_folds - 1}) == ceil((n_recipes - 1) / 2)


def test_what_was_passed_over_comes_before_repetitions() -> None:
    """Recipes 1 and 3 of four are affordable; 2 is trained once they are complete, then all again."""
    coming = rounds(2, 4, lambda numbers, done: [k for k in numbers if k != 2], in_order, 1)
    order = list(dict.fromkeys(k for pieces in coming for k, _ in pieces))

    assert order == [0, 1, 3, 2, 4, 5, 6, 7]


def test_shares_by_hand() -> None:
    """Of 0 and 4 the mean is right for a target of 1 with the shares 3/4 and 1/4."""
    told = np.array([[[0.0]], [[4.0]], [[9.0]]])

    assert greedy_shares(told, squared(np.array([[1.0]]))).tolist() == [0.75, 0.25, 0.0]


def test_a_mixture_is_never_worse_than_its_best_part(rng: np.random.Generator) -> None:
    y = rng.normal(size=(50, 1))
    for _ in range(20):
        told = y + rng.normal(size=(6, 50, 1)) * rng.uniform(0.1, 2.0, size=(6, 1, 1))
        loss = squared(y)
        shares = greedy_shares(told, loss)
        best_of_two = min(
            loss(s * told[i] + (1 - s) * told[j]) for i in range(6) for j in range(6) for s in (0.5, 1.0)
        )

        assert shares.sum() == pytest.approx(1.0)
        assert (shares >= 0.0).all()
        assert loss(np.tensordot(shares, told, 1)) <= min(map(loss, told)) + 1e-12
        assert loss(np.tensordot(shares, told, 1)) <= 1.05 * best_of_two


def test_two_equal_models_count_as_one(rng: np.random.Generator) -> None:
    y, a = rng.normal(size=(30, 1)), rng.normal(size=(1, 30, 1))
    b = y[None] + 0.1 * rng.normal(size=(1, 30, 1))
    one, two = (
        greedy_shares(np.concatenate([a, b]), squared(y)),
        greedy_shares(np.concatenate([a, b, b]), squared(y)),
    )

    np.testing.assert_allclose([two[0], two[1] + two[2]], one)


def test_doubt_makes_shares_even(rng: np.random.Generator) -> None:
    """With nothing to go by all shares are equal; a large doubt outweighs any difference."""
    told = rng.normal(size=(5, 40, 1))
    nothing = greedy_shares(told, lambda mean: 0.0, doubt=1.0)
    outweighed = greedy_shares(told, squared(told[0]), doubt=1e6)

    np.testing.assert_allclose(nothing, 0.2)
    np.testing.assert_allclose(outweighed, 0.2)
