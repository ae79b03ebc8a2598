"""The course of a training: schedules of decay and dropout, rates by group, a limit of time."""

from math import inf
from typing import Any

import numpy as np
import pytest

from pellucid.core import Network, Objective, get_loss
from pellucid.core.layers import Lookup, Periodic, Scale
from pellucid.engines import Problem
from pellucid.optimizers import OPTIMIZERS, get_schedule
from pellucid.training import Observer, StepEnd, TrainingState, loop
from problems import bits, data, fit, problem, start


class Rates(Observer):
    """Keeps the learning rate of every step, and the parameters after it."""

    every_steps = 1

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.parameters: list[np.ndarray] = []

    def on_step_end(self, event: StepEnd) -> None:
        """Keep them."""
        self.rates.append(event.learning_rate)
        self.parameters.append(event.parameters.copy())


# ---- schedules ---------------------------------------------------------------------------------------------


def test_weight_decay_follows_its_schedule() -> None:
    """Each step shrinks the weights by 1 - η λ f if only decay acts, with f from the schedule; biases stay.

    Factors of 0 on the rates take the gradients out; weight decay does not know of them.
    """
    still = {"weights": 0.0, "biases": 0.0}
    task = problem(batch_size=23, weight_decay=0.5, rate_factors=still)
    network = task.objective.network
    network.parameters[...] = 1.0
    seen = Rates()
    more = {"decay_schedule": get_schedule("flat_cosine")}

    fit(task, start(task, horizon=4), 4, learning_rate=0.1, observers=[seen], more=more)

    factors = [1.0, 1.0, 1.0, 0.5]  # progress 0, ¼, ½, ¾
    expected = np.cumprod([1.0 - 0.1 * 0.5 * f for f in factors])
    for part, group, _ in network.rate_groups:
        now = np.array([p[part] for p in seen.parameters])
        wanted = expected[:, None] if group == "weights" else 1.0
        np.testing.assert_allclose(now, np.broadcast_to(wanted, now.shape), rtol=1e-12)


def test_dropout_follows_its_schedule() -> None:
    """Nothing is dropped once the schedule reaches 0: a step is that of a network without dropout."""
    dropping, plain = problem(layers={"dropout": 0.5}, batch_size=23), problem(batch_size=23)
    states = [start(task, horizon=4) for task in (dropping, plain)]
    for state in states:
        state.epoch = 4  # at the end of the horizon
    fit(dropping, states[0], 1, shuffle=False, more={"dropout_schedule": get_schedule("flat_cosine")})
    fit(plain, states[1], 1, shuffle=False)

    np.testing.assert_allclose(
        dropping.objective.network.parameters, plain.objective.network.parameters, rtol=1e-13
    )


# ---- rates by group ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["weights", "biases", "scale", "embedding", "categories", "slope", "other"])
def test_a_group_with_rate_0_stands_still(group: str) -> None:
    """The arrays of that group keep their numbers, all others move."""
    X, Y = data()
    X = np.column_stack([X[:, :2], np.arange(len(X)) % 3])
    network = Network(
        [3, 4, 3, 2], input_layers=[Lookup(2, (3,), 2), Periodic(2, 2, 3, 3), Scale(8)], parametric=True,
        batch_norm=[False, True], random_state=0,
    )  # fmt: skip
    objective = Objective(network, get_loss("squared_error").on(network.output_activation))
    task = Problem(objective, X, Y, None, 23, OPTIMIZERS["sgd"], rate_factors={group: 0.0})
    before = network.parameters.copy()

    fit(task, start(task), 1)

    groups = [name for _, name, _ in network.rate_groups]
    moved = [bool((network.parameters[part] != before[part]).any()) for part, _, _ in network.rate_groups]
    is_normalized = groups.index("biases", groups.index("biases") + 1)  # their gradient is 0 but for rounding
    del groups[is_normalized], moved[is_normalized]

    assert group in groups
    assert moved == [name != group for name in groups]


def test_a_factor_is_another_rate() -> None:
    """A step of gradient descent with the factor 3 moves its group three times as far, others as far."""
    ways = []
    for factors in ({}, {"biases": 3.0}):
        task = problem(batch_size=23, rate_factors=factors)
        before = task.objective.network.parameters.copy()
        fit(task, start(task), 1)
        ways.append((task.objective.network, task.objective.network.parameters - before))
    (network, plain), (_, tripled) = ways
    for part, name, _ in network.rate_groups:
        np.testing.assert_allclose(tripled[part], plain[part] * (3.0 if name == "biases" else 1.0), rtol=1e-9)


