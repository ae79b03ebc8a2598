"""The network: its parameters, its options, what it refuses, and what leaves its outputs unchanged."""

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from pellucid import Network
from pellucid.core import ACTIVATIONS, Activation, forward
from pellucid.exceptions import DataError, ParameterError
from strategies import layer_sizes, randomize

ALL_OPTIONS = {"batch_norm": True, "dropout": 0.3, "residual": True}
hidden = st.sampled_from(
    [name for name, row in ACTIVATIONS.items() if row.pullback is None and name != "exp"]
)


def filled(sizes: list[int], seed: int = 0, **options: Any) -> Network:
    """Return a network none of whose parameters is zero."""
    return randomize(Network(sizes, **options), np.random.default_rng(seed))


# ---- one flat vector -----------------------------------------------------------------------------------


@given(layer_sizes())
def test_the_number_of_parameters(sizes: list[int]) -> None:
    """It is Σ (n_k + 1) n_{k+1}, and two more per normalized unit."""
    plain = sum((n + 1) * m for n, m in pairwise(sizes))

    assert Network(sizes).n_parameters == plain
    assert Network(sizes, batch_norm=True).n_parameters == plain + 2 * sum(sizes[1:-1])


def test_the_matrix_of_the_notes() -> None:
    """Three nodes and a bias into two nodes: a matrix of 4 × 2, 8 parameters (notes 000)."""
    net = Network([3, 2])

    assert net.matrices[0].shape == (4, 2)
    assert net.n_parameters == 8


@pytest.mark.parametrize("options", [{}, ALL_OPTIONS], ids=["plain", "all options"])
def test_everything_is_a_view_of_the_flat_vector(options: dict[str, Any]) -> None:
    """Weights, biases and [b; W] matrices share memory with the flat vector; b stands on top of W."""
    net = filled([3, 3, 4, 2], **options)

    for W, b, matrix in zip(net.weights, net.biases, net.matrices, strict=True):
        np.testing.assert_array_equal(matrix, np.vstack([b, W]))
        assert matrix.flags.c_contiguous
        for view in (W, b, matrix):
            assert np.shares_memory(view, net.parameters)
    net.parameters[...] = 7.0
    assert all((matrix == 7.0).all() for matrix in net.matrices)
    net.weights[1][2, 3] = -1.0
    assert (net.parameters == -1.0).sum() == 1


@pytest.mark.parametrize("options", [{}, ALL_OPTIONS], ids=["plain", "all options"])
def test_blocks_follow_one_another_in_the_flat_vector(options: dict[str, Any]) -> None:
    """The slices of the blocks cover the vector once, in order, and each begins with its [b; W]."""
    net = filled([3, 3, 4, 2], **options)
    slices = net.block_slices

    np.testing.assert_array_equal(np.concatenate([net.parameters[s] for s in slices]), net.parameters)
    for part, matrix in zip(slices, net.matrices, strict=True):
        np.testing.assert_array_equal(net.parameters[part][: matrix.size], matrix.ravel())


def test_gradients_are_laid_out_like_parameters() -> None:
    """Every gradient is a view of one flat vector in the order of the parameters."""
    net = filled([3, 4, 2], batch_norm=True)
    g = net.gradients(np.random.default_rng(1).normal(size=(5, 3)), np.ones((5, 2)), training=True)

    assert g.flat.shape == net.parameters.shape
    for ours, theirs in zip((*net.weights, *net.biases), (*g.weights, *g.biases), strict=True):
        assert ours.shape == theirs.shape
        assert np.shares_memory(theirs, g.flat)
        offset = ours.__array_interface__["data"][0] - net.parameters.__array_interface__["data"][0]
        assert theirs.__array_interface__["data"][0] - g.flat.__array_interface__["data"][0] == offset
    assert [d.shape for d in g.deltas] == [(5, 4), (5, 2)]


def test_given_weights_and_biases_are_used_and_copied() -> None:
    """Values that are given take their places; the caller's arrays stay apart."""
    W, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0])
    net = Network([2, 2], weights=[W], biases=[b])
    W[...] = b[...] = 0.0

    np.testing.assert_array_equal(net.parameters, [5, 6, 1, 2, 3, 4])


def test_the_seed_decides() -> None:
    """An integer gives the same weights each time, and a generator those of its own stream."""
    first, again, other = (Network([3, 4, 2], random_state=seed).parameters for seed in (1, 1, 2))
    generated = Network([3, 4, 2], random_state=np.random.default_rng(1)).parameters

    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first, generated)
    assert (first != other).any()


