"""What members say of rows that they did not learn from."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pellucid.tabular import TabularRegressor
from pellucid.tabular.judgement import judged_by_others
from pellucid.tabular.members import Held


def member(outputs: np.ndarray) -> Any:
    """Return a stand-in that has its predictions ready."""
    return SimpleNamespace(outputs=lambda X: outputs, targets=SimpleNamespace(n_outputs=outputs.shape[1]))


def test_each_row_is_judged_by_those_who_did_not_learn_from_it() -> None:
    said = [np.array([[1.0], [2.0], [3.0]]), np.array([[5.0], [6.0], [9.0]])]
    rows = Held(np.zeros((3, 1)), np.zeros((3, 1)))
    found = judged_by_others(rows, [(member(said[0]), np.array([0])), (member(said[1]), np.array([2]))])
    assert found.predictions.tolist() == [[1.0], [9.0]]  # row 1 was learned from by both
    # By hand: half the mean square difference is ((1 - 5)² + (9 - 3)²) / 2 / 2 = 13, of which 1 - 1/2.
    assert found.excess == pytest.approx([np.sqrt(6.5)])


def test_members_that_held_out_the_same_rows_are_as_good_as_their_mean() -> None:
    rows, out = Held(np.zeros((2, 1)), np.zeros((2, 1))), np.array([1])
    found = judged_by_others(rows, [(member(np.ones((2, 1))), out), (member(3.0 * np.ones((2, 1))), out)])
    assert found.predictions.tolist() == [[2.0]]
    assert found.excess.tolist() == [0.0]


def test_the_excess_is_that_of_independent_members() -> None:
    rng = np.random.default_rng(0)
    n, k = 40_000, 5
    noise = rng.normal(size=(k, n, 1))  # of variance 1 about a common mean
    rows = Held(np.zeros((n, 1)), np.zeros((n, 1)))
    folds = np.array_split(np.arange(n), k)
    found = judged_by_others(rows, [(member(noise[i]), folds[i]) for i in range(k)])
    single, joined = (found.predictions**2).mean(), (noise.mean(axis=0) ** 2).mean()
    assert found.excess[0] ** 2 == pytest.approx(single - joined, abs=0.02)


@pytest.mark.parametrize(("exponent", "shift"), [(600, 0.0), (-600, 0.0), (0, 1e9)])
def test_the_excess_has_the_units_of_the_targets(exponent: int, shift: float) -> None:
    """Huge and tiny targets, and such that vary little about a large number, lose nothing to rounding."""
    rng = np.random.default_rng(0)
    noise, rows = rng.normal(size=(3, 60, 1)), Held(np.zeros((60, 1)), np.zeros((60, 1)))
    folds = np.array_split(np.arange(60), 3)
    known = judged_by_others(rows, [(member(noise[i]), folds[i]) for i in range(3)])
    moved = np.ldexp(noise, exponent) + shift
    found = judged_by_others(rows, [(member(moved[i]), folds[i]) for i in range(3)])
    assert np.ldexp(found.excess, -exponent) == pytest.approx(known.excess, rel=1e-6)
    assert np.ldexp(found.predictions - shift, -exponent) == pytest.approx(known.predictions, abs=1e-6)


@pytest.mark.parametrize(("exponent", "shift"), [(600, 0.0), (0, 1e9)])
def test_intervals_have_the_units_of_the_targets(exponent: int, shift: float) -> None:
    """They are as wide for y as for any multiple of it plus any number."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    y = X[:, 0] + 0.3 * rng.normal(size=120)

    def width(y: np.ndarray) -> float:
        model = TabularRegressor("fast", n_members=2, max_iter=3, random_state=0).fit(X, y)
        return float(np.ptp(model.predict_interval(X[:1])))

    moved = np.ldexp(width(np.ldexp(y, exponent) + shift), -exponent)
    assert moved == pytest.approx(width(y), rel=1e-3)
