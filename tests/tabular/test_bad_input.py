"""Bad tables and targets: an error that says what to do, and the earlier fit as it was."""

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.exceptions import NotFittedError

from pellucid.exceptions import DataError, DataWarning, ParameterError
from pellucid.tabular import TabularClassifier, TabularRegressor
from tabular.conftest import QUICK

N = 80


@pytest.fixture(scope="module")
def model(frame: Any, numbers: Any) -> Any:
    """Return a regressor that is fitted to ``frame``."""
    return TabularRegressor(**QUICK).fit(frame, numbers)


def _with_nan(y: Any) -> Any:
    y = y.copy()
    y[[3, 9]] = np.nan
    return y


# name: (table from frame, target from numbers, options of fit, error)
FITS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], dict[str, Any], str]] = {
    "all missing": (lambda X: X[["rooms"]].assign(rooms=np.nan, b=None), lambda y: y, {},
                    "All columns of X are constant.*'rooms' was left out: no row has a value.*'b' was left out"),
    "all constant": (lambda X: X[["rooms"]].assign(rooms=1.0), lambda y: y, {}, "'rooms' .* it is constant"),
    "one row": (lambda X: X[:1], lambda y: y[:1], {}, "at least 2 rows"),
    "no rows": (lambda X: X[:0], lambda y: y[:0], {}, "X has no rows"),
    "no columns": (lambda X: X[[]], lambda y: y, {}, "X has no columns"),
    "infinity": (lambda X: X.assign(rooms=np.where(np.arange(N) == 7, np.inf, 1.0)), lambda y: y, {},
                 "infinity.* in row 7 of column 'rooms'"),
    "names twice": (lambda X: pd.concat([X, X[["near"]]], axis=1), lambda y: y, {}, "more than one .*'near'"),
    "kinds mixed": (lambda X: X.assign(near=[1, "sea"] * (N // 2)), lambda y: y, {},
                    "'near' holds numbers and text: 1 in row 0, 'sea' in row 1"),
    "lists": (lambda X: pl.DataFrame({"a": [[1, 2]] * N}), lambda y: y, {}, "a list or record in each cell"),
    "lazy": (lambda X: pl.LazyFrame({"a": range(N)}), lambda y: y, {}, "lazy frame.*collect"),
    "one dimension": (lambda X: np.arange(N), lambda y: y, {}, "1 dimension"),
    "no target": (lambda X: X, lambda y: None, {}, "requires y to be passed"),
    "missing targets": (lambda X: X, _with_nan, {}, "NaN in row 3 .2 entries"),
    "name of a column as target": (lambda X: X, lambda y: "near", {}, r"'y' must have shape .*got \(\)"),
    "target too short": (lambda X: X, lambda y: y[:9], {}, "X has 80 rows and y 9"),
    "target of three dimensions": (lambda X: X, lambda y: y.reshape(N, 1, 1), {}, "'y' must have shape"),
    "target without columns": (lambda X: X, lambda y: y.reshape(N, 1)[:, :0], {},
                               r"'y' must have shape .*\(80, 0\)"),
    "whole numbers beyond floats": (lambda X: X, lambda y: np.array([10**400] * N, object), {},
                                    "'y' must be numbers"),
    "masked targets": (lambda X: X, lambda y: np.ma.array(y, mask=np.arange(N) == 4), {}, "y is masked in row 4"),
    "masked weights": (lambda X: X, lambda y: y, {"sample_weight": np.ma.array(np.ones(N), mask=np.arange(N) < 2)},
                       "sample_weight is masked in row 0 .2 entries"),
    "weights that are text": (lambda X: X, lambda y: y, {"sample_weight": ["x"] * N},
                              "'sample_weight' must be numbers"),
    "weights that are dates": (lambda X: X, lambda y: y, {"sample_weight": pd.date_range("2024", periods=N)},
                               "'sample_weight' must be numbers >= 0, one per row: they are datetime64"),
    "missing groups": (lambda X: X, lambda y: y, {"groups": np.array(["a", "b", None, "c"] * (N // 4), object)},
                       "groups contains None in row 2 .20 entries"),
    "groups that are NaN": (lambda X: X, lambda y: y, {"groups": np.where(np.arange(N) == 5, np.nan, 1.0)},
                            "groups contains NaN in row 5"),
    "dates missing in groups": (lambda X: X, lambda y: y,
                                {"groups": pd.to_datetime([None, "2024-01-01"] * (N // 2))},
                                "groups contains NaT in row 0"),
    "masked groups": (lambda X: X, lambda y: y, {"groups": np.ma.array(np.arange(N), mask=np.arange(N) == 9)},
                      "groups is masked in row 9"),
    "batch of Arrow": (lambda X: pa.RecordBatch.from_pandas(X), lambda y: y, {},
                       r"RecordBatch.*pyarrow\.table\(X\)"),
    "groups too short": (lambda X: X, lambda y: y, {"groups": np.arange(9)}, r"'groups' must have shape \(80,\)"),
    "weights too short": (lambda X: X, lambda y: y, {"sample_weight": np.ones(9)}, "sample_weight"),
    "weights below 0": (lambda X: X, lambda y: y, {"sample_weight": -np.ones(N)}, "Negative values"),
    "weights of 0": (lambda X: X, lambda y: y, {"sample_weight": np.zeros(N)}, "must have an entry > 0"),
    "one weight": (lambda X: X, lambda y: y, {"sample_weight": np.eye(N)[0]}, "at least 2 rows with a weight > 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", FITS)
def test_fits_that_fail(name: str, model: Any, frame: Any, numbers: Any) -> None:
    """Each says why, and the model predicts as before."""
    make_X, make_y, options, match = FITS[name]
    before, expected = dict(model.__dict__), model.predict(frame)

    with pytest.raises(ValueError, match=match):
        model.fit(make_X(frame), make_y(numbers), **options)
    assert model.__dict__.keys() == before.keys()
    assert all(model.__dict__[key] is value for key, value in before.items())
    assert (model.predict(frame) == expected).all()


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda X, y: X, "'validation_data' must be .*got DataFrame of length 80"),
        (lambda X, y: (X[["rooms"]], y), "validation_data: 'X' must have the columns.*lacks 'near'"),
        (lambda X, y: (X.to_numpy()[:, :2], y), "validation_data: X has 2 features"),
        (lambda X, y: (X, y[:9]), "validation_data: X_val has 80 rows and y_val 9"),
        (lambda X, y: (X, np.c_[y, y]), "validation_data: 'y' must have 1 target"),
        (lambda X, y: (X, _with_nan(y)), "validation_data: Input y contains NaN in row 3"),
        (lambda X, y: (X, y, -y), "validation_data: Negative"),
    ],
    ids=["no pair", "lacks columns", "narrow array", "short", "more targets", "missing targets", "weights"],
)
def test_rows_to_be_judged_by_that_do_not_fit(make: Any, match: str, frame: Any, numbers: Any) -> None:
    """They are named as what is wrong."""
    with pytest.raises(DataError, match=match):
        TabularRegressor(**QUICK).fit(frame, numbers, validation_data=make(frame, numbers))


def test_classes_to_be_judged_by_that_do_not_fit(frame: Any, classes: Any) -> None:
    """An unknown class, and labels of another number."""
    with pytest.raises(DataError, match=r"validation_data: y has the classes \['grand'\], which fit did not"):
        TabularClassifier(**QUICK).fit(frame, classes, validation_data=(frame, ["grand"] * N))
    labels = np.random.default_rng(0).integers(0, 2, (N, 3))
    with pytest.raises(DataError, match="validation_data: "):
        TabularClassifier(**QUICK).fit(frame, labels, validation_data=(frame, labels[:, :2]))


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda X: X.assign(garden=1), "fit did not see, 'garden'"),
        (lambda X: X.drop(columns="near"), "It lacks 'near'"),
        (lambda X: X.assign(rooms="many"), "'rooms' held numbers .* now holds text"),
        (lambda X: X.assign(near=1.5), "'near' held text .* now holds numbers"),
        (lambda X: X.assign(sold=1.5), "'sold' held dates .* now holds numbers"),
        (lambda X: X.assign(rooms=-np.inf), "infinity.* in row 0 of column 'rooms'"),
        (lambda X: X[:0], "X has no rows"),
    ],
    ids=[
        "new",
        "missing",
        "text for numbers",
        "numbers for text",
        "numbers for dates",
        "infinity",
        "no rows",
    ],
)
def test_tables_that_cannot_be_predicted(make: Any, match: str, model: Any, frame: Any) -> None:
    """Columns are named."""
    with pytest.raises(DataError, match=match):
        model.predict(make(frame))


def test_tables_that_can_be_predicted(model: Any, frame: Any) -> None:
    """Missing and unknown values, whole numbers for fractions, other frames, a single row."""
    expected = model.predict(frame)

    with pytest.warns(DataWarning, match="'near': none of its values is a category seen in fit"):
        found = model.predict(frame.assign(near="moon", street=None, rooms=np.nan, sold=pd.NaT))
    assert np.isfinite(found).all()
    assert (model.predict(frame.assign(rooms=3)) == model.predict(frame.assign(rooms=3.0))).all()
    cells = frame.astype(object).where(frame.notna(), None)
    other = pl.DataFrame({name: cells[name].tolist() for name in cells})
    np.testing.assert_allclose(model.predict(other), expected, rtol=1e-6)
    np.testing.assert_allclose(model.predict(frame[:1]), expected[:1], rtol=1e-5)


def test_a_column_without_values_is_left_out(frame: Any, numbers: Any) -> None:
    """With a note; it may hold anything when predicted."""
    model = TabularRegressor(**QUICK).fit(frame.assign(empty=np.nan), numbers)

    assert model.notes_ == ("column 'empty' was left out: no row has a value.",)
    assert (model.predict(frame.assign(empty=1.0)) == model.predict(frame.assign(empty=None))).all()


def test_dates_far_from_now(frame: Any, numbers: Any) -> None:
    """The first and the last day that Python knows are dates like any other."""
    far = [datetime.date(1, 1, 1), datetime.date(9999, 12, 31)] * (N // 2)

    assert np.isfinite(TabularRegressor(**QUICK).fit(frame.assign(sold=far), numbers).predict(frame)).all()


@pytest.mark.slow
def test_ten_thousand_categories() -> None:
    """They are looked up in a table that is learned; rows of an unknown one are predicted too."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 10_000, 30_000)
    X, y = pd.DataFrame({"kind": [f"kind {k}" for k in kind]}), (kind % 2).astype(float)
    model = TabularRegressor(**{**QUICK, "max_iter": 15}).fit(X, y)

    assert model.encoder_.cardinalities_ == (len(set(kind)) + 1,)
    assert model.score(X, y) > 0.8
    assert np.isfinite(model.predict(pd.DataFrame({"kind": ["never seen", None]}))).all()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"preset": "worst"}, r"'preset' must be one of \['default', 'best', .*\]; got 'worst'"),
        ({"preset": "worst", "n_members": "auto"}, r"'preset' must be one of \['default', .*\]; got 'worst'"),
        ({"preset": (100,), "n_members": "auto"}, r"'preset' must be one of \['default', .*\]; got \(100,\)"),
        ({"loss": "l2"}, "'loss' must be one of .*; got 'l2'"),
        ({"loss": "quantile", "quantiles": (0.9, 0.1)}, "'quantiles' must increase"),
        ({"loss": "quantile", "quantiles": (0.0, 0.5)}, "'quantiles' must increase and lie in"),
        (
            {"loss": "quantile", "quantiles": "median"},
            "'quantiles' must increase and lie in .*; got 'median'",
        ),
        ({"loss": "quantile", "quantiles": ()}, r"'quantiles' must increase and lie in .*; got \(\)"),
        ({"loss": "huber", "huber_delta": -1.0}, "'huber_delta' must be a number > 0; got -1.0"),
        ({"validation_fraction": 0.9}, r"'validation_fraction' must lie in \(0, 0.5\]; got 0.9"),
        ({"validation_fraction": None}, r"'validation_fraction' must lie in \(0, 0.5\]; got None"),
        ({"random_state": "x"}, "'random_state' must be .*; got 'x'"),
        ({"random_state": -1}, "'random_state' must be .*; got -1"),
        ({"n_members": 0}, "'n_members' must be a whole number >= 1, or 'auto'; got 0"),
        ({"max_iter": 1.5}, "'max_iter' must be a whole number >= 1, or None; got 1.5"),
        ({"batch_size": "auto"}, "'batch_size' must be a whole number"),
        ({"hidden_layer_sizes": (16, 0)}, "'hidden_layer_sizes' must be whole numbers >= 1, or None"),
        ({"activation": "bent"}, "'activation' must be one of"),
        ({"learning_rate_init": 0.0}, "'learning_rate_init' must be a number > 0, or None; got 0.0"),
        ({"dropout": 1.0}, "'dropout' must be a number >= 0 and < 1, or None; got 1.0"),
        ({"weight_decay": -0.1}, "'weight_decay' must be a number >= 0, or None; got -0.1"),
        ({"engine": "steam"}, "'engine' must be"),
        ({"n_threads": 0}, "'n_threads' must be a whole number >= 1, or None; got 0"),
        ({"verbose": "loud"}, "'verbose' must be True, False or 'progress'; got 'loud'"),
        (
            {"categorical_features": ["garden"]},
            "^'categorical_features' names the column 'garden', and X has",
        ),
        (
            {"categorical_features": "near"},
            "^'categorical_features' must be 'auto' or a list of .*; got 'near'",
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, dict) else "",
)
def test_options_that_are_none(options: Any, match: str, frame: Any, numbers: Any) -> None:
    """Each names the parameter, what is accepted and what came."""
    with pytest.raises(ParameterError, match=match):
        TabularRegressor(**{**QUICK, **options}).fit(frame, numbers)


def test_options_of_the_classifier_that_are_none(frame: Any, classes: Any) -> None:
    """The same for those that a regressor has not."""
    for options, match in (
        ({"label_smoothing": 1.5}, r"'label_smoothing' must lie in \[0, 1\)"),
        ({"calibrate": "yes"}, "'calibrate' must be True or False; got 'yes'"),
    ):
        with pytest.raises(ParameterError, match=match):
            TabularClassifier(**QUICK, **options).fit(frame, classes)
    with pytest.raises(ValueError, match="class_weight"):
        TabularClassifier(class_weight={"grand": 2.0}, **QUICK).fit(frame, classes)


def test_what_is_not_fitted_cannot_predict(frame: Any) -> None:
    """As any estimator of scikit-learn."""

    for name in ("predict", "spread", "encode", "predict_interval", "predict_quantiles"):
        with pytest.raises(NotFittedError):
            getattr(TabularRegressor(), name)(frame)
    for name in ("network_", "history_", "n_iter_", "notes_"):
        assert not hasattr(TabularRegressor(), name)
        with pytest.raises(NotFittedError, match="TabularRegressor instance is not fitted yet"):
            getattr(TabularRegressor(), name)


@pytest.mark.parametrize("coverage", [90, 0.0, "90%", None])
def test_coverage_is_a_share(coverage: Any, model: Any, frame: Any) -> None:
    """Percents are refused."""
    with pytest.raises(ParameterError, match=r"'coverage' must lie in \(0, 1\).*; got"):
        model.predict_interval(frame, coverage)


@pytest.mark.parametrize("y", ["near", 3.0])
def test_a_classifier_needs_one_target_per_row(y: Any, frame: Any) -> None:
    """The name of a column is none."""
    with pytest.raises(DataError, match=r"'y' must have shape .*got \(\)"):
        TabularClassifier(**QUICK).fit(frame, y)


def test_groups_of_mixed_types_are_held_out_whole(frame: Any, numbers: Any) -> None:
    """1 and "1" are two groups, divided as two numbers are, and the model is the same."""
    names = np.array([1, "1", 2.5, "b"] * (N // 4), object)
    codes = np.array([0, 1, 2, 3] * (N // 4))
    found, expected = (
        TabularRegressor(**{**QUICK, "n_members": 2}).fit(frame, numbers, groups=groups)
        for groups in (names, codes)
    )
    assert (found.predict(frame) == expected.predict(frame)).all()


@pytest.mark.parametrize(
    ("y", "match"),
    [
        (np.ma.array([0, 1] * (N // 2), mask=np.arange(N) == 3), "Input y is masked in row 3"),
        (
            pd.to_datetime([None, "2024-01-01", "2024-05-05", "2024-05-05"] * (N // 4)),
            "Input y contains NaT in row 0",
        ),
        ([b"a", b"b"] * (N // 2), "'y' must contain classes.*bytes"),
        (
            np.array([10**30, 10**31] * (N // 2), object),
            r"y holds integers beyond 64 bits.*astype\(str\)",
        ),
        (np.empty((N, 0)), r"'y' must have shape .*got \(80, 0\)"),
    ],
    ids=["masked", "dates", "bytes", "huge numbers", "no columns"],
)
def test_classes_that_are_none(y: Any, match: str, frame: Any) -> None:
    """A masked or missing entry is no class, and the parameter is named."""
    with pytest.raises(DataError, match=match):
        TabularClassifier(**QUICK).fit(frame, y)
