"""A row of weight 0 is absent, whatever it holds, wherever a model is looked at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from pellucid import MLPClassifier, MLPRegressor, TabularClassifier, TabularRegressor, diagnose
from pellucid.inspection import importance
from pellucid.report import report

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ABSENT = 5
X = np.random.default_rng(0).normal(size=(40, 3))
PRESENT = np.arange(40) != ABSENT
WEIGHT = np.where(PRESENT, 1.0 + np.arange(40) % 3, 0.0)
Y: dict[str, Any] = {
    "Classifier": np.where(X[:, 0] > 0.0, "up", "down").astype(object),
    "Regressor": X[:, 0],
}
MODELS: dict[str, Callable[[], Any]] = {
    "MLPClassifier": lambda: MLPClassifier((4,), max_iter=2, random_state=0),
    "MLPRegressor": lambda: MLPRegressor((4,), max_iter=2, random_state=0),
    "TabularClassifier": lambda: TabularClassifier("fast", max_iter=2, random_state=0),
    "TabularRegressor": lambda: TabularRegressor("fast", max_iter=2, random_state=0),
}
every_model = pytest.mark.parametrize("name", MODELS)


def rows(name: str) -> tuple[Any, Any, Any]:
    """Return a fitted model and rows of which the absent one holds no number and no class."""
    whole = Y[name.removeprefix("MLP").removeprefix("Tabular")]
    damaged, y = X.copy(), whole.copy()
    damaged[ABSENT], y[ABSENT] = np.nan, None
    return MODELS[name]().fit(damaged, y, WEIGHT), damaged, y


@every_model
@pytest.mark.parametrize(
    "weight", [WEIGHT, WEIGHT.astype(object), WEIGHT.tolist()], ids=["array", "objects", "list"]
)
def test_the_score_is_that_of_the_other_rows(name: str, weight: Any) -> None:
    model, damaged, y = rows(name)
    expected = model.score(X[PRESENT], y[PRESENT], WEIGHT[PRESENT])
    assert model.score(damaged, y, weight) == expected


@every_model
def test_weights_may_be_objects(name: str) -> None:
    model, damaged, y = rows(name)
    again = MODELS[name]().fit(damaged, y, WEIGHT.astype(object))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


@every_model
def test_the_doctor_does_not_see_it(name: str) -> None:
    model, damaged, y = rows(name)
    alone = diagnose(model, X[PRESENT], y[PRESENT], sample_weight=WEIGHT[PRESENT])
    found = diagnose(model, damaged, y, sample_weight=WEIGHT)
    assert [finding.code for finding in found.findings] == [finding.code for finding in alone.findings]
    assert "not-finite" not in [finding.code for finding in found.findings]


@every_model
@pytest.mark.thorough
def test_a_report_does_not_show_it(name: str, tmp_path: Path) -> None:
    model, damaged, y = rows(name)
    pages = []
    for inputs in (damaged, np.where(PRESENT[:, None], damaged, 0.0)):
        report(model, inputs, y, tmp_path / "page.html", sample_weight=WEIGHT, title="t")
        pages.append((tmp_path / "page.html").read_text())
    assert pages[0] == pages[1]


@every_model
def test_importances_are_those_of_the_other_rows(name: str) -> None:
    model, damaged, y = rows(name)
    options = {"n_repeats": 2, "random_state": 0}
    alone = importance(model, X[PRESENT], y[PRESENT], sample_weight=WEIGHT[PRESENT], **options)
    found = importance(model, damaged, y, sample_weight=WEIGHT, **options)
    assert str(found) == str(alone)


@pytest.mark.parametrize("form", ["bsr", "coo", "csc", "csr", "dia", "dok", "lil"])
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_sparse_rows_may_be_in_any_format(name: str, form: str) -> None:
    """The score, the findings and the importances are those of an array."""
    y = Y[name.removeprefix("MLP")]
    model = MODELS[name]().fit(X, y)
    held = scipy.sparse.csr_array(X).asformat(form)
    assert model.score(held, y, WEIGHT) == pytest.approx(model.score(X, y, WEIGHT))
    seen = [diagnose(model, inputs, y, sample_weight=WEIGHT) for inputs in (held, X)]
    assert [each.code for each in seen[0].findings] == [each.code for each in seen[1].findings]
    found = importance(model, held, y, sample_weight=WEIGHT, random_state=0)
    expected = importance(model, X, y, sample_weight=WEIGHT, random_state=0)
    np.testing.assert_allclose(found.drops, expected.drops, atol=1e-6)


@every_model
def test_a_score_of_no_rows_or_of_missing_weights_says_so(name: str) -> None:
    model, _, y = rows(name)
    weight = [None, 0.0, *[1.0] * 38]
    with pytest.raises(ValueError, match=r"'y'|y_true"):
        model.score(X, 3, WEIGHT)
    with pytest.raises(ValueError, match=r"sample_weight.*NaN"):
        model.score(X, np.where(PRESENT, y, y[0]), pd.Series(weight, dtype="Int64"))
