"""Partial dependence and accumulated local effects, beside functions whose effects are known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.inspection import partial_dependence

from pellucid import Network, TabularRegressor
from pellucid.exceptions import DataError, DataWarning, ParameterError
from pellucid.inspection import effect, interactions
from pellucid.inspection.cells import Cellular
from pellucid.inspection.level_order import level_order
from pellucid.plotting import DecisionBoundaryDisplay
from pellucid.tabular import TableEncoder


class Formula:
    """A model of scikit-learn's kind that is a formula of a data frame."""

    def __init__(self, formula: Callable[[pd.DataFrame], Any]) -> None:
        self.formula = formula
        self.fitted_ = True

    def fit(self, X: Any, y: Any) -> "Formula":
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.formula(X), np.float64)

    def __sklearn_tags__(self) -> Any:
        from sklearn.base import BaseEstimator

        return BaseEstimator.__sklearn_tags__(self)  # type: ignore[arg-type]


@pytest.fixture
def table(rng: np.random.Generator) -> pd.DataFrame:
    a = rng.normal(size=200)
    return pd.DataFrame(
        {
            "a": a,
            "b": a + 0.3 * rng.normal(size=200),
            "kind": rng.choice(["u", "v", "w"], 200),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 60, 200), "D"),
        }
    )


@pytest.mark.parametrize("kind", ["ale", "partial dependence"])
def test_the_effect_of_an_additive_function_is_the_function(kind: str, table: pd.DataFrame) -> None:
    """Up to a constant, for numbers, categories and dates, though columns are correlated."""
    step = {"u": 0.0, "v": 5.0, "w": -2.0}
    day = pd.Timestamp("2024-01-01")
    model = Formula(
        lambda X: np.sin(2 * X["a"]) + X["b"] ** 2 + X["kind"].map(step) + 0.1 * (X["day"] - day).dt.days
    )
    a, kinds, days = (effect(model, table, name, kind=kind) for name in ("a", "kind", "day"))

    assert np.allclose(np.diff(a.values), np.diff(np.sin(2 * a.places)))
    assert np.allclose(np.diff(kinds.values), np.diff([step[label] for label in kinds.labels]))
    assert np.allclose(np.diff(days.values), 0.1 * np.diff(days.places))
    assert days.labels[0] == str(table["day"].min().date())
    assert a.counts.sum() == kinds.counts.sum() == 200


def test_accumulated_effects_have_mean_zero(table: pd.DataFrame) -> None:
    found = effect(Formula(lambda X: X["a"] ** 3), table, "kind")
    cubic = effect(Formula(lambda X: 7.0 + X["kind"].map({"u": 1.0, "v": 2.0, "w": 4.0})), table, "kind")

    assert np.allclose(found.values, 0.0)
    assert cubic.counts @ cubic.values == pytest.approx(0.0, abs=1e-9)


def test_ale_leaves_correlation_out_where_partial_dependence_invents_rows(table: pd.DataFrame) -> None:
    """For f = a b with b about a, the local effect of a is about b da = a da: a²/2, not mean(b) a."""
    model = Formula(lambda X: X["a"] * X["b"])
    ale = effect(model, table, "a", n_points=40)
    plain = effect(model, table, "a", kind="partial dependence", n_points=40)
    parabola = ale.places**2 / 2.0

    assert np.corrcoef(ale.values, parabola)[0, 1] > 0.97
    assert np.allclose(plain.values, plain.places * table["b"].mean())


def test_partial_dependence_is_that_of_scikit_learn(rng: np.random.Generator) -> None:
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures

    X = rng.normal(size=(50, 3))
    model = make_pipeline(PolynomialFeatures(), LinearRegression()).fit(X, X[:, 0] * X[:, 1])
    found = effect(model, X, 0, kind="partial dependence", n_points=6)
    theirs = partial_dependence(model, X, [0], custom_values={0: found.places}, kind="average")

    assert np.allclose(found.values, theirs["average"][0])


def test_missing_cells_are_a_value(fitted: Callable[[str], Any], homes: pd.DataFrame) -> None:
    model = fitted("number")
    found = effect(model, homes, "age", kind="partial dependence", n_points=5)
    with pytest.warns(DataWarning, match="column 'age' has no value"):
        alone = model.predict(homes.assign(age=np.nan)).mean()

    assert found.labels[-1] == "missing"
    assert found.values[-1] == pytest.approx(alone, abs=1e-5)
    assert found.counts[-1] == homes["age"].isna().sum()
    assert "missing" not in effect(model, homes, "age").labels
    assert effect(model, homes, "age").counts.sum() == homes["age"].notna().sum()


