"""Newton's method finds the weights of least penalized loss."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge, TweedieRegressor

from pellucid.core import get_loss
from pellucid.core.activations import get_activation
from pellucid.core.loss_forms import PairedLoss
from pellucid.tabular.linear.newton import fit_by_newton, is_quick, second_derivatives

PENALTY = 2.0


def paired(loss: str, activation: str) -> PairedLoss:
    return get_loss(loss).on(get_activation(activation))


def rows(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return columns with heavy tails and far from 0, their linear combination, and weights."""
    X = rng.standard_t(3.0, size=(150, 4)) + 5.0
    return X, (X - 5.0) @ [1.0, -0.5, 0.0, 0.25], rng.uniform(0.2, 3.0, 150)


@pytest.mark.parametrize(
    ("loss", "activation", "model", "target"),
    [
        ("squared_error", "identity", lambda n: Ridge(PENALTY), lambda z, _: z + np.sin(z)),
        ("log_loss", "logistic", lambda n: LogisticRegression(C=1 / PENALTY, tol=1e-9, max_iter=9999),
         lambda z, rng: (z + rng.normal(size=len(z)) > 0.0).astype(float)),
        ("poisson", "exp", lambda n: PoissonRegressor(alpha=PENALTY / n, tol=1e-9, max_iter=9999),
         lambda z, rng: rng.poisson(np.exp(0.5 * z)).astype(float)),
        ("tweedie", "exp", lambda n: TweedieRegressor(power=1.5, alpha=PENALTY / n, tol=1e-9, max_iter=9999),
         lambda z, rng: rng.poisson(np.exp(0.3 * z)) * rng.gamma(2.0, size=len(z))),
    ],
    ids=["ridge", "logistic", "poisson", "tweedie"],
)  # fmt: skip
def test_one_output(rng: np.random.Generator, loss: str, activation: str, model: Any, target: Any) -> None:
    """The weights are those of scikit-learn, with weights of rows."""
    X, z, weight = rows(rng)
    y = target(z, rng)
    W, b = fit_by_newton(paired(loss, activation), X, y[:, None], weight, PENALTY)
    found = model(weight.sum()).fit(X, y, weight)
    assert_allclose(W[:, 0], np.ravel(found.coef_), atol=1e-4)
    assert_allclose(b[0], np.ravel(found.intercept_)[0], atol=1e-3)


def test_classes(rng: np.random.Generator) -> None:
    """The weights of three classes are those of scikit-learn."""
    X, z, weight = rows(rng)
    y = np.digitize(z + rng.normal(size=len(z)), [-0.5, 1.0])
    W, b = fit_by_newton(paired("log_loss", "softmax"), X, np.eye(3)[y], weight, PENALTY)
    found = LogisticRegression(C=1 / PENALTY, tol=1e-9, max_iter=9999).fit(X, y, weight)
    assert_allclose(W, found.coef_.T, atol=1e-4)
    assert_allclose(b - b.mean(), found.intercept_ - found.intercept_.mean(), atol=1e-3)


@pytest.mark.parametrize("penalty", [0.1, 1.0, 100.0])
def test_a_start_nearby_leads_to_the_same_weights(rng: np.random.Generator, penalty: float) -> None:
    """The weights of another penalty are such a start."""
    X, z, weight = rows(rng)
    y = np.eye(3)[np.digitize(z + rng.normal(size=len(z)), [-0.5, 1.0])]
    loss = paired("log_loss", "softmax")
    near = fit_by_newton(loss, X, y, weight, PENALTY)
    W, b = fit_by_newton(loss, X, y, weight, penalty)
    found, intercepts = fit_by_newton(loss, X, y, weight, penalty, near)
    assert_allclose(found, W, atol=1e-4)
    assert_allclose(X @ found + intercepts, X @ W + b, atol=1e-3)


@pytest.mark.parametrize("far", [200.0, 1e4])
def test_a_start_that_is_worse_than_none_is_not_taken(rng: np.random.Generator, far: float) -> None:
    """With the weights of clipped rows, exp of a row's score is huge where the row is not clipped."""
    X = rng.normal(size=(300, 2))
    y = rng.poisson(np.exp(0.5 * X[:, :1])).astype(float)
    loss = paired("poisson", "exp")
    near = fit_by_newton(loss, X, y, None, PENALTY)
    X[3, 0] = far
    for found, expected in zip(
        fit_by_newton(loss, X, y, None, PENALTY, near), fit_by_newton(loss, X, y, None, PENALTY), strict=True
    ):
        assert_allclose(found, expected)


