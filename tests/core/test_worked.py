"""A layer's calculation number by number is what the layer computes, forward and backward."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.test_layers import rows_for
from pellucid import Network
from pellucid.core import ACTIVATIONS
from pellucid.core.layers import LAYERS, Layer, Run
from pellucid.core.layers.worked import Names, Worked, both_ways
from pellucid.core.single_member import single_member

MISH = ACTIVATIONS["mish"]
FUNCTIONS = {
    "cosine": np.cos,
    "sine": np.sin,
    "mish": MISH.value,
    "slope of mish": lambda z: MISH.derivative(z, MISH.value(z)),
}
WRITTEN = {"−": "-", "²": "**2", "10⁻⁴": "1e-4", "√max": "root_of_max"}
WORKED = [name for name, row in LAYERS.items() if row.example.worked() is not None]
NAMES = Names(("a", "b", "c"))


def function_of(name: str) -> Callable[[float], Any]:
    """Return the function that a sentence names; a formula in x is what it says, as it is written."""
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    for sign, python in WRITTEN.items():
        name = name.replace(sign, python)
    return lambda x: eval(name, {"root_of_max": lambda a, b: np.sqrt(max(a, b))}, {"x": x})


@pytest.fixture(params=WORKED)
def case(request: pytest.FixtureRequest) -> tuple[Worked, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return a layer's calculation, its values worked out, and those of ``forward`` and ``backward``."""
    layer, rng = LAYERS[request.param].example, np.random.default_rng(0)
    x = rows_for(layer)
    if request.param == "unclip":
        x[0, :2] = [2.9999, -7.0]  # beyond the limit
    p = {spec.name: spec.first_values(rng) + rng.normal(size=spec.shape) for spec in layer.parameters()}
    run = Run(False, [x])
    y, kept = layer.forward(x, p, {}, run)
    to_y = rng.normal(size=y.shape)
    g = {name: np.full(view.shape, np.nan) for name, view in p.items()}
    layer.gradient(to_y, kept, p, g)
    expected = {"y": y, "to_x": layer.backward(to_y, kept, p, run)}
    expected |= {f"to_{name}": view for name, view in g.items()}
    worked = layer.worked()
    assert worked is not None
    return worked, both_ways(worked, {"x": x, "to_y": to_y, **p}), expected


def test_every_input_layer_and_every_activation_is_worked() -> None:
    """All layers of a table's network are there; members that share weights are traced one by one."""
    places = {name for name, row in LAYERS.items() if row.place == "input"}

    assert places | {"parametric"} == set(WORKED)


def test_worked_values_are_the_layers_own(case: Any) -> None:
    worked, values, expected = case

    assert set(expected) <= set(values)
    for name, array in expected.items():
        np.testing.assert_allclose(values[name], array, rtol=1e-12, atol=1e-13, err_msg=name)
    assert (worked.forward[-1].name, worked.backward[-1].name) == ("y", "to_x")


def test_every_number_is_the_sum_of_its_terms(case: Any) -> None:
    worked, values, _ = case

    for name, quantity in worked.by_name.items():
        assert len(quantity.axes) == values[name].ndim
        for at in np.ndindex(*values[name].shape):
            origin = quantity.origin(values, at, NAMES)
            terms = sum(np.prod([factor.number for factor in term]) for term in origin.terms)
            found = terms * np.prod([factor.number for factor in origin.common])
            found = function_of(origin.function)(found) if origin.function else found
            assert found == pytest.approx(values[name][at], rel=1e-12, abs=1e-13), (name, at)
            assert bool(origin.terms) != bool(origin.nothing) or origin.samples is not None


def test_axes_have_as_many_labels_as_entries(case: Any) -> None:
    worked, values, _ = case
    arrays = {name: quantity.axes for name, quantity in worked.by_name.items()}
    arrays |= {name: shown.axes for name, shown in worked.parameters.items()}

    for name, axes in arrays.items():
        for axis, size in zip(axes, values[name].shape, strict=True):
            assert axis == "sample" or len(worked.labels(axis, NAMES)) == size, (name, axis)
    assert len(set(worked.labels("output", NAMES))) == values["y"].shape[1]


def test_a_member_that_shares_weights_is_a_network_of_its_own() -> None:
    layers: list[Layer] = [LAYERS[name].example for name in ("lookup", "periodic")]
    layers[1] = type(layers[1])(2, 3, 4, 3)
    net = Network([3, 4, 3, 2], n_members=3, input_layers=layers, parametric=True, random_state=0)
    net.parameters[...] = np.random.default_rng(1).normal(size=net.n_parameters)
    x = rows_for(layers[0])

    for member, outputs in enumerate(net.predict_members(x)):
        np.testing.assert_allclose(single_member(net, member).predict(x), outputs, rtol=1e-12)
