"""The comparison: splits, metrics, intervals and what is said of them."""

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import t as student
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular import crew
from pellucid.tabular.comparison import compare
from pellucid.tabular.contest.contender_trial import Trial
from pellucid.tabular.contest.contenders import CONTENDERS, CatBoost, Contender, Request
from pellucid.tabular.contest.plain_matrix import plain_matrix
from pellucid.tabular.contest.sampling import left_out_scores, paired_variance
from pellucid.tabular.contest.verdict import interval, summarize, verdict
from pellucid.tabular.metrics import METRICS, Answers
from pellucid.training import EpochEnd, Observer

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
    assert {"accuracy", "log_loss", "auc", "average_precision"} == found["models"][0]["metrics"].keys()
    assert "A single split" in found["verdict"][-1]


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

    assert any("linear model is not measurably worse" in said for said in verdict(found, METRICS["rmse"], 3))


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


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"groups": [1, 2]}, r"'groups' must have shape \(60,\), one per row; got \(2,\)"),
        ({"groups": np.array([None, *"ab" * 29, "a"], object)}, "groups contains None in row 0"),
        ({"groups": np.ma.array(np.arange(60), mask=np.arange(60) == 7)}, "groups is masked in row 7"),
        ({"y": np.ma.array(np.arange(60.0), mask=np.arange(60) == 7)}, "Input y is masked in row 7"),
        ({"y": ["a"] * 60}, "'y' must be numbers for a regression: could not convert"),
        ({"sample_weight": ["x"] * 60}, "'sample_weight' must be numbers"),
    ],
)
def test_rows_that_cannot_be_compared(options: dict[str, Any], match: str) -> None:
    """The parameter and the row are named before a model is fitted."""
    given = {"y": np.arange(60.0), **options}
    with pytest.raises(DataError, match=match):
        compare(
            np.arange(120.0).reshape(60, 2), given.pop("y"), task="regression", models=["linear"], **given
        )


# ---- what chance may have done ------------------------------------------------------------------------------


def _answers(right: Any) -> Answers:
    """Return answers to as many questions, right where it says so."""
    y = np.arange(len(right)) % 2
    return Answers(y, np.where(right, y, 1 - y), None)


def _variance(metric: Any, one: Answers, other: Answers, groups: Any = None) -> float | None:
    return paired_variance(*(left_out_scores(metric, answers, groups) for answers in (one, other)))


@pytest.mark.parametrize("n_right", [1, 3, 10])
def test_equal_differences_on_few_rows_are_not_certain(n_right):
    """One model is right on some of 10 rows more than the other, in each of the splits."""
    one, other = np.ones(10, bool), np.arange(10) >= n_right
    trials = {
        name: [Trial({"accuracy": float(np.mean(a))}, 1.0, 1.0, answers=_answers(a))] * 3
        for name, a in (("hist", one), ("linear", other))
    }
    row = summarize(trials, METRICS["accuracy"], [(40, 10)] * 3)[0][1]

    assert row["high"] - row["low"] > 0.5 * row["difference"]
    assert n_right == 10 or row["low"] < 0.0


@pytest.mark.parametrize(
    "name",
    ["accuracy", "log_loss", "rmse", "mae", "r2",
     *(pytest.param(name, marks=pytest.mark.slow) for name in ("auc", "average_precision"))],
)  # fmt: skip
def test_the_variance_of_a_difference_is_that_of_new_rows(name, rng):
    """Over many draws of the test rows, for every score; some more, for what was not drawn."""
    metric = METRICS[name]

    def draw(n: int) -> tuple[Answers, Answers]:
        x = rng.normal(size=n)
        if metric.task == "regression":
            y = x + rng.normal(size=n)
            return Answers(y, x, None), Answers(y, 0.5 * x + 0.3 * rng.normal(size=n), None)
        y = (rng.random(n) < 1.0 / (1.0 + np.exp(-x))).astype(int)
        told = []
        for z in (x, 0.5 * x + 0.7 * rng.normal(size=n)):
            p = 1.0 / (1.0 + np.exp(-z))
            told.append(Answers(y, (p > 0.5).astype(int), None, np.c_[1.0 - p, p], np.array([0, 1])))
        return told[0], told[1]

    pairs = [draw(200) for _ in range(60)]
    differences = [metric.measure(one) - metric.measure(other) for one, other in pairs]
    said = np.mean([_variance(metric, one, other) for one, other in pairs[:4]])

    assert 0.5 < said / np.var(differences) < 4.0


