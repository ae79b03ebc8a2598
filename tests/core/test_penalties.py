"""Penalties: their value and gradient by hand, and what they leave alone."""

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import add_penalty
from strategies import randomize


def test_value_and_gradient_by_hand() -> None:
    """λ₁ Σ|w| + ½ λ₂ Σ w² and λ₁ sign(w) + λ₂ w, with sign(0) = 0, on top of what stands there."""
    parameters = np.array([2.0, -3.0, 0.0, 7.0])
    gradient = np.array([1.0, 1.0, 1.0, 1.0])

    penalty = add_penalty(parameters, gradient, [slice(0, 2), slice(2, 3)], l1=0.1, l2=0.5)

    assert penalty == pytest.approx(0.1 * 5.0 + 0.25 * 13.0, rel=1e-15)
    np.testing.assert_allclose(gradient, [1.0 + 0.1 + 1.0, 1.0 - 0.1 - 1.5, 1.0, 1.0], rtol=1e-15)


def test_no_penalty_is_no_change() -> None:
    """With both strengths 0 the gradient stays and the penalty is 0, even where a weight is infinite."""
    gradient = np.array([1.0, 2.0])

    assert add_penalty(np.array([np.inf, 1.0]), gradient, [slice(0, 2)], l1=0.0, l2=0.0) == 0.0
    np.testing.assert_array_equal(gradient, [1.0, 2.0])


def test_only_weights_are_penalized() -> None:
    """Biases, and scale and shift of batch normalization, feel no penalty; every weight does."""
    rng = np.random.default_rng(0)
    net = randomize(Network([3, 4, 2], batch_norm=True), rng)
    X, y = rng.normal(size=(2, 6, 3)), rng.normal(size=(6, 2))
    plain = net.gradients(X[0], y)
    penalized = net.gradients(X[0], y, l1=0.3, l2=0.7)
    felt = net.parameter_views(penalized.flat - plain.flat)
    own = net.parameter_views(net.parameters)

    for views, values in zip(felt, own, strict=True):
        for name, view in views.items():
            w = values[name]
            expected = 0.3 * np.sign(w) + 0.7 * w if name == "weights" else np.zeros_like(w)
            np.testing.assert_allclose(view, expected, rtol=1e-12, atol=1e-15)
    weights = np.concatenate([W.ravel() for W in net.weights])
    assert penalized.penalty == pytest.approx(
        0.3 * np.abs(weights).sum() + 0.35 * (weights**2).sum(), rel=1e-14
    )
    assert penalized.loss == plain.loss
    assert penalized.objective == pytest.approx(plain.loss + penalized.penalty, rel=1e-15)
