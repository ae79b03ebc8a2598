"""Rows that are shared out: each once per epoch, and results that depend neither on pieces nor on processes."""

import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from pellucid import MLPClassifier, MLPRegressor, Network
from pellucid.core import Objective, get_loss
from pellucid.engines import (
    Problem,
    Shards,
    StepSums,
    Whole,
    bounds_of_shards,
    check_shards_have_rows,
    gathered,
    get_engine,
)  # fmt: skip
from pellucid.estimators._shared import read_shared_rows
from pellucid.exceptions import DataError, ParameterError
from pellucid.optimizers import OPTIMIZERS, get_schedule
from pellucid.ranks import Ranks, fit_on_ranks
from pellucid.ranks.sharing import are_shared_out, as_rows, rows_of_rank, shards_of_rank, table_of_rank
from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.streaming.sharded_table import ShardedTable, budget_of_table, check_sharded
from pellucid.tabular.streaming.streamed_targets import StreamedTargets
from pellucid.training import Plan, TrainingState, train
from shared_rows import N_ROWS, OPTIONS, houses, in_pieces

needs_jax = pytest.mark.skipif(
    find_spec("jax") is None, reason="JAX is not installed: pip install 'pellucid[jax]'"
)


# ---- how rows are cut, and taken --------------------------------------------------------------------------


