"""Gradients of input layers and parametric activations: by themselves, and in networks of every kind."""

from typing import Any

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import ACTIVATIONS, LOSSES, check_gradients, check_layer
from pellucid.core.layers import InputLayer, Layer, Lookup, ParametricActivate, Periodic, Scale
from strategies import draw_targets

N_SAMPLES = 6
HIDDEN = [name for name, row in ACTIVATIONS.items() if row.pullback is None]


def rows(rng: np.random.Generator) -> np.ndarray:
    """Return two numbers and two codes per row, of 3 and 2, each code present."""
    codes = np.column_stack([np.arange(N_SAMPLES) % 3, np.arange(N_SAMPLES) // 3])
    return np.column_stack([rng.normal(size=(N_SAMPLES, 2)), codes])


INPUT_LAYERS: dict[str, list[InputLayer]] = {
    "lookup": [Lookup(2, (3, 2), 2)],
    "periodic": [Periodic(2, 2, 3, 3, scale=0.4)],
    "periodic, all numeric": [Periodic(4, 0, 2, 2, scale=0.4)],
    "scale": [Scale(4)],
    "two of a kind": [Scale(4), Periodic(1, 3, 2, 2), Periodic(2, 3, 2, 2), Scale(7)],
    "all": [Lookup(2, (3, 2), 2), Periodic(2, 4, 3, 3, scale=0.4), Scale(10)],
}
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "parametric": {"parametric": True},
    "batch_norm": {"batch_norm": True},
    "dropout": {"dropout": 0.3},
    "residual activation": {"residual": "activation", "parametric": True},
    "every option": {"batch_norm": True, "residual": True, "dropout": 0.3, "parametric": True},
}


@pytest.mark.parametrize("layer", [layers[0] for layers in list(INPUT_LAYERS.values())[:4]], ids=str)
def test_an_input_layer_by_itself(layer: Layer, rng: np.random.Generator) -> None:
    """Parameters and inputs; a code has no derivative, since near it nothing changes."""
    report = check_layer(layer, rows(rng))

    assert report.ok, report
    assert report.n_skipped == 0


@pytest.mark.parametrize("activation", HIDDEN)
def test_a_parametric_activation_by_itself(activation: str) -> None:
    """Each activation, bent by more and by less than 1, away from its kinks."""
    z = np.array([[-2.3, -0.7, 0.4, 1.3], [2.7, 0.3, -0.2, -1.2]])
    report = check_layer(ParametricActivate(ACTIVATIONS[activation], 4), z)

    assert report.ok, report


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", INPUT_LAYERS)
@pytest.mark.parametrize(("activation", "loss"), [("mish", "log_loss"), ("relu", "huber")])
def test_networks(layers: str, kind: str, activation: str, loss: str, rng: np.random.Generator) -> None:
    """The whole gradient, with weights and a penalty, in training, and all deltas."""
    X, put = rows(rng), INPUT_LAYERS[layers]
    width = put[-1].n_out
    output = "softmax" if loss == "log_loss" else "identity"
    net = Network(
        [4, width, width, 3], activation=activation, output_activation=output, input_layers=put,
        random_state=3, **KINDS[kind],
    )  # fmt: skip
    net.parameters += rng.uniform(0.05, 0.3, net.n_parameters)  # none at its start, the same for two entries
    y = draw_targets(LOSSES[loss].on(net.output_activation), rng, (N_SAMPLES, 3))
    w = rng.uniform(0.2, 3.0, N_SAMPLES)
    for training in (True, False):
        report = check_gradients(net, X, y, loss=loss, sample_weight=w, l2=0.1, training=training)
        assert report.ok, report
        assert report.n_skipped < 0.2 * report.n_checked, report


def test_a_weight_is_a_repetition(rng: np.random.Generator) -> None:
    """A row of weight 2 is the row twice, one of weight 0 absent, in the tables, waves, scales and slopes too."""
    net = Network([4, 5, 2], input_layers=INPUT_LAYERS["all"], parametric=True, random_state=0)
    X, y, times = rows(rng), rng.normal(size=(N_SAMPLES, 2)), np.array([2, 0, 1, 3, 1, 2])
    weighted = net.gradients(X, y, sample_weight=times)
    repeated = net.gradients(np.repeat(X, times, axis=0), np.repeat(y, times, axis=0))

    assert weighted.loss == pytest.approx(repeated.loss, rel=1e-13)
    np.testing.assert_allclose(weighted.flat, repeated.flat, rtol=1e-10, atol=1e-13)
    tables = net.parameter_views(weighted.flat)[0]["rows"]
    assert tables.any(axis=1).all()
    only = net.gradients(X[:3], y[:3])  # the second column's code 1 does not occur
    np.testing.assert_array_equal(net.parameter_views(only.flat)[0]["rows"][4], 0.0)


def test_a_scale_in_front_is_another_parametrization() -> None:
    """Network(s ∘ x) with W has the gradients of W' = diag(s) W: ∇s = Σ_j W ∘ ∇W', ∇W = diag(s) ∇W'."""
    rng = np.random.default_rng(4)
    scaled, plain = Network([3, 4, 1], input_layers=[Scale(3)], random_state=0), Network([3, 4, 1])
    s = rng.uniform(0.5, 2.0, 3)
    scaled.parameters[:3] = s
    plain.parameters[...] = scaled.parameters[3:]
    plain.weights[0][...] *= s[:, None]
    X, y = rng.normal(size=(7, 3)), rng.normal(size=7)
    g, h = scaled.gradients(X, y), plain.gradients(X, y)

    np.testing.assert_allclose(scaled.predict(X), plain.predict(X), rtol=1e-13)
    np.testing.assert_allclose(g.flat[:3], (scaled.weights[0] * h.weights[0]).sum(axis=1), rtol=1e-10)
    np.testing.assert_allclose(g.weights[0], s[:, None] * h.weights[0], rtol=1e-10)
