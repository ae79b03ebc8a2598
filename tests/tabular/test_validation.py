"""Held-out rows: their choice, and the checks of them."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    make_scorer,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
)

from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.members.splits import split_members
from tabular.conftest import QUICK

TIME = slice(64, None)  # the last fifth of the 80 rows


def _split(n_rows: int = 100, n_members: int = 5, **options: Any) -> list[tuple[Any, Any]]:
    settings = {"validation": "random", "fraction": 0.2, "strata": None, "groups": None, "seed": 0}
    return split_members(n_rows, n_members, **{**settings, **options})


# ---- the splits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strata", [None, np.arange(100) % 4])
def test_members_hold_out_one_fold_after_the_other(strata: Any) -> None:
    """Each row once, by a member that does not learn from it; more members begin again."""
    splits = _split(n_members=7, strata=strata)

    assert sorted(np.concatenate([out for _, out in splits[:5]])) == list(range(100))
    for learned, out in splits:
        assert sorted([*learned, *out]) == list(range(100))
        assert len(out) == 20
    assert (splits[5][1] == splits[0][1]).all()


def test_folds_keep_the_shares_of_classes() -> None:
    """A class of a tenth of the rows is a tenth of each fold; one of a single row does no harm."""
    rare = (np.arange(100) % 10 == 0).astype(int)

    assert all(rare[out].mean() == 0.1 for _, out in _split(strata=rare))
    rare[3] = 2
    assert len(_split(strata=rare)) == 5
    assert len(_split(12, strata=np.arange(12))) == 5


@pytest.mark.parametrize("strata", [None, np.arange(100) % 3])
@pytest.mark.parametrize("n_groups", [2, 3, 17])
def test_groups_are_never_divided(strata: Any, n_groups: int) -> None:
    """Nor where there are fewer of them than folds."""
    groups = np.random.default_rng(0).integers(0, n_groups, 100)

    for learned, out in _split(strata=strata, groups=groups):
        assert not set(groups[learned]) & set(groups[out])
        assert min(len(learned), len(out)) > 0


@pytest.mark.parametrize("n_groups", [2, 3, 4, 6, 12])
@pytest.mark.parametrize("n_rows", [12, 21, 60])
@pytest.mark.parametrize("n_classes", [2, 4, 9])
def test_every_fold_holds_a_group_out(n_groups: int, n_rows: int, n_classes: int) -> None:
    """Few groups, classes of few rows and groups of one class leave no fold empty, and no row undivided."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        groups = rng.permutation(np.arange(n_rows) % n_groups)
        strata = np.where(seed % 2, groups, rng.integers(0, n_classes, n_rows)) % n_classes
        splits = split_members(
            n_rows, 5, validation="random", fraction=0.2, strata=strata, groups=groups, seed=seed
        )
        assert all(len(learned) and len(out) for learned, out in splits)
        assert all(not set(groups[learned]) & set(groups[out]) for learned, out in splits)


def test_time_holds_out_the_last_rows() -> None:
    """For every member."""
    for learned, out in _split(n_members=2, validation="time", fraction=0.25):
        assert learned.tolist() == list(range(75))
        assert out.tolist() == list(range(75, 100))


def test_of_few_rows_none_is_held_out() -> None:
    """Nine are all learned from and judged by."""
    assert all((learned == out).all() and len(out) == 9 for learned, out in _split(9))


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"validation": "last"}, ParameterError, "'random' or 'time'; got 'last'"),
        ({"fraction": 0.6}, ParameterError, r"'validation_fraction' must lie in \(0, 0.5\]; got 0.6"),
        (
            {"validation": "time", "groups": np.arange(100)},
            ParameterError,
            "no meaning with validation='time'",
        ),
        ({"groups": np.zeros(100)}, DataError, "at least 2 groups"),
    ],
)
def test_splits_that_are_none(options: Any, error: Any, match: str) -> None:
    """Each names what is accepted."""
    with pytest.raises(error, match=match):
        _split(**options)


# ---- in fits ------------------------------------------------------------------------------------------------


