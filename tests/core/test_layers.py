"""Each kind of layer by itself: what it computes, by hand and by its properties."""

import inspect
from dataclasses import is_dataclass
from typing import Any

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import ACTIVATIONS, check_layer, forward
from pellucid.core.layers import (
    LAYERS,
    NORMALIZATIONS,
    Activate,
    BatchNorm,
    Dense,
    Dropout,
    Layer,
    Lookup,
    Residual,
    Run,
)
from pellucid.core.layers.dropout import draw_key, scatter

GAMMA, BETA = np.array([2.0, -1.0]), np.array([0.5, 3.0])


class Alone:
    """A layer with parameters and state of its own, outside any network."""

    def __init__(self, layer: Layer, **parameters: np.ndarray) -> None:
        self.layer, self.p = layer, parameters
        self.s = {spec.name: np.full(spec.shape, spec.start) for spec in layer.state()}

    def forward(self, x: Any, **run: Any) -> np.ndarray:
        self.run = Run(run.pop("training", True), [x], **run)
        value, self.kept = self.layer.forward(x, self.p, self.s, self.run)
        return value

    def backward(self, upstream: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        g = {spec.name: np.full(spec.shape, np.nan) for spec in self.layer.parameters()}
        self.layer.gradient(upstream, self.kept, self.p, g)
        return self.layer.backward(upstream, self.kept, self.p, self.run), g


# ---- every kind ----------------------------------------------------------------------------------------


@pytest.fixture(params=LAYERS)
def layer(request: pytest.FixtureRequest) -> Layer:
    return LAYERS[request.param].example


def rows_for(layer: Layer, n: int = 5) -> np.ndarray:
    """Return rows of three numbers that the layer takes; of a lookup the last is a code."""
    x = np.random.default_rng(3).normal(size=(n, 3))
    if isinstance(layer, Lookup):
        x[:, -1] = np.arange(n) % layer.n_codes[0]
    return x


def test_every_derivative_of_a_layer(layer: Layer) -> None:
    """``gradient`` and ``backward`` are the derivatives of ``forward``."""
    report = check_layer(layer, rows_for(layer))

    assert report.ok, report


def test_the_table_holds_every_kind() -> None:
    """Each class of a layer has one row, under a name of its own."""
    found, kinds = [Layer], set()
    for kind in found:
        found += kind.__subclasses__()
        if kind.__module__.startswith("pellucid.core.layers.") and is_dataclass(kind):
            kinds.add(kind)

    assert {row.kind for row in LAYERS.values()} == kinds
    assert len({row.kind for row in LAYERS.values()}) == len(LAYERS)
    assert all(row.name == name and row.summary and row.example.label for name, row in LAYERS.items())


def test_loops_are_forward_and_backward(layer: Layer) -> None:
    """The loops that the compiled engine runs, run as they stand, do what the layer does."""
    loops = layer.loops()
    if loops is None:
        pytest.skip("the driver runs this kind itself, see tests/engines")
    rng, x = np.random.default_rng(4), rows_for(layer)
    p = {spec.name: spec.first_values(rng) + rng.normal(size=spec.shape) for spec in layer.parameters()}
    alone = Alone(layer, **p)
    y = alone.forward(x)
    if "biases" in p:  # what comes next adds them
        y = y - p["biases"]
    upstream = rng.normal(size=y.shape)
    below, gradient = alone.backward(upstream)
    flat, g = (np.concatenate([np.empty(0), *map(np.ravel, views.values())]) for views in (p, gradient))
    b = rng.normal(size=x.shape[1]) * (loops.in_place and not hasattr(layer, "n_in"))
    given: dict[str, Any] = {
        "x": x - b, "b": b, "p": flat, "g": np.full(g.shape, np.nan), "y": np.full(y.shape, np.nan),
        "kept": np.full((len(x), loops.n_kept), np.nan), "sizes": np.array(loops.sizes, np.int64),
        "delta": upstream.copy(), "below": np.full(x.shape, np.nan), "has_below": 1, **loops.equations,
    }  # fmt: skip
    if loops.in_place:
        given["below"] = given["delta"]
    for function in (loops.forward, loops.backward):
        function(**{name: given[name] for name in inspect.signature(function).parameters})

    assert y.shape[1] == loops.n_out
    for found, expected in ((given["y"], y), (given["g"], g), (given["below"], below)):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NORMALIZATIONS)
