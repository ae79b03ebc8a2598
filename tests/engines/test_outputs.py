"""The one path from rows to outputs: by either engine, in any precision, from any kind of rows."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse

from pellucid import MLPClassifier, MLPRegressor, Network
from pellucid.core import forward
from pellucid.core.inputs import StandardizedSparse
from pellucid.core.layers import Lookup
from pellucid.engines import activations_of, outputs, outputs_of, sharing
from pellucid.exceptions import DataError, ParameterError
from strategies import randomize

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NETWORKS: dict[str, dict[str, Any]] = {
    "plain": {"output_activation": "softmax"},
    "batch_norm": {"batch_norm": True, "dropout": 0.3, "output_activation": "logistic"},
    "residual": {"layer_sizes": (4, 4, 4, 3), "residual": True, "activation": ["gelu", "tanh"]},
    "no hidden block": {"layer_sizes": (4, 3)},
}
LIMITS = {"float32": 1e-5, "float64": 1e-12}


@pytest.fixture(params=["compiled", "reference"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Compute by either engine, three threads at a time."""
    if request.param == "compiled":
        pytest.importorskip("numba")
    monkeypatch.setattr(sharing, "available", lambda: 3)
    monkeypatch.setattr(outputs, "SPAN_WORK", 1)
    return str(request.param)


def network(kind: str, dtype: str, rng: np.random.Generator) -> Network:
    """Return a network of that kind with numbers of its own."""
    return randomize(Network(**{"layer_sizes": (4, 5, 6, 3)} | NETWORKS[kind], dtype=dtype), rng)


