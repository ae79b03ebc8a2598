"""Estimators go through ``pickle`` and ``copy.deepcopy``, with a row of any table in any of their parameters."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from pellucid import MLPClassifier, MLPRegressor
from pellucid.core import ACTIVATIONS, INITIALIZERS, LOSSES, get_loss
from pellucid.optimizers import OPTIMIZERS, SCHEDULES

X = np.random.default_rng(0).normal(size=(12, 2))
Y = {"log_loss": np.arange(12) % 3}


def twins(thing: Any) -> tuple[Any, Any]:
    """Return a thing through a pickle, and its deep copy."""
    return pickle.loads(pickle.dumps(thing)), copy.deepcopy(thing)


@pytest.mark.parametrize("table", [ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES])
def test_every_row_of_every_table(table: dict[str, Any]) -> None:
    """A row is made of functions that a module has under their names; both twins are equal to it."""
    for row in table.values():
        assert all(twin == row for twin in twins(row)), row.name


@pytest.mark.parametrize("loss", LOSSES)
def test_estimators_with_every_loss(loss: str) -> None:
    """With the name of a loss or the loss itself, fitted or not, the twins predict what the estimator predicts."""
    estimator = MLPClassifier if loss == "log_loss" else MLPRegressor
    options: dict[str, Any] = {"hidden_layer_sizes": 3, "max_iter": 2, "random_state": 0}
    options |= {"learning_rate": "one_cycle"}  # which ends without a warning
    for given in (loss, get_loss(loss)):
        model = estimator(loss=given, initializer=INITIALIZERS["he_normal"], **options)
        y = Y.get(loss, np.abs(X[:, 0]))
        expected = copy.deepcopy(model).fit(X, y).predict(X)

        assert all((twin.fit(X, y).predict(X) == expected).all() for twin in twins(model))
        assert all((twin.predict(X) == expected).all() for twin in twins(model.fit(X, y)))