def test_a_normalization_begins_as_one(name: str) -> None:
    """At first the mean over its axis is 0 and the variance 1; scale and shift follow, and get no penalty."""
    net = Network([3, 50, 1], normalization=name, random_state=0)
    layer, x = net.normalizations[0], np.random.default_rng(0).normal(size=(40, 3))
    assert layer is not None
    z = forward(net, x, training=True).zs[0]

    np.testing.assert_allclose(z.mean(axis=layer.axis), 0.0, atol=1e-12)
    np.testing.assert_allclose(z.var(axis=layer.axis), 1.0, rtol=0.01)  # but for ε
    assert not any(spec.penalized for spec in layer.parameters())


# ---- dense and activation ------------------------------------------------------------------------------


def test_dense_by_hand() -> None:
    """z = a W + b forward; input times sensitivity, its sum, and δ Wᵀ backward."""
    dense = Alone(
        Dense(2, 3), weights=np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), biases=np.array([0.1, 0.2, 0.3])
    )

    np.testing.assert_allclose(
        dense.forward(np.array([[1.0, -1.0], [2.0, 0.0]])), [[-2.9, -2.8, -2.7], [2.1, 4.2, 6.3]]
    )
    below, gradient = dense.backward(np.array([[1.0, 0.0, -1.0], [0.0, 2.0, 0.0]]))

    np.testing.assert_array_equal(gradient["weights"], [[1.0, 4.0, -1.0], [-1.0, 0.0, 1.0]])
    np.testing.assert_array_equal(gradient["biases"], [1.0, 2.0, -1.0])
    np.testing.assert_array_equal(below, [[-2.0, -2.0], [4.0, 10.0]])


def test_an_activation_layer_by_hand() -> None:
    """φ forward, φ′ times what comes from above backward."""
    layer = Alone(Activate(ACTIVATIONS["relu"]))

    np.testing.assert_array_equal(layer.forward(np.array([[-1.0, 0.0, 2.0]])), [[0.0, 0.0, 2.0]])
    np.testing.assert_array_equal(layer.backward(np.array([[5.0, 6.0, 7.0]]))[0], [[0.0, 0.0, 7.0]])


# ---- dropout -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_its_share_and_keeps_the_mean(rate: float) -> None:
    """A share `rate` becomes 0, the others grow by 1/(1 - rate), so that the mean stays."""
    x = np.full((400, 100), 3.0)
    y = Alone(Dropout(rate)).forward(x, rng=np.random.default_rng(0))
    dropped = y == 0.0

    assert abs(dropped.mean() - rate) < 4.0 * np.sqrt(rate * (1.0 - rate) / x.size)
    np.testing.assert_allclose(y[~dropped], 3.0 / (1.0 - rate), rtol=1e-14)
    # Each row and each unit is drawn by itself.
    assert np.ptp(dropped.mean(axis=0)) > 0.0
    assert np.ptp(dropped.mean(axis=1)) > 0.0
    assert len(np.unique(dropped, axis=0)) > 300


def test_dropout_hands_back_through_the_units_it_kept() -> None:
    """The derivative passes where the value passed, with the same factor."""
    layer, x = Alone(Dropout(0.4)), np.full((20, 5), 2.0)
    y = layer.forward(x, rng=np.random.default_rng(1))

    np.testing.assert_allclose(layer.backward(np.full((20, 5), 7.0))[0], 3.5 * y, rtol=1e-14)


def test_dropout_is_the_identity_in_prediction() -> None:
    """Outside training neither values nor derivatives change, and no random number is drawn."""
    layer, x = Alone(Dropout(0.4)), np.arange(6.0).reshape(2, 3)

    np.testing.assert_array_equal(layer.forward(x, training=False, rng=None), x)
    np.testing.assert_array_equal(layer.backward(x)[0], x)