def test_rows_of_a_group_are_one_draw(rng):
    """Each row ten times over, as a group, says no more than once."""
    right, order = rng.random((2, 40)) < 0.7, rng.permutation(400)
    once = _variance(METRICS["accuracy"], *map(_answers, right))
    tenfold = [
        Answers(a.y.repeat(10)[order], a.predicted.repeat(10)[order], None) for a in map(_answers, right)
    ]

    grouped = _variance(METRICS["accuracy"], *tenfold, np.arange(40).repeat(10)[order])
    assert grouped == pytest.approx(once, rel=0.35)
    assert _variance(METRICS["accuracy"], *tenfold) < 0.5 * once


def test_a_score_that_a_few_rows_do_not_define_says_nothing():
    """An AUC with one row of a class: the interval is not known, and the verdict is that nothing is certain."""
    y, p = np.array([0, 0, 0, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4, 0.9])
    one, other = (Answers(y, y, None, np.c_[1.0 - q, q], np.array([0, 1])) for q in (p, p[::-1]))
    assert _variance(METRICS["auc"], one, other) is None
    trials = {
        name: [Trial({"auc": METRICS["auc"].measure(a)}, 1.0, 1.0, answers=a)] * 2
        for name, a in (("hist", one), ("linear", other))
    }
    found, _ = summarize(trials, METRICS["auc"], [(20, 5)] * 2)

    assert (found[1]["low"], found[1]["high"]) == (None, None)
    assert "cannot be told apart" in verdict(found, METRICS["auc"], 2)[0]


def test_more_models_make_wider_intervals(rng):
    """All intervals hold together: one of many is soon first by chance."""
    low, high = interval(np.array([1.0, 2.0, 3.0]), 0.25)
    wide = interval(np.array([1.0, 2.0, 3.0]), 0.25, n_compared=5)
    assert wide[0] < low
    assert wide[1] > high


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_noise_makes_no_certain_verdict(task, monkeypatch):
    """Targets at random, on 24 to 200 rows, told by a linear model and a tree."""
    build = lambda asked: asked.choose(DecisionTreeClassifier, DecisionTreeRegressor)(max_depth=3)  # noqa: E731
    monkeypatch.setitem(CONTENDERS, "tree", Contender("tree", "tree", build))
    claims = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(24, 200))
        X, y = rng.normal(size=(n, 4)), rng.normal(size=n)
        y = y if task == "regression" else rng.permutation(np.arange(n) % 2)
        said = compare(X, y, task=task, models=("linear", "tree"), n_splits=2 + seed % 3, random_state=seed)
        claims += said["models"][1]["low"] > 0.0 or "cannot be told apart" not in said["verdict"][0]
    assert claims <= 1


def test_what_is_there_is_seen(rng):
    """Of 600 rows whose classes are a product of two inputs, a linear model knows nothing."""
    X = rng.normal(size=(600, 2))
    found = compare(X, (X[:, 0] * X[:, 1] > 0.0).astype(int), task="classification", models=FAST)
    assert found["models"][0]["name"] == "hist"
    assert found["models"][1]["low"] > 0.0
    assert "HistGradientBoosting has the best accuracy" in found["verdict"][0]


@pytest.mark.thorough
def test_rare_classes_are_ranked_by_the_log_loss(rng):
    """By accuracy a model that never names the rare class looks as good."""
    X = pl.DataFrame(rng.normal(size=(1500, 2)), ["a", "b"])
    near = 1.5 - 25.0 * (X["a"] ** 2 + X["b"] ** 2).to_numpy()
    y = np.where(rng.random(1500) < 1.0 / (1.0 + np.exp(-near)), "fraud", "fine")
    found = compare(X, y, task="classification", models=FAST)

    assert found["metric"] == "log_loss"
    assert not any("nothing here calls for" in sentence for sentence in found["verdict"])
    assert found["models"][0]["metrics"]["average_precision"] > 2.0 * (y == "fraud").mean()
    assert compare(X, y, task="classification", models=("linear",), metric="accuracy")["metric"] == "accuracy"


