"""Members that share weights: by hand, against networks of their own, and what such a network refuses."""

from typing import Any

import numpy as np
import pytest

from core.test_layers import Alone
from pellucid import Network
from pellucid.core import Objective, forward, get_loss, start_from_data
from pellucid.core.cost import cost
from pellucid.core.layers import Activate, Dense, Fan, Lookup, Periodic, Scale, SeparateDense, SharedDense
from pellucid.diagnostics import diagnose
from pellucid.exceptions import ParameterError
from pellucid.plotting import NetworkDisplay
from pellucid.recording import vital_signs
from strategies import randomize

K = 3
OPTIONS: dict[str, Any] = {"activation": "tanh", "parametric": True}


def ensemble(*sizes: int, **options: Any) -> Network:
    """Return a network of three members without a number that is 0."""
    return randomize(Network(sizes, n_members=K, **(OPTIONS | options)), np.random.default_rng(5))


def alone(net: Network, m: int) -> Network:
    """Return member m as a network of its own: its factors are those of a scaling layer."""
    twin = Network(
        net.layer_sizes, activation=net.activation, output_activation=net.output_activation, residual=net.residual,
        input_layers=[*net.input_layers, Scale(net.widths[0])], parametric=net.parametric, dtype=net.dtype,
    )  # fmt: skip
    own = zip(
        net.layers, net.parameter_views(net.parameters), twin.parameter_views(twin.parameters), strict=True
    )
    for layer, views, twin_views in own:
        for name, view in twin_views.items():
            of_all = views[name]
            is_common = (name == "weights" and isinstance(layer, SharedDense)) or layer in net.input_layers
            view[...] = of_all if is_common else of_all.reshape(K, *view.shape)[m]
    return twin


# ---- each layer by hand -------------------------------------------------------------------------------------


def test_fan_by_hand() -> None:
    """Each member's view beside the other's; the gradient of an input sums over the members."""
    layer = Alone(Fan(2, 2), factors=np.array([[1.0, -1.0], [2.0, 0.5]]))

    np.testing.assert_array_equal(
        layer.forward(np.array([[3.0, 4.0], [1.0, 0.0]])), [[3, -4, 6, 2], [1, 0, 2, 0]]
    )
    below, gradient = layer.backward(np.array([[1.0, 10.0, 100.0, 1000.0], [1.0, 1.0, 1.0, 1.0]]))

    np.testing.assert_array_equal(below, [[201, 490], [3, -0.5]])
    np.testing.assert_array_equal(gradient["factors"], [[4, 40], [301, 4000]])


def test_shared_dense_by_hand() -> None:
    """One matrix for both members, a bias for each."""
    layer = Alone(SharedDense(2, 2, 1), weights=np.array([[2.0], [3.0]]), biases=np.array([0.5, -0.5]))

    np.testing.assert_array_equal(layer.forward(np.array([[1.0, 1.0, 0.0, -1.0]])), [[5.5, -3.5]])
    below, gradient = layer.backward(np.array([[1.0, 10.0]]))

    np.testing.assert_array_equal(below, [[2, 3, 20, 30]])
    np.testing.assert_array_equal(gradient["weights"], [[1.0], [-9.0]])
    np.testing.assert_array_equal(gradient["biases"], [1, 10])


def test_separate_dense_by_hand() -> None:
    """A matrix and a bias for each member."""
    layer = Alone(
        SeparateDense(2, 2, 1),
        weights=np.array([[[2.0], [3.0]], [[-1.0], [4.0]]]),
        biases=np.array([0.5, -0.5]),
    )

    np.testing.assert_array_equal(layer.forward(np.array([[1.0, 1.0, 0.0, -1.0]])), [[5.5, -4.5]])
    below, gradient = layer.backward(np.array([[1.0, 10.0]]))

    np.testing.assert_array_equal(below, [[2, 3, -10, 40]])
    np.testing.assert_array_equal(gradient["weights"], [[[1.0], [1.0]], [[0.0], [-10.0]]])
    np.testing.assert_array_equal(gradient["biases"], [1, 10])


# ---- the network --------------------------------------------------------------------------------------------

