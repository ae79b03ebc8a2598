"""Input layers, parametric activations and learning-rate groups: by hand, and what a network refuses."""

from math import cos, pi
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from core.test_layers import Alone
from pellucid import Network
from pellucid.core import ACTIVATIONS, forward
from pellucid.core.layers import Activate, Dense, Lookup, ParametricActivate, Periodic, Scale
from pellucid.exceptions import DataError, ParameterError

# ---- each by hand -------------------------------------------------------------------------------------------


def test_lookup_by_hand() -> None:
    """A code becomes its row; the gradient of a row is the sum over the samples with its code."""
    rows = np.array([[1.0, 2.0], [3.0, 4.0], [10.0, 20.0], [30.0, 40.0], [50.0, 60.0]])
    layer = Alone(Lookup(1, (2, 3), width=2), rows=rows)
    x = np.array([[0.5, 1.0, 2.0], [-0.5, 1.0, 0.0]])

    np.testing.assert_array_equal(
        layer.forward(x), [[0.5, 3.0, 4.0, 50.0, 60.0], [-0.5, 3.0, 4.0, 10.0, 20.0]]
    )
    below, gradient = layer.backward(np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0]]))

    np.testing.assert_array_equal(gradient["rows"], [[0, 0], [9, 11], [9, 10], [0, 0], [4, 5]])
    np.testing.assert_array_equal(below, [[1, 0, 0], [6, 0, 0]])


def test_lookup_is_a_dense_layer_on_one_hot_rows(rng: np.random.Generator) -> None:
    """Values and gradient are those of the one-hot matrix times the tables."""
    tables = rng.normal(size=(7, 3))
    codes = rng.integers(0, [3, 4], (20, 2))
    one_hot = np.zeros((20, 7))
    np.put_along_axis(one_hot, codes + np.array([0, 3]), 1.0, axis=1)
    looked_up = Alone(Lookup(0, (3, 4), width=3), rows=tables)
    upstream = rng.normal(size=(20, 6))

    y = looked_up.forward(codes.astype(float))
    _, gradient = looked_up.backward(upstream)

    np.testing.assert_allclose(y[:, :3], one_hot[:, :3] @ tables[:3])
    np.testing.assert_allclose(y[:, 3:], one_hot[:, 3:] @ tables[3:])
    expected = np.vstack([one_hot[:, :3].T @ upstream[:, :3], one_hot[:, 3:].T @ upstream[:, 3:]])
    np.testing.assert_allclose(gradient["rows"], expected, rtol=1e-12, atol=1e-14)


def test_periodic_by_hand() -> None:
    """(x, V cos(2π x f + c) + d) for the numeric input, the other one behind it as it is."""
    layer = Alone(
        Periodic(1, 1, n_frequencies=2, width=3),
        frequencies=np.array([[0.25, 1.0]]), phases=np.array([[0.0, pi / 3]]),
        mixing=np.array([[[2.0, 0.0], [1.0, -4.0]]]), offsets=np.array([[0.5, -0.5]]),
    )  # fmt: skip
    waves = [cos(2 * pi * 0.5 * 0.25), cos(2 * pi * 0.5 + pi / 3)]  # √½ and -½

    y = layer.forward(np.array([[0.5, 9.0]]))

    np.testing.assert_allclose(waves, [np.sqrt(0.5), -0.5])
    np.testing.assert_allclose(y, [[0.5, 2 * waves[0] + 0.5, waves[0] - 4 * waves[1] - 0.5, 9.0]])


def test_a_periodic_embedding_has_its_period() -> None:
    """With frequency f the waves come again after 1/f; only the input itself moves on."""
    layer = Periodic(1, n_frequencies=4, width=5)
    p = {spec.name: spec.first_values(np.random.default_rng(0)) for spec in layer.parameters()}
    p["frequencies"][...] = [[0.5, 1.0, 1.5, 2.0]]
    alone = Alone(layer, **p)

    one, other = alone.forward(np.array([[0.3]])), alone.forward(np.array([[2.3]]))

    np.testing.assert_allclose(other[:, 1:], one[:, 1:], rtol=1e-12)
    assert other[0, 0] - one[0, 0] == pytest.approx(2.0)


def test_scale_by_hand() -> None:
    """Each input times its factor; the gradient sums input times what comes from above."""
    layer = Alone(Scale(2), factors=np.array([2.0, -0.5]))

    np.testing.assert_array_equal(layer.forward(np.array([[1.0, 2.0], [3.0, 4.0]])), [[2, -1], [6, -2]])
    below, gradient = layer.backward(np.array([[1.0, 10.0], [100.0, 1000.0]]))

    np.testing.assert_array_equal(gradient["factors"], [301.0, 4020.0])
    np.testing.assert_array_equal(below, [[2.0, -5.0], [200.0, -500.0]])


