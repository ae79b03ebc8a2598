"""Models to draw, and figures that are closed."""

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_moons

from pellucid import MLPClassifier, MLPRegressor
from pellucid.recording import Recorder


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    import matplotlib.pyplot as plt  # here, since it takes long

    plt.close("all")  # what the pages of the docs left open in this process
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def iris() -> SimpleNamespace:
    data = load_iris(as_frame=True)
    y = data.target_names[data.target]
    model = MLPClassifier((5,), activation="tanh", solver="lbfgs", alpha=0.1, max_iter=3000, random_state=0)
    return SimpleNamespace(X=data.data, y=y, model=model.fit(data.data, y))


@pytest.fixture(scope="session")
def moons() -> SimpleNamespace:
    X, y = make_moons(120, noise=0.2, random_state=0)
    y = np.where(y == 1, "upper", "lower")
    model = MLPClassifier(
        (6, 2), activation="tanh", solver="lbfgs", alpha=0.05, max_iter=3000, random_state=1
    )
    return SimpleNamespace(X=X, y=y, model=model.fit(X, y))


@pytest.fixture(scope="session")
def digits() -> SimpleNamespace:
    X, y = load_digits(return_X_y=True)
    X, y = X[:400], y[:400]
    recorder = Recorder()
    model = MLPClassifier(
        (20, 12), max_iter=12, tol=0.0, early_stopping=True, learning_rate="cosine", random_state=0
    ).set_callbacks(recorder)
    return SimpleNamespace(X=X, y=y, model=model.fit(X, y), record=recorder.record)


@pytest.fixture(scope="session")
def diabetes() -> SimpleNamespace:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = MLPRegressor((6,), solver="lbfgs", alpha=1.0, max_iter=400, random_state=0)
    return SimpleNamespace(X=X, y=y, model=model.fit(X, y))
