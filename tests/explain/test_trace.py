"""A trace's numbers are the engine's, those of finite differences, and those of its own record."""

import copy
import json
import re
from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import ACTIVATIONS, LOSSES
from pellucid.core.layers import NORMALIZATIONS, Dense, LayerRow, Normalization
from pellucid.exceptions import DataError, ParameterError
from pellucid.explain import Trace, trace
from pellucid.explain.canon import canon
from pellucid.explain.finite_differences import differences_of
from pellucid.explain.html import set_html
from pellucid.explain.latex import set_latex
from pellucid.explain.profiles import NOTATIONS
from pellucid.explain.text import set_text
from strategies import draw_targets, randomize

HIDDEN = [name for name, row in ACTIVATIONS.items() if row.pullback is None]
PAIRS = [(loss, output) for loss, row in LOSSES.items() for output in row.output_activations()]
KINDS = [
    {"dropout": 0.3},
    *({"normalization": name} for name in NORMALIZATIONS),
    {"residual": True},
    {"residual": "activation"},
    {"residual": [True, "activation"], "batch_norm": [False, True], "dropout": [0.4, 0.2]},
    {"residual": ["activation", True], "batch_norm": True, "dropout": 0.5},
]
W = np.array([1.0, 2.5, 0.5, 3.0])


