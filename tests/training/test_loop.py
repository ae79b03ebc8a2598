"""The loop: which rows make a step, what an epoch adds up to, and that cutting it up changes nothing."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from pellucid.core.layers.dropout import draw_key
from pellucid.engines import Problem, get_engine
from pellucid.optimizers import OPTIMIZERS, Moment, get_schedule
from pellucid.training import EpochEnd, Observer, StepEnd, TrainEnd, TrainingState, loop
from problems import N_ROWS, bits, data, fit, problem, start, weights

STEPWISE = [name for name, row in OPTIMIZERS.items() if row.is_stepwise]
EVERYTHING: dict[str, Any] = {
    "layers": {"dropout": 0.3, "batch_norm": True},
    "max_grad_norm": 0.5,
    "weight_decay": 0.1,
}


class Steps(Observer):
    """Keeps what it is told of every step."""

    every_steps = 1

    def __init__(self) -> None:
        self.seen: list[StepEnd] = []
        self.parameters: list[np.ndarray] = []

    def on_step_end(self, event: StepEnd) -> None:
        """Keep it."""
        self.seen.append(event)
        self.parameters.append(event.parameters.copy())


# ---- batches ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch_size", "sizes"),
    [(1, [1] * 23), (5, [5, 5, 5, 5, 3]), (22, [22, 1]), (23, [23])],
    ids=["sequential", "mini-batch", "tail of 1", "full batch"],
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_an_epoch_takes_every_row_once(batch_size: int, sizes: list[int], shuffle: bool) -> None:
    """The batches of an epoch, the tail among them, are a partition of the rows, in a new order if shuffled."""
    steps = Steps()

    task = problem(batch_size=batch_size)
    fit(task, start(task), 2, shuffle=shuffle, observers=[steps])

    n = len(sizes)
    assert [len(event.rows) for event in steps.seen] == sizes * 2
    first, second = (np.concatenate([e.rows for e in part]) for part in (steps.seen[:n], steps.seen[n:]))
    assert sorted(first) == sorted(second) == list(range(N_ROWS))
    assert [part.tolist() == list(range(N_ROWS)) for part in (first, second)] == [not shuffle] * 2
    assert np.array_equal(first, second) is not shuffle
    assert [(e.epoch, e.step, e.n_updates) for e in steps.seen] == [
        (i // n, i % n, i + 1) for i in range(2 * n)
    ]


@pytest.mark.parametrize("batch_size", [1, 5, 23])
@pytest.mark.parametrize("weighted", [False, True])
def test_epochs_by_hand(batch_size: int, weighted: bool) -> None:
    """Parameters and every number of the history are those of a plain loop over ``Network.gradients``."""
    w = weights() if weighted else np.ones(N_ROWS)
    task = problem(
        batch_size=batch_size, sample_weight=w if weighted else None, penalties={"l2": 0.2, "alpha": 0.7}
    )
    state, net = start(task), task.objective.network.copy()
    X, Y = data()

    fit(task, state, 3, shuffle=False, learning_rate=0.1)

    for row in state.history:
        sums = np.zeros(3)
        for first in range(0, N_ROWS, batch_size):
            b = slice(first, first + batch_size)
            n = len(X[b])
            share = w[b].sum() / (n * w.mean())  # the loss of the batch is Σ w ℓ / (B w̄), not Σ w ℓ / Σ w
            l2 = 0.2 + 0.7 / (n * w.mean())
            g = net.gradients(X[b], Y[b], loss="squared_error", sample_weight=w[b], training=True)
            gradient = share * g.flat
            views = net.parameter_views(gradient)
            for view, W in zip([v["weights"] for v in views if "weights" in v], net.weights, strict=True):
                view += l2 * W
            penalty = 0.5 * l2 * sum((W**2).sum() for W in net.weights)
            sums += n * np.array([share * g.loss, penalty, np.linalg.norm(gradient)])
            net.parameters -= 0.1 * gradient
        loss, penalty, norm = sums / N_ROWS
        assert row["loss"] == pytest.approx(loss, rel=1e-12)
        assert row["penalty"] == pytest.approx(penalty, rel=1e-12)
        assert row["objective"] == pytest.approx(loss + penalty, rel=1e-12)
        assert row["gradient_norm"] == pytest.approx(norm, rel=1e-12)
    np.testing.assert_allclose(task.objective.network.parameters, net.parameters, rtol=1e-11)


def test_a_batch_of_weight_0_changes_nothing() -> None:
    """It makes no update, draws nothing, and counts for the loss but not in the means over steps."""
    w = np.ones(N_ROWS)
    w[5:10] = 0.0
    task = problem("adam", sample_weight=w, penalties={"l2": 0.3}, **EVERYTHING)
    state, steps = start(task), Steps()

    fit(task, state, 1, shuffle=False, learning_rate=1e-12, observers=[steps])

    assert np.array_equal(steps.parameters[1], steps.parameters[0])
    assert not np.array_equal(steps.parameters[2], steps.parameters[1])
    assert [event.n_updates for event in steps.seen] == [1, 1, 2, 3, 4]
    penalty = 0.15 * sum((W**2).sum() for W in task.objective.network.weights)
    assert state.history[0]["penalty"] == pytest.approx(penalty, rel=1e-9)


# ---- history ---------------------------------------------------------------------------------------------


def test_a_row_of_the_history() -> None:
    """Each epoch leaves a row with the promised keys; what was not asked for is None."""
    task = problem()
    state = start(task)
    fit(task, state, 2)
    fit(task, state, 1, validate=lambda: (0.25, None))

    keys = ["epoch", "loss", "penalty", "objective", "validation_loss", "validation_score", "learning_rate"]
    assert [list(row) for row in state.history] == [[*keys, "gradient_norm", "seconds"]] * 3
    assert [row["epoch"] for row in state.history] == [1, 2, 3]
    assert [row["validation_loss"] for row in state.history] == [None, None, 0.25]
    assert all(row["validation_score"] is None for row in state.history)
    assert all(row["penalty"] == 0.0 and row["seconds"] >= 0.0 for row in state.history)
    assert (state.epoch, state.samples_seen, state.updates) == (3, 3 * N_ROWS, 15)


def test_the_loss_is_that_of_the_parameters() -> None:
    """With a rate that leaves the parameters where they are, the loss of an epoch is that of the data."""
    w = weights()
    task = problem(sample_weight=w)
    state = start(task)
    X, Y = data()
    fit(task, state, 1, learning_rate=1e-300)

    losses = 0.5 * ((task.objective.network.predict(X) - Y) ** 2).sum(axis=1)
    assert state.history[0]["loss"] == pytest.approx(np.average(losses, weights=w), rel=1e-12)


# ---- where calls of the engine end -----------------------------------------------------------------------


def rhythm(n: int | None) -> Observer:
    """Return an observer with a rhythm."""
    observer = Observer()
    observer.every_steps = n
    return observer


@pytest.mark.parametrize("solver", STEPWISE)
def test_bits_do_not_depend_on_where_calls_end(solver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One step per call, a whole epoch per call, and every rhythm of observers: all bits are the same."""
    found = []
    for seconds, rhythms in [(1e9, []), (0.0, []), (1e9, [1]), (1e9, [2, 3]), (0.0, [4, None]), (1e9, [99])]:
        monkeypatch.setattr(loop, "CALL_SECONDS", seconds)
        task = problem(solver, batch_size=2, sample_weight=weights(), penalties={"l2": 0.1}, **EVERYTHING)
        state = start(task)
        fit(task, state, schedule="one_cycle", observers=[rhythm(n) for n in rhythms])
        found.append(bits(task, state))

    assert all(one == found[0] for one in found)
    assert found[0]["history"][-1]["loss"] != found[0]["history"][0]["loss"]


