"""A display of a model that it is not for says so."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import MLPClassifier, Network, TabularClassifier
from pellucid.exceptions import DataError, ParameterError
from pellucid.inspection import importance
from pellucid.plotting import (
    CalibrationDisplay,
    ConfusionDisplay,
    DecisionBoundaryDisplay,
    ResidualsDisplay,
    boundary_movie,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(40, 2))


@pytest.mark.parametrize("display", [CalibrationDisplay, ConfusionDisplay, ResidualsDisplay])
@pytest.mark.parametrize("model", [Network([2, 3, 1], random_state=0), "text", None], ids=str)
def test_no_estimator(display: Any, model: Any) -> None:
    with pytest.raises(ParameterError, match=rf"; got {type(model).__name__}"):
        display.from_estimator(model, X, X[:, 0])


@pytest.mark.parametrize("model", [Network([2, 3, 1], random_state=0), None], ids=["network", "None"])
def test_a_movie_trains_an_estimator(model: Any, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=rf"trains an estimator of pellucid; got {type(model).__name__}"):
        boundary_movie(model, X, X[:, 0] > 0.0, tmp_path / "movie.gif")


def test_one_class_has_no_boundary() -> None:
    model = MLPClassifier((3,), max_iter=2, random_state=0).fit(X, np.ones(40, int))
    with pytest.raises(ParameterError, match=r"the model has only '1'"):
        DecisionBoundaryDisplay.from_estimator(model, X, np.ones(40, int))


@pytest.mark.parametrize(
    "model",
    [MLPClassifier((3,), max_iter=2, random_state=0), TabularClassifier("fast", max_iter=2, random_state=0)],
    ids=["MLPClassifier", "TabularClassifier"],
)
@pytest.mark.parametrize("n_classes", [1, 2])
def test_importances_on_rows_that_lack_a_class(model: Any, n_classes: int) -> None:
    """The log loss is defined by the classes that the model knows: minus the mean of log p(class)."""
    y = np.arange(40) % 3
    model.fit(X, y)
    rows = np.flatnonzero(y < n_classes)
    found = importance(model, X[rows], y[rows], n_repeats=2)
    chance = model.predict_proba(X[rows])[np.arange(len(rows)), y[rows]]
    assert found.score == pytest.approx(np.log(chance).mean(), rel=1e-6)


def test_a_score_that_needs_every_class_says_which_is_absent() -> None:
    model = MLPClassifier((3,), max_iter=2, random_state=0).fit(X, np.arange(40) % 2)
    with pytest.raises(DataError, match=r"scoring='roc_auc' is not defined for these rows"):
        importance(model, X[::2], np.zeros(20, int), scoring="roc_auc")
