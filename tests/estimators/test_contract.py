"""The estimators keep scikit-learn's contract: its own checks, none skipped without a reason.

One check skips itself, in both precisions: the format of a multilabel ``decision_function``, which
MLPClassifier has not, here as in scikit-learn; ``predict_proba`` and ``predict`` have checks of their own.
"""

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone

from estimator_checks import parametrize_with_checks
from pellucid import MLPClassifier, MLPRegressor

FLOAT64 = [MLPClassifier(dtype="float64"), MLPRegressor(dtype="float64")]
FLOAT32 = [MLPClassifier(), MLPRegressor()]
BELOW_FLOAT32 = {
    f"check_sample_weight_equivalence_on_{kind}_data": (
        "scikit-learn compares predictions to 1e-7, which is below the precision of float32; "
        "test_weights_are_repetitions_in_float32 holds the same property to 1e-4."
    )
    for kind in ("dense", "sparse")
}

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.slow
@quiet
@parametrize_with_checks(FLOAT64)
def test_scikit_learns_checks_in_float64(estimator: Any, check: Any) -> None:
    """In float64 every check of scikit-learn passes."""
    check(estimator)


@pytest.mark.thorough
@quiet
@parametrize_with_checks(FLOAT32, expected_failed_checks=lambda estimator: BELOW_FLOAT32)
def test_scikit_learns_checks_in_float32(estimator: Any, check: Any) -> None:
    """In float32, the default, every check passes but the two whose tolerance is below float32."""
    check(estimator)


@quiet
@pytest.mark.parametrize("estimator", FLOAT32, ids=lambda estimator: type(estimator).__name__)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_weights_are_repetitions_in_float32(estimator: Any, container: Any, solver: str) -> None:
    """Integer weights act as repetitions, in float32 to 1e-4: the property of the two excluded checks."""
    rng = np.random.default_rng(42)
    X, y, w = rng.random((15, 30)), rng.integers(0, 3, 15), rng.integers(0, 5, 15)
    assert 0 in w
    weighted, repeated = (clone(estimator).set_params(random_state=0, solver=solver) for _ in range(2))
    # Adam divides by the size of the gradient, so that the rounding of a unit that hardly matters grows;
    # it shows in that unit's activation, not in the prediction.
    methods = {"predict", "predict_proba"} if solver == "adam" else {"predict", "predict_proba", "transform"}

    weighted.fit(container(X), y, sample_weight=w)
    repeated.fit(container(X.repeat(w, axis=0)), y.repeat(w))

    for method in methods & set(dir(estimator)):
        expected, actual = (getattr(model, method)(container(X)) for model in (repeated, weighted))
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4, err_msg=method)
