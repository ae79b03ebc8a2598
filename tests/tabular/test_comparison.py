"""The comparison: splits, metrics, intervals and what is said of them."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import t as student
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import log_loss

from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular.comparison import compare
from pellucid.tabular.contenders import CONTENDERS, CatBoost, Contender, Request
from pellucid.tabular.metrics import METRICS, Answers
from pellucid.tabular.plain_matrix import plain_matrix
from pellucid.tabular.trials import Trial
from pellucid.tabular.verdict import interval, summarize, verdict

FAST = ("linear", "hist")


@pytest.fixture
def mixed(rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    """Ninety rows with a number that is missing here and there, and a category that matters."""
    a, c = rng.normal(size=90), rng.integers(0, 3, 90)
    y = a + c
    frame = pl.DataFrame({"a": a, "c": [["x", "y", None][k] for k in c]})
    return frame.with_columns(pl.when(pl.col("a") > 2.0).then(None).otherwise("a").alias("a")), y


def test_all_that_comes_back_is_plain(mixed):
    found = compare(*mixed, task="regression", models=FAST, n_splits=2)

    assert json.loads(json.dumps(found)) == found
    assert {row["name"] for row in found["models"]} == set(FAST)
    assert (found["n_training"], found["n_test"]) == (72, 18)
    assert all(len(row["scores"]) == 2 for row in found["models"])


def test_every_model_sees_the_same_rows(mixed, monkeypatch):
    """Two entries that always say the mean have the same scores, and no difference."""
    build = lambda asked: DummyRegressor()  # noqa: E731
    for name in ("one", "two"):
        monkeypatch.setitem(CONTENDERS, name, Contender(name, name, build))
    one, two = compare(*mixed, task="regression", models=["one", "two"])["models"]

    assert one["scores"] == two["scores"]
    assert len(set(one["scores"])) == 3
    assert (two["difference"], two["low"], two["high"]) == (0.0, 0.0, 0.0)


def test_rows_of_a_group_are_on_one_side(mixed, monkeypatch):
    seen: list[set[int]] = []

    class Watching(DummyRegressor):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            seen.append(set(X[:, -1].astype(int)))
            return super().fit(X, y)

        def predict(self, X: Any) -> Any:
            seen.append(set(X[:, -1].astype(int)))
            return super().predict(X)

    monkeypatch.setitem(CONTENDERS, "one", Contender("one", "one", lambda asked: Watching()))
    groups = np.arange(90) // 9
    frame = mixed[0].with_columns(pl.Series("group", groups))
    compare(frame, mixed[1], task="regression", models=["one"], groups=groups)

    pairs = list(zip(seen[2::2], seen[3::2], strict=True))  # after the fit that warms up
    assert len(pairs) == 3
    assert all(not training & test for training, test in pairs)


def test_in_time_what_judges_comes_after(mixed, monkeypatch):
    seen: list[np.ndarray] = []

    class Watching(DummyRegressor):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            seen.append(X[:, -1])
            return super().fit(X, y)

        def predict(self, X: Any) -> Any:
            seen.append(X[:, -1])
            return super().predict(X)

    monkeypatch.setitem(CONTENDERS, "one", Contender("one", "one", lambda asked: Watching()))
    frame = mixed[0].with_columns(pl.Series("t", np.arange(90)))
    compare(frame, mixed[1], task="regression", models=["one"], in_time=True)

    for training, test in zip(seen[2::2], seen[3::2], strict=True):
        assert training.max() < test.min()
        assert len(test) == 6
    assert seen[-1].max() == 89


def test_a_row_of_weight_0_is_absent(mixed):
    X, y = mixed
    weight = np.ones(90)
    weight[::3] = 0.0
    kept = np.flatnonzero(weight)
    with_weights = compare(X, y, task="regression", models=["linear"], sample_weight=weight)
    without = compare(X[kept], y[kept], task="regression", models=["linear"], sample_weight=weight[kept])

    assert with_weights["models"][0]["scores"] == without["models"][0]["scores"]


def test_who_fails_is_named_and_the_others_go_on(mixed, monkeypatch):
    def fail(asked: Request) -> Any:
        raise RuntimeError("no luck\nat all")

    monkeypatch.setitem(CONTENDERS, "bad", Contender("bad", "bad", fail))
    found = compare(*mixed, task="regression", models=["linear", "bad"])

    assert found["failed"] == {"bad": "RuntimeError: no luck"}
    assert [row["name"] for row in found["models"]] == ["linear"]


def test_ours_takes_the_table_as_it_is(mixed):
    X, y = mixed
    found = compare(X, y > 1.0, task="classification", models=["pellucid-fast", "linear"],
                    n_splits=1, time_budget=0.5)  # fmt: skip

    assert found["failed"] == {}
    assert {"accuracy", "log_loss", "auc"} == found["models"][0]["metrics"].keys()
    assert "One split" in found["verdict"][-1]


def test_the_interval_is_that_of_nadeau_and_bengio():
    """By hand: mean 2, variance 1, three splits of 4 to 1."""
    low, high = interval(np.array([1.0, 2.0, 3.0]), 0.25)
    width = student.ppf(0.975, 2) * np.sqrt(1 / 3 + 1 / 4)

    assert (low, high) == pytest.approx((2 - width, 2 + width))
    assert interval(np.array([1.0]), 0.25) is None


def test_scores_of_classes_are_those_of_sklearn(rng):
    y, p = rng.integers(0, 2, 20), rng.uniform(0.1, 0.9, 20)
    probabilities = np.column_stack([1 - p, p])
    answers = Answers(y, (p > 0.5).astype(int), None, probabilities, np.array([0, 1]))

    assert METRICS["log_loss"].measure(answers) == pytest.approx(log_loss(y, p))
    assert METRICS["auc"].measure(answers) == pytest.approx(
        np.mean([a > b for a in p[y == 1] for b in p[y == 0]])
    )
    unknown = Answers(y + 1, y, None, probabilities, np.array([0, 1]))
    assert METRICS["log_loss"].measure(unknown) is None


def rows(metric: str, **trials: tuple[list[float], float]) -> list[dict[str, Any]]:
    """Return the rows of a made-up comparison: scores and fit times by contender."""
    held = {
        name: [Trial({metric: s}, seconds, 0.1) for s in scores] for name, (scores, seconds) in trials.items()
    }
    return summarize(held, METRICS[metric], [(80, 20)] * 3)[0]


def test_an_mlp_that_is_the_wrong_choice_is_called_so():
    found = rows("rmse", pellucid=([5.0, 5.1, 5.2], 20.0), hist=([4.0, 4.1, 4.2], 1.0))

    assert [row["name"] for row in found] == ["hist", "pellucid"]
    assert found[1]["difference"] == pytest.approx(1.0)
    said = " ".join(verdict(found, METRICS["rmse"], 3))
    assert "HistGradientBoosting is better than pellucid by 1 of RMSE" in said
    assert "in 1/20 of the time" in said
    assert "wrong choice" in said


@pytest.mark.parametrize(
    ("seconds", "words"), [(9.0, "half"), (7.0, "a third"), (5.0, "a quarter"), (0.01, "1/2,000")]
)
def test_shares_of_time_in_words(seconds, words):
    found = rows("rmse", pellucid=([5.0, 5.1, 5.2], 20.0), hist=([4.0, 4.1, 4.2], seconds))

    assert f"in {words} of the time" in " ".join(verdict(found, METRICS["rmse"], 3))


def test_chance_is_called_chance():
    found = rows("accuracy", pellucid=([0.90, 0.80, 0.85], 9.0), hist=([0.80, 0.88, 0.84], 1.0))
    said = " ".join(verdict(found, METRICS["accuracy"], 3))

    assert "cannot be told apart" in said
    assert "1/9 of the time" in said
    assert "better than" not in said


def test_a_linear_model_that_suffices_is_named():
    found = rows("rmse", hist=([4.0, 4.1, 4.2], 1.0), linear=([4.2, 4.0, 4.3], 0.1))

    assert any("linear model cannot be told" in said for said in verdict(found, METRICS["rmse"], 3))


def test_the_plain_matrix_knows_its_categories():
    made = plain_matrix(pl.DataFrame({"a": [1.0, None], "b": ["v", "u"], "k": [7, 3]}), ["k"])

    assert made.cardinalities == (0, 2, 2)
    np.testing.assert_array_equal(made.values, [[1.0, 1.0, 1.0], [np.nan, 0.0, 0.0]])


def test_catboost_gets_text_for_categories():
    held = CatBoost(DummyClassifier(), cat_features=[1]).read(np.array([[0.5, 1.0], [0.5, np.nan]]))

    assert held.tolist() == [[0.5, "1.0"], [0.5, "nan"]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"task": "guess"}, "classification"),
        ({"models": ["forest"]}, "forest"),
        ({"metric": "accuracy"}, "rmse"),
        ({"n_splits": 0}, "n_splits"),
        ({"test_fraction": 0.9}, "test_fraction"),
    ],
)
def test_an_option_that_is_not_accepted_is_named(mixed, options, words):
    with pytest.raises(ParameterError, match=words):
        compare(*mixed, **({"task": "regression", "models": FAST} | options))


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_what_is_rare_may_be_missing_in_the_fit_that_warms_up(task):
    """Few of the rows, evenly taken, hold one class only, or one value of the only column."""
    marked = np.zeros(800)
    marked[1:9] = 1.0
    noise = np.random.default_rng(0).normal(size=800)
    X, y = (noise[:, None], marked.astype(int)) if task == "classification" else (marked[:, None], noise)
    found = compare(X, y, task=task, models=["pellucid-fast", "linear"], n_splits=1, time_budget=0.3)
    assert {row["name"] for row in found["models"]} == {"pellucid-fast", "linear"}


def test_too_few_rows_are_refused(mixed):
    with pytest.raises(DataError, match="20 rows"):
        compare(mixed[0][:10], mixed[1][:10], task="regression", models=FAST)
