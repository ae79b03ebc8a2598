"""Trials: the sweep of learning rates, and learning 20 rows by heart."""

from typing import Any

import numpy as np
import pytest
from sklearn import datasets

from pellucid import MLPClassifier, MLPRegressor, Network
from pellucid.diagnostics import lr_range_test, overfit_one_batch
from pellucid.exceptions import DataError, ParameterError
from pellucid.recording import Recorder

WINE = datasets.load_wine(return_X_y=True)


def model(**parameters: Any) -> MLPClassifier:
    return MLPClassifier((20,), **{"standardize": True, "random_state": 0, **parameters})


def test_the_rates_are_geometric_and_the_sweep_ends_at_four_times_the_best() -> None:
    X, y = datasets.load_digits(return_X_y=True)
    found = lr_range_test(model(), X, y)
    expected = 1e-7 * (10.0 / 1e-7) ** (np.arange(100) / 99.0)
    np.testing.assert_allclose(found.rates, expected[: len(found.rates)], rtol=1e-12)
    assert found.stopped == "loss"
    assert found.smoothed[-1] > 4.0 * found.smoothed.min() >= found.smoothed[-2]
    weights = 0.9 ** np.arange(len(found.losses))[::-1]
    assert found.smoothed[-1] == pytest.approx(weights @ found.losses / weights.sum(), rel=1e-9)


def test_of_a_line_the_largest_stable_rate_is_known() -> None:
    # J = (w - 1)^2 / 2 for X = ±1: gradient descent is stable up to a rate of 2 (the bias sees the same).
    X = np.array([[1.0], [-1.0]] * 50)
    line = MLPRegressor((), solver="sgd", momentum=0.0, alpha=0.0, random_state=0, batch_size=100)
    found = lr_range_test(line, X, X[:, 0], min_rate=0.5, max_rate=50.0, n_steps=12)
    np.testing.assert_array_equal(np.diff(found.losses) > 0.0, found.rates[:-1] > 2.0)
    np.testing.assert_allclose(found.losses[1:], found.losses[:-1] * (1.0 - found.rates[:-1]) ** 2, rtol=1e-3)
    assert found.largest_stable > 1.0
    assert found.suggestion <= 0.1 * found.largest_stable


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_suggestion_trains_better_than_rates_a_thousand_times_off() -> None:
    X, y = datasets.load_digits(return_X_y=True)
    rate = lr_range_test(model(), X, y).suggestion
    losses = [
        model(learning_rate_init=r, max_iter=20, tol=0.0).fit(X, y).history_[-1]["loss"]
        for r in (rate / 1000.0, rate, 1000.0 * rate)
    ]
    assert losses[1] < 0.1 * losses[0]
    assert losses[1] < 0.1 * losses[2]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("trial", [lr_range_test, overfit_one_batch])
def test_the_estimator_and_its_observers_are_left_as_they_were(trial: Any) -> None:
    recorder = Recorder()
    given = model(random_state=np.random.default_rng(3), max_iter=2, n_iter_no_change=1, tol=10.0)
    given.set_callbacks(recorder).fit(*WINE)
    before, weights = given.get_params(), given.network_.parameters.copy()
    state = given.random_state.bit_generator.state
    steps = recorder.record.steps.copy()
    trial(given, *WINE)
    assert given.get_params() == before
    assert given.random_state.bit_generator.state == state
    np.testing.assert_array_equal(given.network_.parameters, weights)
    np.testing.assert_array_equal(recorder.record.steps, steps)
    unfitted = model()
    trial(unfitted, *WINE)
    assert not hasattr(unfitted, "network_")


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_twenty_rows_are_learned_by_heart_but_not_by_no_network_at_all(solver: str) -> None:
    X, y = datasets.load_digits(return_X_y=True)
    trial = overfit_one_batch(model(solver=solver, alpha=1000.0), X, y)  # without the penalty
    assert trial.reached
    assert len(trial.rows) == 20
    assert set(y[trial.rows]) == set(range(10))
    counts = np.bincount(y[trial.rows])
    assert trial.baseline == pytest.approx(-(counts / 20 @ np.log(counts / 20)), rel=1e-4)
    assert trial.losses[-1] <= 0.05 * trial.baseline
    one = MLPClassifier((1,), activation="tanh", solver=solver, standardize=True, random_state=0)
    assert not overfit_one_batch(one, X, y).reached
    assert not overfit_one_batch(model(solver=solver, initializer="zeros"), X, y).reached


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lr_range_test(model(), *WINE, min_rate=1.0, max_rate=0.1), "min_rate < max_rate"),
        (lambda: lr_range_test(model(), *WINE, n_steps=3), "'n_steps' must be an integer >= 10; got 3"),
        (lambda: lr_range_test(model(solver="lbfgs"), *WINE), "has no learning rate"),
        (lambda: lr_range_test(Network([13, 3]), *WINE), "got Network"),
        (lambda: overfit_one_batch(model(), *WINE, n_rows=1), "'n_rows' must be an integer >= 2; got 1"),
        (lambda: overfit_one_batch(model(), *WINE, max_steps=0), "'max_steps' must be"),
        (lambda: overfit_one_batch("tree", *WINE), "got str"),
    ],
)
def test_bad_input(call: Any, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        call()


@pytest.mark.parametrize("trial", [lr_range_test, overfit_one_batch])
def test_a_missing_label_is_named(trial: Any) -> None:
    y = WINE[1].astype(object)
    y[7] = None
    with pytest.raises(DataError, match=r"row 7|y\[7"):
        trial(model(), WINE[0], y)
