"""The compiled engine does what the reference engine does, to rounding, for every row of every table."""

import warnings
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from engine_parity import (
    AVAILABLE,
    GROUPS,
    HIDDEN,
    INPUT_LAYERS,
    MEMBERS,
    N_SAMPLES,
    OPTIONS,
    PAIRS,
    STEPWISE,
    TOLERANCE,
    assert_parity,
    problem_of,
    table,
    ten_steps,
)  # fmt: skip
from pellucid.core import Activation
from pellucid.core.inputs import StandardizedSparse
from pellucid.core.layers import NORMALIZATIONS, Scale
from pellucid.engines import ENGINES, StepSums
from pellucid.exceptions import DataError
from tiers import thinned

pytest.importorskip("numba")


@pytest.fixture(params=TOLERANCE)
def dtype(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("activation", HIDDEN)
def test_every_activation(activation: str, dtype: str) -> None:
    """Ten steps through any hidden activation are those of the reference."""
    assert_parity(dtype, rate=1e-3, activation=activation, sizes=(5, 4, 3))


@pytest.mark.parametrize("pair", thinned(PAIRS))
def test_every_loss_on_every_output(pair: str, dtype: str) -> None:
    """Ten steps of any loss on any output that it takes are those of the reference."""
    loss, output = pair.split()
    assert_parity(dtype, rate=1e-3, loss=loss, output=output)


@pytest.mark.parametrize("optimizer", STEPWISE)
def test_every_optimizer(optimizer: str, dtype: str) -> None:
    """Ten steps of any optimizer are those of the reference."""
    assert_parity(dtype, rate=1e-3, optimizer=optimizer, objective={"alpha": 1e-2})


@pytest.mark.smoke
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_option(options: dict[str, Any], dtype: str) -> None:
    """Ten steps with any kind of layer, penalty, clipping, decay and batch are those of the reference."""
    assert_parity(dtype, rate=1e-3 if "adamw" in options.values() else 0.01, **options)


@pytest.mark.parametrize("kind", [None, *NORMALIZATIONS])
def test_weights(kind: str | None, dtype: str) -> None:
    """Weights act as in the reference, batches whose weights are all 0 included."""
    weights = np.random.default_rng(1).uniform(0.0, 3.0, N_SAMPLES)
    weights[np.random.default_rng(3).permutation(N_SAMPLES)[8:16]] = (
        0.0  # the second batch of the first epoch
    )
    weights[:3] = 0.0
    assert_parity(dtype, weights=weights, normalization=kind)


# ---- tables: input layers, parametric activations, groups, schedules ---------------------------------------


@pytest.mark.parametrize("layers", INPUT_LAYERS)
def test_input_layers(layers: str, dtype: str) -> None:
    """Each kind by itself and all in a row, with penalties, which are the weights' alone."""
    options = {"X": table(dtype), "input_layers": INPUT_LAYERS[layers], "objective": {"l2": 0.1}}
    assert_parity(dtype, **options)
    assert_parity(dtype, **options, sizes=(5, 3), optimizer="adam", rate=1e-3)  # no hidden block


# Each is an activation, which is fast by itself, with the same bend around it; to compile one takes long.
BENT = [pytest.param(name, marks=[pytest.mark.slow] * (name not in ("relu", "softplus"))) for name in HIDDEN]


@pytest.mark.parametrize("activation", BENT)
def test_parametric_activations(activation: str, dtype: str) -> None:
    """Ten steps through any hidden activation that learns how far it bends."""
    assert_parity(dtype, rate=1e-3, activation=activation, sizes=(5, 4, 3), parametric=True)


@pytest.mark.parametrize(
    "options",
    [
        {"rate_factors": GROUPS},
        {"rate_factors": GROUPS, "parametrization": "ntk", "optimizer": "adamw", "weight_decay": 0.3},
        {"batch_norm": True, "rate_factors": GROUPS, "rate": 0.01},
        {"sizes": (5, 15, 15, 3), "residual": True, "dropout": 0.3, "rate_factors": {"scale": 0.0}},
        {
            "residual": "activation",
            "objective": {"l1": 0.02, "alpha": 0.5},
            "max_grad_norm": 0.05,
            "rate": 0.01,
        },
    ],
    ids=str,
)
def test_tables_with_every_option(options: dict[str, Any], dtype: str) -> None:
    """All input layers and parametric activations, with groups of rates and what else there is."""
    more = {"X": table(dtype), "input_layers": INPUT_LAYERS["all"], "parametric": True}
    weights = np.random.default_rng(1).uniform(0.5, 3.0, N_SAMPLES)
    assert_parity(dtype, weights=weights, **{"rate": 1e-3} | more | options)


@pytest.mark.parametrize(
    "scheduled", [("decay_factors",), ("dropout_factors",), ("decay_factors", "dropout_factors")]
)
def test_schedules_of_decay_and_dropout(scheduled: tuple[str, ...], dtype: str) -> None:
    """Factors from 1.5 down to 0 on the weight decay and on the rate of dropout."""
    options = {"dropout": 0.4, "weight_decay": 0.5, "optimizer": "adamw", "rate": 1e-3}
    assert_parity(dtype, scheduled=scheduled, **options)


@pytest.mark.parametrize(
    ("loss", "options"),
    [
        ("quantile", {"level": (0.1, 0.5, 0.9)}),
        ("quantile", {"level": 0.3}),
    ],
)
def test_a_loss_with_an_option_per_output(loss: str, options: dict[str, Any], dtype: str) -> None:
    """Each output has its own level; one number is that of all."""
    assert_parity(dtype, rate=1e-3, loss=loss, output="identity", loss_options=options)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", MEMBERS)
def test_members_that_share_weights(kind: str, weighted: bool, dtype: str) -> None:
    """Their mean loss, with and without weights, rows of weight 0 among them."""
    weights = np.random.default_rng(1).uniform(0.5, 3.0, N_SAMPLES) if weighted else None
    if weights is not None:
        weights[::5] = 0.0
    assert_parity(dtype, n_members=3, weights=weights, **MEMBERS[kind])


def test_members_of_a_table(dtype: str) -> None:
    """Behind all input layers."""
    options = {"X": table(dtype), "input_layers": INPUT_LAYERS["all"], "parametric": True}
    assert_parity(dtype, n_members=2, **options)


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("standardized", [False, True])
def test_sparse_inputs(standardized: bool, index: Any, dtype: str) -> None:
    """Rows of a CSR matrix give what they give in the reference, standardized or not."""
    matrix = scipy.sparse.random_array(
        (N_SAMPLES, 5), density=0.4, rng=np.random.default_rng(5), dtype=dtype
    ).tocsr()
    matrix.indices, matrix.indptr = matrix.indices.astype(index), matrix.indptr.astype(index)
    X = matrix
    if standardized:
        X = StandardizedSparse(matrix, np.linspace(-1, 1, 5).astype(dtype))
    assert_parity(dtype, X=X, optimizer="adam", rate=1e-3, activation="tanh")
    assert_parity(dtype, X=X, sizes=(5, 5, 3), residual=True)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_same_bits_however_the_steps_are_split(dropout: float, dtype: str) -> None:
    """One call, five calls and another run give the same bits."""
    results = []
    for splits in ((), (1, 2, 3, 4), (2,), ()):
        problem = problem_of(dtype, dropout=dropout, optimizer="adam")
        sums = ten_steps(problem, "compiled", splits=splits)
        results.append((problem.objective.network.parameters.tobytes(), sums.n_updates))

    assert len(set(results)) == 1


@pytest.fixture
def cut_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have steps cut into three blocks of rows and into small pieces, shared by three workers."""
    from pellucid.engines.compiled import blocks, session

    monkeypatch.setattr(session, "available", lambda: 3)
    monkeypatch.setattr(session, "PIECE", 20)
    for name in ("WORK", "LEAST_ROWS", "ALIKE", "PIECE_WORK", "PIECE_ROWS"):
        monkeypatch.setattr(blocks, name, 1)
    monkeypatch.setattr(blocks, "LOOP_WORK", 0)
    monkeypatch.setattr(blocks, "MOST_BLOCKS", 3)


@pytest.mark.usefixtures("cut_up")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["softmax", "one output", "dropout"])
def test_members_in_blocks_of_rows(kind: str, weighted: bool, dtype: str) -> None:
    """Rows in blocks with a thread each, all members of a row in one."""
    weights = np.random.default_rng(1).uniform(0.5, 3.0, N_SAMPLES) if weighted else None
    assert_parity(dtype, n_members=3, weights=weights, optimizer="adam", rate=1e-3, **MEMBERS[kind])


@pytest.mark.usefixtures("cut_up")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_blocks_of_rows(optimizer: str, weighted: bool, dtype: str) -> None:
    """Rows in blocks with a thread each give what they give together; the last batch fills two blocks."""
    weights = np.random.default_rng(1).uniform(0.5, 3.0, N_SAMPLES) if weighted else None
    more = {"objective": {"l2": 0.1, "alpha": 0.5}, "residual": "activation", "rate": 1e-3}
    assert_parity(dtype, optimizer=optimizer, weights=weights, **more)
    assert_parity(dtype, optimizer=optimizer, loss="huber", output="identity", **more)


@pytest.mark.usefixtures("cut_up")
@pytest.mark.parametrize("name", NORMALIZATIONS)
def test_normalizations_in_blocks_of_rows(name: str, dtype: str) -> None:
    """Rows that depend on each other meet where they do."""
    assert_parity(dtype, normalization=name)


@pytest.mark.usefixtures("cut_up")
@pytest.mark.parametrize("weighted", [False, True])
def test_blocks_of_rows_of_a_table(weighted: bool, dtype: str) -> None:
    """The same with everything a table's network has; a unit is dropped by its place in the whole batch."""
    weights = np.random.default_rng(1).uniform(0.5, 3.0, N_SAMPLES) if weighted else None
    more: dict[str, Any] = {
        "X": table(dtype), "input_layers": INPUT_LAYERS["all"], "parametric": True, "parametrization": "ntk",
        "dropout": 0.3, "weight_decay": 0.3, "optimizer": "adamw", "rate_factors": GROUPS, "rate": 1e-3,
        "weights": weights, "scheduled": ("decay_factors", "dropout_factors"),
    }  # fmt: skip
    assert_parity(dtype, **more)
    levels = {"level": (0.1, 0.5, 0.9)}
    assert_parity(dtype, loss="quantile", loss_options=levels, output="identity", **more)


@pytest.mark.usefixtures("cut_up")
def test_the_same_bits_however_many_workers(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One worker that does all blocks gives the bits of three workers, whatever else runs."""
    from pellucid.engines.compiled import session

    results = []
    for address in (session.YIELD, session.YIELD, 0):
        monkeypatch.setattr(session, "YIELD", address)
        options = {"X": table(dtype), "input_layers": INPUT_LAYERS["all"], "dropout": 0.2}
        problem = problem_of(dtype, optimizer="adam", objective={"l2": 0.1}, **options)
        opened = ENGINES["compiled"].open(problem)
        assert opened.sizes.block_size == 3  # type: ignore[attr-defined]  of eight rows
        sums = ten_steps(problem, "compiled", splits=(2,))
        results.append((problem.objective.network.parameters.tobytes(), repr(sums)))

    assert len(set(results)) == 1


def test_the_gradient_of_the_last_step_is_at_hand(dtype: str) -> None:
    """The session's gradient is that of the reference, clipped, with the penalty."""
    gradients = []
    for engine in ("reference", "compiled"):
        problem = problem_of(dtype, objective={"l2": 0.1}, max_grad_norm=0.5)
        session = ENGINES[engine].open(problem)
        memory = problem.optimizer.start(problem.objective.network.n_parameters, dtype)
        session.run_steps(0, 1, order=None, learning_rates=np.ones(1), memory=memory, updates_done=0,
                          rng=np.random.default_rng(0), sums=StepSums())  # fmt: skip
        gradients.append(session.gradient)

    np.testing.assert_allclose(gradients[1], gradients[0], rtol=0, atol=TOLERANCE[dtype])
    assert np.linalg.norm(gradients[1]) == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_nan_stops_before_the_update(activation: str, dtype: str) -> None:
    """A NaN anywhere in a batch is seen in the loss, and the parameters stay as they were."""
    problem = problem_of(dtype, activation=activation)
    problem.X[int(np.random.default_rng(3).permutation(N_SAMPLES)[17]), 2] = (
        np.nan
    )  # a row of the third batch
    sums = ten_steps(problem, "compiled")

    assert not sums.finite
    assert np.isfinite(problem.objective.network.parameters).all()


def test_an_activation_of_ones_own_is_compiled(dtype: str) -> None:
    """A user's pair of functions runs compiled, without a warning, as in the reference."""
    slope = 0.3
    bent = Activation("bent", lambda z: np.arctan(z) + slope * z, lambda z, a: 1.0 / (1.0 + z * z) + slope)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_parity(dtype, activation=bent)


@pytest.mark.parametrize("engine", AVAILABLE)
@pytest.mark.parametrize("code", [-1.0, 4.0, 1.5, np.nan, 1e9])
def test_codes_are_checked_before_any_step(code: float, engine: str, dtype: str) -> None:
    """A code is a place in memory: one that has no row is refused where the engine opens, by row and column."""
    X = table(dtype)
    X[17, 4] = code
    problem = problem_of(dtype, X=X, input_layers=INPUT_LAYERS["lookup"])
    with pytest.raises(DataError, match=r"X\[17, 4\] = .* is not a code: .* from 0 to 3"):
        ENGINES[engine].open(problem)


@pytest.mark.parametrize("engine", AVAILABLE)
def test_sparse_rows_and_input_layers_do_not_go_together(engine: str, dtype: str) -> None:
    """The message says what to do."""
    X = scipy.sparse.csr_array(table(dtype))
    for rows in (X, StandardizedSparse(X, np.zeros(5, dtype))):
        with pytest.raises(DataError, match=r"X is sparse.*pass X\.toarray\(\)"):
            ENGINES[engine].open(problem_of(dtype, X=rows, input_layers=[Scale(5)]))


def test_what_cannot_be_compiled_falls_back_with_a_warning() -> None:
    """An activation that Numba does not understand is trained by the reference engine, which is said."""
    table = {"a": 1.0}
    odd = Activation("odd", lambda z: z * dict(table).get("a"), lambda z, a: 1.0 + 0.0 * z)
    with pytest.warns(UserWarning, match="compiled engine cannot run.*'odd'.*engine='reference'"):
        session = ENGINES["compiled"].open(problem_of("float64", activation=odd))

    assert type(session).__name__ == "ReferenceSession"


def test_a_loss_with_too_many_options_falls_back() -> None:
    """A loss with more options than the compiled one reads is the reference's, never cut short."""
    from dataclasses import replace

    problem = problem_of("float64", loss="huber", output="identity")
    objective = problem.objective
    many = replace(objective.loss.loss, options={f"option_{i}": 1.0 for i in range(5)})
    crowded = replace(problem, objective=replace(objective, loss=replace(objective.loss, loss=many)))
    with pytest.warns(UserWarning, match="more than 4 options"):
        session = ENGINES["compiled"].open(crowded)

    assert type(session).__name__ == "ReferenceSession"
