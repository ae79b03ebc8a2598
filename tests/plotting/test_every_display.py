"""Promises of all displays: plot returns itself, draws where it is told, and has its numbers as a table."""

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

from pellucid import MLPClassifier, MLPRegressor, Network
from pellucid.exceptions import DataError, ParameterError
from pellucid.plotting import (
    AttributionsDisplay,
    CalibrationDisplay,
    ConfusionDisplay,
    DecisionBoundaryDisplay,
    EffectDisplay,
    GradientFlowDisplay,
    ImportanceDisplay,
    InteractionsDisplay,
    LearningCurvesDisplay,
    LossLandscapeDisplay,
    NetworkDisplay,
    RecipesDisplay,
    ResidualsDisplay,
    SignalHistogramsDisplay,
    UnitHealthDisplay,
    WarpedGridDisplay,
    WeightImagesDisplay,
    boundary_movie,
)
from pellucid.recording import Record
from pellucid.tabular import TabularClassifier

Make = Callable[[Any], Any]


@cache
def searched() -> TabularClassifier:
    """Return a model of several recipes."""
    X, y = load_iris(return_X_y=True)
    return TabularClassifier("best", n_trials=12, n_members=2, max_iter=2, random_state=0).fit(X, y)


MADE: dict[str, tuple[str, Make]] = {
    "learning curves": ("digits", lambda d: LearningCurvesDisplay.from_estimator(d.model)),
    "learning curves, lbfgs": ("iris", lambda d: LearningCurvesDisplay.from_estimator(d.model)),
    "gradient flow": ("digits", lambda d: GradientFlowDisplay.from_record(d.record)),
    "gradient flow, now": ("iris", lambda d: GradientFlowDisplay.from_estimator(d.model, d.X, d.y)),
    "histograms": ("digits", lambda d: SignalHistogramsDisplay.from_estimator(d.model, d.X, d.y)),
    "unit health": ("digits", lambda d: UnitHealthDisplay.from_record(d.record)),
    "unit health, now": ("moons", lambda d: UnitHealthDisplay.from_estimator(d.model, d.X)),
    "boundary, binary": (
        "moons",
        lambda d: DecisionBoundaryDisplay.from_estimator(d.model, d.X, d.y, resolution=30),
    ),
    "boundary, classes": (
        "iris",
        lambda d: DecisionBoundaryDisplay.from_estimator(d.model, d.X, resolution=30),
    ),
    "boundary, number": (
        "diabetes",
        lambda d: DecisionBoundaryDisplay.from_estimator(
            d.model, d.X, d.y, features=("bmi", "s5"), resolution=30
        ),
    ),
    "network": ("iris", lambda d: NetworkDisplay.from_estimator(d.model)),
    "network, wide": ("digits", lambda d: NetworkDisplay.from_estimator(d.model)),
    "weight images": ("digits", lambda d: WeightImagesDisplay.from_estimator(d.model)),
    "landscape, line": (
        "moons",
        lambda d: LossLandscapeDisplay.from_estimator(d.model, d.X, d.y, resolution=9),
    ),
    "landscape, plane": (
        "moons",
        lambda d: LossLandscapeDisplay.from_estimator(d.model, d.X, d.y, kind="plane", resolution=9),
    ),
    "warped grid": ("moons", lambda d: WarpedGridDisplay.from_estimator(d.model, d.X, d.y)),
    "attributions": ("iris", lambda d: AttributionsDisplay.from_estimator(d.model, d.X, row=60)),
    "attributions, many": (
        "digits",
        lambda d: AttributionsDisplay.from_estimator(d.model, d.X[:9], row=3, tolerance=1e-2),
    ),
    "importance": ("iris", lambda d: ImportanceDisplay.from_estimator(d.model, d.X, d.y, n_repeats=2)),
    "effect": ("diabetes", lambda d: EffectDisplay.from_estimator(d.model, d.X, "sex")),
    "effect, partial": (
        "diabetes",
        lambda d: EffectDisplay.from_estimator(d.model, d.X, "bmi", kind="partial dependence"),
    ),
    "interactions": (
        "iris",
        lambda d: InteractionsDisplay.from_estimator(d.model, d.X, output="setosa", n_rows=9),
    ),
    "confusion": ("iris", lambda d: ConfusionDisplay.from_estimator(d.model, d.X, d.y)),
    "calibration": ("moons", lambda d: CalibrationDisplay.from_estimator(d.model, d.X, d.y)),
    "recipes": ("iris", lambda d: RecipesDisplay.from_estimator(searched())),
    "residuals": ("diabetes", lambda d: ResidualsDisplay.from_estimator(d.model, d.X, d.y)),
}


