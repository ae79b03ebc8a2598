"""Tables of every kind of column, and models of every kind of target."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris

from pellucid import MLPClassifier, MLPRegressor, TabularClassifier, TabularRegressor


@pytest.fixture(scope="session")
def homes() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 160
    return pd.DataFrame(
        {
            "area": rng.normal(80.0, 20.0, n),
            "age": np.where(rng.random(n) < 0.2, np.nan, rng.exponential(20.0, n)),
            "fees": np.where(rng.random(n) < 0.6, 0.0, rng.exponential(3.0, n)),
            "near": rng.choice(["sea", "lake", "town"], n),
            "street": rng.choice([f"street {i}" for i in range(15)], n),
            "sold": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.random(n) * 900.0, "D"),
            "garden": rng.random(n) < 0.5,
            "same": 1.0,
        }
    )


@pytest.fixture(scope="session")
def price(homes: pd.DataFrame) -> np.ndarray:
    return (homes["area"] / 20.0 + 3.0 * (homes["near"] == "sea") * homes["garden"]).to_numpy()


def _tabular(make: Any, **options: Any) -> Callable[[pd.DataFrame, Any], Any]:
    options = {
        "max_iter": 2,
        "n_members": 1,
        "random_state": 0,
        "n_threads": 1,
        "hidden_layer_sizes": (16, 16),
        **options,
    }
    return lambda X, y: make("fast", **options).fit(X, y)


KINDS: dict[str, tuple[Callable[..., Any], Callable[[np.ndarray], Any]]] = {
    "number": (_tabular(TabularRegressor, n_members=2), lambda y: y),
    "two numbers": (_tabular(TabularRegressor, linear=False), lambda y: np.column_stack([y, -y])),
    "count": (_tabular(TabularRegressor, loss="poisson"), np.round),
    "quantiles": (_tabular(TabularRegressor, loss="quantile"), lambda y: y),
    "two classes": (
        _tabular(TabularClassifier, calibrate=True),
        lambda y: np.where(y > 4.5, "dear", "cheap"),
    ),
    "three classes": (
        _tabular(TabularClassifier, ensemble="shared", n_members=3),
        lambda y: np.digitize(y, [4.0, 5.0]),
    ),
    "labels": (_tabular(TabularClassifier), lambda y: np.column_stack([y > 4.0, y > 5.0]).astype(int)),
}


@pytest.fixture(scope="session")
def fitted(homes: pd.DataFrame, price: np.ndarray) -> Callable[[str], Any]:
    @cache
    def model(kind: str) -> Any:
        make, target = KINDS[kind]
        return make(homes, target(price))

    return model


@pytest.fixture(scope="session")
def mlps() -> dict[str, tuple[Any, Any]]:
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    number = MLPRegressor(
        (6,), activation="tanh", standardize=True, solver="lbfgs", max_iter=30, random_state=0
    )
    plain = MLPRegressor((6,), solver="lbfgs", max_iter=20, random_state=0)
    A, c = load_iris(return_X_y=True)
    classes = MLPClassifier((5,), standardize=True, solver="lbfgs", max_iter=20, random_state=0)
    two = MLPClassifier((5,), solver="lbfgs", max_iter=20, random_state=0)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "number": (number.fit(X, y), X),
            "plain number": (plain.fit(X, y), X),
            "classes": (classes.fit(A, c), A),
            "two classes": (two.fit(A[:100], np.array(["a", "b"])[c[:100]]), A[:100]),
        }
