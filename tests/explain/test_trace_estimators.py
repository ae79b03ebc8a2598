"""A fitted estimator is traced in the user's units: scales, labels, names, loss and penalties are its own."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier as Theirs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pellucid import MLPClassifier, MLPRegressor, Network, Perceptron
from pellucid.exceptions import DataError, ParameterError
from pellucid.explain import trace

RNG = np.random.default_rng(0)
X = RNG.normal(3.0, 2.0, size=(60, 3))
COLORS = np.array(["blue", "green", "red"])[(X[:, 0] > 3.0).astype(int) + (X[:, 1] > 3.0)]
TABLE = pd.DataFrame(X, columns=["length", "width", "height"])


def fitted(estimator, inputs, targets):
    """Return the estimator after a few epochs, whether it has converged or not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(inputs, targets)


@pytest.fixture(scope="module")
def classifier() -> MLPClassifier:
    model = MLPClassifier((4,), standardize=True, alpha=0.5, l1=0.01, max_iter=5, random_state=0)
    return fitted(model, TABLE, COLORS)


def test_a_classifier_in_its_own_units(classifier):
    t = trace(classifier, TABLE, COLORS)
    np.testing.assert_allclose(t.X, StandardScaler().fit_transform(X), atol=1e-12)
    np.testing.assert_allclose(t.outputs, classifier.predict_proba(TABLE), atol=1e-6)
    assert t.loss == pytest.approx(log_loss(COLORS, t.outputs), rel=1e-9)
    assert (t.feature_names, t.output_names) == (("length", "width", "height"), ("blue", "green", "red"))
    W = np.concatenate([coef.ravel() for coef in classifier.coefs_]).astype(np.float64)
    assert t.l2 == classifier.l2 + 0.5 / 60
    assert t.penalty == pytest.approx(0.01 * np.abs(W).sum() + 0.5 * t.l2 * W @ W)
    t.replay()
    assert t.finite_differences.max_error < 1e-6
    assert trace(classifier, TABLE, COLORS, l1=0.0, l2=0.0).penalty == 0.0


def test_one_row_of_a_table_keeps_its_names(classifier):
    t = trace(classifier, TABLE.iloc[7], COLORS[7])
    np.testing.assert_allclose(t.X, trace(classifier, TABLE.iloc[[7]], COLORS[[7]]).X)
    said = t.explain("weights", block=0, row=1, column=2)
    assert str(said).startswith("input signal 'width' (standardized) ")
    assert t.network is not classifier.network_
    assert t.network.dtype == np.float64


def test_a_regressor_standardizes_its_targets():
    y = np.column_stack([100.0 + 20.0 * X[:, 0], X[:, 1] ** 2])
    model = MLPRegressor((4,), standardize=True, max_iter=5, random_state=0, l2=0.2)
    fitted(model, X, y)
    t = trace(model, X[3], y[3])
    np.testing.assert_allclose(t.predictions, model.predict(X[[3]]), rtol=1e-5)
    np.testing.assert_allclose(t.Y, (y[[3]] - y.mean(axis=0)) / y.std(axis=0), rtol=1e-9)
    assert t.loss == pytest.approx(0.5 * ((t.outputs - t.Y) ** 2).sum())
    assert t.l2 == pytest.approx(0.2 + model.alpha)
    t.replay()


def test_sparse_rows_two_classes_labels_and_smoothing():
    two = fitted(MLPClassifier((3,), max_iter=2, random_state=0), X, X[:, 0] > 3.0)
    t = trace(two, scipy.sparse.csr_array(X[:5]), X[:5, 0] > 3.0)
    assert t.output_names == ("True",)
    np.testing.assert_allclose(t.outputs[:, 0], two.predict_proba(X[:5])[:, 1], atol=1e-6)

    smooth = fitted(MLPClassifier((3,), label_smoothing=0.3, max_iter=2, random_state=0), X, COLORS)
    np.testing.assert_allclose(trace(smooth, X[0], COLORS[0]).Y.max(), 0.8)

    labels = (X > 3.0).astype(int)
    several = fitted(MLPClassifier((3,), max_iter=2, random_state=0), X, labels)
    np.testing.assert_array_equal(trace(several, X[4], labels[4]).Y, labels[[4]])


