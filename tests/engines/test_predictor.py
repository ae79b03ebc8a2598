"""``predictor``: one row at a time, the numbers of predict, nothing else."""

from typing import Any

import numpy as np
import pytest

from pellucid import MLPClassifier, MLPRegressor, Network
from pellucid.core import Activation, forward
from pellucid.core.layers import Lookup, Periodic, Scale
from pellucid.engines import predictor, row_predictor
from pellucid.exceptions import DataError, ParameterError
from strategies import randomize

NETWORKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "softmax": {"output_activation": "softmax"},
    "logistic": {"output_activation": "logistic"},
    "exp": {"output_activation": "exp"},
    "mixed": {"activation": ["gelu", "tanh"]},
    "dropout": {"dropout": 0.4},
    "members": {"n_members": 3, "parametric": True},
    "batch_norm": {"batch_norm": True, "dropout": 0.2, "output_activation": "softmax"},
    "residual": {"residual": True, "batch_norm": True},
    "residual of the activation": {"residual": "activation", "batch_norm": True},
    "no hidden block": {"layer_sizes": (4, 3)},
    "input layers": {
        "input_layers": [Periodic(2, 2, 3, 3), Scale(8)],
        "parametric": True,
        "batch_norm": True,
    },
    "table": {"input_layers": [Lookup(2, (3, 2), 2), Periodic(2, 4, 3, 3), Scale(10)], "dropout": 0.2},
}
LIMITS = {"float32": 3e-6, "float64": 1e-13}