@pytest.mark.parametrize("rows", ["float32", "float64"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", NETWORKS)
def test_the_precision_is_that_of_rows_and_network_together(
    kind: str, dtype: str, rows: str, engine: str, rng: np.random.Generator
) -> None:
    """Outputs and scores come in the dtype asked for, computed in the wider of the two."""
    net, X = network(kind, dtype, rng), rng.normal(size=(1100, 4)).astype(rows)
    passed = forward(net.copy(np.float64), X.astype(np.float64))
    limit = LIMITS["float64" if rows == dtype == "float64" else "float32"]
    if (dtype, rows) == (
        "float32",
        "float64",
    ) and kind != "batch_norm":  # float32 weights are exact in float64
        limit = LIMITS["float64"]
    for scores, expected in ((False, passed.outputs), (True, passed.scores)):
        found = outputs_of(net, X, engine=engine, dtype=rows, scores=scores)
        assert (found.shape, found.dtype) == ((1100, 3), np.dtype(rows))
        np.testing.assert_allclose(found, expected, rtol=limit, atol=limit)


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("is_standardized", [False, True])
@pytest.mark.parametrize("dtype", LIMITS)
@pytest.mark.parametrize("kind", NETWORKS)
def test_sparse_rows(
    kind: str, dtype: str, is_standardized: bool, index: Any, engine: str, rng: np.random.Generator
) -> None:
    """Sparse rows give what the same rows give densely."""
    net = network(kind, dtype, rng)
    dense = (rng.normal(size=(1100, 4)) * (rng.random((1100, 4)) < 0.3)).astype(dtype)
    dense[[0, 512, 1099]] = 0.0
    X: Any = scipy.sparse.csr_array(dense)
    X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
    if is_standardized:
        X = StandardizedSparse(X, np.arange(4).astype(dtype))
        dense = dense - np.arange(4).astype(dtype)

    found = outputs_of(net, X, engine=engine)

    np.testing.assert_allclose(
        found, forward(net, dense).outputs, rtol=10 * LIMITS[dtype], atol=LIMITS[dtype]
    )


@pytest.mark.parametrize("layout", ["fortran", "strided", "reversed", "read-only"])
def test_rows_in_any_layout(layout: str, engine: str, rng: np.random.Generator) -> None:
    """The numbers matter, not where they stand."""
    net, X = network("plain", "float64", rng), rng.normal(size=(1100, 4))
    given = {
        "fortran": np.asfortranarray(X),
        "strided": np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
        "reversed": X[::-1].copy()[::-1],
        "read-only": X.copy(),
    }[layout]
    given.flags.writeable = False

    found = outputs_of(net, given, engine=engine)

    np.testing.assert_allclose(found, outputs_of(net, X, engine=engine), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("n_rows", [0, 1, 7, 511, 512, 513, 1025])
def test_inputs_are_made_of_some_rows_at_a_time(n_rows: int, engine: str, rng: np.random.Generator) -> None:
    """The function that makes inputs of rows sees each row once, and never many."""
    net, X, seen = network("plain", "float32", rng), rng.normal(size=(n_rows, 4)), list[np.ndarray]()

    def inputs(rows: np.ndarray) -> Any:
        seen.append(rows)
        return ((rows - 1.0) / 2.0).astype(np.float32)

    found = outputs_of(net, X, engine=engine, inputs=inputs)

    assert max(map(len, seen)) <= outputs.BLOCK
    assert sorted(map(tuple, np.concatenate(seen))) == sorted(map(tuple, X))
    np.testing.assert_allclose(found, net.predict((X - 1.0) / 2.0), rtol=1e-5, atol=1e-6)


def test_what_is_raised_about_some_rows_is_raised(engine: str, rng: np.random.Generator) -> None:
    """Whoever met it, and no thread goes on for ever."""
    net, X = network("plain", "float32", rng), rng.normal(size=(5000, 4))

    def inputs(rows: np.ndarray) -> Any:
        if (rows == X[4000]).all(axis=1).any():
            raise DataError("row 4000")
        return rows.astype(np.float32)

    with pytest.raises(DataError, match="row 4000"):
        outputs_of(net, X, engine=engine, inputs=inputs)


def test_codes_that_inputs_makes_are_checked(engine: str) -> None:
    """Compiled, a code is a place in memory, whoever made it."""
    net = Network((1, 1), input_layers=[Lookup(0, (3,), 2)], random_state=0)

    with pytest.raises((DataError, IndexError)):
        outputs_of(net, np.zeros((600, 1)), engine=engine, inputs=lambda rows: rows + 1e9)


def test_a_small_block_of_a_wide_network(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    """Few rows at a time pass through a wide network, and the outputs are the same."""
    rows = pytest.importorskip("pellucid.engines.compiled.rows")
    net, X = network("plain", "float64", rng), rng.normal(size=(700, 4))
    monkeypatch.setattr(rows, "NUMBERS", 1000)
    monkeypatch.setattr(outputs, "SPAN_NUMBERS", 1)

    np.testing.assert_allclose(outputs_of(net, X, engine="compiled"), net.predict(X), rtol=1e-12, atol=1e-14)


def test_hidden_activations(rng: np.random.Generator) -> None:
    """Those of any block, the inputs of the first among them."""
    net, X = network("batch_norm", "float64", rng), rng.normal(size=(1100, 4))
    passed = forward(net, X)
    for k in range(3):
        np.testing.assert_allclose(
            activations_of(net, X, k, dtype=np.float64), passed.activations[k], rtol=1e-12, atol=1e-14
        )


def test_an_engine_that_is_none() -> None:
    """The message says which there are."""
    with pytest.raises(ParameterError, match=r"'engine' must be one of \['auto', 'compiled', .*\]; got 'x'"):
        outputs_of(Network([1, 1], random_state=0), np.ones((1, 1)), engine="x")


# ---- which engine, of an estimator --------------------------------------------------------------------------


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the number of rows of each compiled prediction, from 10,000 multiplications on."""
    pytest.importorskip("numba")
    noted: list[int] = []
    real = outputs._compiled

    def noting(network: Any, X: Any, *rest: Any, **options: Any) -> Any:
        noted.append(X.shape[0])
        return real(network, X, *rest, **options)

    monkeypatch.setattr(outputs, "_compiled", noting)
    monkeypatch.setattr(outputs, "MUCH", 10_000)
    return noted


@pytest.mark.parametrize("engine", ["auto", "reference"])
@pytest.mark.parametrize("model", [MLPClassifier, MLPRegressor])
def test_little_work_is_never_compiled(model: Any, engine: str, compilations: list[int]) -> None:
    """A row is predicted at once in any process; many rows compile, unless the reference was asked for."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 6))
    one = model((8,), max_iter=2, random_state=0, engine=engine, early_stopping=True).fit(
        X[:40], X[:40, 0] > 0
    )
    one.predict(X[:1])
    one.predict(X[:50])
    assert not compilations

    many = one.predict(X)

    assert compilations == ([600] if engine == "auto" else [])
    np.testing.assert_allclose(many[:1], one.predict(X[:1]), rtol=1e-6)


def test_validation_takes_the_path(compilations: list[int]) -> None:
    """The loss on held-out rows is compiled where there is much of it, and is the core's."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(800, 6))
    y = (X[:, 0] > 0).astype(int)
    options: dict[str, Any] = {
        "hidden_layer_sizes": (8,),
        "max_iter": 3,
        "random_state": 0,
        "scoring": "loss",
    }
    losses = [
        MLPClassifier(engine=engine, **options)
        .fit(X[:100], y[:100], validation_data=(X, y))
        .validation_loss_curve_
        for engine in ("auto", "reference")
    ]

    assert compilations == [800] * 3
    np.testing.assert_allclose(*losses, rtol=1e-4)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("is_sparse", [False, True])
def test_what_is_missing_is_named(
    bad: float, standardize: bool, is_sparse: bool, compilations: list[int]
) -> None:
    """However many rows there are, an error says in which one of them it stands."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 6))
    one = MLPRegressor((8,), max_iter=2, random_state=0, standardize=standardize).fit(X[:40], X[:40, 0])
    X[2345, 3] = bad
    given = scipy.sparse.csr_array(X) if is_sparse else X
    what = "NaN" if np.isnan(bad) else "infinity"

    with pytest.raises(DataError, match=rf"Input X contains {what} in row 2345, column 3 \(1 entry"):
        one.predict(given)
    with pytest.raises(DataError, match=rf"Input X contains {what} in row 2345, column 3 \(1 entry"):
        one.transform(given)
    assert compilations


def test_large_numbers_are_no_missing_ones(compilations: list[int]) -> None:
    """Squares that overflow say nothing of the numbers."""
    X = np.full((600, 6), 3e38, np.float32)
    one = MLPRegressor((8,), activation="tanh", max_iter=2, random_state=0)
    one.fit(np.eye(6), np.arange(6.0))

    assert np.isfinite(one.predict(X)).all()
    assert np.isfinite(one.predict(X[:1])).all()


@pytest.mark.parametrize("dtype", ["float16", "int32", "float32", "float64"])
def test_numbers_of_any_dtype(dtype: str, compilations: list[int]) -> None:
    """float16 and integers are predicted in float64; many rows give what each gives alone."""
    X = (10.0 * np.random.default_rng(0).normal(size=(600, 6))).astype(dtype)
    one = MLPClassifier((8,), max_iter=2, random_state=0).fit(X[:40], X[:40, 0] > 0)

    many = one.predict_proba(X)

    assert many.dtype == (np.float32 if dtype == "float32" else np.float64)
    assert compilations == [600]
    alone = np.concatenate([one.predict_proba(X[i : i + 1]) for i in range(20)])
    limit = LIMITS["float32" if dtype == "float32" else "float64"]
    np.testing.assert_allclose(many[:20], alone, rtol=limit, atol=limit)


def test_a_network_is_lowered_once_and_predicts_with_its_numbers_of_now(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where batch normalization is folded into copies of the weights."""
    rows = pytest.importorskip("pellucid.engines.compiled.rows")
    made, runner = [], rows.RowsRunner
    monkeypatch.setattr(rows, "RowsRunner", lambda *given: made.append(given) or runner(*given))
    net, X = network("batch_norm", "float64", rng), rng.normal(size=(9, 4))
    for _ in range(3):
        found = outputs_of(net, X, engine="compiled")
        np.testing.assert_allclose(found, forward(net, X).outputs, atol=1e-12)
        net.parameters[...] *= 1.5
        net.state[...] *= 1.5

    assert len(made) == 1