@pytest.mark.few("learning curves-small", "boundary, classes-large")
@pytest.mark.parametrize("size", [(4.0, 3.0), (10.0, 6.0)], ids=["small", "large"])
@pytest.mark.parametrize("name", MADE)
def test_it_draws_where_it_is_told_and_nothing_else_changes(
    name: str, size: tuple[float, float], request: pytest.FixtureRequest
) -> None:
    import matplotlib.pyplot as plt

    fixture, make = MADE[name]
    display = make(request.getfixturevalue(fixture))
    settings = dict(plt.rcParams)
    figure, ax = plt.subplots(figsize=size, layout="constrained")

    returned = display.plot(ax)
    figure.canvas.draw()  # a warning, such as of a layout that collapsed, is an error

    assert returned is display
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert dict(plt.rcParams) == settings
    assert plt.get_fignums() == [figure.number]


@pytest.mark.few(
    "learning curves, lbfgs",
    "gradient flow",
    "histograms",
    "unit health, now",
    "boundary, number",
    "network",
    "weight images",
    "landscape, plane",
    "effect, partial",
    "confusion",
    "recipes",
    "residuals",
)
@pytest.mark.parametrize("name", MADE)
def test_without_axes_it_makes_a_figure_and_its_table_is_plain(
    name: str, request: pytest.FixtureRequest
) -> None:
    import matplotlib.pyplot as plt

    fixture, make = MADE[name]
    display = make(request.getfixturevalue(fixture))

    display.plot()
    display.figure_.canvas.draw()
    rows = display.table()

    assert len(plt.get_fignums()) == 1
    assert len(rows) > 0
    assert all(row.keys() == rows[0].keys() for row in rows)
    assert {type(value) for row in rows for value in row.values()} <= {int, float, str, type(None)}


UNFITTED = [
    lambda m, X, y: LearningCurvesDisplay.from_estimator(m),
    lambda m, X, y: GradientFlowDisplay.from_estimator(m, X, y),
    lambda m, X, y: SignalHistogramsDisplay.from_estimator(m, X, y),
    lambda m, X, y: UnitHealthDisplay.from_estimator(m, X),
    lambda m, X, y: DecisionBoundaryDisplay.from_estimator(m, X, y),
    lambda m, X, y: NetworkDisplay.from_estimator(m),
    lambda m, X, y: WeightImagesDisplay.from_estimator(m),
    lambda m, X, y: LossLandscapeDisplay.from_estimator(m, X, y),
    lambda m, X, y: WarpedGridDisplay.from_estimator(m, X, y),
    lambda m, X, y: AttributionsDisplay.from_estimator(m, X),
    lambda m, X, y: ImportanceDisplay.from_estimator(m, X, y),
    lambda m, X, y: EffectDisplay.from_estimator(m, X, 0),
    lambda m, X, y: ConfusionDisplay.from_estimator(m, X, y),
    lambda m, X, y: CalibrationDisplay.from_estimator(m, X, y),
]


@pytest.mark.parametrize("make", UNFITTED, ids=range(len(UNFITTED)))
def test_an_unfitted_model_is_refused(make: Callable[..., Any], moons: Any) -> None:
    with pytest.raises(NotFittedError):
        make(MLPClassifier(), moons.X, moons.y)