def test_parametric_activation_by_hand() -> None:
    """α = 0 is a line, 1 the activation, between them a mixture; each unit has its own."""
    layer = Alone(ParametricActivate(ACTIVATIONS["relu"], 3), alpha=np.array([0.0, 1.0, 0.25]))

    np.testing.assert_array_equal(layer.forward(np.full((1, 3), -4.0)), [[-4.0, 0.0, -3.0]])
    below, gradient = layer.backward(np.array([[1.0, 1.0, 2.0]]))

    np.testing.assert_array_equal(below, [[1.0, 0.0, 1.5]])
    np.testing.assert_array_equal(gradient["alpha"], [4.0, 4.0, 8.0])


# ---- how they start -----------------------------------------------------------------------------------------


def test_how_they_start() -> None:
    """Scales and slopes are 1; frequencies, phases, mixing and tables have the spread of their laws."""
    net = Network(
        [1003, 5, 1], parametric=True, random_state=0,
        input_layers=[Lookup(1000, (50, 60, 70), 16), Periodic(1000, 48, scale=0.3), Scale(4048)],
    )  # fmt: skip
    lookup, periodic, scale, _, slope, *_ = net.parameter_views(net.parameters)

    assert (scale["factors"] == 1.0).all()
    assert (slope["alpha"] == 1.0).all()
    assert lookup["rows"].std() == pytest.approx(1.0, rel=0.05)
    assert periodic["frequencies"].std() == pytest.approx(0.3, rel=0.03)
    for name, bound in (("phases", pi), ("mixing", 0.25), ("offsets", 0.25)):
        assert np.abs(periodic[name]).max() <= bound
        assert periodic[name].std() == pytest.approx(bound / np.sqrt(3.0), rel=0.03)  # uniform


# ---- in a network -------------------------------------------------------------------------------------------

TABLE = [Lookup(2, (3,), 2), Periodic(1, 3, 4, 3), Scale(6)]
X = np.array([[0.1, 0.2, 0.0], [0.3, -0.4, 2.0], [1.0, 5.0, 1.0]])


def table_network(**options: Any) -> Network:
    """Return a network of two numbers and one code."""
    return Network([3, 4, 2], input_layers=TABLE, random_state=0, **options)


def test_the_first_block_takes_what_input_layers_make() -> None:
    """a_0 is what comes out of them, of width ``widths[0]``; ``layer_sizes[0]`` counts the columns of X."""
    net = table_network()
    passed = forward(net, X)

    assert (net.layer_sizes, net.widths) == ((3, 4, 2), (6, 4, 2))
    assert net.weights[0].shape == (6, 4)
    assert [type(layer) for layer in net.layers[:4]] == [Lookup, Periodic, Scale, Dense]
    assert passed.activations[0].shape == (3, 6)
    np.testing.assert_array_equal(passed.activations[0][:, [0, 3]], X[:, :2])  # the numbers pass beside waves
    np.testing.assert_allclose(passed.zs[0], passed.activations[0] @ net.weights[0] + net.biases[0])


def test_a_network_in_words() -> None:
    """The representation names what is not the default."""
    net = Network([2, 3, 1], input_layers=[Scale(2)], parametric=True, parametrization="ntk")

    assert repr(net).endswith(
        "input_layers=[Scale(n_in=2)], parametric=True, parametrization='ntk'), 18 parameters"
    )


@pytest.mark.parametrize("dtype", [None, "float32"])
def test_a_copy_has_everything(dtype: str | None) -> None:
    """The copy has the same layers, rates and numbers, and is independent."""
    net = table_network(parametric=True, parametrization="ntk", activation=["gelu"])
    twin = net.copy(dtype)

    assert twin.layers == net.layers
    assert twin.rate_groups == net.rate_groups
    np.testing.assert_allclose(twin.parameters, net.parameters, rtol=1e-6 if dtype else 0)
    twin.parameters[...] = 0.0
    assert net.parameters.any()


def test_only_hidden_activations_bend() -> None:
    """The output activation stays what it is."""
    net = table_network(parametric=True, output_activation="softmax")

    assert [type(layer) for layer in net.layers[3:]] == [Dense, ParametricActivate, Dense, Activate]


