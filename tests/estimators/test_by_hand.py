"""Fitted attributes that are set by hand do what they do in scikit-learn, or an error says what to set instead."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import sklearn.neural_network
from numpy.testing import assert_equal
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import LabelBinarizer

import pellucid
from pellucid.exceptions import ParameterError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

MODULES = [sklearn.neural_network, pellucid]
both = pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])


def with_weights(module: Any, name: str, n_outputs: int, output: str) -> Any:
    """Return an estimator that was never fitted, with weights, biases and classes put into it."""
    rng = np.random.default_rng(0)
    model = getattr(module, name)(hidden_layer_sizes=(3,), activation="tanh", random_state=0)
    model.coefs_ = [0, 0]
    model.intercepts_ = [rng.normal(size=3), rng.normal(size=n_outputs)]
    model.coefs_[0], model.coefs_[1] = rng.normal(size=(2, 3)), rng.normal(size=(3, n_outputs))
    model.n_layers_, model.n_outputs_, model.out_activation_ = 3, n_outputs, output
    if name == "MLPClassifier":
        model.classes_ = np.arange(max(2, n_outputs))
        model._label_binarizer = LabelBinarizer().fit(model.classes_)
    return model


@pytest.mark.parametrize(
    ("name", "n_outputs", "output"),
    [
        ("MLPClassifier", 1, "logistic"),
        ("MLPClassifier", 3, "softmax"),
        ("MLPRegressor", 1, "identity"),
        ("MLPRegressor", 2, "identity"),
    ],
)
def test_weights_from_elsewhere_predict(name: str, n_outputs: int, output: str) -> None:
    """A model put together by hand predicts what scikit-learn's does, also after a copy and a pickle."""
    X = np.random.default_rng(1).normal(size=(6, 2))
    theirs, ours = (with_weights(module, name, n_outputs, output) for module in MODULES)

    for model in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours)), ours):
        np.testing.assert_allclose(model.predict(X), theirs.predict(X), rtol=1e-12)
    assert (ours.n_layers_, ours.n_outputs_, ours.out_activation_) == (3, n_outputs, output)
    assert ours.n_features_in_ == 2


@both
def test_weights_from_elsewhere_are_trained_on(name: str) -> None:
    """partial_fit goes on from them; a cold fit forgets them."""
    X = np.random.default_rng(1).normal(size=(20, 2))
    y = (X[:, 0] > 0).astype(int)
    output = "logistic" if name == "MLPClassifier" else "identity"
    start = with_weights(pellucid, name, 1, output).coefs_[0]

    moved = with_weights(pellucid, name, 1, output).partial_fit(X, y).coefs_[0]
    anew = with_weights(pellucid, name, 1, output).set_params(max_iter=1).fit(X, y).coefs_[0]
    assert 0.0 < np.abs(moved - start).max() < 0.01
    np.testing.assert_array_equal(
        anew, getattr(pellucid, name)((3,), "tanh", random_state=0, max_iter=1).fit(X, y).coefs_[0]
    )


@both
def test_a_part_of_a_model_is_not_fitted(name: str) -> None:
    """Weights without biases, or that do not fit together, leave the model unfitted."""
    for weights, biases in (
        ([np.ones((2, 1))], None),
        ([np.ones((2, 3)), np.ones((2, 1))], [np.ones(3), np.ones(1)]),
        ([0, 0], [np.ones(3), np.ones(1)]),
    ):
        model = getattr(pellucid, name)((3,))
        model.coefs_ = weights
        if biases is not None:
            model.intercepts_ = biases
        with pytest.raises(NotFittedError):
            model.predict([[1.0, 2.0]])


@both
def test_a_history_begun_anew(name: str) -> None:
    """After ``loss_curve_ = []`` a warm start counts from there, as scikit-learn's does."""
    X = np.random.default_rng(1).normal(size=(30, 3))
    y = (X[:, 0] > 0).astype(int)
    for module in MODULES:
        model = getattr(module, name)(
            hidden_layer_sizes=(4,), max_iter=3, warm_start=True, random_state=0
        ).fit(X, y)
        model.loss_curve_, model.best_loss_, model.t_, model._no_improvement_count = [], np.inf, 0, 0
        assert model.best_loss_ == np.inf
        model.fit(X, y)
        assert len(model.loss_curve_) == model.n_iter_ == 3
        assert model.best_loss_ == min(model.loss_curve_)
        assert model.loss_ == model.loss_curve_[-1]
        assert model.t_ == 90


def test_scores_and_the_best_of_them_can_be_set() -> None:
    """Early stopping compares with the scores and the best score that were set."""
    X = np.random.default_rng(1).normal(size=(60, 3))
    y = (X[:, 0] > 0).astype(int)
    model = pellucid.MLPClassifier(
        (4,), max_iter=3, warm_start=True, early_stopping=True, random_state=0, n_iter_no_change=2
    ).fit(X, y)
    model.validation_scores_, model.best_validation_score_, model._no_improvement_count = [], 2.0, 0
    model.set_params(max_iter=10).fit(X, y)

    assert model.n_iter_ == len(model.validation_scores_) == 3  # none beats 2, so that two more are made
    assert model.best_loss_ is None


