"""The H statistic beside functions whose interactions are known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from pellucid import Network
from pellucid.exceptions import ParameterError
from pellucid.inspection import interactions


def test_a_product_by_hand(rng: np.random.Generator) -> None:
    """For f = a b + c the centered product of means-free columns is all interaction; c has none."""
    X = rng.normal(size=(40, 3))
    model = make_pipeline(PolynomialFeatures(), LinearRegression()).fit(X, X[:, 0] * X[:, 1] + X[:, 2])
    found = interactions(model, X)
    a, b = X[:, 0] - X[:, 0].mean(), X[:, 1] - X[:, 1].mean()
    # PD_ab = a b, PD_a = a mean(b), PD_b = b mean(a), each less its mean over the rows
    gap = X[:, 0] * X[:, 1] - np.mean(X[:, 0] * X[:, 1]) - (a * X[:, 1].mean() + b * X[:, 0].mean())

    assert found.sizes[0, 1] == pytest.approx(np.sqrt(np.mean(gap**2)))
    assert found.sizes[0, 2] == pytest.approx(0.0, abs=1e-9)
    assert 0.9 < found.shares[0, 1] <= 1.0
    assert [found.table()[0][key] for key in ("column", "with")] == ["x0", "x1"]


def test_an_additive_network_has_no_interactions(rng: np.random.Generator) -> None:
    net = Network(
        [3, 6, 1], activation="tanh", weights=[np.repeat(np.eye(3), 2, axis=1), rng.normal(size=(6, 1))]
    )

    assert interactions(net, rng.normal(size=(15, 3))).sizes.max() < 1e-12


def test_columns_of_every_kind(fitted: Callable[[str], Any], homes: pd.DataFrame) -> None:
    found = interactions(fitted("number"), homes, columns=["near", "garden", "age", 5], n_rows=12)

    assert found.columns == ("near", "garden", "age", "sold")
    assert np.isfinite(found.sizes).all()
    assert len(interactions(fitted("number"), homes, n_rows=5).columns) == 8


def test_two_columns_are_needed(rng: np.random.Generator) -> None:
    net = Network([2, 1], random_state=0)
    with pytest.raises(ParameterError, match="'columns' must name at least two different columns; got"):
        interactions(net, rng.normal(size=(9, 2)), columns=[1, 1])
    with pytest.raises(ParameterError, match="'columns' must be one of the columns"):
        interactions(net, rng.normal(size=(9, 2)), columns=[1, 2])