def test_a_class_that_some_training_rows_lack_leaves_accuracy(rng):
    """Groups keep the only rows of a class together: then the log loss is not defined."""
    groups = np.repeat(np.arange(10), 10)
    y = np.where(groups == 3, "rare", np.where(rng.random(100) < 0.5, "a", "b"))
    found = compare(
        rng.normal(size=(100, 2)), y, task="classification", models=("linear",), groups=groups, n_splits=6
    )
    assert found["metric"] == "accuracy"


@pytest.mark.parametrize("weighted", [False, True])
def test_means_over_rows_are_those_of_sklearn(weighted, rng):
    """Of classes of any number and type, certain of some rows, and of numbers."""
    weight = rng.integers(0, 3, 60).astype(float) if weighted else None
    for classes in (np.array(["a", "b", "c"]), np.array([0, 5]), np.array(list("xyz"), object)):
        p = rng.dirichlet(np.full(len(classes), 0.3), 60)
        p[:5] = np.eye(len(classes))[rng.integers(0, len(classes), 5)]
        y, predicted = classes[rng.integers(0, len(classes), 60)], classes[p.argmax(axis=1)]
        told = Answers(y, predicted, weight, p, classes)
        expected = {
            "accuracy": accuracy_score(y, predicted, sample_weight=weight),
            "log_loss": log_loss(y, p, labels=classes, sample_weight=weight),
        }
        assert {name: METRICS[name].measure(told) for name in expected} == pytest.approx(expected, rel=1e-12)
    y = rng.normal(size=60)
    predicted = y + rng.normal(size=60)
    expected = {
        name: measure(y, predicted, sample_weight=weight)
        for name, measure in (
            ("rmse", root_mean_squared_error),
            ("mae", mean_absolute_error),
            ("r2", r2_score),
        )
    }
    told = Answers(y, predicted, weight)
    assert {name: METRICS[name].measure(told) for name in expected} == pytest.approx(expected, rel=1e-12)
    assert METRICS["r2"].measure(Answers(y[:2], y[:2], np.array([1.0, 0.0]))) is None


HELD = {
    "objects": lambda y: np.array(y.tolist(), object),
    "a column": lambda y: y[:, None],
    "a frame": lambda y: pd.DataFrame({"y": y}),
}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
def test_what_holds_the_targets_does_not_matter(held: Any) -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = X[:, 0] > 0.0
    plain, other = (
        compare(X, targets, task="classification", models=["linear"], n_splits=1) for targets in (y, held(y))
    )
    assert [m["scores"] for m in other["models"]] == [m["scores"] for m in plain["models"]]


@pytest.mark.parametrize(
    ("task", "y"),
    [
        ("regression", np.arange(60).astype("M8[D]")),
        ("regression", np.arange(60).astype("m8[D]")),
        ("regression", np.arange(60) + 1j),
        ("regression", ["a", "b"] * 30),
        ("regression", np.ma.array(np.arange(60.0), mask=np.arange(60) == 3)),
        ("classification", np.ma.array(np.arange(60) % 2, mask=np.arange(60) == 3)),
        ("classification", dict.fromkeys(range(60), 1)),
        ("classification", np.array([1, "a"] * 30, object)),
    ],
    ids=["dates", "durations", "complex", "text", "masked numbers", "masked classes", "a dict", "mixed"],
)
def test_targets_that_no_model_can_learn_are_refused(task: str, y: Any) -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    with pytest.raises(DataError, match=r"^(Input |'?)y'? "):
        compare(X, y, task=task, models=["linear"], n_splits=1)


class PressesCtrlC(Observer):
    """Presses Ctrl-C at the end of the third epoch."""

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Raise what Ctrl-C raises in the main thread."""
        if event.epoch == 2:
            raise KeyboardInterrupt


def test_ctrl_c_ends_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that was ended early is no contender, and no other one is trained after it."""
    train = crew.train_member

    def interrupted(*args: Any, observers: Any, **options: Any) -> Any:
        return train(*args, observers=[*observers, PressesCtrlC()], **options)

    monkeypatch.setattr(crew, "train_member", interrupted)
    X = np.random.default_rng(0).normal(size=(60, 2))
    with pytest.raises(KeyboardInterrupt, match="Training interrupted by user"):
        compare(X, X[:, 0], task="regression", models=["pellucid-fast", "linear"])
