"""``n_threads`` changes no bit of a fit, whatever method, engine or table it is for."""

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from pellucid import MLPRegressor, TabularClassifier

FITS: dict[str, dict[str, Any]] = {
    "steps": {"batch_size": 256},
    "early stopping": {"batch_size": 256, "early_stopping": True, "validation_fraction": 0.4},
    "reference": {"batch_size": 1000, "engine": "reference"},
    "lbfgs": {"solver": "lbfgs"},
    "lbfgs with batch normalization": {"solver": "lbfgs", "batch_norm": True},
}


def table(n_rows: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of 60 inputs and a target that can be learned from them."""
    X = np.random.default_rng(0).normal(size=(n_rows, 60))
    return X, X[:, 0] + np.sin(X[:, 1]) * X[:, 2]


@pytest.mark.few("steps", "reference")
@pytest.mark.parametrize("name", FITS)
def test_of_mlps(name: str) -> None:
    """Parameters, history and predictions; of L-BFGS too, whose sums are over all rows."""
    X, y = table()
    found = set()
    for n_threads in (1, 2, 4):
        model = MLPRegressor((100, 100), max_iter=3, random_state=0, n_threads=n_threads, **FITS[name])
        with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
            model.fit(X, y)
        losses = tuple(row["loss"] for row in model.history_)
        found.add((model.network_.parameters.tobytes(), losses, model.predict(X).tobytes()))

    assert len(found) == 1


def test_of_tables() -> None:
    """Members train at once or one after another."""
    X, y = table(1200)
    found = set()
    for n_threads in (1, 2, 4):
        model = TabularClassifier(n_members=2, max_iter=2, random_state=0, n_threads=n_threads)
        found.add(model.fit(X, y > 0.0).predict_proba(X).tobytes())

    assert len(found) == 1
