"""Exported intervals follow the spread, keep to the range, and monotone networks stay monotone."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.exports.test_parity import RUNNABLE, libraries

from pellucid.exceptions import ParameterError
from pellucid.exports import TARGETS, export
from pellucid.tabular import TabularClassifier, TabularRegressor


@pytest.fixture(scope="module")
def rows() -> Any:
    """Return a table and targets whose noise grows in a column."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300), "c": rng.choice(["u", "v"], 300)})
    return X, np.maximum(0.0, X["a"] + np.exp(X["b"]) * rng.normal(size=300))


@pytest.mark.parametrize("to", RUNNABLE)
@pytest.mark.parametrize("options", [{"output_range": (0, None)}, {"monotonic_cst": {"a": 1}}])
def test_intervals_of_a_spread_are_exported(to: str, options: Any, rows: Any, tmp_path: Path) -> None:
    """Each runtime gives the ends of the model, for rows of an unseen category too."""
    libraries(to)
    X, y = rows
    model = TabularRegressor(
        "fast", n_members=3, max_iter=3, hidden_layer_sizes=(8,), random_state=0, **options
    ).fit(X, y)
    assert model.spread_network_ is not None
    new = X.assign(c=np.where(np.arange(300) % 3 == 0, "w", X["c"]))
    report = export(model, tmp_path / f"m{TARGETS[to].suffix}", to=to, data=new, coverage=0.8, tolerance=1e-5)

    assert report.passed


@pytest.mark.parametrize("to", RUNNABLE)
@pytest.mark.parametrize("task", ["classes at a temperature", "counts"])
def test_monotone_probabilities_and_counts_are_exported(
    to: str, task: str, rows: Any, tmp_path: Path
) -> None:
    """Each runtime gives them to rounding, those of skewed columns with knots too, with a linear model beside."""
    libraries(to)
    X, y = rows
    X = X.assign(b=np.where(X["b"] < 0.9, 0.0, X["b"].round(1)))
    options: dict[str, Any] = {"n_members": 2, "max_iter": 3, "hidden_layer_sizes": (8,), "random_state": 0}
    options |= {"monotonic_cst": {"a": 1, "b": -1}, "linear": True}
    model: Any
    if task == "counts":
        model = TabularRegressor("fast", loss="poisson", **options).fit(X, y.round())
    else:
        model = TabularClassifier("fast", calibrate=True, **options).fit(X, y > 0.5)
        assert model.temperature_ != 1.0
    assert model.linear_ is not None
    assert model.encoder_.columns_[1].features[0].knots

    assert export(model, tmp_path / f"m{TARGETS[to].suffix}", to=to, data=X, tolerance=1e-5).passed


def test_intervals_by_category_are_not_exported(rows: Any, tmp_path: Path) -> None:
    """The message says so; without intervals the model is."""
    X, y = rows
    model = TabularRegressor(
        "fast", max_iter=2, hidden_layer_sizes=(8,), random_state=0, coverage_by="c"
    ).fit(X, y)
    with pytest.raises(ParameterError, match="'coverage' must be None for a model with 'coverage_by'"):
        export(model, tmp_path / "m.py", coverage=0.8)
    assert export(model, tmp_path / "m.py", data=X).passed
