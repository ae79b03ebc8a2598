"""Contributions of columns: their sums, their values where theory gives them, and the paths between rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

from inspection.conftest import KINDS
from inspection.shapley import shapley
from pellucid import MLPRegressor, Network, TabularRegressor
from pellucid.exceptions import DataWarning, ParameterError
from pellucid.inspection import attributions, input_gradients
from pellucid.inspection.path_integral import integrated


def predicted(model: Any, X: Any, found: Any) -> np.ndarray:
    """Return what the model itself predicts for the explained outputs."""
    if not hasattr(model, "classes_"):
        return np.asarray(model.predict(X)).reshape(len(X), -1)[:, 0]
    places = [list(map(str, model.classes_)).index(name) for name in found.outputs]
    p = model.predict_proba(X)[np.arange(len(X)), places]
    return np.log(p / (1.0 - p)) if found.scale == "log-odds" else p


@pytest.mark.parametrize("kind", KINDS)
def test_contributions_add_up_to_the_prediction(
    kind: str, fitted: Callable[[str], Any], homes: pd.DataFrame
) -> None:
    """Base and contributions are the model's own prediction, for every kind of column and target."""
    model, rows = fitted(kind), homes[:3].copy()
    rows.loc[0, "near"] = "moon"  # a category that fit did not see
    rows.loc[1, "area"] = np.nan
    for scale in ("prediction", "log-odds") if hasattr(model, "classes_") else ("prediction",):
        found = attributions(model, rows, background=homes[:40], scale=scale, n_background=10)

        assert np.allclose(found.predictions, predicted(model, rows, found), atol=1e-4)
        assert np.abs(found.base + found.values.sum(axis=1) - found.predictions).max() <= found.tolerance
        assert found.values.shape == (3, 8)
        assert (found.values[:, homes.columns.get_loc("same")] == 0.0).all()


@pytest.mark.parametrize("name", ["number", "plain number", "classes", "two classes"])
def test_contributions_add_up_for_mlps(name: str, mlps: dict[str, Any]) -> None:
    model, X = mlps[name]
    found = attributions(model, X[:4], background=X, n_background=20)
    rows = X[:4]

    assert np.allclose(found.predictions, predicted(model, rows, found), rtol=1e-4)
    assert np.abs(found.residuals).max() <= found.tolerance


def test_the_base_is_the_mean_prediction_of_the_background(
    fitted: Callable[[str], Any], homes: pd.DataFrame
) -> None:
    """Also where background rows have categories that fit did not see."""
    model, background = fitted("number"), homes[:20].copy()
    background.loc[3, "near"] = "moon"
    found = attributions(model, homes[30:31], background=background)

    assert found.base[0] == pytest.approx(model.predict(background).mean(), abs=1e-5)
    assert abs(found.residuals[0]) <= found.tolerance


def test_a_linear_model_has_its_textbook_contributions(rng: np.random.Generator) -> None:
    r"""w_j (x_j - mean b_j), which are its Shapley values."""
    w, B = rng.normal(size=(4, 1)), rng.normal(size=(7, 4))
    net = Network([4, 1], weights=[w], biases=[[0.7]])
    found = attributions(net, B[:2], background=B, tolerance=1e-9)

    assert np.allclose(found.values, (B[:2] - B.mean(axis=0)) * w[:, 0])


def test_additive_networks_have_exact_shapley_values(rng: np.random.Generator) -> None:
    """Each hidden unit reads one column, so contributions are those of an enumeration of all sets of columns."""
    W = np.repeat(np.eye(5), 3, axis=1) * rng.normal(size=(1, 15))
    weights = [W, rng.normal(size=(15, 1))]
    net = Network([5, 15, 1], activation="tanh", weights=weights, biases=[rng.normal(size=15), [0.0]])
    B, x = rng.normal(size=(6, 5)), rng.normal(size=5)
    found = attributions(net, x[None], background=B, tolerance=1e-9)

    assert np.allclose(found.values[0], shapley(net.predict, x, B), atol=1e-8)