def agrees(t: Trace, **given) -> None:
    """Assert that a trace is the engine's, confirmed by differences, by its own record, in every notation."""
    for notation in NOTATIONS.values():
        back = notation.restore(notation.arrays(t), t)
        for (role, k), values in canon(t).items():
            np.testing.assert_array_equal(back[role, k], values, err_msg=f"{notation.name}: {role} {k}")
    exact = t.network.gradients(t.X, t.Y, loss=t.loss_function.loss, sample_weight=t.sample_weight, **given)
    for k, block in enumerate(t.blocks):
        np.testing.assert_allclose(block.weights.gradient, exact.weights[k], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(block.biases.gradient, exact.biases[k], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(block.delta, exact.deltas[k], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(t.gradient, exact.flat, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose([t.loss, t.penalty], [exact.loss, exact.penalty], rtol=1e-12)
    found = t.finite_differences
    assert found is t.finite_differences
    assert found.max_error < 1e-6
    assert found.n_skipped < found.gradient.size / 4
    np.testing.assert_array_equal(np.isnan(found.weights[0]), np.isnan(found.gradient[t_slice(t)]))
    replayed = t.replay()
    assert replayed.max_error < 1e-12
    assert replayed.n_checked > t.gradient.size


def t_slice(t: Trace):
    """Return the places of the first block's weights in the flat vector, in their shape."""
    n_in, n_out = t.blocks[0].weights.value.shape
    return np.arange(n_out, n_out + n_in * n_out).reshape(n_in, n_out)


def samples(network: Network, rng: np.random.Generator, loss: str = "squared_error", n: int = 4):
    """Return inputs, and targets that the loss takes."""
    accepted = LOSSES[loss].on(network.output_activation)
    return rng.normal(size=(n, network.layer_sizes[0])), draw_targets(
        accepted, rng, (n, network.layer_sizes[-1])
    )


@pytest.mark.parametrize("n", [1, 4])
@pytest.mark.parametrize("activation", HIDDEN)
def test_every_activation(activation, n):
    rng = np.random.default_rng(3)
    network = randomize(Network([3, 3, 2, 2], activation=activation), rng)
    X, Y = samples(network, rng, n=n)
    t = trace(network, X, Y, sample_weight=W[:n], learning_rate=0.01)
    agrees(t)
    if not ACTIVATIONS[activation].is_flat:
        assert t.loss_after < t.loss


@pytest.mark.parametrize(("loss", "output"), PAIRS)
def test_every_loss_on_every_output(loss, output):
    rng = np.random.default_rng(4)
    network = randomize(Network([3, 4, 3], output_activation=output), rng)
    X, Y = samples(network, rng, loss)
    agrees(trace(network, X, Y, loss=loss, sample_weight=W, l1=0.02, l2=0.3), l1=0.02, l2=0.3)


@pytest.mark.smoke
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("kinds", KINDS, ids=str)
def test_every_kind_of_layer(kinds, training):
    rng = np.random.default_rng(5)
    network = randomize(Network([3, 3, 3, 2], activation=["gelu", "tanh"], **kinds), rng)
    X, Y = samples(network, rng)
    before = network.state.copy()
    t = trace(network, X, Y, sample_weight=W, l2=0.1, training=training, random_state=7)
    agrees(t, l2=0.1, training=training, random_state=7)
    np.testing.assert_array_equal(network.state, before)
    np.testing.assert_array_equal(t.network.state, before)
    outputs = t.after.network.predict(X)
    if not training:
        np.testing.assert_allclose(t.after.outputs, outputs, rtol=1e-12)
    assert t.after.loss == t.loss_after != t.loss
    for quantity in ("z", "outputs", "delta"):  # the words hold the calculation
        for k, block in enumerate(t.blocks):
            column = block.z.shape[1] - 1
            said = t.explain(quantity, block=k, column=column, sample=3, precision="full")
            assert evaluated(str(said)) == pytest.approx(said.value, rel=1e-9, abs=1e-12)
    np.testing.assert_array_equal(
        [t.explain(q, block=0, column=1, sample=2).value for q in ("z", "a", "outputs", "delta")],
        [values[2, 1] for values in (t.blocks[0].z, t.blocks[0].a, t.blocks[0].outputs, t.blocks[0].delta)],
    )


def evaluated(text: str) -> float:
    """Return what the numbers and signs of an explanation come to, before its last equals sign."""
    expression = text.split("; ")[-1].rsplit(" = ", 1)[0].replace("×", "*").replace("−", "-")
    return eval(re.sub(r"(?<![\d.])[A-Za-z∂][A-Za-z∂/]*", "", expression))


def test_softmax_takes_classes_and_shapes_are_told():
    network = Network([2, 3, 3], output_activation="softmax", random_state=0)
    by_class, by_row = trace(network, [1.0, 2.0], 2), trace(network, [[1.0, 2.0]], [[0.0, 0.0, 1.0]])
    np.testing.assert_array_equal(by_class.gradient, by_row.gradient)
    assert by_class.blocks[-1].slope is None
    np.testing.assert_allclose(by_class.blocks[-1].delta, by_class.outputs - by_class.Y, atol=1e-15)
    assert by_class.outputs.shape == (1, 3)
    assert by_class.blocks[0].matrix.value.shape == (3, 3)


def test_a_batch_is_the_weighted_mean_of_its_samples():
    rng = np.random.default_rng(6)
    network = randomize(Network([3, 4, 2], activation="mish"), rng)
    X, Y = samples(network, rng)
    whole = trace(network, X, Y, sample_weight=W)
    singles = [trace(network, x, y) for x, y in zip(X, Y, strict=True)]
    np.testing.assert_allclose(whole.gradient, np.average([t.gradient for t in singles], axis=0, weights=W))
    np.testing.assert_allclose(whole.loss, np.average([t.loss for t in singles], weights=W))
    np.testing.assert_allclose(
        whole.blocks[0].delta, [t.blocks[0].delta[0] * w / W.sum() for t, w in zip(singles, W, strict=True)]
    )


def test_a_difference_across_a_kink_is_nan():
    network = Network([1, 1, 1], activation="relu", weights=[[[1.0]], [[1.0]]], biases=[[0.0], [0.0]])
    t = trace(network, [0.0], 1.0)
    found = t.finite_differences
    assert np.isnan(found.biases[0]).all()
    assert np.isnan(found.deltas[0]).all()
    assert found.weights[0] == 0.0
    assert found.biases[1] == pytest.approx(-1.0)
    assert found.n_skipped == 3  # the bias, and the signal as z and as a W + b


def test_a_generator_is_left_as_it_is_and_dropout_is_repeated():
    network = Network([3, 8, 1], dropout=0.5, random_state=0)
    rng = np.random.default_rng(1)
    before = copy.deepcopy(rng.bit_generator.state)
    t = trace(network, [1.0, 2.0, 3.0], 1.0, training=True, random_state=rng)
    assert rng.bit_generator.state == before
    mask = t.blocks[0].mask
    assert set(np.unique(mask)) == {0.0, 2.0}
    np.testing.assert_array_equal(t.after.blocks[0].mask, mask)


# ---- replay ---------------------------------------------------------------------------------------------

RECORDED = [
    "inputs", "weights", "biases", "linear", "z", "slope", "a", "outputs", "upstream", "delta", "delta_linear",
    "arriving", "normalized", "deviation", "mask", "scale",
]  # fmt: skip


@pytest.fixture(scope="module")
def rich() -> Trace:
    rng = np.random.default_rng(8)
    network = randomize(Network([2, 2, 2, 2], batch_norm=True, dropout=0.3, residual=True), rng)
    X, Y = samples(network, rng)
    return trace(network, X, Y, l2=0.1, training=True, random_state=3)


@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("quantity", RECORDED)
def test_replay_names_a_number_that_was_altered(rich, quantity, k):
    block = rich.blocks[k]

    def altered(values):
        values = values.copy()
        values.flat[-1] += 1e-6
        return values

    if quantity == "scale":
        parameter = replace(block.others["scale"], gradient=altered(block.others["scale"].gradient))
        new = replace(block, others={**block.others, "scale": parameter})
    elif quantity in ("weights", "biases"):
        parameter = getattr(block, quantity)
        new = replace(block, **{quantity: replace(parameter, gradient=altered(parameter.gradient))})
    else:
        new = replace(block, **{quantity: altered(getattr(block, quantity))})
    blocks = [*rich.blocks]
    blocks[k] = new
    with pytest.raises(DataError, match=rf"does not replay: block {k}, {quantity}.*The record was altered"):
        replace(rich, blocks=tuple(blocks)).replay()


@pytest.mark.parametrize(
    "quantity", ["losses", "loss", "penalty", "output_gradient", "gradient", "stepped", "loss_after"]
)
def test_replay_looks_at_the_whole_too(rich, quantity):
    with pytest.raises(DataError, match=rf"does not replay: {quantity}\b"):
        replace(rich, **{quantity: getattr(rich, quantity) + 1e-6}).replay()
    with pytest.raises(DataError, match="has shape"):
        replace(rich, losses=rich.losses[:2]).replay()


def test_a_wrong_engine_is_seen(monkeypatch):
    forward_only = Dense.backward
    monkeypatch.setattr(Dense, "backward", lambda *given: -forward_only(*given))
    t = trace(Network([2, 3, 1], random_state=0), [1.0, 2.0], 0.5)
    with pytest.raises(DataError, match="does not replay: block 0, arriving"):
        t.replay()
    assert t.finite_differences.max_error > 1.0


def test_plain_data_has_every_number(rich):
    data = json.loads(json.dumps(rich.to_dict()))
    assert set(data) == {field.name for field in fields(rich)} - {"generator"}
    assert data["blocks"][1]["weights"]["gradient"] == rich.blocks[1].weights.gradient.tolist()
    assert data["blocks"][0]["extras"] == ["batch normalization", "dropout 0.3", "+ input"]
    assert data["loss_function"] == {"name": "squared_error", "options": {}}
    assert data["network"]["layer_sizes"] == [2, 2, 2, 2]


# ---- words ----------------------------------------------------------------------------------------------


def test_words_of_a_batch_name_samples_and_penalty():
    network = Network([1, 1], weights=[[[2.0]]], biases=[[0.0]])
    t = trace(network, [[1.0], [3.0]], [[1.0], [1.0]], sample_weight=[3.0, 1.0], l2=0.5, l1=0.25)
    assert str(t.explain("W", block=0, row=1, column=0)) == (
        "sample 0: input signal 1.000 × sensitivity 0.750 = 0.750\n"
        "sample 1: input signal 3.000 × sensitivity 1.250 = 3.750\n"
        "sum over 2 samples: 4.500\n"
        "penalty: L2 0.500 × weight 2.000 + L1 0.250 × sign of the weight 1.000 = 1.250\n"
        "together: 5.750"
    )
    assert t.explain("W", block=0, row=0, column=0).value == t.explain("b", block=0, column=0).value == 2.0
    assert t.explain("weights", block=0, row=0, column=0).value == pytest.approx(5.75)
    assert str(t.explain("delta", block=0, column=0, sample=1)) == (
        "share of the sample 0.250 × (output 6.000 − target 1.000) = 1.250"
    )
    assert t.explain("loss").value == pytest.approx((3 * 0.5 + 12.5) / 4)
    assert np.isnan(t.explain("z", block=0, column=0).value)


@pytest.mark.parametrize(
    ("quantity", "place", "message"),
    [
        ("w", {}, r"'quantity' must be one of \['W', 'weights', 'b'"),
        ("W", {"block": 2, "row": 0, "column": 0}, r"block of 'W' must lie in 0\.\.1 here; got 2"),
        ("W", {"block": 0, "row": 3, "column": 0}, r"row of 'W' must lie in 0\.\.2 \(0 is the bias row\)"),
        ("weights", {"block": 0, "row": 2, "column": 0}, r"row of 'weights' must lie in 0\.\.1 here; got 2"),
        ("z", {"block": 0, "column": -1}, r"column of 'z' must lie in 0\.\.2 here; got -1"),
        ("z", {"block": 0}, r"column of 'z' must lie in 0\.\.2 here; got None"),
        ("z", {"block": 0, "column": 0, "sample": 1}, r"sample of 'z' must lie in 0\.\.0 here; got 1"),
        ("b", {"block": 0, "column": 0, "row": 1}, r"'b' has no row; it takes \['block', 'column'\]"),
        ("loss", {"precision": -1}, "'precision' must be"),
    ],
)
def test_words_refuse_what_is_not_there(quantity, place, message):
    t = trace(Network([2, 3, 1], random_state=0), [1.0, 2.0], 0.5)
    with pytest.raises(ParameterError, match=message):
        t.explain(quantity, **place)


# ---- bad input ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        ([1.0, 2.0, 3.0], 1.0, {}, r"'x' must hold 2 numbers, one per input; got 3"),
        ([[1.0, 2.0, 3.0]], [1.0], {}, r"'X' must have shape \(n_samples, 2\); got \(1, 3\)"),
        ([1.0, np.nan], 1.0, {}, r"'x' must be finite; x\[0, 1\] is nan"),
        ([1.0, 2.0], np.inf, {}, r"y\[0, 0\] is inf"),
        ([1.0, 2.0], [1.0, 2.0], {}, r"'y' must have shape \(n_samples, 1\); got \(1, 2\)"),
        ([[1.0, 2.0]], [1.0, 2.0], {}, r"the same number of rows, at least one; got 1 and 2"),
        (["a", "b"], 1.0, {}, r"'x' must be an array of real numbers"),
        ([1.0, 2.0], 1.0, {"loss": "poisson"}, r"takes outputs in \(0, inf\)"),
        ([1.0, 2.0], 1.0, {"learning_rate": np.nan}, r"'learning_rate' must be a finite number >= 0"),
        ([1.0, 2.0], 1.0, {"l2": -1.0}, r"'l2' must be a finite number >= 0"),
        ([1.0, 2.0], 1.0, {"sample_weight": [0.0]}, r"'sample_weight' must be 1 numbers >= 0"),
        ([1.0, 2.0], 1.0, {"random_state": -1}, r"'random_state' must be an integer"),
    ],
)
def test_bad_input_is_named(x, y, options, message):
    with pytest.raises(ValueError, match=message):
        trace(Network([2, 1], random_state=0), x, y, **options)


def test_bad_networks_are_named():
    with pytest.raises(ParameterError, match=r"'weights\[1\]' must have shape \(3, 1\); got \(2, 1\)"):
        Network([2, 3, 1], weights=[np.ones((2, 3)), np.ones((2, 1))])
    broken = Network([2, 1], weights=[[[1.0], [np.nan]]])
    with pytest.raises(ParameterError, match=r"parameters must be finite; weights\[0\]\[1, 0\] is nan"):
        trace(broken, [1.0, 2.0], 0.0)
    with pytest.raises(ParameterError, match=r"trace takes a pellucid.Network or a fitted MLPClassifier"):
        trace([[1.0]], [1.0], 0.0)


def test_a_trace_shows_itself(rich):
    assert rich.to_text(precision=6) == set_text(rich.document(), precision=6)
    assert rich.to_html() == set_html(rich.document())
    assert rich._repr_html_() == set_html(rich.document(), standalone=False)
    assert rich.to_latex("iowa") == set_latex(rich.document("iowa"))
    json.loads(rich.to_json("ng"))
    assert repr(rich).startswith("Trace of 4 samples through Network([2, 2, 2, 2], activation='tanh'")


def test_many_terms_are_summed_up() -> None:
    """Of 40 inputs the largest products are named; they, the rest and the bias make the signal."""
    net = Network([40, 1], random_state=0)
    x = np.random.default_rng(0).normal(size=40)
    said = trace(net, x, 1.0).explain("z", block=0, column=0, precision="full")
    *terms, last = str(said).replace("−", "-").split(" = ")[0].split(" + ")

    products = [np.prod([float(word) for word in re.findall(r"-?\d[\d.e-]*", term)]) for term in terms]
    assert len(terms) == 9
    assert last.startswith("32 others ")
    assert sum(products) + float(last.split()[-1]) == pytest.approx(said.value, rel=1e-12)
    assert min(abs(p) for p in products[1:]) >= np.sort(np.abs(x * net.weights[0][:, 0]))[-8] * (1 - 1e-12)


@pytest.mark.parametrize("kinds", [{}, {"batch_norm": True, "residual": True}, {"residual": "activation"}])
def test_stacked_differences_are_those_taken_one_by_one(kinds, monkeypatch):
    """Also at a kink of ReLU and at a weight of 0 under L1; a stack of a few rows only is cut in many."""
    rng = np.random.default_rng(9)
    network = randomize(Network([3, 3, 3, 2], activation="relu", **kinds), rng)
    network.weights[1][1, 2] = network.weights[0][0, 0] = network.biases[0][1] = 0.0
    X, Y = samples(network, rng)
    X[2] = 0.0
    t = trace(network, X, Y, loss="absolute_error", sample_weight=W, l1=0.1, l2=0.2)
    monkeypatch.setattr("pellucid.explain.stacked.STACKED", 60)
    many = differences_of(t)
    monkeypatch.setattr("pellucid.explain.finite_differences.rows_are_apart", lambda shifts: False)
    single = differences_of(t)
    assert many.n_skipped == single.n_skipped > 0
    np.testing.assert_allclose(many.gradient, single.gradient, rtol=1e-7, atol=1e-9)
    for ours, theirs in zip(
        many.deltas + many.deltas_linear, single.deltas + single.deltas_linear, strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)
    assert many.max_error < 1e-6


def test_words_say_which_sensitivity_a_normalized_block_has() -> None:
    """The weights before batch normalization are moved by the derivative of a W + b, not by delta."""
    rng = np.random.default_rng(1)
    t = trace(
        randomize(Network([2, 2, 2], batch_norm=True), rng), rng.normal(size=(3, 2)), rng.normal(size=(3, 2))
    )
    block = t.blocks[0]
    said = str(t.explain("W", block=0, row=1, column=0, precision="full")).replace("−", "-")
    numbers = [float(x) for x in re.findall(r"sensitivity before batch normalization (\S+)", said)]
    np.testing.assert_allclose(numbers, block.delta_linear[:, 0])
    assert abs(block.delta - block.delta_linear).max() > 1e-3
    assert "before" not in str(t.explain("W", block=1, row=1, column=0))
    assert "before" not in str(t.explain("delta", block=0, column=0))
    assert "bias input 1 × sensitivity before" in str(t.explain("b", block=0, column=0))


@dataclass(frozen=True)
class RootMeanSquare(Normalization):
    """A normalization that takes no mean: x over the root of the mean of its squares."""

    n_units: int
    label = "root mean square"

    def forward(self, x, p, s, run):
        deviation = np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-5)
        return p["gamma"] * x / deviation + p["beta"], (x / deviation, deviation)

    def backward(self, upstream, kept, p, run):
        x_hat, deviation = kept
        u = upstream * p["gamma"]
        return (u - x_hat * (u * x_hat).mean(axis=1, keepdims=True)) / deviation


def test_a_normalization_of_another_form_is_traced(monkeypatch, rng):
    """A row of the table is enough for the record, its replay and its finite differences."""
    row = LayerRow("rms", "normalization", "", RootMeanSquare(3))
    monkeypatch.setitem(NORMALIZATIONS, "rms", row)
    net = randomize(Network([2, 4, 3, 1], normalization="rms", activation="tanh", dtype="float64"), rng)

    t = trace(net, rng.normal(size=(5, 2)), rng.normal(size=(5, 1)))

    assert t.blocks[0].extras == ("root mean square",)
    assert t.replay().n_checked > net.n_parameters
    assert t.finite_differences.max_error < 1e-6
