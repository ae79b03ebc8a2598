"""An epoch in windows: the same steps as in memory, bit for bit, however the windows are cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import Objective, get_loss
from pellucid.engines import Problem, StepSums, Whole, get_engine
from pellucid.optimizers import OPTIMIZERS, get_schedule
from pellucid.training import Observer, Plan, StepEnd, TrainingState, Window, train

N, BATCH = 230, 16


class Cut:
    """All rows of a problem in windows of some batches."""

    def __init__(self, problem: Problem, batches: int) -> None:
        self.problem, self.rows = problem, batches * BATCH
        self.closed = 0

    def windows(self, epoch: int) -> Iterator[Window]:
        """Yield the rows in their order."""
        p = self.problem
        try:
            for first in range(0, N, self.rows):
                rows = slice(first, min(first + self.rows, N))
                weight = None if p.sample_weight is None else p.sample_weight[rows]
                part = replace(p, X=p.X[rows], Y=p.Y[rows], sample_weight=weight)
                yield Window(part, None, -(-len(part.Y) // BATCH))
        finally:
            self.closed += 1


def trained(
    engine: str, weighted: bool, batches: int | None, observers: list[Observer], **more: float
) -> Network:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 3))
    weight = rng.uniform(0.5, 2.0, N) if weighted else None
    network = Network([3, 8, 1], dropout=0.2, random_state=0)
    objective = Objective(network, get_loss("squared_error").on(network.output_activation), l2=0.01)
    problem = Problem(objective, X, X[:, :1] ** 2, weight, BATCH, OPTIMIZERS["adam"], weight_decay=0.01)
    state = TrainingState(problem.optimizer.start(network.n_parameters), np.random.default_rng(1), horizon=4)
    plan = Plan(4, 0.02, get_schedule("cosine"), shuffle=False, **more)
    feed = None
    if batches is not None:
        whole = Whole(N, 1.0 if weight is None else float(weight.mean()))
        problem = replace(problem, whole=whole)
        feed = Cut(problem, batches)
        problem = replace(
            problem, X=X[:5], Y=problem.Y[:5], sample_weight=None if weight is None else weight[:5]
        )
    train(problem, state, plan, get_engine(engine), observers=observers, feed=feed)
    assert state.samples_seen == 4 * N
    assert feed is None or feed.closed == 4
    return network


@pytest.mark.parametrize("engine", ["reference", "compiled"])
@pytest.mark.parametrize("weighted", [False, True])
def test_windows_make_the_steps_that_all_rows_make(engine: str, weighted: bool) -> None:
    whole = trained(engine, weighted, None, [])
    for batches in (1, 4, 100):
        parts = trained(engine, weighted, batches, [])
        np.testing.assert_array_equal(parts.parameters, whole.parameters)


@pytest.mark.thorough
@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed: pip install 'pellucid[jax]'")
@pytest.mark.parametrize("weighted", [False, True])
def test_windows_of_almost_as_many_rows_are_compiled_once(weighted: bool) -> None:
    """Windows differ by the rows that are held out, and a compilation takes longer than their steps."""
    from pellucid.engines.accelerated.jax_session import JaxSession

    def stepped(n: int, *, in_parts: bool) -> tuple[JaxSession, bytes, float]:
        network = Network([3, 8, 2], dropout=0.2, random_state=0)
        objective = Objective(network, get_loss("squared_error").on(network.output_activation), l2=0.01)
        rng = np.random.default_rng(n)
        X, Y, weight = rng.normal(size=(n, 3)), rng.normal(size=(n, 2)), rng.uniform(0.5, 2.0, n)
        problem = Problem(objective, X, Y, weight if weighted else None, BATCH, OPTIMIZERS["adam"])
        if in_parts:
            problem = replace(problem, whole=Whole(n, problem.mean_weight))
        memory, sums = problem.optimizer.start(network.n_parameters), StepSums()
        rates, order, session = np.full(problem.n_steps, 0.02), rng.permutation(n), JaxSession(problem)
        session.run_steps(
            0,
            problem.n_steps,
            order=order,
            learning_rates=rates,
            memory=memory,
            updates_done=0,
            rng=rng,
            sums=sums,
        )
        return session, network.parameters.tobytes(), sums.loss

    sizes = (311, 312, 301, 289, 319)  # an eighth of 256 rows apart, at most
    found = [stepped(n, in_parts=True) for n in sizes]
    assert len({session.run for session, _, _ in found}) == 1
    assert found[0][0].run._cache_size() == 1
    for n, (_, *mine) in zip(sizes, found, strict=True):
        assert mine == list(stepped(n, in_parts=False)[1:])


def test_observers_see_the_rows_of_a_step_and_change_nothing() -> None:
    class Look(Observer):
        every_steps = 3
        seen: list[int] = []  # noqa: RUF012

        def on_step_end(self, event: StepEnd) -> None:
            self.seen.append(len(event.rows))

    plain, look = trained("compiled", False, 4, []), Look()
    watched = trained("compiled", False, 4, [look])
    np.testing.assert_array_equal(watched.parameters, plain.parameters)
    n_looks = -(-N // BATCH) // 3  # an epoch
    assert look.seen[: n_looks - 1] == [BATCH] * (n_looks - 1)
    assert len(look.seen) == 4 * n_looks
    assert min(look.seen) in (BATCH, N % BATCH)