NET = Network([3, 2, 1], random_state=0)
X3 = np.arange(12.0).reshape(4, 3)
Y3 = np.zeros(4)
EMPTY = Record((2, 1), ("identity",), 3)
WRONG: dict[str, tuple[type[Exception], str, Callable[[], Any]]] = {
    "width": (
        DataError,
        r"shape \(n_samples, 3\)",
        lambda: DecisionBoundaryDisplay.from_network(NET, X3[:, :2]),
    ),
    "no rows": (DataError, "at least one row", lambda: UnitHealthDisplay.from_network(NET, X3[:0])),
    "NaN": (DataError, r"X\[0, 0\] is nan", lambda: UnitHealthDisplay.from_network(NET, X3 * np.nan)),
    "y": (DataError, "one entry per row of X, 4", lambda: GradientFlowDisplay.from_network(NET, X3, Y3[:2])),
    "columns": (
        ParameterError,
        r"'features' must be two different numbers in 0\.\.2",
        lambda: DecisionBoundaryDisplay.from_network(NET, X3, features=(0, 3)),
    ),
    "one column": (
        ParameterError,
        "features",
        lambda: DecisionBoundaryDisplay.from_network(NET, X3, features=1),
    ),
    "output": (
        ParameterError,
        r"'output' must be in 0\.\.0",
        lambda: DecisionBoundaryDisplay.from_network(NET, X3, output=1),
    ),
    "layer": (
        ParameterError,
        r"hidden layer, 0\.\.0",
        lambda: DecisionBoundaryDisplay.from_network(NET, X3, layer=1),
    ),
    "resolution": (
        ParameterError,
        "resolution",
        lambda: DecisionBoundaryDisplay.from_network(NET, X3, resolution=1),
    ),
    "one input": (
        ParameterError,
        "features",
        lambda: DecisionBoundaryDisplay.from_network(Network([1, 1]), X3[:, :1]),
    ),
    "units": (ParameterError, "units", lambda: WarpedGridDisplay.from_network(NET, X3, units=(0, 2))),
    "no hidden layer, grid": (
        ParameterError,
        "no hidden layer",
        lambda: WarpedGridDisplay.from_network(Network([2, 1]), X3[:, :2]),
    ),
    "no hidden layer": (
        ParameterError,
        "no hidden layer",
        lambda: UnitHealthDisplay.from_network(Network([2, 1]), X3[:, :2]),
    ),
    "image": (ParameterError, "3 is not a square", lambda: WeightImagesDisplay.from_network(NET)),
    "image shape": (
        ParameterError,
        r"height \* width = 3",
        lambda: WeightImagesDisplay.from_network(NET, shape=(2, 2)),
    ),
    "kind": (
        ParameterError,
        "'line' or 'plane'",
        lambda: LossLandscapeDisplay.from_network(NET, X3, Y3, kind="cube"),
    ),
    "overflow": (
        DataError,
        "must be finite",
        lambda: LossLandscapeDisplay.from_network(Network([1, 1], weights=[[[1e200]]]), [[1e200]], [0.0]),
    ),
    "even": (ParameterError, "odd", lambda: LossLandscapeDisplay.from_network(NET, X3, Y3, resolution=10)),
    "to": (
        ParameterError,
        "11 finite parameters",
        lambda: LossLandscapeDisplay.from_network(NET, X3, Y3, to=np.zeros(3)),
    ),
    "plane to": (
        ParameterError,
        "'to' is for kind='line'",
        lambda: LossLandscapeDisplay.from_network(NET, X3, Y3, kind="plane", to=NET),
    ),
    "most_units": (ParameterError, "most_units", lambda: NetworkDisplay.from_network(NET, most_units=2)),
    "record": (DataError, "no moment", lambda: GradientFlowDisplay.from_record(EMPTY)),
    "record, units": (DataError, "no moment", lambda: UnitHealthDisplay.from_record(EMPTY)),
    "record, epochs": (DataError, "no epoch", lambda: LearningCurvesDisplay.from_record(EMPTY)),
    "a stranger": (ParameterError, "got LinearRegression", lambda: NetworkDisplay.from_estimator(_linear())),
    "no classifier": (
        ParameterError,
        "needs a classifier",
        lambda: ConfusionDisplay.from_estimator(_linear(), X3, [0, 1, 0, 1]),
    ),
    "no probabilities": (
        ParameterError,
        "predict_proba",
        lambda: CalibrationDisplay.from_estimator(_linear(), X3, Y3),
    ),
    "no regressor": (
        ParameterError,
        "needs? a regressor",
        lambda: ResidualsDisplay.from_estimator(MLPClassifier(), X3, Y3),
    ),
    "file": (ParameterError, r"'\.gif'", lambda: boundary_movie(MLPRegressor(), X3, Y3, "movie.avi")),
    "frames": (
        ParameterError,
        "frames",
        lambda: boundary_movie(MLPRegressor(), X3, Y3, "movie.gif", n_frames=1),
    ),
    "fps": (ParameterError, "fps", lambda: boundary_movie(MLPRegressor(), X3, Y3, "movie.gif", fps=0)),
}


def _linear() -> Any:
    from sklearn.linear_model import LinearRegression

    return LinearRegression().fit(X3, Y3)


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_shown_is_said(what: str) -> None:
    error, message, make = WRONG[what]

    with pytest.raises(error, match=message):
        make()


def test_parameters_that_are_not_finite_are_not_drawn() -> None:
    broken = NET.copy()
    broken.parameters[3] = np.nan

    with pytest.raises(ParameterError, match="1 of 11 are NaN"):
        NetworkDisplay.from_network(broken)


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    display = NetworkDisplay.from_network(NET)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)

    with pytest.raises(ParameterError, match=r'pip install "pellucid\[plot\]"'):
        display.plot()
    assert display.to_svg().startswith("<svg"), "which needs no matplotlib"


FLAT = {
    "boundary": lambda net, X, y: DecisionBoundaryDisplay.from_network(net, X, y, resolution=10),
    "landscape": lambda net, X, y: LossLandscapeDisplay.from_network(net, X, y, resolution=5),
    "plane": lambda net, X, y: LossLandscapeDisplay.from_network(net, X, y, kind="plane", resolution=5),
    "flow": GradientFlowDisplay.from_network,
    "histograms": SignalHistogramsDisplay.from_network,
    "health": lambda net, X, y: UnitHealthDisplay.from_network(net, X),
    "network": lambda net, X, y: NetworkDisplay.from_network(net),
    "grid": lambda net, X, y: WarpedGridDisplay.from_network(net, X, y),
}


@pytest.mark.thorough
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("name", FLAT)
def test_a_network_of_zeros_is_drawn_too(name: str, activation: str) -> None:
    network = Network([2, 3, 1], activation=activation, initializer="zeros")
    X = np.random.default_rng(0).normal(size=(8, 2))

    display = FLAT[name](network, X, np.zeros(8)).plot()
    display.figure_.canvas.draw()  # contours without levels, logarithms of 0: a warning is an error

    assert len(display.table()) > 0
