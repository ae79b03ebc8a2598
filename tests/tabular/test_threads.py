"""The number of threads changes no bit of a model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.tabular import TabularClassifier, TabularRegressor
from tabular.conftest import QUICK


@pytest.mark.parametrize("more", [{}, {"monotonic_cst": [1] + [0] * 23}])
@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
@pytest.mark.whole
@pytest.mark.thorough
def test_a_table_has_the_same_model_with_any_number_of_threads(kind: Any, more: Any) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2500, 24))
    y = X[:, 0] + np.sin(X[:, 1]) + rng.normal(size=len(X))
    if kind is TabularClassifier:
        y = y > 0.0
    options = {**QUICK, "max_iter": 1, "hidden_layer_sizes": (48,), "preset": "fast", **more}
    one, two = (kind(**options, n_threads=n).fit(X, y) for n in (1, 2))
    assert one.network_.parameters.tobytes() == two.network_.parameters.tobytes()