@pytest.fixture(params=["compiled", "plain"], autouse=True)
def runner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run every test compiled, and as where there is no Numba."""
    if request.param == "compiled":
        pytest.importorskip("numba")
    else:
        monkeypatch.setattr(row_predictor, "_compiled_runner", lambda *_, **__: None)
    return str(request.param)


def network(kind: str, dtype: str, rng: np.random.Generator) -> Network:
    """Return a network of that kind, statistics of its own included."""
    options = {"layer_sizes": (4, 4, 4, 3)} | NETWORKS[kind]
    return randomize(Network(**options, dtype=dtype, random_state=1), rng)


@pytest.mark.few(
    "compiled-mixed-float32", "compiled-table-float32", "plain-batch_norm-float32", "plain-softmax-float64"
)
@pytest.mark.parametrize("dtype", LIMITS)
@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_predicts_the_same(kind: str, dtype: str, rng: np.random.Generator) -> None:
    """Scores and outputs of single rows are those of the network, in every kind of network."""
    net = network(kind, dtype, rng)
    scores, outputs = predictor(net), predictor(net, outputs=True)
    for row in rng.normal(size=(5, 4)):
        row[2:] = rng.integers(0, [3, 2]) if kind == "table" else row[2:]
        expected = net.predict(row[None])[0]
        found = outputs(row)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, expected, rtol=LIMITS[dtype] * 10, atol=LIMITS[dtype])
        by_scores = net.output_activation.value(scores(row)[None])[0]
        np.testing.assert_allclose(by_scores, expected, rtol=LIMITS[dtype] * 20, atol=LIMITS[dtype])


@pytest.mark.thorough
def test_members_that_share_weights_vote(rng: np.random.Generator) -> None:
    """Outputs are the mean of the members' probabilities, scores that of their scores."""
    net = randomize(Network([4, 5, 3], n_members=3, output_activation="softmax"), rng)
    row = rng.normal(size=4)

    np.testing.assert_allclose(predictor(net, outputs=True)(row), net.predict(row[None])[0], rtol=1e-12)
    np.testing.assert_allclose(predictor(net)(row), forward(net, row[None]).scores.mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_a_classifier_predicts_the_same(n_classes: int, rng: np.random.Generator) -> None:
    """Outputs are predict_proba's, of the positive class where there are two; scores lead there too."""
    X = rng.normal(size=(60, 4)) * [1.0, 10.0, 0.1, 5.0] + 3.0
    y = np.digitize(X[:, 1], np.quantile(X[:, 1], np.linspace(0, 1, n_classes + 1)[1:-1]))
    options: dict[str, Any] = {
        "standardize": True,
        "batch_norm": True,
        "dropout": 0.1,
        "learning_rate": "cosine",
    }
    model = MLPClassifier((8,), **options, max_iter=5, random_state=0).fit(X, y)
    predict, probabilities = predictor(model, outputs=True), model.predict_proba(X)[:9]

    found = np.array([predict(row).copy() for row in X[:9]])

    np.testing.assert_allclose(found, probabilities if n_classes > 2 else probabilities[:, 1:], atol=3e-6)
    scores = np.array([predictor(model)(row).copy() for row in X[:9]])
    chosen = scores.argmax(axis=1) if n_classes > 2 else (scores[:, 0] > 0.0).astype(int)
    np.testing.assert_array_equal(model.classes_[chosen], model.predict(X[:9]))


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_a_regressor_predicts_the_same(n_outputs: int, rng: np.random.Generator) -> None:
    """Predictions come back on the scale of the targets."""
    X = rng.normal(size=(60, 3)) * 4.0 + 1.0
    y = (X @ rng.normal(size=(3, n_outputs))) * 100.0 + 1000.0
    y = y.ravel() if n_outputs == 1 else y
    model = MLPRegressor((6,), standardize=True, learning_rate="cosine", max_iter=5, random_state=0).fit(X, y)

    for outputs in (False, True):
        predict = predictor(model, outputs=outputs)
        found = np.array([predict(row).copy() for row in X[:9]]).squeeze()
        np.testing.assert_allclose(found, model.predict(X[:9]), rtol=1e-5)


def test_a_regressor_of_counts_predicts_the_same(rng: np.random.Generator) -> None:
    """An exp output is the outputs' scale; the scores are its logarithm."""
    X = rng.normal(size=(60, 3))
    y = rng.poisson(np.exp(X[:, 0])).astype(float)
    model = MLPRegressor((6,), loss="poisson", learning_rate="cosine", max_iter=5, random_state=0).fit(X, y)
    outputs, scores = predictor(model, outputs=True), predictor(model)

    for row, expected in zip(X[:9], model.predict(X[:9]), strict=True):
        assert outputs(row)[0] == pytest.approx(expected, rel=1e-5)
        assert np.exp(scores(row)[0]) == pytest.approx(expected, rel=1e-5)


def test_it_is_a_snapshot(rng: np.random.Generator) -> None:
    """Later changes of the model have no effect, and predicting changes nothing in the model."""
    net = network("batch_norm", "float64", rng)
    predict, row, before = predictor(net), rng.normal(size=4), net.parameters.copy()
    first = predict(row).copy()
    assert np.array_equal(net.parameters, before)

    net.parameters[:] = 0.0
    net.state[:] = 1.0

    np.testing.assert_array_equal(predict(row), first)


def test_it_hands_out_one_array(rng: np.random.Generator) -> None:
    """Each call writes over the array of the call before; two predictors do not share one."""
    net = network("plain", "float32", rng)
    predict, other = predictor(net), predictor(net)
    first = predict(rng.normal(size=4))
    kept = first.copy()

    second = predict(rng.normal(size=4))
    other(rng.normal(size=4))

    assert second is first
    assert not np.array_equal(first, kept)
    assert not np.shares_memory(first, other(np.ones(4)))


def test_rows_of_any_kind(rng: np.random.Generator) -> None:
    """A list, integers and a strided float32 row give what a float64 row of the same numbers gives."""
    predict = predictor(network("mixed", "float64", rng))
    expected = predict(np.array([1.0, 2.0, 3.0, 4.0])).copy()

    for row in ([1, 2, 3, 4], np.arange(1, 5), np.repeat(np.arange(1, 5), 2).astype(np.float32)[::2]):
        np.testing.assert_array_equal(predict(row), expected)


def test_nan_is_seen(rng: np.random.Generator) -> None:
    """A row with NaN gives NaN, and leaves no trace in the next."""
    predict = predictor(network("plain", "float32", rng), outputs=True)
    expected = predict(np.ones(4)).copy()

    assert np.isnan(predict([1.0, np.nan, 1.0, 1.0])).all()
    np.testing.assert_array_equal(predict(np.ones(4)), expected)


@pytest.mark.parametrize("row", [1.0, [1.0] * 3, [1.0] * 5, [[1.0] * 4]], ids=str)
def test_a_row_of_another_shape_is_refused(row: Any, rng: np.random.Generator) -> None:
    """The message says which shape is wanted and which came."""
    with pytest.raises(DataError, match=r"'row' must have shape \(4,\); got \("):
        predictor(network("plain", "float32", rng))(row)


@pytest.mark.parametrize("code", [-1.0, 2.0, 0.5, np.nan])
def test_a_code_without_a_row_is_refused(code: float, rng: np.random.Generator) -> None:
    """No memory is read that is not the table's; the next row is predicted as ever."""
    predict = predictor(network("table", "float32", rng))
    expected = predict([0.5, 0.5, 2.0, 1.0]).copy()

    with pytest.raises(DataError, match=r"X\[0, 3\] = .* is not a code: .* from 0 to 1"):
        predict([0.5, 0.5, 2.0, code])
    np.testing.assert_array_equal(predict([0.5, 0.5, 2.0, 1.0]), expected)


def test_what_is_no_model_is_refused() -> None:
    """An estimator that is not fitted, or anything else, is named in the error."""
    with pytest.raises(ParameterError, match=r"Network or a fitted estimator; got MLPClassifier\(\)"):
        predictor(MLPClassifier())


def test_an_activation_of_ones_own(rng: np.random.Generator) -> None:
    """A user's functions run in it, compiled or not."""
    bent = Activation("bent", lambda z: np.arctan(z) + 0.5 * z, lambda z, a: 1.0 / (1.0 + z * z) + 0.5)
    net = Network([4, 5, 2], activation=bent, dtype="float64", random_state=0)
    row = rng.normal(size=4)

    np.testing.assert_allclose(predictor(net)(row), net.predict(row[None])[0], rtol=1e-12)
