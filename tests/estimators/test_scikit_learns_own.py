"""scikit-learn's own tests of its multilayer perceptrons, from the installed wheel, run against our classes.

A test that a newer scikit-learn adds runs by itself. One that is left out is named with the reason.
"""

import importlib.util
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import sklearn.neural_network

from pellucid import MLPClassifier, MLPRegressor

PRIVATE = "It reads a private attribute of scikit-learn's: "
DESELECTED = {
    "test_gradient": PRIVATE + "_loss_grad_lbfgs. tests/gradients compares every gradient with differences.",
    "test_learning_rate_warmstart": PRIVATE
    + "_optimizer. test_parity.py compares the rates through history_.",
    "test_adaptive_learning_rate": PRIVATE
    + "_optimizer. test_parity.py compares the rates through history_.",
    "test_mlp_param_dtypes": "Training is float32 for float64 inputs too, unless dtype='float64': a documented "
    "difference. The tests below run it for float32 inputs, and with dtype='float64' for the others.",
}

# They train for long; others say the same of the same parameter or method, or tests/estimators does.
SLOW = {
    "test_alpha",
    "test_mlp_loading_from_joblib_partial_fit",
    "test_multilabel_classification",
    "test_n_iter_no_change_inf",
    "test_partial_fit_classification",
    "test_partial_fit_regression",
}


def load_tests() -> ModuleType:
    """Return the module of scikit-learn's tests, executed with our classes in place of its own."""
    spec = importlib.util.find_spec("sklearn.neural_network.tests.test_mlp")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sklearn.neural_network, "MLPClassifier", MLPClassifier)
        patched.setattr(sklearn.neural_network, "MLPRegressor", MLPRegressor)
        spec.loader.exec_module(module)
    return module


THEIRS = load_tests()
TESTS = {name: test for name, test in vars(THEIRS).items() if name.startswith("test_")}
globals().update(
    {
        name: pytest.mark.slow(test) if name in SLOW else test
        for name, test in TESTS.items()
        if name not in DESELECTED
    }
)


@pytest.fixture
def global_random_seed() -> int:
    """Return the seed that scikit-learn's tests have by default."""
    return 42


def test_nothing_is_left_out_by_mistake() -> None:
    """Each deselected test exists, and the others are those that run."""
    assert set(DESELECTED) | SLOW <= set(TESTS)
    assert len(TESTS) > 40


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parameters_have_the_dtype_that_is_asked_for(estimator: Any, dtype: Any) -> None:
    """The property of test_mlp_param_dtypes holds where ``dtype`` is that of the inputs."""
    TESTS["test_mlp_param_dtypes"](dtype, partial(estimator, dtype=np.dtype(dtype).name))
