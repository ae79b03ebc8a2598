"""MLPClassifier: labels of any kind, probabilities, label smoothing, and that it learns."""

from typing import Any

import numpy as np
import pytest
import sklearn.neural_network
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_multilabel_classification
from sklearn.model_selection import train_test_split
from sklearn.multiclass import OneVsRestClassifier

from pellucid import MLPClassifier
from pellucid.engines import outputs_of

Data = tuple[np.ndarray, np.ndarray]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def learner(**options: Any) -> MLPClassifier:
    """Return a small model that learns small data by L-BFGS."""
    return MLPClassifier(**{"hidden_layer_sizes": (8,), "solver": "lbfgs", "random_state": 0, **options})


# ---- labels ----------------------------------------------------------------------------------------------


LABELS: dict[str, Any] = {
    "text": np.array(["cherry", "apple", "banana"]),
    "objects": np.array(["cherry", "apple", "banana"], object),
    "integers": np.array([30, -10, 20]),
    "small integers": np.array([3, 1, 2], np.uint8),
    "floats": np.array([3.0, 1.0, 2.0]),
}


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("kind", LABELS)
def test_classes_of_any_kind(kind: str, method: str, classes: Data) -> None:
    """Classes come back as they went in, as from scikit-learn's class, and stand sorted in classes_."""
    X, index = classes
    labels = LABELS[kind]
    y = labels[index]
    model = MLPClassifier((8,), learning_rate_init=0.05, max_iter=30, random_state=0, standardize=True)

    if method == "fit":
        model.fit(X, y)
    else:
        model.partial_fit(X, y, classes=labels)
        for _ in range(29):
            model.partial_fit(X, y)

    assert_array_equal(model.classes_, np.sort(labels))
    theirs = sklearn.neural_network.MLPClassifier((8,), max_iter=1).fit(X, y)
    assert model.classes_.dtype == theirs.classes_.dtype
    assert model.predict(X).dtype == theirs.predict(X).dtype
    assert (model.predict(X) == y).mean() > 0.9
    assert model.n_outputs_ == 3
    assert model.out_activation_ == "softmax"


@pytest.mark.smoke
@pytest.mark.parametrize(
    "labels", [[False, True], ["no", "yes"], [0, 1], [-1, 1], [0.0, 1.0]], ids=lambda labels: str(labels[0])
)
def test_two_classes(labels: list[Any], classes: Data) -> None:
    """Two classes take one logistic output, whose value is the probability of the second class."""
    X = classes[0]
    y = np.array(labels)[(classes[1] > 0).astype(int)]
    model = learner().fit(X, y)

    assert model.predict(X).dtype == y.dtype
    assert (model.predict(X) == y).mean() > 0.9
    assert (model.n_outputs_, model.out_activation_) == (1, "logistic")
    assert_array_equal(model.classes_, np.sort(labels))
    assert_array_equal(model.predict(X), model.classes_[model.predict_proba(X).argmax(axis=1)])


def test_a_column_of_classes_is_taken_with_a_warning(classes: Data) -> None:
    """y of shape (n, 1) is taken as (n,), with scikit-learn's warning."""
    from sklearn.exceptions import DataConversionWarning

    X, y = classes
    with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
        model = learner().fit(X, y[:, None])

    assert model.predict(X).shape == (60,)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_labels_that_do_not_exclude_each_other(solver: str) -> None:
    """An indicator matrix gives one logistic output per label, and comes back as such a matrix."""
    X, Y = make_multilabel_classification(200, 8, n_classes=4, n_labels=2, random_state=0)
    model = learner(solver=solver, standardize=True, learning_rate_init=0.02).fit(X, Y)

    predicted, probability = model.predict(X), model.predict_proba(X)
    assert predicted.shape == probability.shape == Y.shape
    assert set(np.unique(predicted)) == {0, 1}
    assert (predicted == Y).mean() > 0.8
    assert_array_equal(predicted, probability > 0.5)
    assert model.out_activation_ == "logistic"
    assert not np.allclose(probability.sum(axis=1), 1.0)


