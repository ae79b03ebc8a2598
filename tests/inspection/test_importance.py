"""Permutation importance: causes, duplicates, groups, and the measures of association behind them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from scipy.stats import spearmanr
from sklearn.linear_model import LinearRegression
from sklearn.metrics import log_loss

from pellucid import Network
from pellucid.exceptions import DataError, ParameterError
from pellucid.inspection import importance
from pellucid.inspection.associations import associations, groups_of
from pellucid.inspection.cells import Cellular


def test_a_planted_cause_is_found(rng: np.random.Generator) -> None:
    """Of 20 columns, the two causes lose score; a column without a weight loses none, exactly."""
    X = rng.normal(size=(200, 20))
    W = np.zeros((20, 1))
    W[[3, 12]] = [[2.0], [1.0]]
    found = importance(Network([20, 1], weights=[W], biases=[[0.0]]), X, X @ W)
    order = [found.names[at] for at in found.order()]

    assert order[:2] == ["x3", "x12"]
    assert (found.drops[[j for j in range(20) if j not in (3, 12)]] == 0.0).all()
    assert (found.low <= found.mean).all()
    assert (found.mean <= found.high).all()


def test_the_importance_of_a_linear_model_by_hand(rng: np.random.Generator) -> None:
    """With y = X w, the error after a permutation is that of one column's share alone."""
    X = rng.normal(size=(60, 3))
    model = LinearRegression().fit(X, X @ [1.0, 2.0, 0.0])
    found = importance(model, X, X @ [1.0, 2.0, 0.0], n_repeats=3, random_state=5)
    generator = np.random.default_rng(5)
    for repeat in range(3):
        others = generator.permutation(60)
        by_hand = 2.0 * np.sqrt(np.mean((X[:, 1] - X[others, 1]) ** 2))

        assert found.drops[1, repeat] == pytest.approx(by_hand)


def test_duplicates_are_shown_as_a_group(rng: np.random.Generator) -> None:
    """Each copy alone loses less than both together, which lose what the single column would."""
    a, b = rng.normal(size=(2, 150))
    X = np.column_stack([a, b, a])
    net = Network([3, 1], weights=[[[0.5], [1.0], [0.5]]], biases=[[0.0]])
    single = Network([2, 1], weights=[[[1.0], [1.0]]], biases=[[0.0]])
    found = importance(net, X, a + b)
    alone = importance(single, X[:, :2], a + b)

    assert found.names == ("x0", "x1", "x2", "x0 + x2")
    assert found.mean[3] > 1.8 * found.mean[0]
    assert np.allclose(found.drops[3], alone.drops[0])
    assert [line["column"] for line in found.table() if line["part of"] == "x0 + x2"] == ["x0", "x2"]


def test_categories_missing_values_and_dates_are_permuted(
    fitted: Callable[[str], Any], homes: pd.DataFrame, price: np.ndarray
) -> None:
    """In pandas and Polars alike; a column that the model left out has no importance."""
    found = importance(fitted("number"), homes, price, n_repeats=2)
    frame = pl.DataFrame({name: homes[name].to_numpy() for name in homes.columns}, strict=False)
    frame = frame.with_columns(pl.col("age").fill_nan(None))
    again = importance(fitted("number"), frame, price, n_repeats=2)

    assert np.allclose(found.drops, again.drops, atol=1e-6)
    assert found.drops[found.names.index("same")].tolist() == [0.0, 0.0]
    assert found.scoring == "neg_root_mean_squared_error"


def test_classes_are_judged_by_log_loss(
    fitted: Callable[[str], Any], homes: pd.DataFrame, price: np.ndarray
) -> None:
    model, y = fitted("two classes"), np.where(price > 4.5, "dear", "cheap")
    found = importance(model, homes, y, n_repeats=1)

    assert found.scoring == "neg_log_loss"
    assert found.score == pytest.approx(-log_loss(y, model.predict_proba(homes)))
    assert importance(model, homes, y, n_repeats=1, scoring="accuracy").score == model.score(homes, y)