def test_groups_and_rates() -> None:
    """Each array has its group; the NTK parametrization slows the weights of a block by the root of its inputs."""
    net = Network([16, 4, 1], input_layers=[Scale(16)], parametric=True, parametrization="ntk")
    standard = Network([16, 4, 1], batch_norm=True)
    lookup, periodic = table_network().rate_groups[:5:4], table_network().rate_groups[1:5]

    assert [(group, rate) for _, group, rate in net.rate_groups] == [
        ("scale", 1.0), ("biases", 1.0), ("weights", 0.25), ("slope", 1.0), ("biases", 1.0), ("weights", 0.5),
    ]  # fmt: skip
    assert {group for _, group, _ in standard.rate_groups} == {"weights", "biases", "other"}
    assert all(rate == 1.0 for _, _, rate in standard.rate_groups)
    assert lookup[0][1] == "categories"
    assert [group for _, group, _ in periodic] == ["embedding"] * 4
    stops = [part.stop for part, _, _ in net.rate_groups]
    assert [part.start for part, _, _ in net.rate_groups] == [0, *stops[:-1]]
    assert stops[-1] == net.n_parameters


def test_only_weights_are_penalized() -> None:
    """Neither tables nor waves, scales and slopes are decayed."""
    net = table_network(parametric=True)

    assert sum(part.stop - part.start for part in net.penalized) == 6 * 4 + 4 * 2


# ---- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([Scale(4)], r"input_layers\[0\] takes 4 inputs, but receives 3"),
        ([Periodic(1, 2, width=4), Scale(3)], r"input_layers\[1\] takes 3 inputs, but receives 6"),
        (
            [Scale(3), Lookup(2, (5,))],
            r"input_layers\[1\] is a Lookup, which reads columns of X: put it first",
        ),
        ([Dense], "must contain layers that know their widths"),
        (["scale"], "must contain layers that know their widths.*got 'scale'"),
    ],
)
def test_layers_that_do_not_fit(layers: Any, message: str) -> None:
    """The message says which layer, what it takes and what comes."""
    with pytest.raises(ParameterError, match=message):
        Network([3, 1], input_layers=layers)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (Scale, {"n_in": 0}, "'n_in' must be an integer >= 1; got 0"),
        (Lookup, {"n_plain": -1, "n_codes": (3,)}, "'n_plain' must be an integer >= 0; got -1"),
        (
            Lookup,
            {"n_plain": 1, "n_codes": ()},
            "'n_codes' must hold the number of codes of at least one column",
        ),
        (Lookup, {"n_plain": 1, "n_codes": (3, 0)}, r"'n_codes\[1\]' must be an integer >= 1; got 0"),
        (Lookup, {"n_plain": 1, "n_codes": (3.0,)}, r"'n_codes\[0\]' must be an integer >= 1; got 3.0"),
        (Lookup, {"n_plain": 1, "n_codes": (3,), "width": 0}, "'width' must be an integer >= 1; got 0"),
        (Periodic, {"n_numeric": 0}, "'n_numeric' must be an integer >= 1; got 0"),
        (Periodic, {"n_numeric": 1, "n_plain": -1}, "'n_plain' must be an integer >= 0; got -1"),
        (Periodic, {"n_numeric": 1, "n_frequencies": 0}, "'n_frequencies' must be an integer >= 1; got 0"),
        (Periodic, {"n_numeric": 1, "width": 1}, "'width' must be an integer >= 2; got 1"),
        (Periodic, {"n_numeric": 1, "scale": -0.1}, "'scale' must be a finite number >= 0; got -0.1"),
        (
            ParametricActivate,
            {"activation": ACTIVATIONS["softmax"], "n_units": 3},
            "must be elementwise; got 'softmax'",
        ),
        (
            Network,
            {"layer_sizes": [2, 1], "parametrization": "mup"},
            "'standard' or 'ntk'; got 'mup'",
        ),
    ],
)
def test_options_out_of_range(kind: Any, options: dict[str, Any], message: str) -> None:
    """The message names the option, what is accepted and what came."""
    with pytest.raises(ParameterError, match=message):
        kind(**options)


@pytest.mark.parametrize("code", [-1.0, 3.0, 0.5, np.nan, np.inf, 1e18])
def test_a_code_without_a_row_is_refused(code: float) -> None:
    """Row and column are named, and what the column takes."""
    net, bad = table_network(), X.copy()
    bad[1, 2] = code

    with pytest.raises(DataError, match=r"X\[1, 2\] = \S+ is not a code: .* from 0 to 2, .*n_codes\[0\] = 3"):
        net.predict(bad)
    with pytest.raises(DataError, match="is not a code"):
        net.gradients(bad, np.zeros((3, 2)))


def test_sparse_rows_are_refused() -> None:
    """Input layers work on dense rows; the message says what to do."""
    with pytest.raises(DataError, match=r"X is sparse, but .* pass X\.toarray\(\)"):
        table_network().predict(scipy.sparse.csr_array(X))
