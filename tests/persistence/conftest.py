"""A few small fitted models, each fitted once; a test that changes one takes a copy."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import MLPClassifier, MLPRegressor, Network, save
from persistence.small_models import quick, table


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


@pytest.fixture(scope="session")
def _files(_models: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    path = tmp_path_factory.mktemp("files") / "model"
    files = {}
    for name, model in _models.items():
        save(model, path)
        files[name] = path.read_bytes()
    return files


@pytest.fixture
def classifier_file(_files: dict[str, bytes], tmp_path: Path) -> Path:
    """Return the file of ``classifier``."""
    (tmp_path / "classifier.safetensors").write_bytes(_files["classifier"])
    return tmp_path / "classifier.safetensors"


@pytest.fixture
def regressor_file(_files: dict[str, bytes], tmp_path: Path) -> Path:
    """Return the file of ``regressor``."""
    (tmp_path / "regressor.safetensors").write_bytes(_files["regressor"])
    return tmp_path / "regressor.safetensors"


@pytest.fixture
def network_file(_files: dict[str, bytes], tmp_path: Path) -> Path:
    """Return the file of ``network``."""
    (tmp_path / "network.safetensors").write_bytes(_files["network"])
    return tmp_path / "network.safetensors"