def test_weights_count_rows(rng: np.random.Generator) -> None:
    """A weight of 0 leaves a row out of the score."""
    X = rng.normal(size=(40, 2))
    y = X[:, 0].copy()
    y[:5] = 100.0
    net = Network([2, 1], weights=[[[1.0], [0.0]]], biases=[[0.0]])

    assert importance(net, X, y, sample_weight=[0.0] * 5 + [1.0] * 35).score == pytest.approx(0.0)


def test_associations_are_those_of_the_books(rng: np.random.Generator) -> None:
    """Spearman's for numbers; 1 for a copy of a category under other names, and for numbers fixed by one."""
    a = rng.normal(size=120)
    kind = rng.choice(["u", "v", "w"], 120)
    X = pd.DataFrame(
        {
            "a": a,
            "b": a + rng.normal(size=120),
            "e": np.exp(a),
            "kind": kind,
            "copy": pd.Series(kind).map({"u": "1st", "v": "2nd", "w": "3rd"}),
            "fixed": pd.Series(kind).map({"u": 1.5, "v": 7.25, "w": 2.5}),
            "other": rng.choice(["p", "q"], 120),
        }
    )
    found = pd.DataFrame(associations(Cellular(X)), X.columns, X.columns)

    assert found.loc["a", "b"] == pytest.approx(abs(spearmanr(X["a"], X["b"])[0]))
    assert found.loc["a", "e"] == pytest.approx(1.0)
    assert found.loc["kind", "copy"] == pytest.approx(1.0)
    assert found.loc["kind", "fixed"] == pytest.approx(1.0)
    assert found.loc["other", "kind"] < 0.3
    assert found.loc["other", "a"] < 0.3
    assert groups_of(found.to_numpy(), 0.95) == [[0, 2], [1], [3, 4, 5], [6]]


def test_many_categories_in_few_rows_are_no_association(rng: np.random.Generator) -> None:
    """Drawn independently; unadjusted measures of 60 streets in 75 rows are about .75, and sometimes above .8."""
    found = []
    for _ in range(30):
        streets = [f"street {i}" for i in rng.integers(0, 60, 75)]
        X = pd.DataFrame({"street": streets, "area": rng.normal(size=75), "near": rng.choice(["a", "b"], 75)})
        found.append(associations(Cellular(X))[0, 1:])

    assert np.mean(np.array(found) >= 0.8) < 0.02
    assert np.mean(found) < 0.3


def test_a_street_that_determines_a_town_is_associated_with_it(rng: np.random.Generator) -> None:
    """Also if most streets are in two rows."""
    street = np.repeat(np.arange(40), 2)
    X = pd.DataFrame({"street": [f"s{i}" for i in street], "town": np.array(["a", "b", "c"])[street % 3]})

    assert associations(Cellular(X))[0, 1] == pytest.approx(1.0)


def test_the_adjusted_correlation_ratio_by_hand(rng: np.random.Generator) -> None:
    """Kelley's: the sum of squares between categories less k - 1 mean squares within them, of the total."""
    y, code = rng.permutation(30).astype(float), np.repeat(np.arange(6), 5)
    y[code == 0] += 100.0
    ranks = y.argsort().argsort() + 1.0
    groups = [ranks[code == k] for k in range(6)]
    within, total = sum(((g - g.mean()) ** 2).sum() for g in groups), ((ranks - ranks.mean()) ** 2).sum()
    expected = (total - within - 5.0 * within / 24.0) / total
    found = associations(Cellular(pd.DataFrame({"y": y, "group": [f"g{k}" for k in code]})))[0, 1]

    assert found**2 == pytest.approx(expected)


