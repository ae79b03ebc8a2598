"""The start from the data: signals that vary by 1, zeros in the midst of the rows, weights as repetitions."""

from typing import Any

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import forward, start_from_data
from pellucid.core.layers import Dense, Lookup, Periodic, Scale

NETWORKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "parametric": {"parametric": True, "activation": "mish"},
    "residual": {"residual": True},
    "input layers": {"input_layers": [Lookup(2, (3,), 2), Periodic(2, 2, 4, 3), Scale(8)]},
}


def rows(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return rows of two numbers, one of them large, and a code."""
    return np.column_stack([rng.normal(50.0, 100.0, n), rng.normal(size=n), np.arange(n) % 3.0])


def dense_values(net: Network, X: np.ndarray) -> list[np.ndarray]:
    """Return the outputs of the dense layers."""
    values = forward(net, X).run.values
    return [values[i + 1] for i, layer in enumerate(net.layers) if isinstance(layer, Dense)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", NETWORKS)
def test_every_signal_varies_by_1(kind: str, dtype: str, rng: np.random.Generator) -> None:
    """In every block the standard deviation of each unit's signal over the rows is 1."""
    net = Network([3, 5, 5, 2], **NETWORKS[kind], dtype=dtype, random_state=0)
    others = {
        i: p["factors"].copy() for i, p in enumerate(net.parameter_views(net.parameters)) if "factors" in p
    }
    X = rows(300, rng).astype(dtype)
    start_from_data(net, X, rng)

    for z in dense_values(net, X):
        np.testing.assert_allclose(z.std(axis=0), 1.0, rtol=1e-10 if dtype == "float64" else 1e-3)
        # The zero of each unit is a mixture of rows: not outside of what the rows give.
        assert (z.min(axis=0) <= 1e-4).all()
        assert (z.max(axis=0) >= -1e-4).all()
    for i, factors in others.items():  # what is not dense keeps its numbers
        np.testing.assert_array_equal(net.parameter_views(net.parameters)[i]["factors"], factors)


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_weight_is_a_repetition(kind: str, rng: np.random.Generator) -> None:
    """The same generator gives the same network for weights and for repeated rows; weight 0 is no row."""
    X, times = rows(40, rng), rng.integers(0, 4, 40)
    nets = []
    for inputs, weights in ((X, times.astype(float)), (np.repeat(X, times, axis=0), None)):
        net = Network([3, 5, 5, 2], **NETWORKS[kind], random_state=0)
        start_from_data(net, inputs, np.random.default_rng(1), sample_weight=weights)
        nets.append(net)
    far = X.copy()
    far[times == 0, :2] += 1e3
    start_from_data(net, far, np.random.default_rng(1), sample_weight=times.astype(float))

    np.testing.assert_allclose(nets[0].parameters, nets[1].parameters, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(net.parameters, nets[0].parameters, rtol=1e-9, atol=1e-12)


def test_many_rows_are_looked_at_by_their_weight(rng: np.random.Generator) -> None:
    """Of more rows than are looked at, a sample by weight is: rows of weight 0 have no say."""
    X = rng.normal(size=(5000, 3))
    w = (np.arange(5000) >= 2500).astype(float)
    X[:2500] *= 1e4
    net = Network([3, 4, 1], random_state=0)
    start_from_data(net, X, rng, sample_weight=w)
    z = dense_values(net, X[2500:])[0]

    np.testing.assert_allclose(z.std(axis=0), 1.0, rtol=0.1)


@pytest.mark.parametrize(
    "X", [np.full((7, 3), 0.1), np.full((1, 3), 0.7), np.zeros((5, 3))], ids=["alike", "one", "zero"]
)
def test_rows_that_do_not_vary(X: np.ndarray) -> None:
    """Without a spread to divide by weights are drawn as usual, and are not huge."""
    for weights in (None, np.linspace(0.1, 1.3, len(X))):
        net = Network([3, 5, 5, 2], random_state=0)
        start_from_data(net, X, np.random.default_rng(0), sample_weight=weights)

        assert np.isfinite(net.parameters).all()
        assert np.abs(net.parameters).max() < 10.0


def test_a_unit_that_does_not_vary_in_a_later_block(rng: np.random.Generator) -> None:
    """Behind a dead unit, or a column that is constant, nothing is divided by a rounding error."""
    X = rng.normal(size=(50, 3))
    X[:, 1:] = 0.3
    net = Network([3, 1, 4, 1], activation="relu", random_state=0)
    start_from_data(net, X - 1e6, rng)

    assert np.isfinite(net.parameters).all()
    assert all(np.abs(W).max() < 1e7 for W in net.weights)
