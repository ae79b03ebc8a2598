"""``groups="name"``: groups of rows as a column of the table, which is not an input."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from tests.tabular.conftest import QUICK

from pellucid import TabularClassifier, TabularRegressor, load, save
from pellucid.exceptions import DataError, ParameterError
from pellucid.inspection import attributions, importance
from pellucid.tabular.comparison import compare

N = 60


@pytest.fixture(scope="module")
def visits() -> Any:
    """Return rows of patients, and a target."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"dose": rng.normal(size=N), "patient": [f"p{k // 4}" for k in range(N)]})
    return X, X["dose"].to_numpy() + 0.1 * rng.normal(size=N)


@pytest.fixture(scope="module")
def model(visits: Any) -> TabularRegressor:
    """Return a model of them that held out whole patients."""
    return TabularRegressor("fast", **QUICK).fit(*visits, groups="patient")


def test_a_name_is_as_the_array_and_a_table_without_it(visits: Any, model: Any) -> None:
    """The fit is that of the groups as an array and the other columns, in its bits."""
    X, y = visits
    other = TabularRegressor("fast", **QUICK).fit(X[["dose"]], y, groups=X["patient"])

    np.testing.assert_array_equal(model.predict(X[["dose"]]), other.predict(X[["dose"]]))
    assert list(model.feature_names_in_) == ["dose"]
    assert model.conformal_groups_ is not None
    np.testing.assert_array_equal(model.conformal_groups_, other.conformal_groups_)


def test_new_rows_may_have_the_column_or_not(visits: Any, model: Any, tmp_path: Path) -> None:
    """A table with the column is predicted as without it, from a file as well, in any order and kind of frame."""
    X, _ = visits
    save(model, tmp_path / "m.safetensors")
    expected = model.predict(X[["dose"]])
    for each in (model, load(tmp_path / "m.safetensors")):
        np.testing.assert_array_equal(each.predict(X), expected)
        np.testing.assert_array_equal(each.predict(pl.from_pandas(X[["patient", "dose"]])), expected)
    with pytest.raises(DataError, match="fit did not see, 'other'"):
        model.predict(X.assign(other=1.0))
    assert attributions(model, X[:2], background=X[:4]).columns == ("dose",)


def test_held_out_rows_may_have_the_column(visits: Any) -> None:
    """validation_data with the column is judged as without it."""
    X, y = visits
    fits = [
        TabularRegressor("fast", **QUICK).fit(
            X[:40], y[:40], groups="patient", validation_data=(held, y[40:])
        )
        for held in (X[40:], X[40:][["dose"]])
    ]

    np.testing.assert_array_equal(*(fit.predict(X) for fit in fits))


def test_a_frame_of_polars_with_weights(visits: Any) -> None:
    """Other frames do as well; a row of weight 0 needs no group."""
    X, y = visits
    weight = np.ones(N)
    weight[7] = 0.0
    frame = pl.from_pandas(X).with_columns(
        pl.when(pl.int_range(pl.len()) == 7).then(None).otherwise(pl.col("patient")).alias("patient")
    )
    fitted = TabularRegressor("fast", **QUICK).fit(frame, y, weight, groups="patient")

    assert fitted.predict(frame).shape == (N,)
    with pytest.raises(DataError, match="column 'patient', which 'groups' names, has no value in row 7"):
        TabularRegressor("fast", **QUICK).fit(frame, y, groups="patient")


def test_a_comparison_takes_a_name(visits: Any) -> None:
    """compare draws whole groups by the name; no contender sees the column."""
    X, y = visits
    options: dict[str, Any] = {"task": "regression", "models": ["linear"], "n_splits": 1}
    named = compare(X, y, groups="patient", **options)
    array = compare(X[["dose"]], y, groups=X["patient"], **options)

    assert named["models"][0]["scores"] == array["models"][0]["scores"]


@pytest.mark.parametrize(
    ("X", "groups", "said"),
    [
        (
            pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 2.0]}),
            "c",
            r"the column 'c', and X has the columns \['a', 'b'\]",
        ),
        (np.eye(3), "c", "X has no names of columns"),
    ],
)
def test_a_name_that_is_not_there(X: Any, groups: str, said: str) -> None:
    """Errors say which columns there are."""
    with pytest.raises(ParameterError, match=said):
        TabularRegressor("fast", **QUICK).fit(X, np.arange(len(X)), groups=groups)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"categorical_features": [0]}, "'categorical_features' must hold names of columns where 'groups'"),
        ({"text_columns": [-1]}, "'text_columns' must hold names of columns where 'groups' names one"),
        ({"monotonic_cst": {0: 1}}, "'monotonic_cst' must hold names of columns where 'groups' names one"),
        ({"text_columns": ["patient"]}, "'text_columns' names the column 'patient', which 'groups' names"),
        ({"categorical_features": ["patient"]}, "'categorical_features' names the column 'patient', which"),
    ],
)
def test_another_role_beside_the_groups(visits: Any, options: dict[str, Any], said: str) -> None:
    """Positions would be those of another table, and a column has one role."""
    with pytest.raises(ParameterError, match=said):
        TabularRegressor("fast", **{**QUICK, **options}).fit(*visits, groups="patient")


def test_importances_leave_the_groups_out(visits: Any, model: Any) -> None:
    """The table may still have their column."""
    X, y = visits
    assert [row["column"] for row in importance(model, X, y, n_repeats=2).table()] == ["dose"]


def test_nothing_but_the_groups() -> None:
    """A table of the groups alone has nothing to learn from."""
    with pytest.raises(DataError, match="no column but 'g'"):
        TabularRegressor("fast", **QUICK).fit(pd.DataFrame({"g": [1, 2]}), [0.0, 1.0], groups="g")


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (lambda g: np.where(g == 1, None, g), r"Input groups contains None in row"),
        (lambda g: np.where(g == 1, np.nan, g), r"Input groups contains NaN in row"),
        (lambda g: pd.Series(g, dtype="Int64").where(g != 1), r"Input groups contains"),
        (lambda g: np.ma.array(g, mask=g == 1), r"Input groups is masked in row"),
        (lambda g: np.column_stack([g, g]), r"'groups' must have shape \(40,\)"),
        (lambda g: [str(i) if i else float("nan") for i in g], r"Input groups contains NaN in row 0"),
        (lambda g: [{"group": i} for i in g], r"'groups' must be text, numbers or dates.*dict"),
    ],
    ids=["None", "NaN", "NA", "masked", "two columns", "NaN among text", "dicts"],
)
@pytest.mark.parametrize("fit", ["classes", "numbers", "compare"])
def test_groups_that_cannot_be_told_apart(fit: str, groups: Any, said: str) -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    given = groups(np.arange(40) // 5)
    calls = {
        "classes": lambda: TabularClassifier("fast", **QUICK).fit(X, X[:, 0] > 0.0, groups=given),
        "numbers": lambda: TabularRegressor("fast", **QUICK).fit(X, X[:, 0], groups=given),
        "compare": lambda: compare(X, X[:, 0], task="regression", models=["linear"], groups=given),
    }
    with pytest.raises(DataError, match=said):
        calls[fit]()