def test_sparse_rows_and_a_chain_of_columns(rng: np.random.Generator) -> None:
    chain = np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.9], [0.1, 0.9, 1.0]])
    X = scipy.sparse.csr_array(rng.normal(size=(30, 2)) * (rng.random((30, 2)) < 0.5))
    model = LinearRegression().fit(X, X.sum(axis=1))

    assert groups_of(chain, 0.8) == [[0, 1, 2]]
    assert importance(model, X, X.sum(axis=1), n_repeats=1).mean.min() > 0.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0.0}, r"'threshold' must lie in \(0, 1\]; got 0.0"),
        ({"n_repeats": 0}, "'n_repeats' must"),
        ({"scoring": "goodness"}, "'scoring' must be a name of .*; got 'goodness'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str, rng: np.random.Generator) -> None:
    X = rng.normal(size=(20, 2))
    with pytest.raises(ParameterError, match=message):
        importance(LinearRegression().fit(X, X[:, 0]), X, X[:, 0], **options)


def test_rows_and_targets_must_match() -> None:
    with pytest.raises(DataError, match="'X' and 'y' must have the same number of rows; got 3 and 2"):
        importance(Network([1, 1], random_state=0), np.ones((3, 1)), [0.0, 1.0])


class Chances:
    """A classifier of "a", "b" and "c" whose probabilities are the columns of X."""

    classes_ = np.array(["a", "b", "c"])

    def fit(self, X: Any, y: Any) -> "Chances":
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict_proba(self, X: Any) -> np.ndarray:
        return np.asarray(X, np.float64)

    def predict(self, X: Any) -> np.ndarray:
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]

    def __sklearn_tags__(self) -> Any:
        from sklearn.base import BaseEstimator, ClassifierMixin

        return type("Bare", (ClassifierMixin, BaseEstimator), {})().__sklearn_tags__()


@pytest.mark.parametrize("present", ["ab", "a"])
def test_rows_may_lack_a_class(present: str, rng: np.random.Generator) -> None:
    """The log loss is the mean of -log p of each row's own class, whichever classes other rows have."""
    X = rng.dirichlet([2.0, 2.0, 2.0], 40)
    codes = np.arange(40) % len(present)
    found = importance(Chances(), X, np.array(list(present))[codes])

    assert found.score == pytest.approx(np.log(X[np.arange(40), codes]).mean())


@pytest.mark.parametrize("column", [pd.DataFrame, lambda y: np.asarray(y)[:, None]])
def test_targets_may_be_a_column(column: Any, rng: np.random.Generator) -> None:
    """Of a frame or an array: they are scored as the same classes in one dimension."""
    X, y = rng.dirichlet([2.0, 2.0, 2.0], 40), np.tile(["a", "b", "c", "a"], 10)
    found, expected = importance(Chances(), X, column(y)), importance(Chances(), X, y)

    assert (found.scoring, found.score) == (expected.scoring, expected.score)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (
            np.array(["a", "x"] * 20),
            r"'y' has the class 'x', which the model does not know: \['a', 'b', 'c'\]",
        ),
        (np.array(["a", None] * 20, object), r"Input y contains None in row 1"),
        (np.ma.array(["a", "b"] * 20, mask=[False, True] * 20), r"Input y is masked in row 1"),
    ],
)
def test_targets_that_are_no_known_classes(y: Any, message: str, rng: np.random.Generator) -> None:
    """A class that the model cannot predict would be scored as if it were another one."""
    with pytest.raises(DataError, match=message):
        importance(Chances(), rng.dirichlet([2.0, 2.0, 2.0], 40), y)


def test_numbers_that_are_missing_have_no_score(rng: np.random.Generator) -> None:
    """The row is named."""
    X = rng.normal(size=(20, 2))
    model = LinearRegression().fit(X, X[:, 0])
    with pytest.raises(DataError, match=r"Input y contains NaN in row 3"):
        importance(model, X, np.where(np.arange(20) == 3, np.nan, X[:, 0]))


@pytest.mark.parametrize("weight", [["x"] * 20, np.zeros(20), -np.ones(20), np.ones(3)])
def test_weights_that_are_none_are_refused_by_name(weight: Any, rng: np.random.Generator) -> None:
    """Before anything is scored."""
    X = rng.normal(size=(20, 2))
    with pytest.raises(ValueError, match=r"sample_weight"):
        importance(LinearRegression().fit(X, X[:, 0]), X, X[:, 0], sample_weight=weight)