@pytest.mark.parametrize(("every", "told"), [(1, [0, 1, 2, 3, 4]), (2, [1, 3]), (5, [4]), (6, [])])
def test_rhythms(every: int, told: list[int]) -> None:
    """An observer is told after each so many steps, counted anew in each epoch."""
    steps = Steps()
    steps.every_steps = every
    task = problem()
    fit(task, start(task), 2, observers=[rhythm(3), steps])

    assert [(event.epoch, event.step) for event in steps.seen] == [(e, s) for e in range(2) for s in told]


def test_the_rate_of_each_step() -> None:
    """A schedule with a horizon moves within an epoch, by steps over the steps of the horizon."""
    steps, task = Steps(), problem()
    state = start(task, horizon=4)
    fit(task, state, 4, learning_rate=0.3, schedule="cosine", observers=[steps])

    expected = [0.15 * (1.0 + np.cos(np.pi * i / 20)) for i in range(20)]
    np.testing.assert_allclose([event.learning_rate for event in steps.seen], expected, rtol=1e-12)
    assert state.history[1]["learning_rate"] == steps.seen[9].learning_rate


@pytest.mark.parametrize("name", ["invscaling", "step"])
def test_the_rate_of_each_epoch(name: str) -> None:
    """Other schedules have one rate per epoch, which depends on epochs or samples since the cold start."""
    schedule, task = get_schedule(name, **({"every": 2.0} if name == "step" else {})), problem()
    state = start(task)
    fit(task, state, 3, schedule=schedule)
    fit(task, state, 2, schedule=schedule)

    moments = [Moment(e, 0.0, e * N_ROWS, 0) for e in range(5)]
    assert [row["learning_rate"] for row in state.history] == [schedule(0.05, m) for m in moments]


# ---- endings ---------------------------------------------------------------------------------------------


def test_the_largest_number_of_epochs() -> None:
    """Training that does not converge ends after so many epochs, counted anew in each call."""
    task = problem()
    state = start(task)

    outcomes = [fit(task, state, n) for n in (3, 1)]

    assert [(o.reason, o.n_epochs, o.divergence) for o in outcomes] == [
        ("max_iter", 3, None),
        ("max_iter", 1, None),
    ]
    assert "(3) reached" in outcomes[0].message