@pytest.mark.parametrize(
    ("loss", "activation"), [("poisson", "exp"), ("tweedie", "exp"), ("log_loss", "logistic")]
)
def test_a_step_that_goes_too_far_is_halved(loss: str, activation: str) -> None:
    """The slope is 0 at the end, where rows lie so far out that whole steps would overflow."""
    X = np.array([[-1.0], [0.0], [1.0], [1000.0]])
    y = np.array([[0.0], [1.0], [1.0], [1.0]]) * (1.0 if loss == "log_loss" else [[1.0], [1.0], [1.0], [1e6]])
    chosen = paired(loss, activation)
    W, b = fit_by_newton(chosen, X, y, None, 1e-3)
    z = X @ W + b
    slopes = chosen.gradients(y, z, chosen.activation.value(z))
    assert_allclose(slopes.sum(), 0.0, atol=1e-3 * y.max())
    assert_allclose(X.T @ slopes + 1e-3 * W, 0.0, atol=1e-3 * y.max())


def test_classes_that_a_column_tells_apart(rng: np.random.Generator) -> None:
    """Weights stay finite where no likelihood has a maximum without the penalty."""
    X = np.concatenate([rng.normal(size=(20, 1)) + shift for shift in (-50.0, 0.0, 50.0)])
    y = np.repeat([0, 1, 2], 20)
    W, b = fit_by_newton(paired("log_loss", "softmax"), X, np.eye(3)[y], None, 0.1)
    assert ((X @ W + b).argmax(axis=1) == y).all()
    assert np.abs(W).max() < 10.0


@pytest.mark.parametrize(
    ("loss", "activation", "n_outputs"),
    [
        ("log_loss", "softmax", 3),
        ("log_loss", "logistic", 2),
        ("squared_error", "identity", 2),
        ("poisson", "exp", 1),
        ("tweedie", "exp", 1),
    ],
)
def test_second_derivatives_are_those_of_the_slope(
    rng: np.random.Generator, loss: str, activation: str, n_outputs: int
) -> None:
    """They are differences of the slope, divided by the difference of each weight."""
    chosen, D, v = paired(loss, activation), rng.normal(size=(20, 4)), rng.uniform(0.2, 3.0, 20)
    y = np.eye(n_outputs)[rng.integers(n_outputs, size=20)]
    theta, h = 0.3 * rng.normal(size=n_outputs * 4), 1e-5

    def outputs(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        z = D @ theta.reshape(n_outputs, 4).T
        return z, chosen.activation.value(z)

    def slope(theta: np.ndarray) -> np.ndarray:
        return ((v[:, None] * chosen.gradients(y, *outputs(theta))).T @ D).ravel()

    found = second_derivatives(chosen, D, y, outputs(theta)[1], v)
    steps = h * np.eye(len(theta))
    assert_allclose(found, [(slope(theta + e) - slope(theta - e)) / (2.0 * h) for e in steps], atol=1e-7)


@pytest.mark.parametrize("scale", [1e9, 1e150, 1e200])
@pytest.mark.parametrize(
    ("loss", "activation", "n_outputs"), [("log_loss", "softmax", 3), ("log_loss", "logistic", 1)]
)
def test_columns_so_large_that_the_penalty_is_lost(
    rng: np.random.Generator, loss: str, activation: str, n_outputs: int, scale: float
) -> None:
    """Weights stay finite where rounding leaves the equations of two equal columns singular."""
    X = np.repeat(scale * rng.integers(-3, 4, size=(60, 1)), 2, axis=1)
    y = np.eye(3)[rng.integers(3, size=60)][:, :n_outputs]
    W, b = fit_by_newton(paired(loss, activation), X, y, None, PENALTY)
    assert np.isfinite(W).all()
    assert np.isfinite(b).all()


@pytest.mark.parametrize(
    ("loss", "activation", "n_outputs"),
    [("log_loss", "softmax", 3), ("squared_error", "identity", 1), ("poisson", "exp", 1)],
)
def test_rows_without_weight_say_nothing(
    rng: np.random.Generator, loss: str, activation: str, n_outputs: int
) -> None:
    """All weights are 0 if no row has a weight."""
    y = np.eye(n_outputs)[rng.integers(n_outputs, size=9)]
    W, b = fit_by_newton(paired(loss, activation), rng.normal(size=(9, 2)), y, np.zeros(9), PENALTY)
    assert not W.any()
    assert_allclose(b, np.zeros(n_outputs))


def test_many_weights_are_left_to_other_methods() -> None:
    """A step costs the square of the number of weights, and the outputs of every row."""
    assert is_quick(150, 4, 3)
    assert is_quick(5000, 20, 1)
    assert is_quick(2000, 1, 10)
    assert not is_quick(5000, 1, 10)
    assert not is_quick(1500, 64, 10)