# ---- what it computes ----------------------------------------------------------------------------------


@given(layer_sizes(max_width=4), hidden, st.integers(0, 100))
def test_outputs_by_the_formula(sizes: list[int], activation: str, seed: int) -> None:
    """a_{k+1} = φ(a_k W_k + b_k), block by block."""
    net = filled(sizes, seed, activation=activation, output_activation="logistic")
    X = np.random.default_rng(seed).normal(size=(3, sizes[0]))
    a = X
    for W, b in list(zip(net.weights, net.biases, strict=True))[:-1]:
        a = ACTIVATIONS[activation].value(a @ W + b)

    np.testing.assert_allclose(
        net.predict(X), 1.0 / (1.0 + np.exp(-(a @ net.weights[-1] + net.biases[-1]))), rtol=1e-12
    )


def test_signals_and_activations_of_a_pass() -> None:
    """A pass holds z and a of every block: a_0 is X, φ(z_k) is a_{k+1}, the last z the scores."""
    net = filled([3, 4, 5, 2], activation=["tanh", "relu"], output_activation="softmax")
    X = np.random.default_rng(0).normal(size=(6, 3))
    passed = forward(net, X)

    np.testing.assert_array_equal(passed.activations[0], X)
    assert len(passed.activations) == len(passed.zs) + 1 == 4
    for name, z, a in zip(("tanh", "relu", "softmax"), passed.zs, passed.activations[1:], strict=True):
        np.testing.assert_array_equal(ACTIVATIONS[name].value(z), a)
    np.testing.assert_array_equal(passed.scores, passed.zs[-1])
    np.testing.assert_array_equal(passed.outputs, net.predict(X))


@given(layer_sizes(min_hidden=1), hidden, st.integers(0, 100), st.data())
def test_permuted_hidden_units_give_the_same_outputs(
    sizes: list[int], activation: str, seed: int, data: st.DataObject
) -> None:
    """The units of a hidden block may change places, if their weights on both sides go with them."""
    net = filled(sizes, seed, activation=activation)
    k = data.draw(st.integers(0, len(sizes) - 3))
    order = np.array(data.draw(st.permutations(range(sizes[k + 1]))))
    X = np.random.default_rng(seed).normal(size=(4, sizes[0]))
    twin = net.copy()
    twin.weights[k][...], twin.biases[k][...] = net.weights[k][:, order], net.biases[k][order]
    twin.weights[k + 1][...] = net.weights[k + 1][order]

    np.testing.assert_allclose(twin.predict(X), net.predict(X), rtol=1e-9, atol=1e-12)


@given(layer_sizes(min_hidden=1), st.integers(0, 100))
def test_linear_blocks_collapse_into_one(sizes: list[int], seed: int) -> None:
    """Without an activation, blocks W_1, W_2, … are one block with their product (notes 003)."""
    net = filled(sizes, seed, activation="identity")
    X = np.random.default_rng(seed).normal(size=(4, sizes[0]))
    W, b = np.eye(sizes[0]), np.zeros(sizes[0])
    for W_k, b_k in zip(net.weights, net.biases, strict=True):
        W, b = W @ W_k, b @ W_k + b_k

    np.testing.assert_allclose(
        net.predict(X),
        Network([sizes[0], sizes[-1]], weights=[W], biases=[b]).predict(X),
        rtol=1e-9,
        atol=1e-12,
    )


@pytest.mark.parametrize("options", [{}, ALL_OPTIONS], ids=["plain", "all options"])
def test_one_row_is_predicted_like_many(options: dict[str, Any]) -> None:
    """A row's outputs do not depend on the rows beside it."""
    net = filled([3, 3, 2], output_activation="softmax", **options)
    X = np.random.default_rng(0).normal(size=(6, 3))

    for i in range(6):
        np.testing.assert_allclose(net.predict(X[[i]]), net.predict(X)[[i]], rtol=1e-12)
    assert net.predict(X[:0]).shape == (0, 2)


