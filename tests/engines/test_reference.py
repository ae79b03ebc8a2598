"""The reference engine: steps cut anywhere give the same bits; decay and clipping act where they should."""

from itertools import pairwise
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine_parity import AVAILABLE
from pellucid.engines import Problem, StepSums, get_engine
from pellucid.exceptions import ParameterError
from pellucid.optimizers import OPTIMIZERS
from problems import N_ROWS, data, problem, start, weights

STEPWISE = [name for name, row in OPTIMIZERS.items() if row.is_stepwise]
N_STEPS = 12  # of two rows each, the last of one
engines = pytest.mark.parametrize(
    "engine",  # JAX compiles each problem anew, for a second
    [pytest.param(name, marks=[pytest.mark.slow] * (name == "jax")) for name in AVAILABLE],
)


def everything(solver: str, batch_size: int = 2, **more: Any) -> Problem:
    """Return a problem with all that a step may do."""
    w = weights()
    w[4:6] = 0.0
    options: dict[str, Any] = {
        "layers": {"dropout": 0.3, "batch_norm": True},
        "penalties": {"l1": 0.01, "l2": 0.1, "alpha": 0.2},
        "weight_decay": 0.1,
        "max_grad_norm": 0.5,
    }
    return problem(solver, batch_size=batch_size, sample_weight=w, **(options | more))


def run(
    engine: str, task: Problem, cuts: list[int], *, shuffle: bool = True, rate: float = 0.05
) -> dict[str, Any]:
    """Run an epoch in calls that end at the cuts, and return all that it changed."""
    session, state, sums = get_engine(engine).open(task), start(task), StepSums()
    order = state.rng.permutation(N_ROWS) if shuffle else None
    rates = rate * np.linspace(1.0, 2.0, task.n_steps)
    for first, last in pairwise([0, *cuts, task.n_steps]):
        session.run_steps(
            first,
            last,
            order=order,
            learning_rates=rates[first:last],
            memory=state.memory,
            updates_done=7,
            rng=state.rng,
            sums=sums,
        )
    network = task.objective.network
    return {
        "parameters": network.parameters.tolist(),
        "statistics": network.state.tolist(),
        "memory": state.memory.tolist(),
        "rng": repr(state.rng.bit_generator.state),
        "gradient": session.gradient.tolist(),
        "sums": sums,
    }


@engines
@pytest.mark.parametrize("solver", STEPWISE)
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("cuts", [list(range(1, N_STEPS)), [1], [2], [3], [5, 11], [6, 6]], ids=str)
def test_steps_may_be_cut_anywhere(engine: str, solver: str, shuffle: bool, cuts: list[int]) -> None:
    """Several calls give the bits of one: parameters, moments, statistics, generator, gradient and sums."""
    task = everything(solver)
    whole = run(engine, task, [], shuffle=shuffle)

    assert run(engine, everything(solver), cuts, shuffle=shuffle) == whole
    # With batch normalization a step takes two rows that have a weight; some of the twelve batches have not.
    assert task.sample_weight is not None
    order = start(task).rng.permutation(N_ROWS) if shuffle else np.arange(N_ROWS)
    n_used = sum(np.count_nonzero(task.sample_weight[order[i : i + 2]]) == 2 for i in range(0, N_ROWS, 2))
    assert 0 < n_used < N_STEPS
    assert (whole["sums"].n_updates, whole["sums"].n_rows) == (n_used, 2 * n_used)


@engines
@hypothesis.settings(max_examples=30)
@given(cuts=st.lists(st.integers(0, N_STEPS), max_size=6).map(sorted))
def test_any_cuts(engine: str, cuts: list[int]) -> None:
    """Whatever the cuts are, calls of no step among them."""
    assert run(engine, everything("adam"), cuts) == run(engine, everything("adam"), [])