def test_labels_in_partial_fit() -> None:
    """partial_fit takes an indicator matrix too, as scikit-learn's does."""
    X, Y = make_multilabel_classification(50, 5, n_classes=3, random_state=0)
    model = MLPClassifier((4,), random_state=0).partial_fit(X, Y, classes=np.arange(3))
    whole = MLPClassifier((4,), random_state=0, max_iter=1).fit(X, Y)

    assert_array_equal(model.network_.parameters, whole.network_.parameters)
    assert_array_equal(model.partial_fit(X, Y).predict(X).shape, Y.shape)


# ---- probabilities ---------------------------------------------------------------------------------------


def test_probabilities_sum_to_one(classes: Data) -> None:
    """Rows of predict_proba are positive and sum to 1; predict takes the largest; the logarithm agrees."""
    X, y = classes
    model = learner(max_iter=10).fit(X, y)
    probability = model.predict_proba(X)

    assert_allclose(probability.sum(axis=1), 1.0, rtol=1e-12)
    assert (probability > 0.0).all()
    assert_array_equal(model.predict(X), probability.argmax(axis=1))
    assert_allclose(model.predict_log_proba(X), np.log(probability), rtol=1e-12)


def test_certainty_has_a_logarithm() -> None:
    """The logarithm of a probability that rounds to 0 is -inf, without a warning."""
    X = np.array([[-1.0], [1.0]])
    model = MLPClassifier((), solver="lbfgs", random_state=0).fit(X, [0, 1])
    model.coefs_ = [[[2000.0]]]

    logarithm = model.predict_log_proba(X)

    assert_array_equal(np.isneginf(logarithm), [[False, True], [True, False]])


def test_logistic_outputs_for_classes(classes: Data) -> None:
    """Several classes can have logistic outputs; each is then a probability for itself, and predict works."""
    X, y = classes
    model = learner(output_activation="logistic").fit(X, y)

    assert model.predict_proba(X).max() <= 1.0
    assert model.score(X, y) > 0.9


@pytest.mark.parametrize("loss", ["squared_error", "huber", "absolute_error"])
def test_other_losses_learn_classes(loss: str, classes: Data) -> None:
    """Losses of numbers make sense on probabilities too."""
    X, y = classes
    model = MLPClassifier((8,), loss=loss, learning_rate_init=0.05, standardize=True, random_state=0)

    assert model.fit(X, y).score(X, y) > 0.9


def test_a_meta_estimator_can_use_it(classes: Data) -> None:
    """One-versus-rest finds what it needs."""
    X, y = classes

    assert OneVsRestClassifier(learner()).fit(X, y).score(X, y) > 0.9


# ---- label smoothing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("kind", ["classes", "two classes", "labels"])
def test_smoothed_labels_are_what_is_learned(kind: str, amount: float) -> None:
    """With uninformative inputs the best probability of a class of share p is (1 - ε) p + ε / K."""
    y = np.repeat([0, 1, 2], [25, 15, 10])
    share, n_classes = np.array([0.5, 0.3, 0.2]), 3
    if kind == "two classes":
        y, share, n_classes = (y == 0).astype(int), np.array([0.5, 0.5]), 2
        y[:10] = 0
        share = np.array([0.7, 0.3])
    elif kind == "labels":
        y, n_classes = np.column_stack([y == 0, y == 1, y > 0]).astype(int), 2
        share = np.array([0.5, 0.3, 0.5])
    model = MLPClassifier((), solver="lbfgs", alpha=0.0, tol=1e-10, label_smoothing=amount, random_state=0)

    probability = model.fit(np.zeros((50, 1)), y).predict_proba(np.zeros((1, 1)))

    assert_allclose(probability, [(1.0 - amount) * share + amount / n_classes], rtol=1e-4)


