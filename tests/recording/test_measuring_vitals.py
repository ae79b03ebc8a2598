"""Vital signs against a literal calculation, row by row, with the gradient of each row formed."""

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from pellucid import Network
from pellucid.core import ACTIVATIONS, Activation
from pellucid.core.inputs import StandardizedSparse
from pellucid.exceptions import DataError, ParameterError
from pellucid.recording import vital_signs
from pellucid.recording.measuring_vitals import spectral_norm
from pellucid.recording.slopes import steepest

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(9, 3)), RNG.normal(size=(9, 2))
WEIGHTS = np.array([1.0, 2.0, 0.0, 1.0, 3.0, 1.0, 1.0, 0.0, 2.0])


def network(**options: Any) -> Network:
    """Return a 3-4-4-2 network that is not in its first state."""
    net = Network([3, 4, 4, 2], random_state=1, initializer="normal", **{"activation": "tanh"} | options)
    net.state[...] = np.random.default_rng(2).uniform(0.5, 1.5, net.state.size)
    return net


def literal(net: Network, w: np.ndarray, l1: float, l2: float) -> list[dict[str, float]]:
    """Return the vital signs of each block from gradients of single rows, by the network's own method."""
    rows = [net.gradients(X[i : i + 1], Y[i : i + 1], loss="squared_error") for i in range(len(X))]
    p = w / w.sum()
    found = []
    for k, W in enumerate(net.weights):
        single = np.array([row.weights[k].ravel() for row in rows])
        deltas = np.array([row.deltas[k][0] for row in rows])
        G = p @ single
        found.append(
            {
                "rms_delta": np.sqrt(p @ (deltas**2).mean(axis=1)),
                "rms_gradient": np.sqrt(np.mean((G.reshape(W.shape) + l1 * np.sign(W) + l2 * W) ** 2)),
                "gradient_noise": np.trace(np.cov(single.T, aweights=p, ddof=0)) / (G @ G),
                "rms_weights": np.linalg.norm(W) / np.sqrt(W.size),
                "spectral_norm": np.linalg.norm(W, 2),
                "rms_update": 0.25,
            }
        )
    return found


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"activation": ["relu", "gelu"], "residual": True},
        {"activation": "logistic", "batch_norm": True, "dropout": 0.4},
        {"activation": "selu", "residual": "activation"},
    ],
)
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_against_single_rows(options: dict[str, Any], weights: np.ndarray | None) -> None:
    net, l1, l2 = network(**options), 0.01, 0.1
    before = net.parameters.copy(), net.state.copy()
    w = np.ones(len(X)) if weights is None else weights

    seen = vital_signs(
        net, X, Y, "squared_error", sample_weight=weights, l1=l1, l2=l2, previous=net.parameters - 0.25
    )

    for layer, expected in zip(seen.layers, literal(net, w, l1, l2), strict=True):
        for name, value in expected.items():
            np.testing.assert_allclose(getattr(layer, name), value, rtol=1e-10, err_msg=name)
    np.testing.assert_allclose(seen.losses, 0.5 * ((net.predict(X) - Y) ** 2).sum(axis=1), rtol=1e-12)
    assert seen.loss == pytest.approx(np.average(seen.losses, weights=w), rel=1e-12)
    flat = np.concatenate([W.ravel() for W in net.weights])
    assert seen.penalty == pytest.approx(l1 * np.abs(flat).sum() + 0.5 * l2 * flat @ flat, rel=1e-12)
    np.testing.assert_array_equal(net.parameters, before[0])
    np.testing.assert_array_equal(net.state, before[1])


def test_signals_and_units_by_hand() -> None:
    """Two inputs -6, 2 into units z = x, -x, 1 - 0x: tanh, whose slope at 6 is under 5 % and at 2 is not."""
    net = Network([1, 3, 1], weights=[[[1.0, -1.0, 0.0]], np.ones((3, 1))], biases=[[0.0, 0.0, 1.0], [0.0]])
    layer = vital_signs(net, [[-6.0], [2.0]], [0.0, 0.0]).layers[0]

    z = np.array([[-6.0, 6.0, 1.0], [2.0, -2.0, 1.0]])
    assert layer.rms_z == pytest.approx(np.sqrt((z**2).mean()))
    assert layer.rms_a == pytest.approx(np.sqrt((np.tanh(z) ** 2).mean()))
    assert layer.mean_slope == pytest.approx((1.0 / np.cosh(z) ** 2).mean())
    np.testing.assert_allclose(layer.mean_abs, np.abs(np.tanh(z)).mean(axis=0))
    assert layer.on.tolist() == [0.5, 0.5, 1.0]
    assert layer.active.tolist() == [1.0, 1.0, 1.0]
    assert layer.saturated_low.tolist() == [0.5, 0.0, 0.0]
    assert layer.saturated_high.tolist() == [0.0, 0.5, 0.0]


