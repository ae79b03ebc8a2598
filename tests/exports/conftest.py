"""Random tables and models of every kind."""

import numpy as np
import pandas as pd
import pytest

from pellucid import MLPClassifier, MLPRegressor, Network, Perceptron, TabularClassifier, TabularRegressor

TEXTS = ["red", "blue", "None", "nan", "ä ö", "日本", 'quo"te', "back\\slash", "a b", "%d", "??/"]
KINDS = ("number", "far", "mostly zero", "constant", "boolean", "few", "many", "date", "old date", "whole")


def random_schema(rng, n_columns=6):
    """Return the kinds of random columns by name; some names need care."""
    kinds = {}
    for k in range(n_columns):
        name = [f"x{k}", f"my column {k}", f"größe {k}", f"{k}-th", "int", "X", "class"][rng.integers(7)]
        kinds[f"{name}_{k}" if name in kinds else name] = KINDS[rng.integers(len(KINDS))]
    return {**kinds, "anchor": "anchor"}


def random_table(rng, schema, n_rows=60, *, unknown=False):
    """Return a data frame of a schema, with nulls in some columns."""
    return pd.DataFrame({name: column(rng, kind, n_rows, unknown=unknown) for name, kind in schema.items()})


def column(rng, kind, n, *, unknown=False):
    """Return a column of a kind."""
    days = {"date": (0, 40_000), "old date": (-50_000, 90_000)}
    if kind in days:
        at = rng.integers(*days[kind], n).astype("datetime64[D]") + rng.integers(0, 86_400, n).astype(
            "timedelta64[s]"
        )
        return _with_nulls(rng, pd.Series(at.astype("datetime64[us]")))
    if kind in ("few", "many"):
        texts = TEXTS[:4] if kind == "few" else [*TEXTS, *(f"k{i}" for i in range(20))]
        cells = pd.Series(rng.choice(texts, n), dtype=object)
        if unknown:
            cells[rng.random(n) < 0.2] = "a new one"
        return cells if kind == "few" else _with_nulls(rng, cells)
    if kind == "boolean":
        return _with_nulls(rng, pd.Series(rng.random(n) < 0.5, dtype=object))
    made = {
        "number": rng.normal(size=n),
        "anchor": rng.normal(size=n),
        "far": 1e9 + rng.choice([-1.0, 0.0, 1.0], n),
        "mostly zero": np.where(rng.random(n) < 0.8, 0.0, rng.exponential(size=n)),
        "constant": np.full(n, 7.0),
        "whole": rng.integers(-5, 50, n).astype(float),
    }
    return _with_nulls(rng, pd.Series(made[kind])) if kind == "number" else pd.Series(made[kind])


def _with_nulls(rng, cells):
    return cells.mask(pd.Series(rng.random(len(cells)) < 0.1))


TABULAR = {
    "classes": lambda: TabularClassifier("fast", max_iter=2, random_state=0),
    "calibrated": lambda: TabularClassifier("fast", max_iter=2, n_members=2, calibrate=True, random_state=0),
    "shared": lambda: TabularClassifier("fast", max_iter=2, ensemble="shared", n_members=3, random_state=0),
    "numbers": lambda: TabularRegressor("fast", max_iter=2, n_members=2, random_state=0),
    "quantiles": lambda: TabularRegressor("fast", max_iter=2, loss="quantile", random_state=0),
}
MATRIX = {
    "two classes": lambda: MLPClassifier((5,), max_iter=3, random_state=0),
    "three classes": lambda: MLPClassifier(
        (5,), max_iter=3, standardize=True, activation="gelu", random_state=0
    ),
    "labels": lambda: MLPClassifier((5,), max_iter=3, batch_norm=True, random_state=0),
    "number": lambda: MLPRegressor((6, 6), max_iter=3, residual=True, activation="mish", random_state=0),
    "two numbers": lambda: MLPRegressor((5,), max_iter=3, standardize=True, random_state=0),
    "counts": lambda: MLPRegressor((5,), max_iter=3, loss="poisson", random_state=0),
    "layer norm": lambda: MLPRegressor((5,), max_iter=3, normalization="layer_norm", random_state=0),
    "perceptron": lambda: Perceptron(max_iter=5),
    "three perceptrons": lambda: Perceptron(max_iter=5),
}


def fitted_table(kind, rng, n_rows=60):
    """Return a tabular model, the table that it was fitted to, and another one with categories unknown to it."""
    schema = random_schema(rng)
    X, new = random_table(rng, schema, n_rows), random_table(rng, schema, unknown=True)
    score = X["anchor"].to_numpy() + rng.normal(size=n_rows) * 0.1
    y = {"shared": np.digitize(score, [-0.5, 0.5])}.get(kind, np.where(score > 0, "yes", "no"))
    return TABULAR[kind]().fit(X, score * 3.0 if kind in ("numbers", "quantiles") else y), X, new


def fitted_matrix(kind, rng, n_rows=80):
    """Return a model of a matrix, with its rows."""
    X = rng.normal(size=(n_rows, 4))
    y = {
        "two classes": X[:, 0] > 0,
        "three classes": rng.choice(["a", "b", "c"], n_rows),
        "labels": (X[:, :3] > 0).astype(int),
        "two numbers": X[:, :2] * 2.0,
        "counts": rng.poisson(2.0, n_rows),
        "perceptron": X[:, 0] > 0,
        "three perceptrons": np.digitize(X[:, 0], [-0.5, 0.5]),
    }.get(kind, X[:, 0])
    return MATRIX[kind]().fit(X, y), X


@pytest.fixture
def rng():
    """Return a generator."""
    return np.random.default_rng(0)


@pytest.fixture
def network():
    """Return a bare network."""
    return Network([4, 3, 2], random_state=0)