@pytest.mark.parametrize("form", ["csr_array", "csr_matrix", "csc_array", "coo_matrix"])
@pytest.mark.parametrize("options", [{}, ALL_OPTIONS], ids=["plain", "all options"])
def test_sparse_inputs_give_what_dense_ones_give(form: str, options: dict[str, Any]) -> None:
    """Outputs, loss and gradient are those of the dense array, and come as plain arrays."""
    rng = np.random.default_rng(4)
    net = filled([6, 6, 2], **options)
    X = rng.normal(size=(8, 6)) * (rng.random((8, 6)) < 0.4)
    X_sparse, y = getattr(sparse, form)(X), rng.normal(size=(8, 2))
    dense = net.gradients(X, y, training=True, random_state=5)
    thin = net.gradients(X_sparse, y, training=True, random_state=5)

    assert type(net.predict(X_sparse)) is np.ndarray
    np.testing.assert_allclose(net.predict(X_sparse), net.predict(X), rtol=1e-12)
    assert thin.loss == pytest.approx(dense.loss, rel=1e-13)
    assert type(thin.weights[0]) is np.ndarray
    np.testing.assert_allclose(thin.flat, dense.flat, rtol=1e-10, atol=1e-13)


def test_integer_classes_are_one_hot_rows() -> None:
    """With a softmax output the classes 0, 1, 2 mean the rows of the unit matrix."""
    net = filled([3, 4, 3], output_activation="softmax")
    X = np.random.default_rng(0).normal(size=(5, 3))
    classes = np.array([2, 0, 1, 1, 2])
    by_class, by_row = net.gradients(X, classes), net.gradients(X, np.eye(3)[classes])

    assert by_class.loss == by_row.loss
    np.testing.assert_array_equal(by_class.flat, by_row.flat)
    np.testing.assert_allclose(
        by_class.loss, -np.log(net.predict(X)[np.arange(5), classes]).mean(), rtol=1e-13
    )


def test_one_output_takes_a_flat_target() -> None:
    """For one output, y of shape (n,) is y of shape (n, 1)."""
    net, X, y = filled([2, 3, 1]), np.ones((4, 2)), np.arange(4.0)

    assert net.gradients(X, y).loss == net.gradients(X, y[:, None]).loss


@pytest.mark.parametrize("output", ["identity", "softmax", "logistic", "exp"])
@pytest.mark.parametrize("options", [{}, ALL_OPTIONS], ids=["plain", "all options"])
def test_float32_stays_float32(output: str, options: dict[str, Any]) -> None:
    """Outputs, signals, gradients and deltas have the network's dtype, whatever that of the data."""
    net = filled([3, 3, 2], output_activation=output, **options).copy(np.float32)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(6, 3)), rng.uniform(0.1, 0.9, (6, 2))
    passed = forward(net, net.check_inputs(X), training=True, rng=rng)
    g = net.gradients(X, y, sample_weight=rng.random(6), l1=0.1, l2=0.1, training=True, random_state=1)
    double = net.copy(np.float64).gradients(
        X, y, sample_weight=np.random.default_rng(0).random(6), l1=0.1, l2=0.1, training=True, random_state=1
    )

    for array in (*passed.run.values, net.predict(X), g.flat, *g.deltas, *g.weights, net.state):
        assert array.dtype == np.float32
    assert double.flat.dtype == np.float64
    assert np.isfinite(g.objective)


def test_float32_and_float64_agree() -> None:
    """The same network in both dtypes gives the same outputs and gradient, within float32 rounding."""
    net = filled([4, 4, 3], batch_norm=True, residual=True, output_activation="softmax")
    X, y = np.random.default_rng(0).normal(size=(9, 4)), np.arange(9) % 3
    single = net.copy(np.float32)

    np.testing.assert_allclose(single.predict(X), net.predict(X), rtol=1e-4)
    np.testing.assert_allclose(
        single.gradients(X, y, training=True).flat,
        net.gradients(X, y, training=True).flat,
        rtol=1e-3,
        atol=1e-5,
    )


# ---- options, copies, repr -----------------------------------------------------------------------------


def test_options_for_each_block() -> None:
    """Activation and layer options take one value per hidden block."""
    net = Network(
        [2, 3, 3, 4, 1], activation=["relu", "tanh", ACTIVATIONS["gelu"]], dropout=[0.0, 0.5, 0.0],
        batch_norm=[True, False, False], residual=[False, True, "activation"],
    )  # fmt: skip
    kinds = [type(layer).__name__ for layer in net.layers]

    assert [a.name for a in net.activation] == ["relu", "tanh", "gelu"]
    assert kinds == [
        "Dense", "BatchNorm", "Activate",
        "Dense", "Activate", "Dropout", "Residual",
        "Dense", "Activate", "Residual",
        "Dense", "Activate",
    ]  # fmt: skip