def test_a_unit_is_dropped_by_its_place() -> None:
    """The mask of the first rows does not depend on how many follow, nor on the precision."""
    masks = [
        Alone(Dropout(0.4)).forward(np.ones((n, 7), dtype), rng=np.random.default_rng(1)) > 0.0
        for n, dtype in ((5, np.float64), (40, np.float64), (40, np.float32))
    ]

    np.testing.assert_array_equal(masks[0], masks[1][:5])
    np.testing.assert_array_equal(masks[2], masks[1])


def test_dropped_units_have_nothing_to_do_with_each_other() -> None:
    """Neighbors in a row, rows below each other and the masks of two passes are uncorrelated."""
    layer, rng = Alone(Dropout(0.3)), np.random.default_rng(2)
    first, second = ((layer.forward(np.ones((500, 64)), rng=rng) == 0.0) - 0.3 for _ in range(2))
    pairs = {
        "neighbors": first[:, 1:] * first[:, :-1],
        "rows": first[1:] * first[:-1],
        "rows two apart": first[2:] * first[:-2],
        "passes": first * second,
        "shifted passes": first[:, 1:] * second[:, :-1],
    }
    for name, products in pairs.items():
        assert abs(products.mean()) < 4.5 * 0.3 * 0.7 / np.sqrt(products.size), name


def test_a_schedule_moves_the_rate_of_dropout() -> None:
    """A factor of 0.5 halves the share and scales the others for that share; 0 changes nothing."""
    x, layer = np.ones((400, 100)), Alone(Dropout(0.6))
    y = layer.forward(x, rng=np.random.default_rng(0), dropout=0.5)

    assert abs((y == 0.0).mean() - 0.3) < 4.5 * np.sqrt(0.3 * 0.7 / x.size)
    np.testing.assert_allclose(y[y > 0.0], 1.0 / 0.7, rtol=1e-14)
    np.testing.assert_array_equal(layer.forward(x, rng=np.random.default_rng(0), dropout=0.0), x)


def test_scatter_is_a_permutation_with_balanced_bits() -> None:
    """No two numbers give the same; each bit is set in half of the cases, also of one for its neighbor."""
    numbers = np.arange(1 << 16, dtype=np.uint32) + np.uint32(123_456_789)
    bits = (scatter(numbers)[:, None] >> np.arange(32, dtype=np.uint32)) & 1
    changes = bits[1:] != bits[:-1]

    assert len(np.unique(scatter(numbers))) == len(numbers)
    for share in (bits.mean(axis=0), changes.mean(axis=0)):
        assert np.abs(share - 0.5).max() < 5.0 * 0.5 / np.sqrt(len(numbers))


def test_keys_together_are_keys_one_by_one() -> None:
    """An engine may draw the keys of many steps at once: they are those of the steps one after another."""
    together, alone = np.random.default_rng(5), np.random.default_rng(5)
    keys = draw_key(together, (3, 2))
    single = [[draw_key(alone) for _ in range(2)] for _ in range(3)]

    np.testing.assert_array_equal(keys, single)
    assert draw_key(together) == draw_key(alone)


def test_the_mean_of_many_dropped_passes_is_the_prediction() -> None:
    """Averaged over draws, a linear output behind dropout is what the network predicts."""
    rng = np.random.default_rng(2)
    net = Network([3, 8, 2], dropout=0.3, random_state=0)
    x = rng.normal(size=(1, 3))
    outputs = forward(net, np.repeat(x, 20_000, axis=0), training=True, rng=rng).outputs

    error = 5.0 * outputs.std(axis=0) / np.sqrt(len(outputs))
    assert (error < 0.05).all()
    assert (np.abs(outputs.mean(axis=0) - net.predict(x)[0]) < error).all()


# ---- batch normalization -------------------------------------------------------------------------------


def norm(n_units: int = 2) -> Alone:
    """Return a layer of batch normalization whose scale and shift are not those at the start."""
    return Alone(BatchNorm(n_units), gamma=GAMMA[:n_units].copy(), beta=BETA[:n_units].copy())


