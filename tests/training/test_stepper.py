"""Training stops after any step, goes back to it, and makes the bits of `train`."""

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import Objective, get_loss
from pellucid.engines import Problem, get_engine
from pellucid.exceptions import ParameterError
from pellucid.optimizers import OPTIMIZERS, SCHEDULES, get_schedule
from pellucid.training import Plan, Stepper, TrainingState, train

N, BATCH, EPOCHS = 53, 8, 12
STEPS = -(-N // BATCH)


def setting(
    optimizer="adam", schedule="constant", *, rate=0.02, weighted=False, tol=1e-4, patience=float("inf"),
    dropout=(0.3, 0.0), normalization=None,
):  # fmt: skip
    rng = np.random.default_rng(5)
    X = rng.normal(size=(N, 3))
    Y = np.sin(X[:, :1]) + X[:, 1:2] ** 2
    net = Network([3, 7, 5, 1], dropout=dropout, normalization=normalization, random_state=1)
    objective = Objective(net, get_loss("squared_error").on(net.output_activation), l2=1e-3)
    row = OPTIMIZERS[optimizer]
    weight = rng.integers(0, 3, N).astype(float) if weighted else None
    problem = Problem(objective, X, Y, weight, BATCH, row, row.resolve({}), row.weight_decay)
    state = TrainingState(row.start(net.n_parameters), np.random.default_rng(2), EPOCHS)
    return problem, state, Plan(EPOCHS, rate, get_schedule(schedule), tol=tol, patience=patience)


def trained(n_epochs, engine, *args, **options):
    problem, state, plan = setting(*args, **options)
    train(problem, state, Plan(n_epochs, plan.learning_rate, plan.schedule, tol=plan.tol, patience=plan.patience),
          get_engine(engine))  # fmt: skip
    return problem.objective.network, state


def stepper(engine, *args, **options):
    return Stepper(*setting(*args, **options), get_engine(engine))


def bits(made):
    return made.network.parameters.tobytes(), made.network.state.tobytes(), made.state.memory.tobytes()


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimizer": "momentum", "schedule": "one_cycle"},
        {"optimizer": "adamw", "normalization": "batch_norm", "dropout": 0.0},
        {"optimizer": "rmsprop", "weighted": True},
        {"schedule": "adaptive", "tol": 0.05, "patience": 1},
    ],
    ids=["adam, dropout", "momentum, one cycle", "adamw, batch norm", "rmsprop, weights", "adaptive"],
)
@pytest.mark.whole
def test_steps_in_odd_portions_make_the_bits_of_train(engine, options, rng):
    made = stepper(engine, **options)
    while made.step < EPOCHS * STEPS:
        assert made.run_to(min(made.step + int(rng.integers(1, 19)), EPOCHS * STEPS)) is None
    if options.get("schedule") == "adaptive":
        assert made.state.reductions > 0
    network, state = trained(made.state.epoch, engine, **options)
    assert made.state.epoch == state.epoch
    assert made.network.parameters.tobytes() == network.parameters.tobytes()
    assert made.network.state.tobytes() == network.state.tobytes()
    assert made.state.memory.tobytes() == state.memory.tobytes()
    assert made.state.rng.bit_generator.state == state.rng.bit_generator.state
    for ours, theirs in zip(made.state.history, state.history, strict=True):
        assert {**ours, "seconds": 0} == {**theirs, "seconds": 0}


@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if name != "adaptive"])
def test_every_schedule_takes_the_course_of_train(schedule):
    made = stepper("reference", "sgd", schedule)
    for step in range(1, 4 * STEPS + 1):
        made.run_to(step)
    network, _ = trained(4, "reference", "sgd", schedule)
    assert made.network.parameters.tobytes() == network.parameters.tobytes()


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_a_moment_is_restored_with_all_its_bits_as_often_as_one_likes(engine, rng):
    made, seen, kept = stepper(engine), {}, {}
    for step in range(1, 5 * STEPS + 1):
        made.run_to(step)
        seen[step] = bits(made), made.order.tolist(), len(made.state.history)
        if step % 6 == 1:
            kept[step] = made.waypoint()
    for start in [int(s) for s in rng.choice(list(kept), 20)]:
        made.restore(kept[start])
        assert (made.step, (bits(made), made.order.tolist(), len(made.state.history))) == (start, seen[start])
        step = int(rng.integers(start, 5 * STEPS + 1))
        made.run_to(step)
        assert (bits(made), made.order.tolist(), len(made.state.history)) == seen[step]


def test_the_order_between_two_epochs_is_that_of_the_next():
    made = stepper("reference")
    made.run_to(STEPS)
    before = made.order.tolist()
    assert sorted(before) == list(range(N))
    made.run_to(STEPS + 1)
    assert made.order.tolist() == before


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_divergence_leaves_the_last_finite_step(engine, optimizer):
    made = stepper(engine, optimizer, rate=1e6, dropout=0.0)
    divergence = made.run_to(EPOCHS * STEPS)
    assert divergence is not None
    assert "learning rate 1e+06" in divergence.cause
    assert made.is_finite
    assert 0 < made.step < EPOCHS * STEPS
    stopped, held = made.step, bits(made)
    assert made.run_to(stopped + 1) is not None
    assert (made.step, bits(made)) == (stopped, held)
    one_by_one = stepper(engine, optimizer, rate=1e6, dropout=0.0)
    while one_by_one.run_to(one_by_one.step + 1) is None:
        pass
    assert (one_by_one.step, bits(one_by_one)) == (stopped, held)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_a_rate_beyond_all_numbers_is_a_divergence_without_a_warning(engine):
    made = stepper(engine, "adam", rate=1e308)
    assert made.run_to(STEPS) is not None
    assert (made.step, made.is_finite) == (0, True)


def test_what_cannot_be_stepped_is_refused():
    problem, state, plan = setting("lbfgs")
    with pytest.raises(
        ParameterError, match="'optimizer' must be a method that works batch by batch; got 'lbfgs'"
    ):
        Stepper(problem, state, plan, get_engine("reference"))
    problem, state, _ = setting()
    with pytest.raises(ParameterError, match="'keep_best' must be False"):
        Stepper(
            problem, state, Plan(1, 0.1, get_schedule("constant"), keep_best=True), get_engine("reference")
        )
    made = stepper("reference")
    made.run_to(3)
    with pytest.raises(ParameterError, match="'step' must be an integer >= 3; got 2"):
        made.run_to(2)
