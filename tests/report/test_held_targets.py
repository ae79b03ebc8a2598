"""Reports and pictures take targets in every form that fit takes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from pellucid import MLPClassifier, MLPRegressor, Network, TabularClassifier, TabularRegressor, diagnose
from pellucid.exceptions import DataError
from pellucid.inspection import importance
from pellucid.plotting import CalibrationDisplay, ConfusionDisplay, DecisionBoundaryDisplay, ResidualsDisplay
from pellucid.report import report
from pellucid.tabular import coverage_by_group

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning"),
]

X = np.random.default_rng(0).normal(size=(40, 3))
HOLDERS: dict[str, Callable[[np.ndarray], Any]] = {
    "objects": lambda y: np.array(y.tolist(), object),
    "nullable": lambda y: pd.Series(y).convert_dtypes(),
    "a column": lambda y: y[:, None],
    "a frame": lambda y: pd.DataFrame({"y": y}),
}
every_holder = pytest.mark.parametrize("held", HOLDERS.values(), ids=HOLDERS)
MODELS: dict[str, Any] = {
    "MLPClassifier": MLPClassifier((4,), max_iter=2, random_state=0),
    "MLPRegressor": MLPRegressor((4,), max_iter=2, random_state=0),
    "TabularClassifier": TabularClassifier("fast", max_iter=2, random_state=0),
    "TabularRegressor": TabularRegressor("fast", max_iter=2, random_state=0),
}


@every_holder
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.thorough
def test_a_report_does_not_depend_on_what_holds_the_targets(name: str, held: Any, tmp_path: Path) -> None:
    y = X[:, 0] > 0.0 if "Classifier" in name else X[:, 0]
    model = MODELS[name].fit(X, y)
    pages = []
    for targets in (y, held(y)):
        report(
            model, X[:30], targets[:30], tmp_path / "page.html", X_val=X[30:], y_val=targets[30:], title="t"
        )
        pages.append((tmp_path / "page.html").read_bytes())
    assert pages[0] == pages[1]


@every_holder
def test_pictures_of_classes_do_not_depend_on_what_holds_them(held: Any) -> None:
    y = X[:, 0] > 0.0
    model = MODELS["MLPClassifier"].fit(X, y)
    for display in (ConfusionDisplay, CalibrationDisplay):
        drawn, expected = (display.from_estimator(model, X, targets) for targets in (held(y), y))
        assert str(vars(drawn)) == str(vars(expected))


@every_holder
@pytest.mark.parametrize("name", MODELS)
def test_importances_do_not_depend_on_what_holds_the_targets(name: str, held: Any) -> None:
    y = X[:, 0] > 0.0 if "Classifier" in name else X[:, 0]
    model = MODELS[name].fit(X, y)
    found, expected = (importance(model, X, targets, n_repeats=2).drops for targets in (held(y), y))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.thorough
def test_a_report_of_sparse_labels(tmp_path: Path) -> None:
    labels = (X[:, :2] > 0.0).astype(int)
    model = MLPClassifier((4,), max_iter=2, random_state=0).fit(X, labels)
    pages = []
    for targets in (labels, sparse.csr_array(labels)):
        report(model, X, targets, tmp_path / "page.html", title="t")
        pages.append((tmp_path / "page.html").read_bytes())
    assert pages[0] == pages[1]


MASKED = np.ma.array(X[:, 0], mask=np.arange(40) == 3)
LOOKS: dict[str, Callable[[Any], Any]] = {
    "diagnose": lambda y: diagnose(MODELS["MLPRegressor"].fit(X, X[:, 0]), X, y),
    "diagnose a network": lambda y: diagnose(Network([3, 2, 1], random_state=0), X, y),
    "ResidualsDisplay": lambda y: ResidualsDisplay.from_estimator(
        MODELS["MLPRegressor"].fit(X, X[:, 0]), X, y
    ),
    "DecisionBoundaryDisplay": lambda y: DecisionBoundaryDisplay.from_estimator(
        MODELS["TabularRegressor"].fit(X, X[:, 0]), X, y
    ),
    "coverage_by_group": lambda y: coverage_by_group(y, np.column_stack([X[:, 0], X[:, 0]])),
    "importance": lambda y: importance(MODELS["MLPRegressor"].fit(X, X[:, 0]), X, y),
}
every_look = pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)


@every_look
def test_masked_targets_are_not_looked_at(look: Any) -> None:
    with pytest.raises(DataError, match=r"Input y is masked in .*\(1 entry in all\)"):
        look(MASKED)


@every_look
def test_targets_of_other_rows_are_refused(look: Any) -> None:
    with pytest.raises(DataError, match=r"'y'|'predicted'"):
        look(X[:10, 0])


def test_coverage_takes_a_column_of_targets() -> None:
    ends = np.column_stack([X[:, 0] - 1.0, X[:, 0] + 1.0])
    assert coverage_by_group(X[:, :1], ends) == coverage_by_group(X[:, 0], ends)
