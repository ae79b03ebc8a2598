"""A decision boundary of every kind of model: its values are what the model predicts, drawn and as a film."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import load_iris

from pellucid import MLPClassifier, Perceptron, TabularClassifier, TabularRegressor
from pellucid.exceptions import ParameterError
from pellucid.plotting import DecisionBoundaryDisplay, boundary_movie

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
IRIS = load_iris()
X = IRIS.data[:, 2:]
FRAME = pd.DataFrame(
    {"place": np.array(["sea", "lake"])[np.arange(150) % 2], "long": X[:, 0], "wide": X[:, 1]}
)
QUICK = {"max_iter": 3, "n_members": 2, "random_state": 0}


def on_the_grid(display: DecisionBoundaryDisplay) -> np.ndarray:
    x0, x1 = np.meshgrid(display.x0, display.x1)
    return np.column_stack([x0.ravel(), x1.ravel()])


@pytest.mark.parametrize("names", [["a", "b"], ["a", "b", "c"]])
def test_a_perceptron_shows_its_signals(names: list[str]) -> None:
    y = np.array(names)[IRIS.target % len(names)]
    model = Perceptron(max_iter=20, random_state=0).fit(X, y)
    display = DecisionBoundaryDisplay.from_estimator(model, X, y, resolution=15).plot()

    signals = model.decision_function(on_the_grid(display))
    np.testing.assert_allclose(display.values, signals.reshape(15, 15, -1))
    assert (np.array(display.classes)[display.targets.astype(int)] == y).all()
    assert display.kind == "signals"


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@pytest.mark.parametrize("options", [{}, {"ensemble": "shared"}])
def test_an_estimator_for_tables_shows_its_probabilities(library: type, options: dict) -> None:
    table = library(FRAME.to_dict("list"))
    y = np.array(["s", "e", "v"])[IRIS.target]
    model = TabularClassifier(**QUICK, **options).fit(table, y)
    display = DecisionBoundaryDisplay.from_estimator(model, table, y, resolution=8).plot()

    assert display.features == ("long", "wide")
    grid = on_the_grid(display)
    says = [
        model.predict_proba(library({"place": [place] * 64, "long": grid[:, 0], "wide": grid[:, 1]}))
        for place in ("sea", "lake")  # the typical row has one of them
    ]
    assert min(np.abs(display.values.reshape(64, 3) - p).max() for p in says) < 1e-6
    assert (np.array(display.classes)[display.targets.astype(int)] == y).all()
    np.testing.assert_array_equal(display.points, X)


def test_an_estimator_for_tables_shows_its_numbers_in_the_units_of_y() -> None:
    y = 1000.0 + 50.0 * X[:, 0]
    model = TabularRegressor(**QUICK).fit(X, y)
    display = DecisionBoundaryDisplay.from_estimator(model, X, y, features=(1, 0), resolution=8).plot()

    np.testing.assert_allclose(display.values.ravel(), model.predict(on_the_grid(display)[:, ::-1]))
    np.testing.assert_array_equal(display.targets, y)
    assert display.kind == "number"


def test_missing_numbers_leave_the_range_to_the_others() -> None:
    table = FRAME.assign(long=np.where(np.arange(150) % 7, FRAME["long"], np.nan))
    model = TabularRegressor(**QUICK).fit(table, X[:, 1])
    display = DecisionBoundaryDisplay.from_estimator(model, table, resolution=4).plot()

    assert np.isfinite(display.x0).all()
    assert np.isfinite(display.values).all()


@pytest.mark.parametrize(
    "model",
    [
        Perceptron(max_iter=2),
        pytest.param(TabularRegressor(**QUICK, linear=False), marks=pytest.mark.thorough),
    ],
    ids=["network", "table"],
)
def test_a_number_that_is_a_position_and_another_name_is_refused(model: object) -> None:
    table = pd.DataFrame(X, columns=["1", "0"])
    model.fit(table, IRIS.target)

    with pytest.raises(ParameterError, match="'features' is ambiguous: 0 is the position of '1'"):
        DecisionBoundaryDisplay.from_estimator(model, table, features=(0, 1))
    display = DecisionBoundaryDisplay.from_estimator(model, table, features=("0", "1"), resolution=3)
    assert display.features == ("0", "1")


@pytest.mark.thorough
def test_labels_that_are_positions_are_those_in_any_order() -> None:
    table = pd.DataFrame(X, columns=[1, 0])
    model = TabularRegressor(**QUICK, linear=False).fit(table, IRIS.target)
    display = DecisionBoundaryDisplay.from_estimator(model, table, features=(0, 1), resolution=3)

    np.testing.assert_array_equal(display.points, table[[0, 1]])
    found = model.predict(pd.DataFrame(on_the_grid(display)))
    np.testing.assert_allclose(display.values.ravel(), found)


def test_columns_that_are_no_numbers_are_refused() -> None:
    model = TabularRegressor(**QUICK).fit(FRAME, X[:, 1])
    for features in (("place", "long"), ("long", "long"), ("long",), (0, 1)):
        with pytest.raises(ParameterError, match=r"two different columns of numbers, of \['long', 'wide'\]"):
            DecisionBoundaryDisplay.from_estimator(model, FRAME, features=features)
    with pytest.raises(ParameterError, match="'output' must be in"):
        DecisionBoundaryDisplay.from_estimator(model, FRAME, output=1)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "model", [Perceptron(max_iter=12), TabularClassifier(**QUICK), MLPClassifier((3,), max_iter=5)], ids=repr
)
def test_the_last_picture_of_a_film_is_the_fitted_model(model: object, tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    frames = boundary_movie(model.set_params(random_state=3), X, IRIS.target, path, n_frames=4, resolution=6)

    assert path.read_bytes()[:3] == b"GIF"
    assert 2 <= len(frames) <= 4
    assert not hasattr(model, "classes_")
    if isinstance(model, Perceptron):
        return  # whose film has a seed of its own
    fitted = model.fit(X, IRIS.target)
    expected = fitted.predict_proba(on_the_grid(frames[-1])).reshape(6, 6, 3)
    np.testing.assert_allclose(frames[-1].values, expected, atol=1e-6)