def test_every_kind_of_column_has_an_effect(fitted: Callable[[str], Any], homes: pd.DataFrame) -> None:
    for kind in ("ale", "partial dependence"):
        for column in ("area", "fees", "near", "street", "sold", "garden"):
            found = effect(fitted("two classes"), homes, column, kind=kind, output="dear", n_rows=50)

            assert np.isfinite(found.values).all()
            assert len(found.labels) == len(found.values) == len(found.counts) >= 2
    assert found.quantity == "probability of 'dear'"


def test_categories_that_are_alike_are_neighbors(rng: np.random.Generator) -> None:
    """Levels whose rows lie at 0, 1, 2 and 3 come in that order, or in the opposite one."""
    names = np.array(["third", "first", "fourth", "second"])
    level = np.array([2.0, 0.0, 3.0, 1.0])
    code = rng.integers(0, 4, 400)
    X = pd.DataFrame({"kind": names[code], "x": level[code] + 0.7 * rng.normal(size=400)})
    cells = Cellular(X)
    read = cells.read()
    order = level_order(read, 0, np.arange(4.0))
    found = [sorted(names)[at] for at in order]

    assert found in (["first", "second", "third", "fourth"], ["fourth", "third", "second", "first"])


@pytest.mark.parametrize(
    ("column", "options", "error", "message"),
    [
        (
            "a",
            {"kind": "shap"},
            ParameterError,
            "'kind' must be one of 'ale', 'partial dependence'; got 'shap'",
        ),
        ("z", {}, ParameterError, "'column' must be one of the columns"),
        ("c", {}, DataError, "column 'c' is constant"),
        ("a", {"n_points": 1}, ParameterError, "'n_points' must"),
        ("a", {"output": "yes"}, ParameterError, "'output' must be the index of a target"),
    ],
)
def test_bad_options_are_refused(
    column: str, options: dict[str, Any], error: Any, message: str, rng: np.random.Generator
) -> None:
    X = pd.DataFrame({"a": rng.normal(size=9), "c": 1.0})
    with pytest.raises(error, match=message):
        effect(Formula(lambda X: X["a"]), X, column, **options)


def test_a_number_that_is_a_position_and_another_label_is_refused(rng: np.random.Generator) -> None:
    X = pd.DataFrame({5: rng.normal(size=9), 0: rng.normal(size=9)})
    model = Formula(lambda X: X[5])

    with pytest.raises(ParameterError, match="'column' is ambiguous: 0 is the position of '5'"):
        effect(model, X, 0)


@pytest.mark.parametrize("kind", ["ale", "partial dependence"])
def test_labels_that_are_positions_are_those_in_any_order(kind: Any, rng: np.random.Generator) -> None:
    X = pd.DataFrame({1: rng.normal(size=40), 0: 9.0 + rng.normal(size=40)})
    model = Formula(lambda X: 3.0 * X[0])
    found, same = effect(model, X, 0, kind=kind), effect(model, X[[0, 1]], 0, kind=kind)

    np.testing.assert_array_equal(found.values, same.values)
    assert np.ptp(found.values) == pytest.approx(3.0 * np.ptp(found.places))


@pytest.mark.parametrize("labels", [[("a", "x"), ("a", "y")], pd.to_datetime(["2024", "2025"]), [0.5, 1.5]])
def test_a_label_that_is_no_number_of_a_column_is_refused(labels: Any, rng: np.random.Generator) -> None:
    X = pd.DataFrame(rng.normal(size=(9, 2)), columns=pd.Index(labels))
    with pytest.raises(ParameterError, match="'column' must be one of the columns"):
        effect(Formula(lambda X: X.iloc[:, 0]), X, X.columns[1])


def test_a_class_must_be_named_if_there_are_several(
    fitted: Callable[[str], Any], homes: pd.DataFrame
) -> None:
    with pytest.raises(ParameterError, match=r"'output' must name a class, one of \['0', '1', '2'\]"):
        effect(fitted("three classes"), homes, "area")
    assert (
        effect(Network([1, 1], random_state=0), np.ones((4, 1)) * [[1], [2], [3], [4]], 0).quantity
        == "prediction"
    )


