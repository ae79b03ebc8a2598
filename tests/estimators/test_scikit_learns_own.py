"""scikit-learn's own tests of its multilayer perceptrons, run against ours."""

import importlib.util
from types import ModuleType
from typing import Any

import pytest
import sklearn.neural_network

from pellucid import MLPClassifier, MLPRegressor


def load_tests(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the module of scikit-learn's tests, executed with our classes in place of its own."""
    spec = importlib.util.find_spec("sklearn.neural_network.tests.test_mlp")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sklearn.neural_network, "MLPClassifier", MLPClassifier)
    monkeypatch.setattr(sklearn.neural_network, "MLPRegressor", MLPRegressor)
    spec.loader.exec_module(module)
    return module


with pytest.MonkeyPatch.context() as patched:
    THEIRS = load_tests(patched)

globals().update({name: test for name, test in vars(THEIRS).items() if name.startswith("test_")})

@pytest.fixture
def global_random_seed() -> int:
    """Return the seed that scikit-learn's tests have by default."""
    return 42
