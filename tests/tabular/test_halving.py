"""The order of the search and the mixture: pure functions, without networks."""

from collections import Counter
from collections.abc import Callable, Sequence
from math import ceil

import numpy as np
import pytest

from pellucid.tabular.greedy import greedy_shares
from pellucid.tabular.halving import affordable, rounds


def in_order(numbers: Sequence[int]) -> list[int]:
    return sorted(numbers)


def squared(y: np.ndarray) -> Callable[[np.ndarray], float]:
    return lambda mean: float(((mean - y) ** 2).mean())


@pytest.mark.parametrize("n_folds", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("n_recipes", [1, 2, 5, 12])
def test_every_fold_of_every_recipe_comes_once_and_the_first_recipe_first(
    n_folds: int, n_recipes: int
) -> None:
    every = list(rounds(n_folds, n_recipes, lambda: range(1, n_recipes), in_order, 2))
    pieces = [piece for each in every for piece in each]

    assert every[0] == [(0, fold) for fold in range(n_folds)]
    assert set(Counter(pieces).values()) == {1}
    assert set(pieces) == {(k, fold) for k in range(3 * n_recipes) for fold in range(n_folds)}


def test_the_better_half_goes_on() -> None:
    """With 8 more recipes, of which the last are better, 8 get one fold, 4 two of them, and 2 all."""
    order = rounds(5, 9, lambda: range(1, 9), lambda numbers: sorted(numbers, reverse=True), 0)

    next(order)
    assert next(order) == [(k, 0) for k in range(1, 9)]
    assert next(order) == [(k, 1) for k in (8, 7, 6, 5)]
    assert next(order) == [(k, fold) for k in (8, 7) for fold in (2, 3, 4)]
    left_behind = next(order)
    assert left_behind[:6] == [(k, fold) for k in (6, 5) for fold in (2, 3, 4)]
    assert left_behind[6:] == [(k, fold) for k in (4, 3, 2, 1) for fold in (1, 2, 3, 4)]


@pytest.mark.parametrize("n_folds", [2, 3, 5])
@pytest.mark.parametrize("n_recipes", range(2, 12))
def test_what_is_affordable_gets_as_far_as_a_complete_recipe(n_folds: int, n_recipes: int) -> None:
    """The pieces up to the third round, counted one by one, are the least budget for so many recipes."""
    coming = rounds(n_folds, n_recipes, lambda: range(1, n_recipes), in_order, 0)
    next(coming)
    n_pieces, complete = 0, set[int]()
    for pieces in coming:
        n_pieces += len(pieces)
        complete |= {k for k, fold in pieces if fold == n_folds - 1}
        if complete:
            break

    assert affordable([1.0] * n_recipes, n_folds, n_pieces) == list(range(1, n_recipes))
    assert affordable([1.0] * n_recipes, n_folds, n_pieces - 0.5) == list(range(1, n_recipes - 1))
    assert len(complete) <= ceil(n_recipes / 2)


def test_what_was_passed_over_comes_before_repetitions() -> None:
    """Recipes 1 and 3 of four are affordable; 2 is trained once they are complete, then all again."""
    coming = rounds(2, 4, lambda: [1, 3], in_order, 1)
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