@pytest.mark.parametrize("steps", [1, 5])
def test_the_ntk_rates_are_the_ntk_parametrization(steps: int) -> None:
    """Adam on V with W = V/√n is Adam on W at the rate η/√n, where ε is negligible.

    The gradient of V is that of W over √n; Adam's direction m/√v does not know of the factor.
    """
    X, Y = data()
    network = Network([3, 4, 2], parametrization="ntk", random_state=5)
    V = [W * np.sqrt(len(W)) for W in network.weights]
    b = [bias.copy() for bias in network.biases]
    moments = [[np.zeros_like(p), np.zeros_like(p)] for p in (*V, *b)]
    objective = Objective(network, get_loss("squared_error").on(network.output_activation))
    task = Problem(objective, X, Y, None, 23, OPTIMIZERS["adam"], {"epsilon": 1e-30})
    twin = network.copy()

    fit(task, start(task), steps, learning_rate=0.05, shuffle=False)

    for t in range(1, steps + 1):  # Adam (Kingma and Ba 2015, algorithm 1) on V, written out
        for k in range(2):
            twin.weights[k][...], twin.biases[k][...] = V[k] / np.sqrt(len(V[k])), b[k]
        g = twin.gradients(X, Y, loss="squared_error")
        slopes = [*(g.weights[k] / np.sqrt(len(V[k])) for k in range(2)), *g.biases]
        for p, (m, v), slope in zip((*V, *b), moments, slopes, strict=True):
            m[...] = 0.9 * m + 0.1 * slope
            v[...] = 0.999 * v + 0.001 * slope**2
            p -= 0.05 * (m / (1 - 0.9**t)) / np.sqrt(v / (1 - 0.999**t))
    for k in range(2):
        np.testing.assert_allclose(network.weights[k], V[k] / np.sqrt(len(V[k])), rtol=1e-10)
        np.testing.assert_allclose(network.biases[k], b[k], rtol=1e-10)


# ---- a limit of time ---------------------------------------------------------------------------------------


class Clock:
    """A clock that goes on by one second each time somebody looks."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def test_without_time_one_step_is_made() -> None:
    """However little time there is, something has been learned, and the outcome says why it is no more."""
    task = problem()
    state, before = start(task), task.objective.network.parameters.copy()

    outcome = fit(task, state, 9, more={"seconds": 1e-9})

    assert (outcome.reason, outcome.n_epochs, state.updates) == ("out_of_time", 1, 1)
    assert outcome.message == "The time limit of 1e-09 s was reached after 1 epoch."
    assert not np.array_equal(task.objective.network.parameters, before)
    assert len(state.history) == 1
    assert np.isfinite(state.history[0]["loss"])


def test_a_step_is_one_that_is_made() -> None:
    """Batches whose weights are all 0 are no steps: without time training goes on to the first that is."""
    w = np.ones(23)
    w[:10] = 0.0
    task = problem(sample_weight=w)  # batches of 5
    state = start(task)

    fit(task, state, 9, shuffle=False, more={"seconds": 1e-9})

    assert state.updates == 1
    assert np.isfinite(state.history[0]["loss"])


def test_enough_time_changes_nothing() -> None:
    """With time for all epochs the bits are those of a training without a limit."""
    results = []
    for seconds in (inf, 1e9):
        task = problem()
        state = start(task)
        outcome = fit(task, state, 3, more={"seconds": seconds})
        results.append((outcome, bits(task, state)))

    assert results[0] == results[1]
    assert results[0][0].reason == "max_iter"


@pytest.mark.parametrize("name", ["cosine", "flat_cosine", "warmup_cosine"])
def test_schedules_hurry_so_as_to_end_with_the_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate reaches its final value even if the time ends long before the epochs do."""
    monkeypatch.setattr(loop, "perf_counter", Clock())
    task, seen = problem(), Rates()
    state: TrainingState = start(task, horizon=1000)
    outcome = fit(
        task, state, 1000, learning_rate=0.05, schedule=name, observers=[seen], more={"seconds": 400.0}
    )
    last = np.array(seen.rates)

    assert outcome.reason == "out_of_time"
    assert outcome.n_epochs < 100
    assert last.max() == pytest.approx(0.05, rel=0.05)
    assert last[-1] < 0.05 * last.max()
    top = int(last.argmax())
    assert (np.diff(last[top:]) <= 1e-12).all()


def test_early_stopping_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best epoch is put back where time ends too."""
    monkeypatch.setattr(loop, "perf_counter", Clock())
    task = problem()
    kept: list[Any] = []

    def validate() -> tuple[float, float]:
        kept.append(task.objective.network.parameters.copy())
        return 0.0, -float(len(kept))

    outcome = fit(task, start(task), 100, keep_best=True, validate=validate, more={"seconds": 100.0})

    assert outcome.reason == "out_of_time"
    assert len(kept) > 1
    assert np.array_equal(task.objective.network.parameters, kept[0])
