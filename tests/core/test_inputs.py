"""Sparse inputs that are standardized on the fly are what the dense, standardized inputs are."""

import numpy as np
import pytest
from scipy import sparse

from pellucid import Network
from pellucid.core import Objective, forward, get_loss
from pellucid.core.inputs import StandardizedSparse
from strategies import randomize


def example() -> tuple[StandardizedSparse, np.ndarray]:
    """Return standardized inputs, on the fly and dense."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(7, 4)) * (rng.random((7, 4)) < 0.5)
    mean, scale = rng.normal(size=4), rng.uniform(0.5, 2.0, 4)
    return StandardizedSparse(sparse.csr_array(X / scale), mean / scale), (X - mean) / scale


def test_products_and_rows() -> None:
    """Both products, the rows, the shape and the dense matrix agree with the matrix itself."""
    thin, dense = example()
    rng = np.random.default_rng(1)
    W, delta = rng.normal(size=(4, 3)), rng.normal(size=(7, 3))

    np.testing.assert_allclose(thin @ W, dense @ W, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(thin.T @ delta, dense.T @ delta, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(thin.toarray(), dense, rtol=1e-14)
    np.testing.assert_allclose(thin[[5, 0, 2]] @ W, dense[[5, 0, 2]] @ W, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(thin[2:5].toarray(), dense[2:5], rtol=1e-14)
    assert thin.shape == (7, 4)
    assert thin.dtype == np.float64


@pytest.mark.parametrize("residual", [False, True])
def test_a_network_sees_no_difference(residual: bool) -> None:
    """Outputs, objective and gradient are those of the dense inputs, also where a residual adds them."""
    thin, dense = example()
    net = randomize(Network([4, 4, 2], batch_norm=True, residual=residual), np.random.default_rng(2))
    objective = Objective(net, get_loss("squared_error").on(net.output_activation))
    y = np.random.default_rng(3).normal(size=(7, 2))
    one, other = (objective.value_and_gradient(X, y, state=net.state.copy()) for X in (dense, thin))

    np.testing.assert_allclose(
        forward(net, thin).outputs, forward(net, dense).outputs, rtol=1e-11, atol=1e-13
    )
    assert other.loss == pytest.approx(one.loss, rel=1e-12)
    np.testing.assert_allclose(other.flat, one.flat, rtol=1e-9, atol=1e-12)