def test_residual_where_the_widths_agree() -> None:
    """residual=True skips blocks whose widths differ; a block that is named must agree."""
    assert Network([3, 3, 4, 4, 4], residual=True).residual == (True, False, True)
    assert Network([3, 4, 1], residual="activation").residual == ("activation",)
    with pytest.raises(ParameterError, match=r"residual\[1\] is True, but block 1 has 3 inputs and 4 units"):
        Network([3, 3, 4, 1], residual=[True, True])


def test_a_copy_is_independent() -> None:
    """A copy has the same numbers, options and outputs, and shares no memory."""
    own = Activation("own", lambda z: z * z, lambda z, a: 2.0 * z)
    net = filled(
        [3, 3, 3, 2], activation=["tanh", own], batch_norm=[False, True], dropout=0.2, residual="activation"
    )
    twin = net.copy()
    X = np.random.default_rng(0).normal(size=(4, 3))

    np.testing.assert_array_equal(twin.predict(X), net.predict(X))
    assert repr(twin) == repr(net)
    assert not np.shares_memory(twin.parameters, net.parameters)
    assert not np.shares_memory(twin.state, net.state)
    before = net.predict(X)
    twin.parameters[...] = twin.state[...] = 1.0
    np.testing.assert_array_equal(net.predict(X), before)


@pytest.mark.parametrize(
    ("net", "text"),
    [
        (Network([2, 1]), "Network([2, 1], output_activation='identity'), 3 parameters"),
        (
            Network([2, 30, 30, 3], activation="relu", output_activation="softmax", dropout=0.5),
            "Network([2, 30, 30, 3], activation='relu', output_activation='softmax', dropout=(0.5, 0.5)), "
            "1,113 parameters",
        ),
        (
            Network([2, 2, 3, 1], activation=["relu", "tanh"], residual=True, batch_norm=[False, True]),
            "Network([2, 2, 3, 1], activation=['relu', 'tanh'], output_activation='identity', "
            "batch_norm=(False, True), residual=(True, False)), 25 parameters",
        ),
    ],
)  # fmt: skip
def test_a_network_shows_what_it_is(net: Network, text: str) -> None:
    """The repr names the widths, the activations, the options that are on, and the number of parameters."""
    assert repr(net) == text


# ---- what is refused -----------------------------------------------------------------------------------

BAD_OPTIONS = [
    *(("layer_sizes", bad) for bad in (5, None, "ab", [3], [], [2, 0], [2, -1], [2.0, 1], [True, 1])),
    *(("activation", bad) for bad in ("rleu", None, 3, ["tanh", "tanh"], [], ["rleu"], "softmax")),
    *(("output_activation", bad) for bad in ("rleu", None, ["identity"])),
    *(("dropout", bad) for bad in (-0.1, 1.0, float("nan"), [0.1, 0.2], "much", None)),
    *(("batch_norm", bad) for bad in ([True, False], "no", None, 2)),
    *(("residual", bad) for bad in ([True, True], "yes", None, 2, [True])),
    *(("dtype", bad) for bad in ("int32", np.float16, "flaot64")),
    *(("random_state", bad) for bad in (-1, "seed", 0.5)),
    *(("initializer", bad) for bad in ("xavier", None, ("uniform", "wide"))),
    *(
        ("weights", bad)
        for bad in ([], [np.ones((2, 3))], [np.ones((3, 2)), np.ones(3)], 3, [[["a"]], [["b"]]])
    ),
    *(("biases", bad) for bad in ([[1.0, 2.0]], [[1.0], [1.0]], [[1.0, "b"], [1.0]])),
]


@pytest.mark.parametrize(("name", "bad"), BAD_OPTIONS, ids=[f"{name}={bad!r}" for name, bad in BAD_OPTIONS])
def test_a_bad_option_is_refused(name: str, bad: Any) -> None:
    """An option outside what is accepted gives a ParameterError that names it."""
    options = {"layer_sizes": [3, 2, 1], name: bad}

    with pytest.raises(ParameterError, match=rf"\b{name}\b"):
        Network(**options)


