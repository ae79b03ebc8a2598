"""Small data that several files of this folder train on."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

Data = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="session")
def digits() -> Data:
    """The 1,797 digits with pixels in [0, 1]."""
    X, y = load_digits(return_X_y=True)
    return X / 16.0, y


@pytest.fixture
def classes() -> Data:
    """Sixty rows of four features, in three classes that lie apart."""
    rng = np.random.default_rng(1)
    y = np.arange(60) % 3
    X = rng.normal(size=(60, 4)) + np.eye(4)[y] * 3.0
    return X, y


@pytest.fixture
def numbers() -> Data:
    """Sixty rows of four features with a smooth target that has some noise."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(60, 4))
    return X, np.sin(X[:, 0]) + 0.5 * X[:, 1] * X[:, 2] + 0.05 * rng.normal(size=60)