def test_own_rows_take_the_place_of_held_out_ones(frame: Any, numbers: Any) -> None:
    """All rows are learned from, and the loss is that of the rows given, with their weights."""
    weight = np.random.default_rng(0).random(20)
    own = (frame[:20], numbers[:20], weight)
    model = TabularRegressor(**QUICK).fit(frame[20:], numbers[20:], validation_data=own)
    residual = (model.predict(frame[:20]) - numbers[:20]) / model.members_[0].targets.scale
    best = max(model.history_, key=lambda row: row["validation_score"])

    assert model.members_[0].targets.mean == pytest.approx(numbers[20:].mean())
    assert -best["validation_score"] == pytest.approx(0.5 * np.average(residual**2, weights=weight), rel=1e-4)


def test_own_rows_are_those_of_any_frame(frame: Any, classes: Any) -> None:
    """A Polars frame beside a pandas one, with a class that is rare there."""
    own = (
        pl.DataFrame(
            {
                name: frame[name][:20].astype(object).where(frame[name].notna(), None).tolist()
                for name in frame
            }
        ),
        pl.Series(["dear", *classes[1:20]]),
    )
    model = TabularClassifier(scoring="accuracy", **QUICK)
    model.fit(frame, classes, validation_data=own)
    right = model.predict(frame[:20]) == np.array(["dear", *classes[1:20]])

    assert max(row["validation_score"] for row in model.history_) == right.mean()


def _own_scorer(estimator: Any, X: Any, y: Any) -> float:
    return -float(np.abs(estimator.predict(X) - y).max())


SCORERS: dict[str, tuple[Any, Any]] = {
    "r2": ("r2", r2_score),
    "mean absolute error": (
        make_scorer(mean_absolute_error, greater_is_better=False),
        lambda y, p: -mean_absolute_error(y, p),
    ),
    "callable": (_own_scorer, lambda y, p: -np.abs(y - p).max()),
}


SORTED = np.repeat(["a", "b", "c"], [20, 20, 10])  # the last fifth is all of a class


@pytest.mark.parametrize("n_members", [1, 3])
@pytest.mark.parametrize(
    ("y", "groups", "validation"),
    [
        (np.repeat(["a", "b"], 25), np.repeat([0, 1], 25), "random"),
        (np.repeat(["a", "b"], [40, 10]), None, "time"),
    ],
    ids=["groups of one class", "the last rows"],
)
def test_no_member_may_learn_from_one_class_alone(
    n_members: int, y: Any, groups: Any, validation: str
) -> None:
    """It would predict that class whatever the row."""
    model = TabularClassifier(**QUICK | {"n_members": n_members}, validation=validation)

    with pytest.raises(
        DataError, match=r"'y' must have two classes among the rows that a member learns from"
    ):
        model.fit(np.arange(50.0)[:, None], y, groups=groups)


def test_a_class_that_is_held_out_as_a_whole_is_warned_of() -> None:
    """No network ever sees it."""
    model = TabularClassifier(**QUICK, validation="time")

    with pytest.warns(
        UserWarning, match=r"learns from a row of the classes \['c'\]: all of them are held out"
    ):
        model.fit(np.arange(50.0)[:, None], SORTED)


@pytest.mark.parametrize("scorer", SCORERS)
def test_scorers_choose_the_epoch_of_a_regression(scorer: str, frame: Any, numbers: Any) -> None:
    """The best score of the history is that of the model that is kept."""
    scoring, by_hand = SCORERS[scorer]
    model = TabularRegressor(scoring=scoring, validation="time", **QUICK).fit(frame, numbers)

    best = max(row["validation_score"] for row in model.history_)
    assert best == pytest.approx(by_hand(numbers[TIME], model.predict(frame[TIME])))


CLASS_SCORERS: dict[str, tuple[Any, Any]] = {
    "neg_log_loss": ("neg_log_loss", lambda m, X, y: -log_loss(y, m.predict_proba(X))),
    "roc_auc": ("roc_auc", lambda m, X, y: roc_auc_score(y, m.predict_proba(X)[:, 1])),
    "accuracy": ("accuracy", lambda m, X, y: accuracy_score(y, m.predict(X))),
    "made": (make_scorer(accuracy_score), lambda m, X, y: accuracy_score(y, m.predict(X))),
    "none": (None, lambda m, X, y: -log_loss(y, m.predict_proba(X))),
}


