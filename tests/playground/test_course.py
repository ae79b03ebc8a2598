"""A course is a function of setup, edits and position: every way there gives the same bits."""

import numpy as np
import pytest

from pellucid.exceptions import ParameterError
from pellucid.playground.checkpoints import Checkpoints
from pellucid.playground.course import Course, Curve, Edit
from pellucid.playground.datasets import example
from pellucid.playground.setups import read_setup
from pellucid.training import TrainingState, Waypoint

METHOD = {
    "data": {"name": "circles"},
    "network": {"hidden": [6, 4], "activation": ["tanh"], "dropout": 0.2},
    "optimizer": {"name": "adam", "learning_rate": 0.02},
    "batch_size": 16,
}


def course_of(spacing=100, edits=(), **parts):
    setup = read_setup({**METHOD, **parts})
    return Course(setup.stepper(example(setup.data["name"])), edits, spacing)


def state_of(course):
    stepper = course.stepper
    return (
        course.step,
        course.parameters.tobytes(),
        stepper.state.memory.tobytes(),
        stepper.order.tobytes(),
        stepper.network.state.tobytes(),
    )


def test_sixty_jumps_inside_epochs_lose_no_bit(rng):
    straight, seen = course_of(), {}
    for step in range(1001):
        straight.jump(step)
        seen[step] = state_of(straight)
    course = course_of(spacing=30)
    for step in rng.integers(0, 1001, 60).tolist():
        course.jump(step)
        assert state_of(course) == seen[step]


def test_phases_batches_and_epochs_there_and_back_restore_everything():
    course = course_of()
    n = course.stepper.problem.n_steps
    course.jump(5 * n + 3)
    for far in (1, n, 4 * n):
        here = state_of(course)
        course.jump(course.step + far)
        course.jump(course.step - far)
        assert state_of(course) == here
        course.jump(course.step - far)
        course.jump(course.step + far)
        assert state_of(course) == here


@pytest.mark.slow
def test_fifty_edits_are_undone_and_redone(rng):
    course, states = course_of(), []
    for k in range(50):
        course.jump(3 * k)
        course.edit(int(rng.integers(len(course.parameters))), float(rng.normal()))
        states.append(state_of(course))
    final = course.edits.copy()
    for k in reversed(range(50)):
        course.jump(course.undo())
        assert course.step == 3 * k
        assert len(course.edits) == k
        if k:
            course.jump(3 * (k - 1))
            assert state_of(course) == states[k - 1]
    assert course.undo() is None
    course.jump(500)
    without = course_of()
    without.jump(500)
    assert state_of(course) == state_of(without)
    for k in range(50):
        course.jump(course.redo())
        assert state_of(course) == states[k]
    assert course.redo() is None
    assert course.edits == final


def test_an_edit_holds_from_its_step_on_however_it_is_reached():
    edits = [Edit(40, 3, 1.5), Edit(40, 3, -2.0), Edit(10, 0, 0.25)]
    course = course_of(edits=edits)
    course.jump(39)
    assert course.parameters[3] != -2.0
    course.jump(40)
    assert course.parameters[3] == -2.0
    course.jump(90)
    there = state_of(course)
    by_hand = course_of()
    by_hand.jump(10)
    by_hand.edit(0, 0.25)
    by_hand.jump(40)
    by_hand.edit(3, -2.0)
    by_hand.jump(90)
    assert state_of(by_hand) == there
    assert state_of(by_hand)[1] != state_of(course_of())[1]


def test_an_edit_drops_what_could_be_redone_and_what_came_after():
    course = course_of()
    course.jump(100)
    course.edit(0, 1.0)
    course.jump(course.undo())
    course.edit(1, 2.0)
    assert course.redo() is None
    course.jump(300)
    course.jump(150)
    course.edit(2, 3.0)
    assert course.curve.steps[-1] <= 150
    assert all(row["epoch"] * course.stepper.problem.n_steps <= 150 for row in course.rows)


def test_divergence_keeps_the_last_finite_state_and_can_be_left():
    method = {"optimizer": {"name": "sgd", "learning_rate": 1e3}, "loss": "squared_error"}
    course = course_of(data={"name": "x_squared"}, network={"hidden": [6], "activation": "relu"}, **method)
    course.jump(1000)
    assert "diverged" in course.diverged
    assert np.isfinite(course.parameters).all()
    assert course.step < 1000
    stopped = state_of(course)
    course.jump(1000)
    assert state_of(course) == stopped
    course.jump(0)
    assert not course.diverged
    course.jump(stopped[0])
    assert state_of(course) == stopped


@pytest.mark.slow
def test_the_curve_holds_the_losses_of_batches_in_order_and_few_of_them():
    course = course_of(network={"hidden": [3], "activation": "tanh"})
    course.jump(700)
    course.jump(300)
    course.jump(5000)
    curve = course.curve
    assert curve.every == 8
    assert curve.steps == list(range(8, 5001, 8))
    n = course.stepper.problem.n_steps
    means = [row["loss"] for row in course.rows[:200]]
    thinned = np.repeat(curve.losses, 8)[: 200 * n].reshape(-1, n).mean(axis=1)
    np.testing.assert_allclose(thinned, means, rtol=0.2)


def test_halving_a_curve_keeps_its_mean():
    curve = Curve()
    for step in range(1, 1026):
        curve.append(step, float(step))
    assert curve.every == 2
    assert curve.steps[:3] == [2, 4, 6]
    assert curve.losses[:2] == [1.5, 3.5]


@pytest.mark.parametrize(
    ("index", "value", "message"),
    [
        (55, 0.0, r"'index' must be an integer in 0..\d+; got 55"),
        (-1, 0.0, "'index' must be an integer"),
        (0, float("nan"), "'value' must be a finite number; got nan"),
        (0, "1", "'value' must be a finite number; got '1'"),
    ],
)
def test_an_edit_that_is_not_possible_is_refused_and_changes_nothing(index, value, message):
    course = course_of()
    before = state_of(course)
    with pytest.raises(ParameterError, match=message):
        course.edit(index, value)
    assert state_of(course) == before
    assert not course.edits


# ---- checkpoints --------------------------------------------------------------------------------------------


def waypoint(step, n=10):
    state = TrainingState(np.zeros((2, n)), np.random.default_rng(0), 1)
    return Waypoint(step, np.zeros(n), np.zeros(0), state, None)


@pytest.mark.parametrize(("n", "budget"), [(10, 100_000_000), (1000, 500_000), (1000, 100)])
def test_checkpoints_stay_few_and_small_and_cover_the_course(n, budget):
    kept = Checkpoints(spacing=10, budget=budget)
    for step in range(0, 20_001):
        if kept.wants(step):
            kept.add(waypoint(step, n))
    most = min(64, max(2, budget // waypoint(0, n).nbytes))
    assert len(kept) <= most
    assert len(kept) == 2 or kept.nbytes <= budget
    assert kept.steps[0] == 0
    assert kept.steps[-1] >= 19_980
    gaps = np.diff(kept.steps)
    assert gaps[-1] == 10 or most < 4
    if most == 64:
        assert gaps.max() <= 2 * 20_000 / 40 + 10
        assert (gaps[-22:] == 10).all()


def test_checkpoints_after_a_step_are_forgotten():
    kept = Checkpoints(spacing=10)
    for step in range(0, 200, 10):
        kept.add(waypoint(step))
    kept.forget_after(95)
    assert kept.steps == list(range(0, 100, 10))
    assert kept.before(57).step == 50
