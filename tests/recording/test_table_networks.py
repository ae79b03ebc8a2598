"""Vital signs, diagnosis, displays and traces of networks with input layers and parametric activations."""

from typing import Any

import numpy as np
import pytest

from pellucid import Network, diagnose, trace
from pellucid.core import ACTIVATIONS, forward
from pellucid.core.layers import Lookup, Periodic, Scale
from pellucid.diagnostics.gradient_rules import predicted_flow
from pellucid.exceptions import ParameterError
from pellucid.recording import vital_signs
from strategies import randomize

LAYERS = [Lookup(2, (3,), 2), Periodic(2, 2, 2, 3), Scale(8)]
KINDS: dict[str, dict[str, Any]] = {
    "input layers": {"input_layers": LAYERS},
    "parametric": {"parametric": True},
    "both": {"input_layers": LAYERS, "parametric": True, "activation": "relu"},
}


def network(kind: str, rng: np.random.Generator) -> Network:
    """Return a network of two numbers and a code, every parameter random."""
    return randomize(Network([3, 5, 4, 2], **KINDS[kind]), rng)


def rows(rng: np.random.Generator, n: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and targets."""
    return np.column_stack([rng.normal(size=(n, 2)), np.arange(n) % 3]), rng.normal(size=(n, 2))


@pytest.mark.parametrize("kind", KINDS)
def test_vital_signs(kind: str, rng: np.random.Generator) -> None:
    """Sensitivities and gradients are those of ``gradients``; slopes are ∂a/∂z by finite differences."""
    net, (X, y) = network(kind, rng), rows(rng)
    seen, g, passed = vital_signs(net, X, y), net.gradients(X, y), forward(net, X)
    for k, layer in enumerate(seen.layers):
        rms = np.sqrt((g.weights[k] ** 2).mean())
        assert layer.rms_gradient == pytest.approx(rms, rel=1e-10)
        at = net.z_positions[k]
        z, h = passed.zs[k], 1e-6
        up, down = (
            forward(net, X, values=[*passed.run.values[:at], z + s]).run.values[at + 1] for s in (h, -h)
        )
        slopes = (up - down) / (2.0 * h)
        assert layer.mean_slope == pytest.approx(slopes.mean(), abs=1e-6)
        np.testing.assert_allclose(layer.active, (np.abs(slopes) > 1e-9).mean(axis=0))


def test_a_unit_that_bends_less_is_not_dead(rng: np.random.Generator) -> None:
    """A relu on the negative side with α = ½ has the slope ½: active, not saturated; with α = 1 it is dead."""
    net = Network([1, 4, 1], activation="relu", parametric=True, weights=[np.ones((1, 4)), np.ones((4, 1))])
    net.parameter_views(net.parameters)[1]["alpha"][...] = [1.0, 0.5, 0.0, -1.0]
    X = -np.abs(rng.normal(size=(20, 1))) - 0.1
    seen = vital_signs(net, X, X).layers[0]

    np.testing.assert_array_equal(seen.active, [0.0, 1.0, 1.0, 1.0])
    np.testing.assert_array_equal(seen.saturated_low, [1.0, 0.0, 0.0, 0.0])
    assert seen.mean_slope == pytest.approx((0.0 + 0.5 + 1.0 + 2.0) / 4.0)
    found = {finding.code: finding for finding in diagnose(net, X, X).findings}
    assert found["dead-units"].where["units"] == [0]


def test_the_predicted_flow_knows_the_slope(rng: np.random.Generator) -> None:
    """With α = 0 every unit is a line: nothing is lost by slopes."""
    net, (X, _) = Network([3, 5, 5, 2], activation="logistic", parametric=True), rows(rng)
    for views in net.parameter_views(net.parameters):
        if "alpha" in views:
            views["alpha"][...] = 0.0

    np.testing.assert_allclose(predicted_flow(net, X).by_slope, 0.0, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_diagnosis(kind: str, rng: np.random.Generator) -> None:
    """No rule fails; none finds a wrong gradient, copies, or columns that no weight hears as they are."""
    net, (X, y) = network(kind, rng), rows(rng, 200)
    codes = {finding.code for finding in diagnose(net, X, y).findings}

    assert not codes & {"wrong-gradient", "symmetric-units", "unscaled-input"}


def test_units_that_bend_differently_are_no_copies() -> None:
    """Equal weights are not enough: with another α a unit goes its own way."""
    rng = np.random.default_rng(0)
    net = Network([2, 3, 1], parametric=True, weights=[np.ones((2, 3)), np.ones((3, 1))],
                  biases=[np.zeros(3), np.zeros(1)])  # fmt: skip
    X = rng.normal(size=(40, 2))
    codes = [{finding.code for finding in diagnose(net, X, X[:, :1]).findings}]
    net.parameter_views(net.parameters)[1]["alpha"][...] = [1.0, 0.5, 0.2]
    codes.append({finding.code for finding in diagnose(net, X, X[:, :1]).findings})

    assert ["symmetric-units" in found for found in codes] == [True, False]


@pytest.mark.parametrize("kind", ["input layers", "parametric", "both"])
def test_a_trace(kind: str, rng: np.random.Generator) -> None:
    """Its numbers follow from each other."""
    net, (X, y) = network(kind, rng), rows(rng)

    assert trace(net, X[:1], y[:1]).replay().max_error < 1e-12


# ---- displays ----------------------------------------------------------------------------------------------


def test_displays(rng: np.random.Generator) -> None:
    """Each display that takes a network draws; the drawing has a node per number that the first block hears."""
    plt = pytest.importorskip("matplotlib.pyplot")
    from pellucid import plotting
    from pellucid.plotting.network_layout import lay_out

    net, (X, y) = network("both", rng), rows(rng)
    y = y[:, :1]
    net = randomize(Network([3, 5, 4, 1], **KINDS["both"]), rng)
    for display in (
        plotting.GradientFlowDisplay.from_network(net, X, y),
        plotting.LossLandscapeDisplay.from_network(net, X, y),
        plotting.NetworkDisplay.from_network(net),
        plotting.SignalHistogramsDisplay.from_network(net, X, y),
        plotting.UnitHealthDisplay.from_network(net, X),
        plotting.WeightImagesDisplay.from_network(net, shape=(2, 4)),
    ):
        display.plot()
        plt.close("all")
    drawing = lay_out(net, (), (), 20, values=False)
    assert sum(node.layer == 0 for node in drawing.nodes) == net.widths[0] == 8
    assert len(drawing.edges) == 8 * 5 + 5 * 4 + 4 * 1
    assert drawing.captions[0][1] == "8 numbers of 3 inputs"


def test_the_activation_table_is_whole() -> None:
    """Every element-wise activation may be parametric; a network of each has vital signs."""
    for name, row in ACTIVATIONS.items():
        if row.pullback is None:
            net = Network([1, 3, 1], activation=name, parametric=True, random_state=0)
            assert np.isfinite(vital_signs(net, np.ones((2, 1)), np.ones((2, 1))).layers[0].rms_a)


# ---- estimators for tables ---------------------------------------------------------------------------------


@pytest.mark.parametrize("is_sparse", [False, True])
def test_an_estimator_for_tables_is_sent_to_its_network(is_sparse: bool) -> None:
    """The advice in the message of a display works."""
    from scipy.sparse import csr_array

    from pellucid import TabularClassifier
    from pellucid.core import check_gradients, forward
    from pellucid.plotting import SignalHistogramsDisplay

    rng = np.random.default_rng(0)
    table, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    X = csr_array(table) if is_sparse else table
    preset = "realmlp-td-s" if is_sparse else "fast"
    model = TabularClassifier(preset, hidden_layer_sizes=(8,), max_iter=2, linear=False, random_state=0).fit(
        X, y
    )
    assert trace(model, X[:1], y[:1]).replay().max_error < 1e-12
    with pytest.raises(ParameterError, match=r"model\.network_ and model\.encode\(X\) to from_network"):
        SignalHistogramsDisplay.from_estimator(model, X, y)

    network, encoded = model.network_, model.encode(X)
    outputs = forward(network, encoded).run.values[-1]
    np.testing.assert_allclose(outputs, model.predict_proba(X), rtol=1e-4, atol=1e-6)
    if is_sparse:
        assert trace(network, encoded, y).replay().max_error < 1e-12
        return
    assert check_gradients(network, encoded[:5], y[:5]).ok
    assert SignalHistogramsDisplay.from_network(network, encoded, y).table()