def test_validation_labels_are_not_smoothed() -> None:
    """The validation loss is that of the labels as they are."""
    X, y = np.zeros((8, 1)), np.arange(8) % 2
    model = MLPClassifier((), label_smoothing=0.5, max_iter=1, random_state=0, dtype="float64")
    model.fit(X, y, validation_data=(X, y))
    probability = model.predict_proba(X)[np.arange(8), y]

    assert model.validation_loss_curve_[-1] == pytest.approx(-np.log(probability).mean(), rel=1e-12)


# ---- it learns -------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_the_digits(digits: Data) -> None:
    """With the default solver, 96 % of digits that it has not seen."""
    X, X_test, y, y_test = train_test_split(*digits, test_size=0.25, random_state=0, stratify=digits[1])
    model = MLPClassifier((64,), max_iter=40, learning_rate_init=0.005, random_state=0).fit(X, y)

    assert model.score(X_test, y_test) >= 0.96


def test_exclusive_or() -> None:
    """Two tanh units and L-BFGS solve what no network without a hidden layer can."""
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float), np.array([0, 1, 1, 0])
    options = {"activation": "tanh", "solver": "lbfgs", "alpha": 0.0, "random_state": 1}

    assert MLPClassifier((3,), **options).fit(X, y).predict(X).tolist() == y.tolist()
    assert MLPClassifier((), **options).fit(X, y).score(X, y) < 1.0


@pytest.mark.parametrize(
    "options",
    [
        {"batch_norm": True},
        {"dropout": 0.2},
        {"residual": True},
        {"residual": "activation"},
        {
            "batch_norm": True,
            "dropout": 0.1,
            "residual": True,
            "learning_rate": "one_cycle",
            "solver": "adamw",
        },
        {"activation": ["gelu", "selu"]},
        {"initializer": "orthogonal", "activation": "mish"},
        {"solver": "rmsprop", "learning_rate": "warmup_cosine"},
        {"solver": "adagrad", "learning_rate_init": 0.1},
        {"l1": 1e-4, "l2": 1e-4, "max_grad_norm": 1.0},
    ],
    ids=lambda options: "-".join(f"{name}={value}" for name, value in options.items()),
)
def test_what_goes_beyond_scikit_learn_learns(options: dict[str, Any], classes: Data) -> None:
    """Each kind of layer, and each kind of option, learns classes that lie apart."""
    X, y = classes
    model = MLPClassifier(
        **{
            "hidden_layer_sizes": (8, 8),
            "learning_rate_init": 0.02,
            "max_iter": 100,
            "batch_size": 20,
            "standardize": True,
            "random_state": 0,
            **options,
        }
    )

    assert model.fit(X, y).score(X, y) > 0.93


# ---- held-out rows ---------------------------------------------------------------------------------------


def test_held_out_rows_are_predicted_once_for_loss_and_score(
    classes: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss and the score of an epoch come from one pass."""
    X, y = classes
    passes = []

    def counted(network: Any, rows: Any, **options: Any) -> Any:
        passes.append(len(rows))
        return outputs_of(network, rows, **options)

    monkeypatch.setattr("pellucid.estimators._problem.outputs_of", counted)
    monkeypatch.setattr("pellucid.estimators._prediction.outputs_of", counted)
    MLPClassifier((8,), max_iter=3, random_state=0).fit(X, y, validation_data=(X[:20], y[:20]))

    assert passes == [20, 20, 20]


def test_a_scorer_may_ask_for_other_rows(classes: Data) -> None:
    """It gets the same predictions for a copy of the held-out rows, and its own for a part of them."""
    X, y = classes

    def scorer(model: Any, rows: Any, _: Any) -> float:
        known = model.predict_proba(rows)
        assert_allclose(known, model.predict_proba(rows.copy()), atol=1e-6)
        assert_allclose(known.sum(axis=1), 1.0, atol=1e-12)
        assert_allclose(known[3:9], model.predict_proba(rows[3:9]), atol=1e-6)
        assert known.dtype == rows.dtype
        return float(known.max())

    model = MLPClassifier((8,), max_iter=3, scoring=scorer, random_state=0)

    assert len(model.fit(X, y, validation_data=(X[:20], y[:20])).validation_scores_) == 3