def test_a_model_of_scikit_learn_comes_in_by_our_class():
    theirs = fitted(Theirs((4,), max_iter=3, random_state=0), X, COLORS)
    t = trace(MLPClassifier.from_sklearn(theirs), X, COLORS)
    np.testing.assert_allclose(t.outputs, theirs.predict_proba(X), atol=1e-12)
    with pytest.raises(ParameterError, match=r"with MLPClassifier\.from_sklearn"):
        trace(theirs, X, COLORS)


def test_bad_input_is_named(classifier):
    with pytest.raises(DataError, match=r"classes not in `self.classes_`: \['pink'\]"):
        trace(classifier, TABLE.iloc[0], "pink")
    with pytest.raises(ValueError, match="X has 2 features, but MLPClassifier is expecting 3"):
        trace(fitted(MLPClassifier((2,), max_iter=2, random_state=0), X, COLORS), X[0, :2], "red")
    with pytest.raises(DataError, match="Input X contains NaN in row 0, column 1"):
        trace(classifier, TABLE.iloc[[0]].assign(width=np.nan), COLORS[:1])
    with pytest.raises(NotFittedError):
        trace(MLPClassifier(), X, COLORS)
    with pytest.raises(DataError, match="the same number of rows"):
        trace(classifier, TABLE, COLORS[:5])


@pytest.mark.parametrize("form", [scipy.sparse.csr_array, scipy.sparse.csr_matrix, scipy.sparse.coo_array])
def test_one_row_with_one_target_in_every_form(classifier, form):
    """Row 7 as a vector, as a table of one row, and sparse, with its class as it stands."""
    assert trace(classifier, TABLE.iloc[[7]], COLORS[7]).loss == (
        trace(classifier, TABLE.iloc[[7]], COLORS[[7]]).loss
    )
    classifier = fitted(MLPClassifier((4,), max_iter=2, random_state=0), X, COLORS)
    exact = trace(classifier, X[7], COLORS[7]).gradient
    rows = [X[[7]], form(X[[7]]), list(X[7])]
    if form is scipy.sparse.csr_array:
        rows.append(form(X)[7])  # of one dimension
    for row in rows:
        np.testing.assert_array_equal(trace(classifier, row, COLORS[7]).gradient, exact)
    network = Network([1, 1], weights=[[[2.0]]], biases=[[0.0]])
    assert trace(network, 3.0, 5.0).loss == trace(network, scipy.sparse.csr_array([[3.0]]), 5.0).loss == 0.5


def test_a_perceptron_is_traced_as_its_units():
    two = Perceptron().fit(TABLE, X[:, 0] > 3.0)
    t = trace(two, TABLE, X[:, 0] > 3.0)
    np.testing.assert_allclose(t.blocks[0].z[:, 0], two.decision_function(TABLE))
    np.testing.assert_array_equal(t.outputs[:, 0] > 0.0, two.predict(TABLE))
    assert (t.loss, t.output_names, t.feature_names) == (0.0, ("True",), ("length", "width", "height"))
    blobs = np.repeat([[0.0, 9.0], [9.0, 0.0], [-9.0, -9.0]], 5, axis=0) + X[:15, :2]
    three = Perceptron().fit(blobs, np.repeat(["a", "b", "c"], 5))
    t = trace(three, blobs[6], "b")
    assert (t.output_names, t.Y.tolist()) == (("a", "b", "c"), [[-1.0, 1.0, -1.0]])
    np.testing.assert_allclose(t.blocks[0].z, three.decision_function(blobs[[6]]))
    with pytest.raises(DataError, match=r"y has the classes \['x'\]; those of the model are \[False  True\]"):
        trace(two, TABLE.iloc[0], "x")
    with pytest.raises(NotFittedError):
        trace(Perceptron(), X, COLORS)


def test_what_cannot_be_traced_is_told_what_to_do(classifier):
    with pytest.raises(DataError, match=r"'y' must hold the target of each sample.*got None"):
        trace(classifier, TABLE.iloc[0], None)
    piped = fitted(
        make_pipeline(StandardScaler(), MLPClassifier((2,), max_iter=2, random_state=0)), X, COLORS
    )
    with pytest.raises(ParameterError, match=r"model\[-1\], on model\[:-1\]\.transform"):
        trace(piped, X, COLORS)
    assert trace(piped[-1], piped[:-1].transform(X), COLORS).loss > 0.0
