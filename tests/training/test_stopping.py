"""Stopping: no improvement counted as scikit-learn does, the adaptive rate, decisions, the best epoch."""

from math import inf, nan
from typing import Any

import numpy as np
import pytest

from pellucid.training import EpochEnd, Observer, TrainingState
from pellucid.training.stopping import improved, is_stalled, watch
from problems import bits, fit, problem, start


def fresh(**values: Any) -> TrainingState:
    """Return a state that has seen nothing, or these values."""
    return TrainingState(np.zeros((0, 1)), np.random.default_rng(0), 10, **values)


class Keep(Observer):
    """Keeps the parameters of each epoch, and may ask to stop after one of them."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.stop_after, self.parameters = stop_after, []

    def on_epoch_end(self, event: EpochEnd) -> bool:
        """Copy; decide."""
        self.parameters.append(event.parameters.copy())
        return event.epoch + 1 == self.stop_after


def scores(*values: float) -> Any:
    """Return a ``validate`` that gives these scores one after another."""
    left = iter(values)
    return lambda: (0.0, next(left))


@pytest.mark.parametrize(
    ("values", "tol", "best", "count"),
    [
        ([1.0, 1.0, 1.0], 0.1, 1.0, 2),
        ([1.0, 1.125, 1.25], 0.125, 1.25, 0),  # by at least the tolerance
        ([1.0, 1.1, 1.19], 0.125, 1.19, 2),  # less than it is the best all the same
        ([1.0, 0.5, 2.0, 0.0], 0.1, 2.0, 1),
        ([1.0, 1.0], 0.0, 1.0, 0),
        ([1.0, nan, nan], 0.0, 1.0, 2),
        ([nan, 1.0], 0.0, 1.0, 0),
        ([-inf, -inf], 0.1, -inf, 0),
    ],
)
def test_improvements(values: list[float], tol: float, best: float, count: int) -> None:
    """An epoch improves if it beats the best by the tolerance; the best is the greatest value all the same."""
    state = fresh()

    told = [improved(state, value, tol) for value in values]

    assert (state.best, state.epochs_without_improvement) == (best, count)
    assert told == [
        value > max([v for v in values[:i] if v == v], default=-inf) for i, value in enumerate(values)
    ]


@pytest.mark.parametrize(("ties", "told"), [(False, [True, False, False]), (True, [True, True, False])])
def test_ties(ties: bool, told: list[bool]) -> None:
    """With ties a value that equals the best takes its place, and counts as no improvement all the same."""
    state = fresh()

    assert [improved(state, value, 0.1, ties=ties) for value in (1.0, 1.0, 0.9)] == told
    assert (state.best, state.epochs_without_improvement) == (1.0, 2)


@pytest.mark.parametrize(
    ("count", "patience", "stalled"), [(3, 3, False), (4, 3, True), (1, 0, True), (9, inf, False)]
)
def test_patience(count: int, patience: float, stalled: bool) -> None:
    """Training has stalled after more than ``patience`` epochs without improvement."""
    assert is_stalled(fresh(epochs_without_improvement=count), patience) is stalled


def test_another_monitor_counts_anew() -> None:
    """The same monitor goes on, another one starts; a stalled count starts anew, its best value stays."""
    state = fresh(monitor="score", best=2.0, epochs_without_improvement=3)

    watch(state, "score", 10)
    assert (state.best, state.epochs_without_improvement) == (2.0, 3)
    watch(state, "score", 2)
    assert (state.best, state.epochs_without_improvement) == (2.0, 0)
    state.best_parameters = np.ones(1)
    watch(state, "objective", 10)
    assert (state.monitor, state.best, state.best_parameters) == ("objective", -inf, None)


@pytest.mark.parametrize("keep_best", [False, True])
def test_convergence(keep_best: bool) -> None:
    """Training ends with scikit-learn's sentence when it has stalled."""
    task = problem()
    validate = (lambda: (0.0, 0.5)) if keep_best else None

    outcome = fit(task, start(task), 50, tol=100.0, patience=2, keep_best=keep_best, validate=validate)

    what = "Validation score" if keep_best else "Training loss"
    assert (outcome.reason, outcome.n_epochs) == ("converged", 4)
    assert outcome.message == (
        f"{what} did not improve more than tol=100.000000 for 2 consecutive epochs. Stopping."
    )