NETWORKS: dict[str, dict[str, Any]] = {
    "plain": {"parametric": False},
    "softmax": {"output_activation": "softmax"},
    "residual": {"residual": True},
    "table": {"input_layers": [Lookup(2, (2,), 2), Periodic(2, 2, 3, 3)]},
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", NETWORKS)
def test_each_member_is_a_network(kind: str, dtype: str, rng: np.random.Generator) -> None:
    """Each gives what a network of its own with its numbers gives, and all together their mean."""
    net = ensemble(3, 4, 4, 2, **NETWORKS[kind], dtype=dtype)
    X = np.column_stack([rng.normal(size=(6, 2)), np.arange(6) % 2]).astype(dtype)
    limit = 1e-12 if dtype == "float64" else 1e-5
    each = net.predict_members(X)

    assert (each.shape, each.dtype) == ((K, 6, 2), np.dtype(dtype))
    for m in range(K):
        np.testing.assert_allclose(each[m], alone(net, m).predict(X), rtol=limit, atol=limit)
    np.testing.assert_array_equal(net.predict(X), each.mean(axis=0))
    assert np.abs(each[0] - each[1]).max() > 0.01


@pytest.mark.parametrize("kind", ["plain", "softmax"])
def test_the_loss_is_the_mean_of_the_members_losses(kind: str, rng: np.random.Generator) -> None:
    """Never the loss of their mean; gradients of what is not shared are a third of a network's own."""
    net = ensemble(2, 4, 3, **NETWORKS[kind])
    X, w = rng.normal(size=(7, 2)), rng.uniform(0.5, 2.0, 7)
    Y = np.eye(3)[rng.integers(0, 3, 7)]
    found = net.gradients(X, Y, sample_weight=w)
    own = [alone(net, m).gradients(X, Y, sample_weight=w) for m in range(K)]

    assert found.loss == pytest.approx(np.mean([one.loss for one in own]), rel=1e-12)
    np.testing.assert_allclose(found.weights[0], np.mean([one.weights[0] for one in own], axis=0), atol=1e-14)
    for m in range(K):
        np.testing.assert_allclose(found.weights[1][m], own[m].weights[1] / K, atol=1e-14)
        np.testing.assert_allclose(found.deltas[0].reshape(7, K, 4)[:, m], own[m].deltas[0] / K, atol=1e-14)
    objective = Objective(
        net, get_loss("log_loss" if kind == "softmax" else "squared_error").on(net.output_activation)
    )
    assert objective.data_loss(X, Y, w) == pytest.approx(found.loss, rel=1e-12)


def test_what_it_is_made_of() -> None:
    """Sizes are those of one member; the fan comes last before block 0, the heads are separate."""
    net = Network(
        [4, 5, 2], n_members=K, input_layers=[Scale(4)], parametrization="ntk", output_activation="softmax"
    )

    assert (net.layer_sizes, net.widths) == ((4, 5, 2), (4, 5, 2))
    assert [type(layer) for layer in net.layers] == [
        Scale,
        Fan,
        SharedDense,
        Activate,
        SeparateDense,
        Activate,
    ]
    assert [view.shape for view in net.weights] == [(4, 5), (K, 5, 2)]
    assert [view.shape for view in net.biases] == [(K * 5,), (K * 2,)]
    assert net.n_parameters == 4 + K * 4 + 4 * 5 + K * 5 + K * (5 * 2 + 2)
    assert [(group, rate) for _, group, rate in net.rate_groups] == [
        ("scale", 1.0), ("adapters", 1.0), ("biases", 1.0), ("weights", 0.5), ("biases", 1.0),
        ("weights", 5**-0.5),
    ]  # fmt: skip
    assert sum(part.stop - part.start for part in net.penalized) == 4 * 5 + K * 5 * 2
    assert repr(net).endswith(f"parametrization='ntk', n_members={K}), {net.n_parameters} parameters")
    assert cost(net).forward == K * cost([4, 5, 2]).forward


def test_one_member_is_a_plain_network() -> None:
    """With n_members=1 nothing is shared, and no number is another."""
    net, plain = (Network([3, 4, 2], random_state=0, **more) for more in ({"n_members": 1}, {}))

    assert net.layers == plain.layers
    assert [type(layer) for layer in net.layers] == [Dense, Activate, Dense, Activate]
    np.testing.assert_array_equal(net.parameters, plain.parameters)


def test_how_members_start() -> None:
    """Factors are signs, or normal where inputs are embedded; heads are drawn one by one, biases too if at all."""
    signs = Network([500, 4, 1], n_members=K, random_state=0, initializer="sklearn")
    normal = Network([500, 4, 1], n_members=K, random_state=0, input_layers=[Periodic(500)])

    factors = [net.parameter_views(net.parameters)[at]["factors"] for net, at in ((signs, 0), (normal, 1))]
    assert set(np.unique(factors[0])) == {-1.0, 1.0}
    assert abs(factors[0].mean()) < 0.1
    assert factors[1].std() == pytest.approx(1.0, rel=0.05)
    assert len(np.unique(signs.weights[1])) == signs.weights[1].size
    assert len(np.unique(signs.biases[0])) == signs.biases[0].size


@pytest.mark.parametrize("dtype", [None, "float32"])
def test_a_copy_has_everything(dtype: str | None) -> None:
    """The copy has the same layers and numbers, and is independent."""
    net = ensemble(3, 4, 2, dropout=0.2)
    twin = net.copy(dtype)

    assert twin.layers == net.layers
    np.testing.assert_allclose(twin.parameters, net.parameters, rtol=1e-6 if dtype else 0)
    twin.parameters[...] = 0.0
    assert net.parameters.any()


def test_a_start_from_data(rng: np.random.Generator) -> None:
    """Over all members a shared unit's signal varies by 1, a head's over the rows; zeros differ by member."""
    net = Network([3, 5, 5, 2], n_members=K, input_layers=[Scale(3)], activation="mish", random_state=0)
    X = rng.normal(2.0, 10.0, (200, 3))
    start_from_data(net, X, rng)
    z = [
        np.asarray(z).reshape(200, K, -1) - b.reshape(K, -1)
        for z, b in zip(forward(net, X).zs, net.biases, strict=True)
    ]

    for shared in z[:2]:
        np.testing.assert_allclose(shared.std(axis=(0, 1)), 1.0, rtol=1e-10)
    np.testing.assert_allclose(z[2].std(axis=0), 1.0, rtol=1e-10)
    for signals in forward(net, X).zs:
        assert (signals.min(axis=0) <= 1e-9).all()
        assert (signals.max(axis=0) >= -1e-9).all()
    assert len(np.unique(net.biases[0].round(9))) == 5 * K


@pytest.mark.parametrize("n_heavy", [1, 2])
def test_a_start_takes_weights_as_repetitions(n_heavy: int, rng: np.random.Generator) -> None:
    """A row of weight 2 is two rows, one of weight 0 none."""
    X, times = rng.normal(size=(40, 3)), rng.integers(0, n_heavy + 1, 40)
    nets = [Network([3, 5, 2], n_members=K, random_state=0) for _ in range(2)]
    start_from_data(nets[0], X, np.random.default_rng(1), sample_weight=times.astype(float))
    start_from_data(nets[1], np.repeat(X, times, axis=0), np.random.default_rng(1))

    np.testing.assert_allclose(nets[0].parameters, nets[1].parameters, rtol=1e-9, atol=1e-12)


# ---- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Network([2, 1], n_members=0), "'n_members' must be an integer >= 1; got 0"),
        (
            lambda: Network([2, 3, 1], n_members=2, batch_norm=True),
            "'batch_norm' must be False .* n_members=2",
        ),
        (lambda: Fan(1, 3), "'n_members' must be an integer >= 2; got 1"),
        (lambda: Fan(2, 3, "uniform"), r"'start' must be one of \['normal', 'signs'\]; got 'uniform'"),
        (
            lambda: diagnose(ensemble(2, 3, 1), [[1.0, 2.0]], [[1.0]]),
            "diagnose: not available for a network with n_members=3",
        ),
        (
            lambda: vital_signs(ensemble(2, 3, 1), [[1.0, 2.0]], [[1.0]]),
            "vital signs: not available for a network",
        ),
        (
            lambda: NetworkDisplay.from_network(ensemble(2, 3, 1)),
            "displays: not available for a network with n_members=3",
        ),
        (lambda: ensemble(2, 3, 1).matrices, "matrices: not available for a network with n_members=3"),
    ],
)
def test_what_is_refused(make: Any, message: str) -> None:
    """The message says what, and where every number is."""
    with pytest.raises(ParameterError, match=message):
        make()