def test_a_softmax_needs_two_outputs() -> None:
    """One softmax output would always be 1; the message points to the logistic function."""
    with pytest.raises(
        ParameterError, match=r"output_activation='softmax' needs at least 2 outputs.*'logistic'"
    ):
        Network([2, 1], output_activation="softmax")


BAD_INPUTS = [
    ([1.0, 2.0], r"'X' must have shape \(n_samples, 2\); got \(2,\).*reshape"),
    ([[1.0, 2.0, 3.0]], r"'X' must have shape \(n_samples, 2\); got \(1, 3\)"),
    (np.ones((1, 1, 2)), r"'X' must have shape \(n_samples, 2\); got \(1, 1, 2\)"),
    (None, "'X' must"),
    (sparse.csr_array(np.eye(3)), r"'X' must have shape \(n_samples, 2\); got \(3, 3\)"),
    ([["a", "b"]], "'X' must"),
    ([[1.0, 2.0], [3.0]], "'X' must"),
    ([[1j, 2.0]], "'X' must"),
]


@pytest.mark.parametrize(
    ("X", "message"), BAD_INPUTS, ids=[re.sub(r"\s+", " ", repr(X)) for X, _ in BAD_INPUTS]
)
def test_bad_inputs_are_refused(X: Any, message: str) -> None:
    """Inputs of another shape or kind give a DataError that says which are accepted."""
    with pytest.raises(DataError, match=message):
        Network([2, 1]).predict(X)


def test_inputs_beyond_float32_are_refused() -> None:
    """A number that float32 cannot hold is an error by name, neither a warning nor an infinity."""
    with pytest.raises(DataError, match=r"X.*float32"):
        Network([2, 1], dtype="float32").predict([[1e300, 1.0]])


BAD_CALLS = [
    ("y", [1.0, 2.0, 3.0], r"'y' must have shape \(n_samples, 2\)"),
    ("y", np.zeros((3, 3)), r"'y' must have shape \(n_samples, 2\); got \(3, 3\)"),
    ("y", np.zeros((4, 2)), "'X' and 'y' must have the same number of rows"),
    ("y", None, "'y' must"),
    ("y", [["a", "b"]] * 3, "'y' must"),
    ("y", [[1.0, 2.0], [3.0]], "'y' must"),
    ("X", np.zeros((0, 2)), "'X' and 'y' must have the same number of rows"),
    ("sample_weight", [1.0, 2.0], "'sample_weight' must be 3 numbers >= 0"),
    ("sample_weight", [-1.0, 1.0, 1.0], "'sample_weight' must be 3 numbers >= 0"),
    ("sample_weight", [0.0, 0.0, 0.0], "'sample_weight' must .* not all 0"),
    ("sample_weight", [np.nan, 1.0, 1.0], "'sample_weight' must"),
    ("sample_weight", [np.inf, 1.0, 1.0], "'sample_weight' must"),
    ("sample_weight", ["a", "b", "c"], "'sample_weight' must"),
    ("loss", "sqared_error", "'loss' must be one of .*'squared_error'"),
    ("loss", "log_loss", r"loss='log_loss' takes outputs in .* or \(0, 1\)"),
    ("l1", -1.0, "'l1' must"),
    ("l1", np.nan, "'l1' must"),
    ("l2", -1.0, "'l2' must"),
    ("l2", np.inf, "'l2' must"),
]


@pytest.mark.parametrize(
    ("name", "bad", "message"),
    BAD_CALLS,
    ids=[re.sub(r"\s+", " ", f"{name}={bad!r}") for name, bad, _ in BAD_CALLS],
)
def test_bad_arguments_of_gradients_are_refused(name: str, bad: Any, message: str) -> None:
    """Targets, weights, a loss or a penalty that cannot be used give an error that names it."""
    arguments = {"X": np.ones((3, 2)), "y": np.zeros((3, 2)), name: bad}

    with pytest.raises((DataError, ParameterError), match=message):
        Network([2, 3, 2], random_state=0).gradients(**arguments)


@pytest.mark.parametrize("classes", [[0, 1, 2], [0, 1, -1], [0.0, 1.0, 1.0], ["a", "b", "a"], []], ids=repr)
def test_bad_classes_are_refused(classes: list[Any]) -> None:
    """Classes of a softmax are integers from 0 to K - 1."""
    with pytest.raises(DataError, match=r"'y' must|X and y must"):
        Network([2, 2], output_activation="softmax").gradients(np.ones((3, 2)), classes)
