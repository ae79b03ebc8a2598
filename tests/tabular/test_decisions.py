"""Thresholds for a metric and classes for a cost, against what is counted by hand; scikit-learn's tuner works."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import metrics
from sklearn.base import BaseEstimator
from sklearn.model_selection import TunedThresholdClassifierCV

from pellucid.exceptions import ParameterError
from pellucid.tabular import TabularClassifier, TabularRegressor, choose_threshold, least_cost
from tabular.conftest import QUICK


def _rare(n: int, seed: int) -> tuple[Any, Any]:
    """Return rows and two classes, of which one is rare and overlaps with the other."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    return X, np.where(X[:, 0] + rng.normal(size=n) > 2.0, "yes", "no")


@pytest.fixture(scope="module")
def model() -> Any:
    """Return a classifier of 800 rows, all held out once."""
    return TabularClassifier(**{**QUICK, "n_members": 5, "max_iter": 12}).fit(*_rare(800, 0))


def _held_out(model: Any) -> tuple[Any, Any]:
    y, own = model.conformal_classes_, 1.0 - model.conformal_scores_[:, 0]
    return y, np.where(y == 1, own, 1.0 - own)


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "f1"])
@pytest.mark.few("balanced_accuracy")
def test_no_threshold_is_better_for_held_out_rows(model: Any, metric: str) -> None:
    """Among a thousand; nearly, since two hundred are tried."""
    y, p = _held_out(model)
    true, told = y == 1, p >= np.linspace(0.001, 0.999, 1000)[:, None]
    hits, rejected = (told & true).sum(axis=1), (~told & ~true).sum(axis=1)
    best = {
        "accuracy": (hits + rejected) / len(y),
        "balanced_accuracy": (hits / true.sum() + rejected / (~true).sum()) / 2.0,
        "f1": 2.0 * hits / (told.sum(axis=1) + true.sum()),
    }[metric].max()

    score = getattr(metrics, f"{metric}_score")
    assert best - 0.01 <= score(y, p >= choose_threshold(model, metric)) <= best + 0.01


def test_a_threshold_helps_on_new_rows(model: Any) -> None:
    """For balanced accuracy the rare class is decided for more often than at one half."""
    X, y = _rare(4000, 1)
    p, threshold = model.predict_proba(X)[:, 1], choose_threshold(model)
    plain, chosen = (metrics.balanced_accuracy_score(y == "yes", p >= t) for t in (0.5, threshold))

    assert threshold < 0.4
    assert chosen > plain + 0.05


def test_own_metrics_see_weights(model: Any) -> None:
    """A cost that counts missed rows nine times; weights reach it where there are any."""
    seen = []

    def value(y: Any, told: Any, **given: Any) -> float:
        seen.append(sorted(given))
        return -float(np.mean(np.where(y == 1, 9.0, 1.0) * (y != told)))

    y, p = _held_out(model)
    threshold = choose_threshold(model, value)
    assert value(y, p >= threshold) >= max(value(y, p >= t) for t in (0.05, 0.1, 0.2, 0.5)) - 1e-9
    X, y = _rare(200, 3)
    choose_threshold(TabularClassifier(**QUICK).fit(X, y, np.full(200, 2.0)), value)
    assert seen[0] == []
    assert seen[-1] == ["sample_weight"]


def test_costs_decide_by_hand() -> None:
    """Three classes at 0.5, 0.3 and 0.2: the decision of least expected cost, by its name."""

    class Told(BaseEstimator):
        """Tells one distribution."""

        classes_ = np.array(["a", "b", "c"])

        def __sklearn_is_fitted__(self) -> bool:
            """Say so."""
            return True

        def fit(self, X: Any, y: Any) -> None:
            """Do nothing."""

        def predict_proba(self, X: Any) -> Any:
            """Return the same for each row."""
            return np.tile([0.5, 0.3, 0.2], (len(X), 1))

    plain, dear = 1.0 - np.eye(3), [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [9.0, 9.0, 0.0]]

    assert least_cost(Told(), [0, 0], plain).tolist() == ["a", "a"]
    assert least_cost(Told(), [0], dear).tolist() == ["c"]  # 2.1, 2.3 and 0.8
    with pytest.raises(ParameterError, match=r"'cost' must be finite numbers of shape \(3, 3\)"):
        least_cost(Told(), [0], np.eye(2))


def test_what_has_no_threshold_is_refused(model: Any) -> None:
    """Another metric, and three classes."""
    with pytest.raises(ParameterError, match="'metric' must be one of"):
        choose_threshold(model, "roc")
    X, y = _rare(60, 2)
    y[::3] = "perhaps"
    with pytest.raises(ParameterError, match="'model' must be a fitted TabularClassifier of two classes"):
        choose_threshold(TabularClassifier(**QUICK).fit(X, y))