@pytest.mark.parametrize("counts", [[9, 11, 7, 10], [5, 5], [1, 40, 0, 3]])
def test_an_epoch_takes_every_row_once(counts: list[int]) -> None:
    """Batches are of nearly equal length, and each has about the same share of every shard."""
    shards = Shards(np.array(counts), tuple(np.arange(n) for n in counts), 0, max(counts))
    n_steps = -(-sum(counts) // 8)
    ends = shards.ends(np.arange(n_steps + 1), n_steps)
    parts = np.diff(ends, axis=0)
    assert (ends[0] == 0).all()
    assert (ends[-1] == counts).all()
    assert parts.max() == shards.most(n_steps)
    assert (np.ptp(parts, axis=0) <= 1).all()
    order = shards.order(np.random.default_rng(0), shuffle=True)
    for row, n in zip(order, counts, strict=True):
        assert sorted(row[:n]) == list(range(n))


def test_the_order_of_a_shard_does_not_depend_on_who_holds_it() -> None:
    """It follows from the seed of the epoch and the number of the shard; so does the state of the generator."""
    rows = tuple(np.arange(6) for _ in range(4))
    all_of_them = Shards(np.full(4, 6), rows, 0, 6).order(np.random.default_rng(1), shuffle=True)
    rng = np.random.default_rng(1)
    some = Shards(np.full(4, 6), rows[2:], 2, 6).order(rng, shuffle=True)
    assert (some == all_of_them[2:]).all()
    assert not (some[0] == some[1]).all()
    in_order = Shards(np.full(4, 6), rows, 0, 6).order(rng, shuffle=False)
    assert (in_order == np.arange(6)).all()


def test_ranks_share_out_all_shards() -> None:
    """Neighbors, whose rows are next to each other."""
    assert [list(shards_of_rank(rank, 2, 8)) for rank in range(2)] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    rows = [rows_of_rank(rank, 4, 8, 1003) for rank in range(4)]
    assert [a for a, _ in rows] == [0, *(b for _, b in rows[:-1])]
    assert rows[-1][1] == 1003
    assert np.ptp(np.diff(bounds_of_shards(1003, 8))) <= 1


def test_every_argument_has_a_row_for_each_of_x() -> None:
    """Names of columns, and arrays of another length, are refused before anything is cut."""
    X = np.zeros((40, 2))
    with pytest.raises(DataError, match="'y' must have a row for each of X, 40; got 39"):
        table_of_rank(X, {"y": np.zeros(39)}, 0, 2, 4, 10**6)
    _, given = as_rows(X, {"y": np.zeros(40), "groups": "g"})
    with pytest.raises(
        DataError, match="'groups' must be an array if rows are distributed; got the name 'g'"
    ):
        table_of_rank(X, given, 0, 2, 4, 10**6)


def test_a_shard_needs_a_row_that_counts() -> None:
    check_shards_have_rows(np.array([1, 2]))
    with pytest.raises(DataError, match="all rows of shard 1 of 3 have weight 0"):
        check_shards_have_rows(np.array([3, 0, 2]))


TWO_DEVICES = """
import os, sys
os.environ |= {"XLA_FLAGS": f"--xla_force_host_platform_device_count={sys.argv[1]}", "JAX_PLATFORMS": "cpu"}
import numpy as np
from pellucid import Network
from pellucid.core import Objective, get_loss
from pellucid.engines import Problem, Shards, StepSums, Whole, get_engine
from pellucid.engines.accelerated.team import Team, join_team
from pellucid.optimizers import OPTIMIZERS
if sys.argv[1] == "2":
    join_team(Team(0, 1, 2))
net = Network([2, 3, 1], random_state=0)
X = np.random.default_rng(0).normal(size=(40, 2))
objective, sgd = Objective(net, get_loss("squared_error").on(net.output_activation)), OPTIMIZERS["sgd"]
whole = Whole(40, 1.0, Shards(np.array([20, 20]), (np.arange(20), np.arange(20)), 0, 20))
problem = Problem(objective, X, X[:, :1].copy(), None, 8, sgd, whole=whole)
session, sums = get_engine("jax").open(problem), StepSums()
order = problem.order(np.random.default_rng(1), shuffle=True)
memory = sgd.start(net.n_parameters, net.dtype)
session.run_steps(0, 5, order=order, learning_rates=np.full(5, 0.1), memory=memory, updates_done=0,
                  rng=np.random.default_rng(0), sums=sums)
print(sums.n_rows, net.parameters.tobytes().hex())
"""


@needs_jax
@pytest.mark.slow
def test_devices_that_send_messages_share_rows_out() -> None:
    """Two devices of a process have no memory to share, and get the bits of one device: each sees its own rows."""
    found = [
        subprocess.run(
            [sys.executable, "-c", TWO_DEVICES, number], capture_output=True, text=True, check=True
        ).stdout
        for number in "12"
    ]

    assert found[0].startswith("40 ")
    assert found[0] == found[1]


def test_what_one_process_knows_is_what_all_know_if_it_is_alone() -> None:
    assert gathered([1, 2]) == [1, 2]


def test_rows_come_as_they_stand_whatever_pieces_they_came_in() -> None:
    """Those of weight 0 are left out; places count all rows."""
    X, y, weight = houses()
    for n_pieces in (1, 5):
        table = in_pieces(X, y, weight, n_pieces)
        chunks = [chunk for shard in table.shards for chunk in shard.scan(700)]
        places = np.concatenate([chunk.places for chunk in chunks])
        assert (places == np.flatnonzero(weight)).all()
        found = np.concatenate([chunk.X["area"].to_numpy() for chunk in chunks])
        assert (found == X["area"].to_numpy()[places]).all()
        table.forget(N_ROWS)
        assert not table.pieces


@pytest.mark.parametrize("places", [(0, 30), (30, 0)])
def test_the_precision_of_inputs_is_that_of_all_pieces(places: tuple[int, int]) -> None:
    """A piece of float32 does not round those of float64, whether it comes before or after them."""
    X = np.random.default_rng(0).normal(size=(60, 3))
    y = X[:, 0]
    types = dict(zip(places, (np.float32, np.float64), strict=True))
    pieces = [(at, {"X": X[at : at + 30].astype(types[at]), "y": y[at : at + 30]}) for at in (0, 30)]
    table = ShardedTable(pieces, 60, range(2), 2, 10**6)
    rows = read_shared_rows(MLPRegressor(engine="jax"), table, cold=True)
    expected = np.concatenate([piece["X"] for _, piece in pieces])
    assert rows.inputs.dtype == np.float64
    assert (rows.inputs == expected).all()


def test_a_process_without_rows_does_not_stop_alone_while_others_wait() -> None:
    """That shards have rows is checked once all have said what they have."""
    pieces = [(0, {"X": np.zeros((0, 3)), "y": np.zeros(0)})]
    assert ShardedTable(pieces, 60, range(2), 2, 10**6).dtype == np.float64


def test_targets_of_shards_are_merged_to_those_of_the_whole() -> None:
    """Means and deviations of numbers by fold, ranges, classes with their weights."""
    rng = np.random.default_rng(0)
    y, weight, fold = rng.normal(50.0, 3.0, (900, 2)), rng.uniform(0.5, 2.0, 900), rng.integers(0, 3, 900)
    fold[:200] = 2  # a shard without some folds
    names = np.array(["cheap", "dear", "fair"])[rng.integers(0, 3, 900)]
    for estimator, targets in ((TabularRegressor(), y), (TabularClassifier(), names)):
        parts = [StreamedTargets(estimator, 2) for _ in range(3)]
        for part, rows in zip(parts, (slice(0, 200), slice(200, 201), slice(201, 900)), strict=True):
            part.add(targets[rows], weight[rows], fold[rows])
        alone = [part.alone() for part in parts]
        merged = parts[0]
        merged.take(alone)
        assert merged.of_shards.sum(axis=1).tolist() == [200, 1, 699]
        assert merged.n_rows.tolist() == np.bincount(fold, minlength=3).tolist()
        np.testing.assert_allclose(merged.weight, np.bincount(fold, weight, 3), rtol=1e-12)
        if estimator.__class__ is TabularClassifier:
            for name in np.unique(names).tolist():
                of_name = names == name
                expected = np.bincount(fold[of_name], weight[of_name], 3)
                np.testing.assert_allclose(merged.counts[name], expected, rtol=1e-12)
            continue
        assert merged.moments is not None
        mean, squares, low, high = merged.moments
        for k in range(3):
            rows = fold == k
            center = np.average(y[rows], axis=0, weights=weight[rows])
            np.testing.assert_allclose(mean[k], center, rtol=1e-12)
            np.testing.assert_allclose(squares[k], weight[rows] @ (y[rows] - center) ** 2, rtol=1e-9)
            assert (low[k] == y[rows].min(axis=0)).all()
            assert (high[k] == y[rows].max(axis=0)).all()


def test_small_tables_are_not_shared_out() -> None:
    """The memory decides, as for Parquet files; without one, every process has all rows."""
    kinds, model = [np.dtype(float)] * 11, TabularRegressor("fast")
    assert not are_shared_out(model, kinds, 10**6, None)
    assert not are_shared_out(model, kinds, 1000, 10**6)
    assert are_shared_out(model, kinds, 2000, 10**6)
    assert budget_of_table(kinds, 10**6).n_columns == 10


# ---- what is refused ----------------------------------------------------------------------------------------


def test_what_needs_all_rows_in_one_place_is_refused() -> None:
    """The message says why, and what to do."""
    with pytest.raises(ParameterError, match="preset='best' needs all rows in one place"):
        check_sharded(TabularRegressor("best"), "jax")
    with pytest.raises(
        ParameterError, match=r"validation='time' .* not in order. Pass validation_data, or a 'memory'"
    ):
        check_sharded(TabularRegressor(validation="time"), "jax")
    with pytest.raises(
        ParameterError, match=r"'engine' must be one of .*'jax'.* distributed rows; got 'auto'"
    ):
        check_sharded(TabularRegressor())
    with pytest.raises(DataError, match="'X' must have at least 16 rows for 4 shards; got 9"):
        ShardedTable([(0, {"X": np.ones((9, 1)), "y": np.ones(9)})], 9, range(4), 4, 10**6)
    with pytest.raises(ParameterError, match="'memory' must be None with 'exchange_every' > 1"):
        Ranks(2, exchange_every=2, memory="1GB")


def test_weights_that_are_none_are_refused() -> None:
    """The message names the rows."""
    X, y, weight = houses()
    weight[1500] = -1.0
    table = in_pieces(X, y, weight, 2)
    with pytest.raises(
        DataError, match=r"Rows 1,500 to 1,999 of the table: 'sample_weight' .* row 0, .* has -1.0"
    ):
        list(table.shards[2].scan(500))


# ---- the same results ---------------------------------------------------------------------------------------


@pytest.mark.slow
@needs_jax
def test_steps_are_those_of_the_reference() -> None:
    """Batch by batch, with weights, penalties and places that are nobody's."""
    rng = np.random.default_rng(0)
    capacity, counts = 11, [9, 11, 7, 10]
    X = rng.normal(size=(44, 3))
    Y, weight = np.sin(X[:, :1]), rng.uniform(0.0, 2.0, 44)
    rows = tuple(np.sort(rng.permutation(capacity)[:n]) for n in counts)
    taken = np.concatenate([k * capacity + some for k, some in enumerate(rows)])
    mean, shards = float(weight[taken].mean()), Shards(np.array(counts), rows, 0, capacity)

    def problem(rows: Any, size: int, whole: Whole) -> Problem:
        loss = get_loss("squared_error").on(network.output_activation)
        objective = Objective(network, loss, l2=0.01)
        return Problem(objective, X[rows], Y[rows], weight[rows], size, OPTIMIZERS["adam"], whole=whole)

    network = Network([3, 8, 1], random_state=0, dtype=np.float64)
    given = problem(slice(None), 8, Whole(37, mean, shards))
    state = TrainingState(given.optimizer.start(network.n_parameters), np.random.default_rng(0), horizon=3)
    train(given, state, Plan(3, 0.02, get_schedule("constant")), get_engine("jax"))
    found = network.parameters.copy()

    network = Network([3, 8, 1], random_state=0, dtype=np.float64)
    drawn, memory, losses = np.random.default_rng(0), given.optimizer.start(network.n_parameters), []
    for epoch in range(3):
        order, sums = shards.order(drawn, shuffle=True), StepSums()
        for step in range(5):
            parts = [
                k * capacity + order[k][step * n // 5 : (step + 1) * n // 5] for k, n in enumerate(counts)
            ]
            batch = np.concatenate(parts)
            of_step = StepSums()
            get_engine("reference").open(problem(batch, len(batch), Whole(len(batch), mean))).run_steps(
                0, 1, order=None, learning_rates=np.array([0.02]), memory=memory,
                updates_done=5 * epoch + step, rng=drawn, sums=of_step,
            )  # fmt: skip
            sums.loss, sums.weight = sums.loss + of_step.loss, sums.weight + of_step.weight
        losses.append(sums.loss / sums.weight)
    np.testing.assert_allclose(found, network.parameters, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose([row["loss"] for row in state.history], losses, rtol=1e-12)


@pytest.mark.slow
@needs_jax
def test_one_process_learns_what_a_table_in_memory_teaches() -> None:
    """The encoder is that of the table as a whole; sorted rows do no harm; pieces make no difference."""
    X, y, weight = houses(is_sorted=True)
    given = TabularClassifier(**OPTIONS | {"max_iter": 8}, engine="jax")
    model = given.fit(in_pieces(X, y, weight, 5))
    plain = TabularClassifier(**OPTIONS | {"max_iter": 8}).fit(X, y, sample_weight=weight)
    assert model.encoder_.to_plain() == plain.encoder_.to_plain()
    found, expected = ((each.predict(X) == y).mean() for each in (model, plain))
    assert found > 0.85
    assert abs(found - expected) < 0.02
    again = TabularClassifier(**OPTIONS | {"max_iter": 8}, engine="jax").fit(in_pieces(X, y, weight, 1))
    assert again.network_.parameters.tobytes() == model.network_.parameters.tobytes()


@pytest.mark.slow
@needs_jax
@pytest.mark.parametrize("n_processes", [2, 4])
def test_the_number_of_processes_makes_no_difference(n_processes: int) -> None:
    """Bits are those of one process with all shards; a rank has its part of the rows."""
    X, y, _ = houses()
    alone = TabularClassifier(**OPTIONS, engine="jax").fit(in_pieces(X, y, None, 3))
    model = TabularClassifier(**OPTIONS)
    fit_on_ranks(model, X, y, ranks=Ranks(n_processes, n_shards=4, memory="1MB", heartbeat=120))
    assert model.network_.parameters.tobytes() == alone.network_.parameters.tobytes()
    assert [row["loss"] for row in model.history_] == [row["loss"] for row in alone.history_]
    assert model.temperature_ == alone.temperature_
    predicted = alone.set_params(engine="auto").predict_proba(X)  # by the engine of the other
    assert (model.predict_proba(X) == predicted).all()
    table, _ = table_of_rank(X, {"y": y}, 1, n_processes, 4, 10**6)
    assert [len(piece["y"]) for _, piece in table.pieces] == [N_ROWS // n_processes]


@pytest.mark.slow
@needs_jax
def test_a_perceptron_learns_from_rows_that_are_shared_out() -> None:
    """Scales, summary, classes and validation rows are those in memory; pieces make no difference."""
    X, y, weight = houses(is_sorted=True)
    X, weight = X[["area", "age"]].fillna(0.0), weight + 0.1
    options: dict[str, Any] = {"hidden_layer_sizes": (16,), "max_iter": 6, "learning_rate": "cosine"}
    options |= {
        "standardize": True,
        "early_stopping": True,
        "class_weight": "balanced",
        "random_state": 0,
        "learning_rate_init": 0.02,
    }
    plain = MLPClassifier(**options).fit(X, y, sample_weight=weight)
    models = [MLPClassifier(**options, engine="jax").fit(in_pieces(X, y, weight, n), None) for n in (5, 1)]
    assert models[0].network_.parameters.tobytes() == models[1].network_.parameters.tobytes()
    np.testing.assert_allclose(models[0].input_mean_, plain.input_mean_, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(models[0].input_scale_, plain.input_scale_, rtol=1e-10)
    assert models[0].classes_.tolist() == ["cheap", "dear"]
    for name in ("low", "high", "bounds", "below"):
        found, expected = (getattr(model.fit_summary_, name) for model in (models[0], plain))
        np.testing.assert_array_equal(found, expected)
    scores = [max(model.validation_scores_) for model in (models[0], plain)]
    assert min(scores) > 0.75
    assert abs(scores[0] - scores[1]) < 0.05


@pytest.mark.slow
@needs_jax
def test_a_regression_of_two_processes_is_that_of_one() -> None:
    """With weights, of which some are 0, in float64."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6000, 20))
    y, weight = np.sin(X[:, 0]) + X[:, 1], rng.integers(0, 3, 6000)
    options: dict[str, Any] = {
        "hidden_layer_sizes": (16,),
        "max_iter": 4,
        "learning_rate_init": 0.02,
        "learning_rate": "cosine",
        "random_state": 0,
        "dtype": "float64",
    }
    model = MLPRegressor(**options)
    ranks = Ranks(2, n_shards=4, memory="1MB", heartbeat=120)
    fit_on_ranks(model, X, y, sample_weight=weight, ranks=ranks)
    table = ShardedTable([(0, {"X": X, "y": y, "sample_weight": weight})], 6000, range(4), 4, 10**6)
    alone = MLPRegressor(**options, engine="jax").fit(table, None)
    assert model.network_.parameters.tobytes() == alone.network_.parameters.tobytes()
    assert alone.score(X, y) > 0.8