def test_batch_norm_gives_the_batch_mean_beta_and_variance_gamma_squared() -> None:
    """Over the batch the outputs have mean β and variance γ² v/(v + ε)."""
    x = np.random.default_rng(0).normal([5.0, -3.0], [2.0, 0.5], (200, 2))
    y = norm().forward(x)

    np.testing.assert_allclose(y.mean(axis=0), BETA, rtol=1e-12)
    np.testing.assert_allclose(y.var(axis=0), GAMMA**2 * x.var(axis=0) / (x.var(axis=0) + 1e-5), rtol=1e-12)


def test_running_statistics_by_hand() -> None:
    """Each training pass moves the running mean and variance a tenth of the way to the batch's."""
    layer, x = norm(1), np.array([[0.0], [4.0]])  # mean 2, variance 4

    y = layer.forward(x)
    np.testing.assert_allclose(y, 0.5 + 2.0 * np.array([[-2.0], [2.0]]) / np.sqrt(4.00001), rtol=1e-14)
    np.testing.assert_allclose([layer.s["mean"], layer.s["variance"]], [[0.2], [1.3]], rtol=1e-14)
    layer.forward(x)
    np.testing.assert_allclose([layer.s["mean"], layer.s["variance"]], [[0.38], [1.57]], rtol=1e-14)


def test_prediction_uses_the_running_statistics_and_leaves_them() -> None:
    """In prediction a row's output depends on that row only, through the running statistics."""
    layer = norm()
    layer.s["mean"][...], layer.s["variance"][...] = [1.0, 2.0], [4.0, 9.0]
    x = np.array([[3.0, 5.0], [-1.0, 2.0]])
    expected = BETA + GAMMA * (x - [1.0, 2.0]) / np.sqrt(np.array([4.0, 9.0]) + 1e-5)

    np.testing.assert_allclose(layer.forward(x, training=False), expected, rtol=1e-14)
    np.testing.assert_allclose(layer.forward(x[:1], training=False), expected[:1], rtol=1e-14)
    np.testing.assert_array_equal(layer.s["mean"], [1.0, 2.0])
    # Where the statistics are constants, the way back is a mere factor.
    np.testing.assert_allclose(
        layer.backward(np.ones((1, 2)))[0], [GAMMA / np.sqrt(np.array([4.0, 9.0]) + 1e-5)]
    )


def test_a_weighted_row_counts_as_often_as_its_weight() -> None:
    """Weight 2 is the row twice, weight 0 the row absent: in outputs, running statistics and derivatives."""
    rng = np.random.default_rng(3)
    x, upstream = rng.normal(size=(2, 5, 2))
    times = np.array([1, 2, 0, 3, 1])
    weighted, repeated = norm(), norm()
    rows = np.repeat(np.arange(5), times)

    y = weighted.forward(x, sample_weight=times.astype(float))
    y_repeated = repeated.forward(x[rows])
    below, gradient = weighted.backward(upstream * times[:, None])
    below_repeated, gradient_repeated = repeated.backward(upstream[rows])
    summed = np.zeros((5, 2))
    np.add.at(summed, rows, below_repeated)

    np.testing.assert_allclose(y[rows], y_repeated, rtol=1e-12)
    for name in ("mean", "variance"):
        np.testing.assert_allclose(weighted.s[name], repeated.s[name], rtol=1e-12)
    for name in ("gamma", "beta"):
        np.testing.assert_allclose(gradient[name], gradient_repeated[name], rtol=1e-12)
    np.testing.assert_allclose(below, summed, rtol=1e-10, atol=1e-14)
    np.testing.assert_array_equal(below[2], 0.0)


def test_the_gradient_leaves_the_running_statistics_of_the_network() -> None:
    """Asking a network for gradients in training mode does not change it."""
    net = Network([2, 3, 1], batch_norm=True, random_state=0)
    before = net.state.copy()

    net.gradients(np.random.default_rng(0).normal(size=(5, 2)), np.zeros(5), training=True)

    np.testing.assert_array_equal(net.state, before)


# ---- residual connections ------------------------------------------------------------------------------