class Fails(Observer):
    """Raises in an epoch, after its third step."""

    every_steps = 3

    def __init__(self, error: BaseException, epoch: int) -> None:
        self.error, self.epoch = error, epoch
        self.goodbye: TrainEnd | None = None

    def on_step_end(self, event: StepEnd) -> None:
        """Raise."""
        if event.epoch == self.epoch:
            raise self.error

    def on_train_end(self, event: TrainEnd) -> None:
        """Remember."""
        self.goodbye = event


def after(n_epochs: int, solver: str = "adam") -> tuple[Problem, TrainingState]:
    """Return a problem after so many epochs without a disturbance."""
    task = problem(solver, **EVERYTHING)
    state = start(task)
    if n_epochs:
        fit(task, state, n_epochs)
    return task, state


@pytest.mark.parametrize("epoch", [0, 2])
def test_an_interruption_puts_the_last_finished_epoch_back(epoch: int) -> None:
    """After Ctrl-C all is as if training had ended with the epoch before, so that it goes on to the same end."""
    task, state = after(0)
    observer = Fails(KeyboardInterrupt(), epoch)

    outcome = fit(task, state, 5, observers=[observer])

    assert (outcome.reason, outcome.n_epochs) == ("interrupted", epoch)
    assert observer.goodbye == TrainEnd("interrupted", "Training interrupted by user.")
    assert bits(task, state) == bits(*after(epoch))
    fit(task, state, 5 - epoch)
    assert bits(task, state) == bits(*after(5))


def test_an_error_goes_through() -> None:
    """An observer's error ends training, puts the last finished epoch back, and is raised."""
    task, state = after(0)
    observer = Fails(ZeroDivisionError("mine"), 1)

    with pytest.raises(ZeroDivisionError, match="mine"):
        fit(task, state, 5, observers=[observer])

    assert observer.goodbye == TrainEnd("failed", "mine")
    assert bits(task, state) == bits(*after(1))


def test_an_error_at_the_end_of_an_epoch_keeps_it() -> None:
    """An error that is raised when an epoch has ended leaves that epoch finished."""

    class Fussy(Observer):
        def on_epoch_end(self, event: EpochEnd) -> None:
            raise KeyboardInterrupt

    task, state = after(0)

    assert fit(task, state, 5, observers=[Fussy()]).n_epochs == 1
    assert bits(task, state) == bits(*after(1))


# ---- several epochs in a call ----------------------------------------------------------------------------------


class Ahead:
    """The reference engine, which makes the steps of up to four epochs in one call."""

    name, is_available, n_ahead = "ahead", True, 4

    def __init__(self) -> None:
        self.calls: list[int] = []

    def open(self, problem: Problem) -> Any:
        self.session, self.waiting, self.problem = get_engine("reference").open(problem), None, problem
        return self

    def run_steps(self, *steps: int, **given: Any) -> None:
        if self.waiting is None:
            self.session.run_steps(*steps, **given)
        else:
            self.waiting.append((steps, given | {"rng": deepcopy(given["rng"])}))
            given["sums"].n_updates += steps[1] - steps[0]
            if any(layer.is_random for layer in self.problem.objective.network.layers):
                draw_key(given["rng"], (steps[1] - steps[0], 1))

    def ahead(self, order: Any, memory: Any) -> bool:
        self.waiting = []
        order()
        waiting, self.waiting = self.waiting, None
        network = self.problem.objective.network
        before = network.parameters.copy(), memory.copy()
        self.calls.append(len(waiting))
        for steps, given in waiting:
            given["sums"].n_updates = 0
            self.session.run_steps(*steps, **given)
            if not given["sums"].finite:
                network.parameters[...], memory[...] = before
                return False
        return True


@pytest.mark.parametrize(
    ("given", "calls"),
    [
        ({}, [4, 4]),
        ({"patience": 2, "tol": 1e9}, [3]),
        ({"patience": 2, "tol": 1e9, "schedule": "adaptive"}, [3, 3, 3]),
        ({"schedule": "cosine"}, [4, 4]),
        ({"learning_rate": 1e5}, [4, 4]),  # the second diverges
    ],
)
def test_epochs_in_one_call_are_those_of_a_call_each(
    given: dict[str, Any], calls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history, where training stops, and what is left of one that diverges are the same."""
    monkeypatch.setattr(loop, "CALL_SECONDS", 1e6)
    ahead, found = Ahead(), []
    for engine in (None, ahead):
        task = problem("adam", layers={"dropout": 0.3}) if "learning_rate" not in given else problem()
        state = start(task)
        outcome = fit(task, state, 10, engine=engine, **given)  # type: ignore[arg-type]
        found.append((outcome.reason, outcome.n_epochs, outcome.message, bits(task, state)))

    assert found[0] == found[1]
    assert ahead.calls == calls
    assert (outcome.reason == "diverged") == ("learning_rate" in given)


def test_who_looks_at_epochs_gets_a_call_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Observers, validation and a limit of time."""
    monkeypatch.setattr(loop, "CALL_SECONDS", 1e6)
    for given in ({"observers": [Observer()]}, {"validate": lambda: (1.0, None)}, {"more": {"seconds": 1e6}}):
        ahead, task = Ahead(), problem()
        fit(task, start(task), 5, engine=ahead, **given)  # type: ignore[arg-type]
        assert ahead.calls == []