def test_the_output_activation_of_a_fitted_model() -> None:
    """Setting it changes what is predicted, not the weights, as in scikit-learn."""
    X = np.random.default_rng(1).normal(size=(30, 3))
    model = pellucid.MLPRegressor((4,), max_iter=3, random_state=0).fit(X, X[:, 0])
    scores = model.predict(X)
    model.out_activation_ = "logistic"

    np.testing.assert_allclose(model.predict(X), 1.0 / (1.0 + np.exp(-scores)), rtol=1e-6)


def test_layers_of_a_fitted_model_stay() -> None:
    """Another number of layers or outputs is refused with what to do; the present one is accepted."""
    X = np.random.default_rng(1).normal(size=(30, 3))
    model = pellucid.MLPRegressor((4,), max_iter=3, random_state=0).fit(X, X[:, 0])
    model.n_layers_, model.n_outputs_ = 3, 1
    for name in ("n_layers_", "n_outputs_"):
        with pytest.raises(ParameterError, match=r"\(3, 4, 1\).* cannot be changed; got 7.*new estimator"):
            setattr(model, name, 7)


@pytest.mark.parametrize("options", [{}, {"early_stopping": True}, {"solver": "lbfgs"}], ids=str)
@both
def test_what_training_came_to_is_taken_over(name: str, options: dict[str, Any]) -> None:
    """from_sklearn has every attribute of the fitted model with its value."""
    X = np.random.default_rng(1).normal(size=(60, 3))
    y = (X[:, 0] > 0).astype(int)
    theirs = getattr(sklearn.neural_network, name)(
        hidden_layer_sizes=(4,), max_iter=5, random_state=0, **options
    ).fit(X, y)
    ours = getattr(pellucid, name).from_sklearn(theirs)

    public = [key for key in vars(theirs) if key.endswith("_") and not key.startswith("_")]
    assert {"loss_", "n_iter_", "t_", "coefs_"} <= set(public)
    for key in public:
        assert_equal(getattr(ours, key), getattr(theirs, key), err_msg=key)


def test_a_model_of_one_class_is_taken_over() -> None:
    """Predictions and probabilities of a model that has seen a single class are the same."""
    X = np.random.default_rng(1).normal(size=(20, 3))
    theirs = sklearn.neural_network.MLPClassifier((4,), max_iter=5).fit(X, ["only"] * 20)
    ours = pellucid.MLPClassifier.from_sklearn(theirs)

    assert ours.predict(X).tolist() == theirs.predict(X).tolist() == ["only"] * 20
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X))


# ---- other corners where scikit-learn is the measure ----------------------------------------------------------


def test_lbfgs_does_not_look_at_the_batch_size() -> None:
    """A batch_size larger than the data neither warns nor changes a bit with solver='lbfgs'."""
    X = np.random.default_rng(1).normal(size=(30, 3))
    plain, batched = (
        pellucid.MLPRegressor((4,), solver="lbfgs", batch_size=size, random_state=0, max_iter=20).fit(
            X, X[:, 0]
        )
        for size in ("auto", 200)
    )
    np.testing.assert_array_equal(plain.coefs_[0], batched.coefs_[0])


@pytest.mark.parametrize("classes", [[0, 1], [0, 1, 2, 3]], ids=str)
def test_partial_fit_with_another_number_of_labels(classes: list[int]) -> None:
    """The first call and those after it take as many labels as were announced, and no other."""
    X = np.random.default_rng(1).normal(size=(20, 3))
    Y = (X > 0).astype(int)
    model = pellucid.MLPClassifier((4,))

    with pytest.raises(ValueError, match=r"classes not in `self\.classes_`"):
        model.partial_fit(X, Y, classes=classes)
    model.partial_fit(X, Y, classes=[0, 1, 2])
    for other in (Y[:, :2], np.column_stack([Y, Y[:, 0]])):
        with pytest.raises(ValueError, match=r"classes not in `self\.classes_`"):
            model.partial_fit(X, other)


@pytest.mark.parametrize(
    "name", ["coefs_", "intercepts_", "n_layers_", "loss_curve_", "loss_", "t_", "history_"]
)
def test_what_is_computed_cannot_be_deleted(name: str) -> None:
    model = pellucid.MLPClassifier((2,), max_iter=2, random_state=0).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(AttributeError, match=rf"'{name}' cannot be deleted: .* sklearn.base.clone"):
        delattr(model, name)
    del model.classes_
    assert not hasattr(model, "classes_")
    with pytest.raises(AttributeError, match="no_such_attribute"):
        del model.no_such_attribute
