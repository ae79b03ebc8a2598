"""A few small fitted models, each fitted once; a test that changes one takes a copy."""

import copy
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import MLPClassifier, MLPRegressor, Network, save

Make = Callable[..., Any]


def quick(model: Any, X: Any, y: Any) -> Any:
    """Fit for a few epochs, too few to converge."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y)


def table(n_rows: int = 30, n_columns: int = 3) -> tuple[Any, Any]:
    """Return inputs and classes 0, 1, 2."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(n_rows, n_columns))
    return X, np.arange(n_rows) % 3


@pytest.fixture(scope="session")
def _models() -> dict[str, Any]:
    X, y = table()
    full: dict[str, Any] = {
        "max_iter": 3,
        "random_state": 0,
        "standardize": True,
        "batch_norm": True,
        "dropout": 0.2,
        "early_stopping": True,
        "validation_fraction": 0.3,
    }
    rng = np.random.default_rng(1)
    return {
        "classifier": quick(MLPClassifier((4, 4), **full), X, y),
        "regressor": quick(MLPRegressor((4, 4), **full), X, y.astype(float)),
        "network": Network([3, 4, 4, 2], batch_norm=True, dropout=0.1, residual=True, random_state=rng),
    }


@pytest.fixture
def classifier(_models: dict[str, Any]) -> MLPClassifier:
    """Return a classifier with everything on: three classes, [3, 4, 4, 3], float32."""
    model: MLPClassifier = copy.deepcopy(_models["classifier"])
    return model


@pytest.fixture
def regressor(_models: dict[str, Any]) -> MLPRegressor:
    """Return a regressor with everything on."""
    model: MLPRegressor = copy.deepcopy(_models["regressor"])
    return model


@pytest.fixture
def network(_models: dict[str, Any]) -> Network:
    """Return a network with everything on."""
    return _models["network"].copy()  # type: ignore[no-any-return]


@pytest.fixture
def classifier_file(classifier: MLPClassifier, tmp_path: Path) -> Path:
    """Return the file of ``classifier``."""
    save(classifier, tmp_path / "classifier.safetensors")
    return tmp_path / "classifier.safetensors"


@pytest.fixture
def regressor_file(regressor: MLPRegressor, tmp_path: Path) -> Path:
    """Return the file of ``regressor``."""
    save(regressor, tmp_path / "regressor.safetensors")
    return tmp_path / "regressor.safetensors"


@pytest.fixture
def network_file(network: Network, tmp_path: Path) -> Path:
    """Return the file of ``network``."""
    save(network, tmp_path / "network.safetensors")
    return tmp_path / "network.safetensors"