def test_the_adaptive_rate_falls_until_it_is_too_small() -> None:
    """Each stall divides the rate by 5; below 1e-6 training ends."""
    task = problem()
    state = start(task)

    outcome = fit(task, state, 99, tol=100.0, patience=0, schedule="adaptive", learning_rate=1e-4)

    rates = [row["learning_rate"] for row in state.history]
    # The first epoch always improves on nothing; each further one stalls at once.
    np.testing.assert_allclose(rates, [1e-4, 1e-4, 2e-5, 4e-6, 8e-7], rtol=1e-12)
    assert outcome.reason == "converged"


def test_a_decision_stops() -> None:
    """One True among the answers of all observers ends training after that epoch; each of them was asked."""
    task, observers = problem(), [Keep(), Keep(stop_after=2), Keep()]
    state = start(task)

    outcome = fit(task, state, 9, observers=observers)

    assert (outcome.reason, outcome.n_epochs) == ("stopped", 2)
    assert [len(observer.parameters) for observer in observers] == [2, 2, 2]
    twin = problem()
    other = start(twin)
    fit(twin, other, 2)
    assert bits(task, state) == bits(twin, other)


@pytest.mark.parametrize("layers", [{}, {"batch_norm": True}], ids=["plain", "batch norm"])
def test_the_best_epoch_is_put_back(layers: dict[str, Any]) -> None:
    """Early stopping ends with parameters and running statistics of the first epoch with the best score."""
    task, keep = problem(layers=layers), Keep()
    network, state = task.objective.network, start(task)
    statistics: list[np.ndarray] = []
    given = iter([0.1, 0.7, 0.6, nan, 0.7])

    def validate() -> tuple[float, float]:
        statistics.append(network.state.copy())
        return 0.0, next(given)

    fit(task, state, 5, keep_best=True, validate=validate, observers=[keep])

    assert np.array_equal(network.parameters, keep.parameters[1])
    assert np.array_equal(network.state, statistics[1])
    assert not np.array_equal(keep.parameters[1], keep.parameters[4])


@pytest.mark.parametrize(("last_best", "epoch"), [(False, 1), (True, 3)])
def test_the_last_of_equally_good_epochs(last_best: bool, epoch: int) -> None:
    """Of epochs with the same best score the first is put back, with last_best the last."""
    task, keep = problem(), Keep()
    validate = scores(0.1, 0.7, 0.6, 0.7, 0.2)

    more = {"last_best": last_best}
    fit(task, start(task), 5, keep_best=True, validate=validate, observers=[keep], more=more)

    assert np.array_equal(task.objective.network.parameters, keep.parameters[epoch])


def test_the_best_epoch_of_all_calls() -> None:
    """A further call puts back the best epoch of all calls, its own or one before."""
    task, keep = problem(), Keep()
    network, state = task.objective.network, start(task)
    watching: dict[str, Any] = {"keep_best": True, "observers": [keep]}

    fit(task, state, 2, validate=scores(0.5, 0.4), **watching)
    fit(task, state, 2, validate=scores(0.3, 0.2), **watching)
    assert np.array_equal(network.parameters, keep.parameters[0])
    fit(task, state, 2, validate=scores(0.9, 0.1), **watching)
    assert np.array_equal(network.parameters, keep.parameters[4])


def test_without_scores_the_last_epoch_stays() -> None:
    """Scores that are NaN all the time leave the last parameters."""
    task, keep = problem(), Keep()

    fit(task, start(task), 3, keep_best=True, validate=scores(nan, nan, nan), observers=[keep])

    assert np.array_equal(task.objective.network.parameters, keep.parameters[2])