def test_the_tuner_of_scikit_learn_takes_the_classifier() -> None:
    """It clones, fits and tunes it, and predicts the names of the classes."""
    X, y = _rare(300, 4)
    tuned = TunedThresholdClassifierCV(TabularClassifier(**{**QUICK, "max_iter": 4}), cv=2).fit(X, y)

    assert 0.0 < tuned.best_threshold_ < 1.0
    assert set(tuned.predict(X)) <= {"yes", "no"}


class Chances(BaseEstimator):  # type: ignore[misc]
    """A classifier whose probabilities are the columns of X."""

    def __init__(self, classes: Any) -> None:
        self.classes = classes
        self.classes_ = np.array(classes)

    def fit(self, X: Any, y: Any) -> "Chances":
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict_proba(self, X: Any) -> Any:
        return np.asarray(X, np.float64)


def test_costs_with_names_are_those_of_the_classes() -> None:
    """Whatever their order: to miss a malignant one costs 10, and 0.2 times 10 is more than 0.8 times 1."""
    model = Chances(["benign", "malignant"])
    cost = pd.DataFrame({"malignant": [0.0, 1.0], "benign": [10.0, 0.0]}, index=["malignant", "benign"])

    assert least_cost(model, [[0.8, 0.2]], cost).tolist() == ["malignant"]
    assert least_cost(model, [[0.8, 0.2]], cost.loc[model.classes_, model.classes_]).tolist() == ["malignant"]
    assert least_cost(model, [[0.8, 0.2]], [[0.0, 1.0], [10.0, 0.0]]).tolist() == ["malignant"]
    assert least_cost(model, [[0.8, 0.2]], pd.DataFrame([[0.0, 1.0], [10.0, 0.0]])).tolist() == ["malignant"]


@pytest.mark.parametrize(
    ("cost", "match"),
    [
        ([["a", "b"], ["c", "d"]], "'cost' must be finite numbers of shape"),
        ([[0, 1], [1]], "'cost' must be finite numbers of shape"),
        (np.ma.array([[0.0, 1.0], [1.0, 0.0]], mask=np.eye(2)), "'cost' must be finite numbers of shape"),
        (pd.DataFrame(np.eye(2), index=["no", "yes"], columns=["No", "yes"]),
         r"'cost' must name the classes \['no', 'yes'\].*got \['No', 'yes'\]"),
        (pd.DataFrame(np.eye(2), columns=["yes", "no"]), r"in their order, \['no', 'yes'\]; got \['yes', 'no'\]"),
        (pd.DataFrame(np.eye(2), index=["yes", "no"]), r"in their order, \['no', 'yes'\]; got \['yes', 'no'\]"),
        (pl.DataFrame({"yes": [0, 1], "no": [1, 0]}), r"in their order, \['no', 'yes'\]; got \['yes', 'no'\]"),
        (pa.table({"yes": [0, 1], "no": [1, 0]}), r"in their order, \['no', 'yes'\]; got \['yes', 'no'\]"),
    ],
    ids=["text", "ragged", "masked", "names", "columns only", "rows only", "Polars", "Arrow"],
)  # fmt: skip
def test_costs_that_are_none(cost: Any, match: str) -> None:
    """Each says what is accepted."""
    with pytest.raises(ParameterError, match=match):
        least_cost(Chances(["no", "yes"]), [[0.8, 0.2]], cost)


def test_labels_and_numbers_have_no_least_cost() -> None:
    """Probabilities of labels do not add up to 1, so a class of least cost would mean nothing."""
    X = np.random.default_rng(0).normal(size=(40, 2))
    labels = TabularClassifier(**QUICK).fit(X, (X > 0.0).astype(int))
    with pytest.raises(ParameterError, match=r"'model' must predict mutually exclusive classes"):
        least_cost(labels, X, np.eye(2))
    with pytest.raises(ParameterError, match=r"'model' must be a fitted classifier.*got TabularRegressor"):
        least_cost(TabularRegressor(**QUICK).fit(X, X[:, 0]), X, np.eye(2))


@pytest.mark.parametrize("value", [np.nan, "x", None, np.ones(2)])
def test_a_metric_returns_a_number(model: Any, value: Any) -> None:
    """A threshold that maximizes anything else would be arbitrary."""
    with pytest.raises(ParameterError, match=r"'metric' must return a number; got"):
        choose_threshold(model, lambda y, told, sample_weight=None: value)


@pytest.mark.parametrize(
    "metric", [metrics.make_scorer(metrics.f1_score), lambda y, decided: (y == decided).mean()]
)
def test_a_metric_takes_classes_and_weights(metric: Any) -> None:
    """A scorer takes a model and rows, and a function without weights has no use for those of fit."""
    X, y = _rare(100, 0)
    model = TabularClassifier(**QUICK).fit(X, y, np.full(100, 2.0))

    with pytest.raises(
        ParameterError, match=r"'metric' must take true and predicted classes, and sample_weight"
    ):
        choose_threshold(model, metric)