def test_missing_rows_are_counted_apart_from_numbers() -> None:
    """Next to -1, which is a number like any other: each row counts at the nearest number, or as missing."""
    a = np.repeat([-1.2, -1.0, -0.5, 2.0, np.nan], [4, 5, 6, 7, 3])
    found = effect(
        Formula(lambda X: X["a"].fillna(0.0)), pd.DataFrame({"a": a}), "a", kind="partial dependence"
    )

    assert found.labels == ("-1.2", "-1", "-0.5", "2", "missing")
    assert found.counts.tolist() == [4, 5, 6, 7, 3]


@pytest.mark.parametrize("name", ["rows", "ale"])
def test_a_column_may_have_the_name_of_another_part_of_the_table(name: str) -> None:
    """Its values, effects and counts all remain: two rows in (0, 1), one in (1, 2), whose mean effect is 25/6."""
    X = pd.DataFrame({name: [0.0, 1.0, 2.0]})
    line = effect(Formula(lambda X: 5.0 * X[name]), X, name).table()[2]

    assert list(line.values()) == ["2", pytest.approx(10.0 - 25.0 / 6.0), 1]
    assert list(line)[1:] == ["ale", "rows"]


def test_masked_cells_are_missing_in_effects(rng: np.random.Generator) -> None:
    """As in the table that has NaN there; what lies under a mask does not matter."""
    X = rng.normal(size=(60, 2)).round(1)
    mask = rng.random(X.shape) < 0.3
    masked = np.ma.array(np.where(mask, 777.0, X), mask=mask)
    model = TabularRegressor("fast", max_iter=2, random_state=0).fit(np.where(mask, np.nan, X), X[:, 1])
    for kind in ("ale", "partial dependence"):
        found, expected = (
            effect(model, rows, 0, kind=kind, n_points=4) for rows in (masked, np.where(mask, np.nan, X))
        )
        assert found.labels == expected.labels
        assert (found.counts == expected.counts).all()
        np.testing.assert_allclose(found.values, expected.values, atol=1e-6)


def _with_enum(X: pd.DataFrame) -> pl.DataFrame:
    sizes = pl.Series(X["size"].astype(str).to_list(), dtype=pl.Enum(["s", "m", "l", "xl"]))
    return pl.DataFrame({"size": sizes, "x": X["x"].to_numpy()})


@pytest.mark.parametrize("frame", [lambda X: X, _with_enum])
def test_categories_in_order_keep_it(frame: Any, rng: np.random.Generator) -> None:
    """Neighbors are those of the declared order, however alike the rows of others are in another column."""
    size = pd.Categorical(np.tile(["s", "m", "l", "xl"], 40), ["s", "m", "l", "xl"], ordered=True)
    place = np.array([0.0, 5.0, 1.0, 6.0])[size.codes]
    X = pd.DataFrame({"size": size, "x": place + 0.1 * rng.normal(size=160)})
    model = TabularRegressor("fast", max_iter=1, random_state=0).fit(frame(X), place)

    assert effect(model, frame(X), "size").labels == ("s", "m", "l", "xl")


@pytest.mark.parametrize("column", [True, np.True_])
def test_true_is_not_the_position_of_a_column(column: Any) -> None:
    """Python takes True for 1: every function that takes a column by its position refuses it."""
    X = pd.DataFrame({5: [1.0, 2.0] * 20, 1: [1.0, 2.0, 3.0, 4.0] * 10})
    y = X[1] * X[5]
    model = TabularRegressor("fast", max_iter=1, n_members=1, random_state=0).fit(X, y)
    uses = [
        lambda: effect(model, X, column),
        lambda: interactions(model, X, columns=[column, 0]),
        lambda: TableEncoder(categorical=[column]).fit(X),
        lambda: TabularRegressor(categorical_features=[column]).fit(X, y),
        lambda: TabularRegressor(text_columns=[column]).fit(X, y),
        lambda: TabularRegressor(monotonic_cst={column: 1}).fit(X, y),
        lambda: TabularRegressor(coverage_by=column).fit(X, y),
        lambda: DecisionBoundaryDisplay.from_estimator(model, X, features=(column, 0)),
    ]
    for use in uses:
        with pytest.raises(ParameterError, match=r"column.*; got True\."):
            use()