def test_products_are_shared_by_the_path_as_by_shapley_values(rng: np.random.Generator) -> None:
    """For f = x y both halve an interaction; for x² y the path gives x two thirds, orders of columns give half."""
    from pellucid.inspection.path_integral import integrated

    def share(power: int) -> float:
        def along(path: Any, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return t ** (power + 1), np.column_stack([power * t**power, t**power])

        total, _ = integrated(along, np.array([[0.0, 1.0]]), np.ones(1), 1e-12)
        return float(total[0])

    square = shapley(lambda X: X[:, 0] ** 2 * X[:, 1], np.ones(2), np.zeros((1, 2)))

    assert share(1) == pytest.approx(0.5)
    assert share(2) == pytest.approx(2 / 3)
    assert square[0] == pytest.approx(0.5)


def test_small_networks_rank_columns_as_shapley_values_do(rng: np.random.Generator) -> None:
    """Both are different for networks with interactions, but the largest contributions agree, and the sums."""
    net = Network([6, 12, 1], activation="tanh", random_state=1)
    B = rng.normal(size=(10, 6))
    X = rng.normal(size=(12, 6))
    found = attributions(net, X, background=B, tolerance=1e-8)
    exact = np.array([shapley(net.predict, x, B) for x in X])
    gaps = np.abs(found.values - exact).max(axis=1) / np.abs(exact).max(axis=1)

    assert np.allclose(found.values.sum(axis=1), exact.sum(axis=1))
    assert 0.01 < np.median(gaps) < 0.15  # close, and not the same
    assert gaps.max() < 0.25
    assert np.mean(np.abs(found.values).argmax(axis=1) == np.abs(exact).argmax(axis=1)) > 0.8


def test_each_column_has_its_integral(rng: np.random.Generator) -> None:
    """Not only the sum: every contribution is the integral that SciPy finds along the path."""
    net = Network([3, 8, 1], activation="tanh", random_state=0)
    b, x = rng.normal(size=3), rng.normal(size=3)
    found = attributions(net, x[None], background=b[None], tolerance=1e-7)
    for j in range(3):

        def along(t: float, j: int = j) -> float:
            return float(input_gradients(net, [b + t * (x - b)])[0, j] * (x[j] - b[j]))

        assert found.values[0, j] == pytest.approx(quad(along, 0.0, 1.0, epsabs=1e-8)[0], abs=1e-5)


def test_a_jump_is_reported() -> None:
    """At a jump halving ends, and the error that remains is returned, so that a caller can warn."""

    def along(path: Any, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (t > 0.3).astype(float), np.zeros((len(t), 1))

    _, error = integrated(along, np.array([[0.0, 1.0]]), np.ones(1), 1e-3)

    assert error == pytest.approx(1.0)


def test_threshold_units_are_refused() -> None:
    net = Network([2, 2, 1], activation="step", random_state=0)

    with pytest.raises(ParameterError, match=r"'model' must have outputs that change gradually; .*'step'"):
        attributions(net, np.ones((2, 2)))


@pytest.mark.parametrize("kind", ["number", "quantiles", "two classes"])
def test_gradients_are_those_of_finite_differences(
    kind: str, fitted: Callable[[str], Any], homes: pd.DataFrame
) -> None:
    """Through smooth clip, spread, hours of dates, networks, linear path and temperature, in the user's units."""
    model, rows = fitted(kind), homes[:6]
    found = input_gradients(model, rows)

    def told(X: pd.DataFrame) -> np.ndarray:
        return attributions(model, X, background=homes[:1], tolerance=1e3).predictions

    for column, h in (("area", 1e-2), ("age", 1e-2), ("fees", 1e-3)):
        up, down = rows.copy(), rows.copy()
        up[column], down[column] = rows[column] + h, rows[column] - h
        by_hand = (told(up) - told(down)) / (2.0 * h)
        values = found[:, homes.columns.get_loc(column)]
        inside = ~np.isnan(values) & ((rows["fees"] > 0.01) if column == "fees" else True)
        scale = np.abs(values[inside]).max() if inside.any() else 1.0

        assert (np.isnan(values) == rows[column].isna()).all()
        assert np.allclose(values[inside], by_hand[inside], atol=0.02 * scale)
    up, down = rows.copy(), rows.copy()
    up["sold"], down["sold"] = rows["sold"] + pd.Timedelta("4min"), rows["sold"] - pd.Timedelta("4min")
    by_hand = (told(up) - told(down)) / (8.0 / 24.0 / 60.0)
    values = found[:, homes.columns.get_loc("sold")]

    assert np.allclose(values, by_hand, atol=0.03 * np.abs(values).max())
    assert np.isnan(found[:, homes.columns.get_loc("near")]).all()


def test_the_order_of_columns_changes_nothing(fitted: Callable[[str], Any], homes: pd.DataFrame) -> None:
    model = fitted("number")
    found = attributions(model, homes[:2], background=homes[:15])
    turned = attributions(model, homes[homes.columns[::-1]][:2], background=homes[homes.columns[::-1]][:15])

    assert np.array_equal(found.values, turned.values)
    assert found.cells == turned.cells


def test_duplicates_of_a_column_share_what_it_explains(rng: np.random.Generator) -> None:
    """Under equal weights each copy has half; a network that is symmetric in two columns gives both the same."""
    W = rng.normal(size=(2, 6))
    net = Network(
        [3, 6, 1], weights=[W[[0, 0, 1]], rng.normal(size=(6, 1))], biases=[rng.normal(size=6), [0.0]]
    )
    X = rng.normal(size=(5, 2))[:, [0, 0, 1]]
    found = attributions(net, X, tolerance=1e-8)

    assert np.allclose(found.values[:, 0], found.values[:, 1])


def test_a_planted_cause_is_found(rng: np.random.Generator) -> None:
    """Of 20 columns, the two that the target depends on have the largest contributions."""
    X = rng.normal(size=(300, 20))
    y = 2.0 * X[:, 4] + X[:, 11] + X[:, 4] * X[:, 11]
    model = TabularRegressor("fast", max_iter=15, n_threads=1, random_state=0).fit(X, y)

    assert set(list(attributions(model, X[:8], background=X, n_background=15).sizes)[:2]) == {"x4", "x11"}


def test_cells_are_shown_as_they_are(fitted: Callable[[str], Any], homes: pd.DataFrame) -> None:
    rows = homes[:2].copy()
    rows.loc[0, "age"] = np.nan
    rows.loc[0, "sold"] = pd.Timestamp("2021-03-04")
    found = attributions(fitted("number"), rows, background=homes[:5])
    cells = dict(zip(found.columns, found.cells[0], strict=True))

    assert (cells["age"], cells["sold"], cells["same"]) == ("missing", "2021-03-04", "1")
    assert cells["garden"] in ("True", "False")
    assert [line["column"] for line in found.table(0)] == [found.columns[j] for j in found.order(0)]
    assert found.sentence(0).startswith("The prediction is ")


def test_outputs_are_chosen_by_class_or_number(fitted: Callable[[str], Any], homes: pd.DataFrame) -> None:
    rows, options = homes[:2], {"background": homes[:4], "tolerance": 1e-2}
    two, three = fitted("two classes"), fitted("three classes")

    assert attributions(two, rows, **options).outputs == ("dear", "dear")
    assert attributions(two, rows, output="cheap", **options).outputs == ("cheap", "cheap")
    assert set(attributions(three, rows, output=2, **options).outputs) == {"2"}
    assert attributions(three, rows, **options).outputs == tuple(map(str, three.predict(rows)))
    opposite = attributions(two, rows, output="cheap", background=homes[:4], tolerance=1e-5)
    assert np.allclose(opposite.values, -attributions(two, rows, background=homes[:4], tolerance=1e-5).values,
                       atol=1e-4)  # fmt: skip
    second = attributions(fitted("two numbers"), rows, output=1, **options)
    assert np.allclose(second.predictions, fitted("two numbers").predict(rows)[:, 1], atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"output": "free"}, r"'output' must be one of \['prediction'\]; got 'free'"),
        ({"scale": "odds"}, "'scale' must be one of 'prediction', 'log-odds'; got 'odds'"),
        ({"scale": "log-odds"}, "needs the probabilities of a classifier"),
        ({"tolerance": 0.0}, "'tolerance' must be a positive number; got 0.0"),
        ({"n_background": 0}, "'n_background' must"),
    ],
)
def test_bad_options_are_refused(
    options: dict[str, Any], message: str, fitted: Callable[[str], Any], homes: pd.DataFrame
) -> None:
    with pytest.raises(ParameterError, match=message):
        attributions(fitted("number"), homes[:2], **options)


def test_a_model_of_another_library_is_refused(homes: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="'model' must be a pellucid"):
        attributions(object(), homes)


def test_errors_beyond_the_tolerance_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that cannot be refined any further leaves an error, and the user hears of it."""
    monkeypatch.setattr("pellucid.inspection.path_integral.ROUNDS", 1)
    net = Network([1, 40, 1], activation="tanh", weights=[np.full((1, 40), 30.0), np.ones((40, 1))])

    with pytest.warns(DataWarning, match="add up to the difference of the predictions only within"):
        attributions(net, [[1.0]], background=[[-0.7]], tolerance=1e-12)


def test_a_sparse_matrix_is_explained(rng: np.random.Generator) -> None:
    import scipy.sparse

    dense = rng.normal(size=(30, 3)) * (rng.random((30, 3)) < 0.5)
    model = MLPRegressor((4,), standardize=True, solver="lbfgs", max_iter=15, random_state=0)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(scipy.sparse.csr_array(dense), dense.sum(axis=1))
    sparse = attributions(model, scipy.sparse.csr_array(dense[:3]), background=scipy.sparse.csr_array(dense))

    assert np.allclose(sparse.values, attributions(model, dense[:3], background=dense).values)