@pytest.mark.parametrize(
    ("name", "z", "low", "high"),
    [
        ("tanh", [-2.2, -2.1, 2.1, 2.2], [1, 0, 0, 0], [0, 0, 0, 1]),  # |a| > √0.95, |z| > 2.178
        ("logistic", [-4.4, -4.3, 4.3, 4.4], [1, 0, 0, 0], [0, 0, 0, 1]),  # |z| > 4.357
        ("relu", [-1.0, 0.0, 1e-9, 50.0], [1, 1, 0, 0], [0, 0, 0, 0]),
        ("leaky_relu", [-1.0, 0.0, 1e-9, 50.0], [1, 1, 0, 0], [0, 0, 0, 0]),  # its slope there is 1 %
        ("elu", [-3.1, -2.9, 0.0, 50.0], [1, 0, 0, 0], [0, 0, 0, 0]),  # e^z < 0.05
        ("softplus", [-3.0, -2.9, 0.0, 50.0], [1, 0, 0, 0], [0, 0, 0, 0]),
        ("gelu", [-9.0, -1.0, 1.0, 9.0], [1, 0, 0, 0], [0, 0, 0, 0]),
        ("identity", [-9.0, 0.0, 1.0, 9.0], [0, 0, 0, 0], [0, 0, 0, 0]),
        ("exp", [-9.0, 0.0, 1.0, 9.0], [0, 0, 0, 0], [0, 0, 0, 0]),
    ],
)
def test_saturation_is_a_matter_of_slope(name: str, z: list[float], low: list[int], high: list[int]) -> None:
    net = Network([4, 4, 1], activation=name, weights=[np.eye(4), np.ones((4, 1))])
    layer = vital_signs(net, [z], [0.0], "squared_error").layers[0]
    assert layer.saturated_low.tolist() == low
    assert layer.saturated_high.tolist() == high


def test_where_activations_are_steepest() -> None:
    """Known peaks: GELU at √2, SiLU at 2.3994; a parabola has none, a sine 1 at 0."""
    assert steepest(ACTIVATIONS["gelu"])[0] == pytest.approx(np.sqrt(2.0), abs=1e-3)
    assert steepest(ACTIVATIONS["gelu"])[1] == pytest.approx(0.5 * (1 + 0.8427007929) + 0.2075537, abs=1e-6)
    assert steepest(ACTIVATIONS["silu"])[0] == pytest.approx(2.39936, abs=1e-3)
    assert steepest(Activation("square", lambda z: z * z, lambda z, a: 2.0 * z)) == (0.0, np.inf)
    assert steepest(Activation("sine", np.sin, lambda z, a: np.cos(z))) == (0.0, 1.0)


@pytest.mark.parametrize("shape", [(1, 7), (40, 3), (220, 210), (210, 400)])
def test_the_spectral_norm(shape: tuple[int, int]) -> None:
    """The first singular value of NumPy, of small and large matrices; 0 of zeros, NaN of infinity."""
    W = np.random.default_rng(4).normal(size=shape)
    assert spectral_norm(W) == pytest.approx(np.linalg.norm(W, 2), rel=1e-8)
    assert spectral_norm(1e-12 * W.astype(np.float32)) == pytest.approx(
        1e-12 * np.linalg.norm(W, 2), rel=1e-6
    )
    assert spectral_norm(0.0 * W) == 0.0
    W[0, 0] = np.inf
    assert np.isnan(spectral_norm(W))


@pytest.mark.parametrize("standardized", [False, True])
def test_sparse_inputs(standardized: bool) -> None:
    """The same as of the dense rows."""
    S = sparse.csr_array(np.where(X > 0.0, X, 0.0))
    shift = np.array([0.0, 0.5, -0.5]) * standardized
    net, given = network(), StandardizedSparse(S, shift) if standardized else S
    a = vital_signs(net, given, Y, "squared_error")
    b = vital_signs(net, S.toarray() - shift, Y, "squared_error")
    for mine, theirs in zip(a.layers, b.layers, strict=True):
        assert mine.gradient_noise == pytest.approx(theirs.gradient_noise, rel=1e-10)
        assert mine.rms_gradient == pytest.approx(theirs.rms_gradient, rel=1e-10)


def test_no_gradient_no_signal_no_number() -> None:
    """Softmax has no slope; a perfect network no gradient; equal rows no noise; NaN stays NaN."""
    net = Network([1, 2, 2], activation="relu", output_activation="softmax", random_state=0)
    last = vital_signs(net, [[1.0], [1.0]], [0, 0]).layers[1]
    assert np.isnan(last.mean_slope)
    assert np.isnan(last.active).all()
    assert last.gradient_noise == pytest.approx(0.0, abs=1e-12)
    assert last.rms_update != last.rms_update

    flat = Network([1, 1, 1], initializer="zeros")
    seen = vital_signs(flat, [[1.0], [2.0]], [0.0, 0.0])
    assert np.isnan(seen.layers[0].gradient_noise)
    assert seen.layers[0].rms_gradient == seen.layers[0].spectral_norm == 0.0
    opposed = vital_signs(Network([1, 1], weights=[[[0.0]]]), [[1.0], [1.0]], [1.0, -1.0])
    assert opposed.layers[0].gradient_noise == np.inf

    net.parameters[...] = np.nan
    broken = vital_signs(net, [[1.0]], [0])
    assert np.isnan([broken.loss, broken.layers[0].rms_z, broken.layers[0].spectral_norm]).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((X[:, :2], Y), DataError, r"'X' must have shape \(n_samples, 3\)"),
        ((X[:4], Y), DataError, "same number of rows, at least one; got 4 and 9"),
        ((X[:0], Y[:0]), DataError, "at least one; got 0 and 0"),
        ((X, Y[:, :1]), DataError, r"'y' must have shape \(n_samples, 2\)"),
        ((X, Y, "log_loss"), ParameterError, "log_loss"),
    ],
)
def test_bad_input(arguments: tuple[Any, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        vital_signs(network(), *arguments)


def test_bad_previous() -> None:
    with pytest.raises(ParameterError, match="'previous' must hold the 46 parameters"):
        vital_signs(network(), X, Y, previous=np.zeros(3))


def test_the_spectral_norm_of_orthogonal_matrices() -> None:
    """The same holds if all eigenvalues are nearly equal."""
    for seed in range(100):
        Q = np.linalg.qr(np.random.default_rng(seed).normal(size=(16, 16)))[0]

        assert spectral_norm(Q) == pytest.approx(1.0, rel=1e-12)
