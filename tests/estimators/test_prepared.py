"""Prepared data give the model's predictions by the equations, and the objective of its history."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.linear_model import Ridge

from pellucid import MLPClassifier, MLPRegressor, Network, Perceptron, TabularClassifier, TabularRegressor
from pellucid.core import Objective, forward
from pellucid.estimators import prepared
from pellucid.exceptions import DataError, ParameterError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # few steps will do

X = np.random.default_rng(0).normal([3.0, -2.0, 0.5], [10.0, 0.1, 1.0], size=(60, 3))
SUM = X @ [0.1, 10.0, 1.0]
Y = {
    "two": np.where(np.median(SUM) < SUM, "yes", "no"),
    "three": np.digitize(SUM, np.quantile(SUM, [0.3, 0.7])),
    "labels": np.c_[SUM > -18.0, X[:, 2] > 0.0].astype(int),
    "number": 100.0 + 7.0 * SUM,
    "numbers": np.c_[SUM, 5.0 * X[:, 2]],
}
FULL = {"solver": "lbfgs", "standardize": True, "max_iter": 30, "random_state": 0, "tol": 0.0}


def by_hand(network: Network, inputs: np.ndarray) -> np.ndarray:
    """Plain blocks of weights and biases, tanh between them."""
    a = inputs
    for k, (W, b) in enumerate(zip(network.weights, network.biases, strict=True)):
        a = a @ W + b
        a = np.tanh(a) if k < network.n_blocks - 1 else a
    return a


@pytest.mark.parametrize("kind", ["two", "three", "labels"])
def test_the_equations_give_the_probabilities_of_a_classifier(kind: str) -> None:
    model = MLPClassifier((4,), activation="tanh", **FULL).fit(X, Y[kind])
    seen = prepared(model, X, Y[kind])

    z = by_hand(seen.network, seen.X)
    softmax = np.exp(z - z.max(axis=1, keepdims=True))
    expected = softmax / softmax.sum(axis=1, keepdims=True) if kind == "three" else 1.0 / (1.0 + np.exp(-z))
    found = model.predict_proba(X)
    np.testing.assert_allclose(expected, found[:, -expected.shape[1] :], rtol=1e-9)
    assert seen.output_names == {"two": ("yes",), "three": ("0", "1", "2"), "labels": ("0", "1")}[kind]
    assert np.isclose(seen.X.std(axis=0), 1.0).all()


@pytest.mark.parametrize("kind", ["number", "numbers"])
def test_the_equations_give_the_predictions_of_a_regressor_in_its_units(kind: str) -> None:
    model = MLPRegressor((4,), activation="tanh", **FULL).fit(X, Y[kind])
    seen = prepared(model, X, Y[kind])

    predicted = by_hand(seen.network, seen.X) * seen.target_scale + seen.target_mean
    np.testing.assert_allclose(predicted.reshape(np.shape(Y[kind])), model.predict(X), rtol=1e-9)
    given = seen.Y * seen.target_scale + seen.target_mean
    np.testing.assert_allclose(given.reshape(np.shape(Y[kind])), Y[kind], rtol=1e-12)


@pytest.mark.parametrize("options", [{"alpha": 0.5}, {"alpha": 0.5, "l1": 0.01, "l2": 0.02}])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("class_weight", [None, "balanced", {"no": 3.0}])
def test_loss_and_penalty_are_those_of_the_history(
    options: dict, weighted: bool, class_weight: object
) -> None:
    weight = np.r_[np.zeros(5), np.linspace(0.5, 2.0, 55)] if weighted else None
    model = MLPClassifier((4,), class_weight=class_weight, label_smoothing=0.1, **FULL, **options)
    seen = prepared(model.fit(X, Y["two"], weight), X, Y["two"], weight)

    found = Objective(seen.network, seen.loss, seen.l1, seen.l2).value_and_gradient(
        seen.X, seen.Y, seen.weight
    )
    assert found.loss == pytest.approx(model.history_[-1]["loss"], rel=1e-9)
    assert found.penalty == pytest.approx(model.history_[-1]["penalty"], rel=1e-9)
    assert seen.rows.tolist() == list(range(5 * weighted, 60))


def test_alpha_is_divided_by_the_weight_of_a_batch_as_training_makes_it() -> None:
    options = {"batch_size": 20, "alpha": 3.0, "l2": 0.25, "max_iter": 1, "tol": 0.0, "random_state": 0}
    model = MLPRegressor((2,), **options).fit(X, Y["number"])

    assert prepared(model, X, Y["number"]).l2 == pytest.approx(0.25 + 3.0 / 20)
    assert prepared(model, X, Y["number"], np.full(60, 4.0)).l2 == pytest.approx(0.25 + 3.0 / 80)
    assert prepared(model, X[:5]).l2 == pytest.approx(0.25 + 3.0 / 5)


@pytest.mark.parametrize(("kind", "first"), [("two", "yes"), ("three", 0)])
def test_a_perceptron_sees_signs(kind: str, first: object) -> None:
    model = Perceptron(max_iter=50, random_state=0).fit(X, Y[kind])
    seen = prepared(model, X, Y[kind])

    signals = np.asarray(model.decision_function(X)).reshape(60, -1)
    np.testing.assert_array_equal(forward(seen.network, seen.X).outputs, np.where(signals >= 0.0, 1.0, -1.0))
    np.testing.assert_array_equal(seen.Y[:, 0], np.where(Y[kind] == first, 1.0, -1.0))


def test_a_network_sees_data_as_they_are() -> None:
    network = Network([3, 4, 2], output_activation="softmax", random_state=0)
    seen = prepared(network, X, Y["three"] % 2, np.linspace(0.0, 1.0, 60))

    np.testing.assert_array_equal(seen.X, X[1:])
    np.testing.assert_array_equal(seen.Y.argmax(axis=1), Y["three"][1:] % 2)
    assert (seen.l1, seen.l2, seen.feature_names, seen.classes) == (0.0, 0.0, (), ())
    expected = network.gradients(X[1:], Y["three"][1:] % 2, sample_weight=np.linspace(0.0, 1.0, 60)[1:]).loss
    found = Objective(seen.network, seen.loss).data_loss(seen.X, seen.Y, seen.weight)
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    "options", [{"n_members": 1}, {"n_members": 3}, {"n_members": 3, "ensemble": "shared"}]
)
@pytest.mark.parametrize("kind", ["two", "number"])
def test_the_members_of_an_estimator_for_tables_give_its_predictions(kind: str, options: dict) -> None:
    table = pd.DataFrame(X, columns=["a", "b", "c"]).assign(d=np.array(["x", "y", "z"])[np.arange(60) % 3])
    cls = TabularClassifier if kind == "two" else TabularRegressor
    model = cls(max_iter=3, random_state=0, linear=False, **options).fit(table, Y[kind])

    votes = []
    for k in range(len(model.members_)):
        seen = prepared(model, table, Y[kind], member=k)
        outputs = forward(seen.network, seen.X).outputs
        outputs = outputs.reshape(60, seen.network.n_members, -1).mean(axis=1)
        votes.append(outputs if seen.target_scale is None else outputs * seen.target_scale + seen.target_mean)
        assert seen.X.shape[1] == len(seen.feature_names)
        if kind == "two":
            assert (np.array(seen.classes)[seen.Y.argmax(axis=1)] == Y[kind]).all()
        else:
            np.testing.assert_allclose(seen.Y[:, 0] * seen.target_scale + seen.target_mean, Y[kind])
    found = model.predict_proba(table) if kind == "two" else model.predict(table)[:, None]
    expected = (
        np.mean(votes, axis=0) if kind == "two" else np.clip(votes, Y[kind].min(), Y[kind].max()).mean(axis=0)
    )
    np.testing.assert_allclose(expected, found, rtol=2e-4, atol=1e-5)


def test_sparse_inputs_stay_sparse_and_see_the_same() -> None:
    model = MLPRegressor((4,), **FULL).fit(X, Y["number"])
    dense, sparse = prepared(model, X), prepared(model, scipy.sparse.csr_array(X))

    np.testing.assert_allclose(
        forward(sparse.network, sparse.X).outputs, forward(dense.network, dense.X).outputs
    )


def test_what_does_not_fit_is_refused() -> None:
    model = MLPRegressor((4,), **FULL).fit(X, Y["number"])
    with pytest.raises(DataError, match="60 and 59"):
        prepared(model, X, Y["number"][1:])
    with pytest.raises(ParameterError, match=r"'member' must be in 0\.\.0"):
        prepared(model, X, member=1)
    with pytest.raises(ParameterError, match="a fitted estimator of pellucid; got Ridge"):
        prepared(Ridge(), X)
    with pytest.raises(ValueError, match="not fitted"):
        prepared(MLPRegressor(), X)


@pytest.mark.parametrize("member", [True, np.True_, -1, 1, "linear", 0.0])
def test_a_member_that_is_not_there_is_refused(member: object) -> None:
    """Neither True nor a float is a position."""
    model = MLPRegressor((2,), max_iter=1, random_state=0).fit(X, Y["number"])
    with pytest.raises(ParameterError, match=r"'member' must be in 0\.\.0; got "):
        prepared(model, X, Y["number"], member=member)
