"""Gradients of members that share weights: each layer by itself, and networks of every kind."""

from typing import Any

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import ACTIVATIONS, LOSSES, check_gradients, check_layer
from pellucid.core.layers import Activate, Fan, Layer, Lookup, Periodic, Scale, SeparateDense, SharedDense
from strategies import draw_targets

N_SAMPLES = 4
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "parametric": {"parametric": True},
    "dropout": {"dropout": 0.3},
    "every option": {"residual": True, "dropout": 0.3, "parametric": True},
    "table": {"input_layers": [Lookup(2, (3,), 2), Periodic(1, 3, 3, 3, scale=0.4), Scale(6)]},
}


@pytest.mark.parametrize(
    ("layer", "width"),
    [
        (Fan(3, 2), 2),
        (Fan(2, 1, "normal"), 1),
        (SharedDense(3, 2, 4), 6),
        (SharedDense(2, 3, 1), 6),
        (SeparateDense(3, 2, 4), 6),
        (SeparateDense(2, 3, 1), 6),
        (Activate(ACTIVATIONS["softmax"], 3), 6),
        (Activate(ACTIVATIONS["gelu"], 3), 6),
    ],
    ids=[
        "fan",
        "fan of one column",
        "shared",
        "shared to one",
        "separate",
        "separate to one",
        "softmax",
        "gelu",
    ],
)
def test_a_layer_by_itself(layer: Layer, width: int, rng: np.random.Generator) -> None:
    """Parameters and inputs."""
    report = check_layer(layer, rng.normal(size=(N_SAMPLES, width)))

    assert report.ok, report
    assert report.n_skipped == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("output", "loss"), [("softmax", "log_loss"), ("identity", "huber"), ("softmax", "squared_error")]
)
def test_networks(kind: str, output: str, loss: str, rng: np.random.Generator) -> None:
    """The whole gradient of the members' mean loss, with weights and penalties, in training, and all deltas."""
    net = Network(
        [3, 6, 6, 2], activation="mish", output_activation=output, n_members=3, random_state=3, **KINDS[kind]
    )
    net.parameters += rng.uniform(0.05, 0.3, net.n_parameters)  # none at its start, the same for two entries
    X = np.column_stack([rng.normal(size=(N_SAMPLES, 2)), np.arange(N_SAMPLES) % 3])
    y = draw_targets(LOSSES[loss].on(net.output_activation), rng, (N_SAMPLES, 2))
    for training in (True, False):
        w = rng.uniform(0.2, 3.0, N_SAMPLES)
        report = check_gradients(net, X, y, loss=loss, sample_weight=w, l1=0.01, l2=0.1, training=training)
        assert report.ok, report
        assert report.n_skipped < 0.2 * report.n_checked, report


def test_a_weight_is_a_repetition(rng: np.random.Generator) -> None:
    """A row of weight 2 is the row twice, one of weight 0 absent."""
    net = Network([3, 5, 2], n_members=3, parametric=True, random_state=0)
    X, y, times = rng.normal(size=(6, 3)), rng.normal(size=(6, 2)), np.array([2, 0, 1, 3, 1, 2])
    weighted = net.gradients(X, y, sample_weight=times)
    repeated = net.gradients(np.repeat(X, times, axis=0), np.repeat(y, times, axis=0))

    assert weighted.loss == pytest.approx(repeated.loss, rel=1e-13)
    np.testing.assert_allclose(weighted.flat, repeated.flat, rtol=1e-10, atol=1e-13)