@engines
def test_sums_add_up(engine: str) -> None:
    """With a rate of 0 the sums are those of the batches, each weighted by its rows."""
    task = problem(batch_size=5, sample_weight=weights(), penalties={"l2": 0.1})
    X, Y, w = *data(), weights()

    sums = run(engine, task, [2], shuffle=False, rate=0.0)["sums"]

    batches = [slice(first, first + 5) for first in range(0, N_ROWS, 5)]
    found = [
        task.objective.value_and_gradient(X[b], Y[b], w[b], denominator=len(X[b]) * w.mean()) for b in batches
    ]
    sizes = np.array([5, 5, 5, 5, 3])
    assert sums.loss == pytest.approx(sizes @ [g.loss for g in found], rel=1e-13)
    assert sums.penalty == pytest.approx(sizes @ [g.penalty for g in found], rel=1e-13)
    assert sums.gradient_norm == pytest.approx(sizes @ [np.linalg.norm(g.flat) for g in found], rel=1e-13)
    assert (sums.n_rows, sums.n_updates, sums.finite) == (23, 5, True)


@engines
@pytest.mark.parametrize("solver", STEPWISE)
def test_decay_is_beside_the_step(engine: str, solver: str) -> None:
    """One step with decay is θ(1 - ηλ) for weights, and θ for all else, plus the step without decay."""
    plain, decayed = (everything(solver, N_ROWS, weight_decay=decay) for decay in (0.0, 0.5))
    before = plain.objective.network.parameters.copy()

    for task in (plain, decayed):
        run(engine, task, [], rate=0.1)

    shrunk = np.zeros(len(before), bool)
    for part in plain.objective.network.penalized:
        shrunk[part] = True
    assert 0 < shrunk.sum() < len(before)
    change = decayed.objective.network.parameters - plain.objective.network.parameters
    np.testing.assert_allclose(change, np.where(shrunk, -0.1 * 0.5 * before, 0.0), rtol=1e-9, atol=1e-15)


@engines
@pytest.mark.parametrize("limit", [0.01, 1e6])
def test_clipping(engine: str, limit: float) -> None:
    """The gradient is scaled down to the limit where it is longer; the sums hold its length before."""
    free, clipped = problem(batch_size=N_ROWS), problem(batch_size=N_ROWS, max_grad_norm=limit)

    one, other = run(engine, free, []), run(engine, clipped, [])

    norm = float(np.linalg.norm(one["gradient"]))
    np.testing.assert_allclose(
        other["gradient"], np.multiply(one["gradient"], min(1.0, limit / norm)), rtol=1e-12
    )
    assert (norm > limit) is (limit == 0.01)
    sums = [one["sums"].gradient_norm, other["sums"].gradient_norm]
    assert sums == pytest.approx([N_ROWS * norm] * 2, rel=1e-14)


@engines
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", STEPWISE)
def test_precision_stays(engine: str, solver: str, dtype: type) -> None:
    """Parameters, memory and gradient stay in the network's dtype, whatever the rates are in."""
    task = everything(solver, layers={"dtype": dtype, "batch_norm": True})
    session, state = get_engine(engine).open(task), start(task)
    session.run_steps(
        0,
        N_STEPS,
        order=None,
        learning_rates=np.full(N_STEPS, 0.1),
        memory=state.memory,
        updates_done=0,
        rng=state.rng,
        sums=StepSums(),
    )

    network = task.objective.network
    assert {a.dtype.type for a in (network.parameters, network.state, state.memory, session.gradient)} == {
        dtype
    }


@engines
def test_steps_end_at_the_first_loss_that_is_not_finite(engine: str) -> None:
    """The step with such a loss changes nothing more, and those after it are not run."""
    task, twin = problem(batch_size=5), problem(batch_size=5)
    task.Y[12] = np.inf  # the third batch

    broken = run(engine, task, [], shuffle=False)

    assert not broken["sums"].finite
    assert broken["sums"].n_updates == 2
    session, state = get_engine(engine).open(twin), start(twin)
    session.run_steps(
        0,
        2,
        order=None,
        learning_rates=0.05 * np.linspace(1.0, 2.0, 5)[:2],
        memory=state.memory,
        updates_done=0,
        rng=state.rng,
        sums=StepSums(),
    )
    assert twin.objective.network.parameters.tolist() == broken["parameters"]


def test_an_unknown_engine_is_refused() -> None:
    """The error names the engines that there are."""
    with pytest.raises(ParameterError, match=r"reference.*'abacus'"):
        get_engine("abacus")