def test_a_residual_adds_the_input_of_the_block() -> None:
    """residual=True: the block gives φ(z) plus its input; the derivative goes both ways."""
    W = np.array([[0.5, -1.0], [2.0, 0.25]])
    net = Network(
        [2, 2, 2], activation="tanh", residual=True, weights=[W, np.eye(2)], biases=[[0.1, -0.2], [0.0, 0.0]]
    )
    x = np.array([[0.7, -0.3]])
    t = np.tanh(x @ W + [0.1, -0.2])

    np.testing.assert_allclose(net.predict(x), t + x, rtol=1e-14)
    # With targets one above the outputs the loss gradient is -1: dJ/dx would be -(W φ′ + 1), δ_0 is -φ′.
    np.testing.assert_allclose(net.gradients(x, t + x + 1.0).deltas[0], -(1.0 - t**2), rtol=1e-12)


def test_two_residual_blocks_hand_the_derivative_past_both() -> None:
    """Through two residual blocks a derivative takes all four ways."""
    net = Network(
        [1, 1, 1, 1, 1], activation="tanh", residual=[False, True, True],
        weights=[[[1.0]], [[0.5]], [[-0.8]], [[1.0]]], biases=[[0.0], [0.3], [0.2], [0.0]],
    )  # fmt: skip
    passed = forward(net, np.array([[0.4]]))
    z = [float(signal[0, 0]) for signal in passed.zs]
    slope = [1.0 - np.tanh(signal) ** 2 for signal in z]
    through = (1.0 + 0.5 * slope[1]) * (1.0 - 0.8 * slope[2])

    assert z[1] == pytest.approx(0.5 * np.tanh(0.4) + 0.3)
    assert z[2] == pytest.approx(-0.8 * (np.tanh(0.4) + np.tanh(z[1])) + 0.2)
    g = net.gradients([[0.4]], passed.outputs - 1.0)  # ∂J/∂output = 1
    np.testing.assert_allclose(
        [d[0, 0] for d in g.deltas], [slope[0] * through, slope[1] * (1.0 - 0.8 * slope[2]), slope[2], 1.0]
    )


@pytest.mark.parametrize(("z", "g", "slope"), [(2.0, 4.0, 2.0), (-4.0, -4.0, 1.0), (0.0, 0.0, 1.0)])
def test_the_residual_of_notes_001(z: float, g: float, slope: float) -> None:
    """residual="activation": g = z + ReLU(z), whose slope is 1 + 1[z > 0], never 0."""
    net = Network(
        [1, 1, 1], activation="relu", residual="activation", weights=[[[1.0]], [[1.0]]], biases=[[0.0], [0.0]]
    )

    assert net.predict([[z]]) == g
    assert net.gradients([[z]], [[g - 1.0]]).deltas[0] == slope


def test_a_residual_takes_an_earlier_value_by_its_place() -> None:
    """The layer adds the value at its source and leaves the derivative there for later, on top of others."""
    layer = Residual(0)
    run = Run(False, [np.array([[10.0]]), None])

    assert layer.forward(np.array([[1.0]]), {}, {}, run)[0] == 11.0
    for times in (1.0, 2.0):
        assert layer.backward(np.array([[3.0]]), None, {}, run) == 3.0
        assert run.pending[0] == 3.0 * times


def test_the_order_of_a_block() -> None:
    """A block is dense, batch normalization, activation, dropout, and last the block's input."""
    net = Network([3, 3, 2], batch_norm=True, dropout=0.5, residual=True)
    after_activation = Network([3, 3, 2], batch_norm=True, dropout=0.5, residual="activation")

    kinds = [type(layer) for layer in net.layers]
    assert kinds == [Dense, BatchNorm, Activate, Dropout, Residual, Dense, Activate]
    kinds = [type(layer) for layer in after_activation.layers]
    assert kinds == [Dense, BatchNorm, Activate, Residual, Dropout, Dense, Activate]


def test_a_part_of_a_batch_moves_the_running_statistics_by_its_share(rng: np.random.Generator) -> None:
    """Four quarters of a batch with the same mean and variance move them as far as the whole batch."""
    net = Network([3, 4, 1], batch_norm=True, random_state=0)
    X = rng.normal(size=(8, 3))
    whole, parts = net.state.copy(), net.state.copy()
    forward(net, X, state=whole, training=True)
    for _ in range(4):
        forward(net, X, state=parts, training=True, share=0.25)

    np.testing.assert_allclose(parts, whole, rtol=1e-12)
    assert (whole != net.state).all()