@pytest.mark.parametrize("scorer", CLASS_SCORERS)
def test_scorers_choose_the_epoch_of_a_classification(scorer: str, frame: Any, numbers: Any) -> None:
    """By probabilities as by classes, without a warning."""
    y = np.where(numbers > np.median(numbers), "dear", "cheap")
    scoring, by_hand = CLASS_SCORERS[scorer]
    model = TabularClassifier(scoring=scoring, validation="time", **QUICK).fit(frame, y)

    best = max(row["validation_score"] for row in model.history_)
    assert best == pytest.approx(by_hand(model, frame[TIME], y[TIME]))


def test_labels_are_scored(frame: Any, numbers: Any) -> None:
    """By a scorer of labels; by default the sum of their log losses."""
    y = np.c_[numbers > 5.0, frame["new"]].astype(int)
    model = TabularClassifier(scoring="f1_macro", validation="time", **QUICK).fit(frame, y)
    best = max(row["validation_score"] for row in model.history_)
    assert best == pytest.approx(f1_score(y[TIME], model.predict(frame[TIME]), average="macro"))

    model.set_params(scoring=None).fit(frame, y)
    p = model.predict_proba(frame[TIME])
    best = max(row["validation_score"] for row in model.history_)
    assert -best == pytest.approx(sum(log_loss(y[TIME, k], p[:, k]) for k in range(2)), rel=1e-5)


def test_a_scorer_is_given_weights_if_it_takes_them(frame: Any, numbers: Any) -> None:
    """R² weighted, the largest error not."""
    weight = np.random.default_rng(0).random(80) + 0.1
    for scoring, given in (("r2", {"sample_weight": weight[TIME]}), (_own_scorer, {})):
        model = TabularRegressor(scoring=scoring, validation="time", **QUICK).fit(frame, numbers, weight)
        found = model.predict(frame[TIME])
        expected = r2_score(numbers[TIME], found, **given) if given else -np.abs(numbers[TIME] - found).max()

        assert max(row["validation_score"] for row in model.history_) == pytest.approx(expected)


def test_a_scorer_that_is_none(frame: Any, numbers: Any) -> None:
    """scikit-learn says which there are."""
    with pytest.raises(ValueError, match="scoring"):
        TabularRegressor(scoring="best", **QUICK).fit(frame, numbers)


@pytest.mark.parametrize(
    ("estimator", "scoring", "match"),
    [
        (TabularRegressor, "roc_auc", "scoring='roc_auc' does not suit TabularRegressor.*predict_proba"),
        (TabularRegressor, "accuracy", "scoring='accuracy' does not suit .*continuous is not supported"),
        (TabularClassifier, "r2", "scoring='r2' does not suit TabularClassifier.*could not convert"),
        (
            TabularClassifier,
            "precision",
            "scoring='precision' does not suit .*pos_label=1 is not a valid label",
        ),
        (TabularRegressor, "goodness", "'scoring' must be .*get_scorer_names.*got 'goodness'"),
        (TabularRegressor, 3, "'scoring' must be .*got 3"),
    ],
)
def test_scorers_of_other_kinds(estimator: Any, scoring: Any, match: str, frame: Any, numbers: Any) -> None:
    """The parameter is named, with scikit-learn's reason."""
    y = numbers if estimator is TabularRegressor else np.where(numbers > 5.0, "dear", "cheap")
    with pytest.raises(ParameterError, match=match):
        estimator(**QUICK, scoring=scoring).fit(frame, y)


def test_with_rows_to_be_judged_by_all_others_are_learned_from() -> None:
    """So the recipe counts all of them: 425,000 visits of 2,000 rows are 212 epochs (of 1,600 they were 256)."""
    X = np.linspace(-1.0, 1.0, 2000)[:, None]
    small = TabularRegressor("fast", n_members=1, hidden_layer_sizes=2, batch_size=2000, random_state=0)

    assert small.fit(X, X[:, 0], validation_data=(X[:9], X[:9, 0])).n_iter_ == 212
