"""Training in rounds: shards train apart for some steps and go on from their mean."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from pellucid.engines import ENGINES, Problem, RoundsEngine, StepSums, Whole, get_engine
from pellucid.engines.accelerated import team as teams
from pellucid.engines.accelerated.team import Team
from pellucid.exceptions import ParameterError
from problems import N_ROWS, fit, problem, start, weights

REFERENCE = ENGINES["reference"]
RATES = np.linspace(0.1, 0.05, 100)


def epochs(
    engine: Any, given: Problem, n_epochs: int, cuts: tuple[int, ...] = ()
) -> tuple[Any, Any, StepSums]:
    """Return parameters and memory after some epochs, and the sums of the last; a call ends at each cut."""
    session, state = engine.open(given), start(given)
    for _ in range(n_epochs):
        sums, order = StepSums(), state.rng.permutation(given.n_samples)
        places = [0, *cuts, given.n_steps]
        for first, last in pairwise(places):
            session.run_steps(first, last, order=order, learning_rates=RATES[first:last], memory=state.memory,
                              updates_done=state.updates, rng=state.rng, sums=sums)  # fmt: skip
        state.updates += sums.n_updates
    return given.objective.network.parameters.copy(), state.memory.copy(), sums


def options(**more: Any) -> dict[str, Any]:
    return {"batch_size": 4, "sample_weight": weights(), "penalties": {"alpha": 0.3, "l2": 0.1}, **more}


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_one_shard_with_an_exchange_in_every_step_is_a_usual_training(solver: str) -> None:
    """All bits are those of the engine inside."""
    rounds = epochs(RoundsEngine(REFERENCE, 1, 1), problem(solver, **options()), 3)
    usual = epochs(REFERENCE, problem(solver, **options()), 3)

    assert all((ours == theirs).all() for ours, theirs in zip(rounds[:2], usual[:2], strict=True))
    assert rounds[2] == usual[2]


@pytest.mark.parametrize(("n_shards", "batch_size"), [(2, 6), (2, 5), (4, 4), (4, 23)])
def test_a_round_is_the_mean_of_trainings_apart(n_shards: int, batch_size: int) -> None:
    """Parameters and memory: each shard trains on every so manieth row of each batch; a last one may have none."""
    given = problem("adam", **options(batch_size=batch_size))
    order = start(given).rng.permutation(N_ROWS)
    parameters, memory, sums = epochs(RoundsEngine(REFERENCE, n_shards, 32), given, 1)

    apart = []
    for shard in range(n_shards):
        whole = problem("adam", **options(batch_size=batch_size))
        batches = [order[at : at + batch_size][shard::n_shards] for at in range(0, N_ROWS, batch_size)]
        rows, own = np.concatenate(batches), len(batches[0])
        alpha = whole.objective.alpha * own / batch_size
        part = replace(
            whole, X=whole.X[rows], Y=whole.Y[rows], sample_weight=whole.sample_weight[rows],
            batch_size=own, whole=Whole(len(rows), whole.mean_weight),
            objective=replace(whole.objective, alpha=alpha),
        )  # fmt: skip
        state, found = start(part), StepSums()
        REFERENCE.open(part).run_steps(
            0, part.n_steps, order=None, learning_rates=RATES[: part.n_steps], memory=state.memory,
            updates_done=0, rng=state.rng, sums=found,
        )  # fmt: skip
        apart.append((part.objective.network.parameters, state.memory, found.loss, found.n_rows))

    expected = [np.mean([one[k] for one in apart], axis=0) for k in range(2)]
    np.testing.assert_allclose(parameters, expected[0], rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(memory, expected[1], rtol=1e-14, atol=1e-15)
    assert sums.loss == pytest.approx(sum(one[2] for one in apart))
    assert sums.n_rows == N_ROWS == sum(one[3] for one in apart)


@pytest.mark.parametrize("cuts", [(1,), (1, 2, 3, 4, 5), (4,)])
def test_the_ends_of_calls_do_not_matter(cuts: tuple[int, ...]) -> None:
    """Steps wait for their round, whose place is fixed; dropout draws the same units."""
    layers = {"dropout": 0.4}
    whole, parts = (
        epochs(RoundsEngine(REFERENCE, 2, 3), problem("adam", **options(layers=layers)), 2, given)
        for given in ((), cuts)
    )

    assert (whole[0] == parts[0]).all()
    assert whole[2] == parts[2]


@pytest.mark.parametrize(("dropout", "is_same"), [(0.0, True), (0.5, False)])
def test_shards_drop_units_of_their_own(dropout: float, is_same: bool) -> None:
    """Two shards with the same rows come to what one of them comes to, unless units are dropped."""
    found = []
    for n_shards in (1, 2):
        given, rows = problem(layers={"dropout": dropout}), np.repeat(np.arange(11), n_shards)
        given = replace(given, X=given.X[rows], Y=given.Y[rows], batch_size=11 * n_shards)
        state = start(given)
        RoundsEngine(REFERENCE, n_shards, 1).open(given).run_steps(
            0, 1, order=None, learning_rates=RATES[:1], memory=state.memory, updates_done=0, rng=state.rng,
            sums=StepSums(),
        )  # fmt: skip
        found.append(given.objective.network.parameters)

    assert bool((found[0] == found[1]).all()) is is_same


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_a_window_with_fewer_rows_than_shards(engine: str) -> None:
    """The last one of a stream: shards without a row stay where they are, and count in the mean."""
    given = problem("sgd", batch_size=4)
    given = replace(given, X=given.X[:2], Y=given.Y[:2], whole=Whole(N_ROWS))
    before, usual = given.objective.network.parameters.copy(), replace(given, batch_size=1)
    found = epochs(RoundsEngine(ENGINES[engine], 4, 2), given, 1)
    one = []
    for row in range(2):
        given.objective.network.parameters[:] = before
        part = replace(usual, X=given.X[row : row + 1], Y=given.Y[row : row + 1])
        one.append(epochs(REFERENCE, part, 1)[0])

    np.testing.assert_allclose(found[0], (one[0] + one[1] + 2.0 * before) / 4.0, rtol=1e-12)
    assert found[2].n_rows == 2


def test_a_loss_that_is_not_finite_ends_before_its_round() -> None:
    """Parameters and memory are those of the last exchange."""
    given = problem("sgd", batch_size=4)
    given.Y[:] = 1e200
    session, state = RoundsEngine(REFERENCE, 2, 2).open(given), start(given)
    before, sums = given.objective.network.parameters.copy(), StepSums()
    with np.errstate(all="ignore"):
        session.run_steps(0, 4, order=None, learning_rates=RATES[:4] * 1e10, memory=state.memory,
                          updates_done=0, rng=state.rng, sums=sums)  # fmt: skip

    assert not sums.finite
    assert (given.objective.network.parameters == before).all()


def test_batches_with_too_few_rows_are_refused() -> None:
    """The message says how many there must be; batch normalization needs two of each shard."""
    with pytest.raises(ParameterError, match=r"'batch_size' must be at least 8, so that each of 8 .*; got 5"):
        RoundsEngine(REFERENCE, 8, 2).open(problem(batch_size=5))
    with pytest.raises(ParameterError, match=r"'batch_size' must be at least 8, so that each of 4 .*; got 5"):
        RoundsEngine(REFERENCE, 4, 2).open(problem(batch_size=5, layers={"batch_norm": True}))


def test_a_team_that_exchanges_parameters_works_in_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the engine; a training goes through all its epochs by the loop."""
    monkeypatch.setattr(teams, "_joined", [Team(0, 1, 2, exchange_every=3)])
    engine = get_engine("reference")

    assert isinstance(engine, RoundsEngine)
    assert (engine.name, engine.n_shards, engine.exchange_every) == ("reference", 2, 3)
    given = problem("adam", batch_size=6)
    state = start(given)
    fit(given, state, 3, engine=engine)
    assert state.epoch == 3
    assert state.updates == 12
