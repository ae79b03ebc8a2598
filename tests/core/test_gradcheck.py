"""The gradient check finds what is wrong, and only that."""

from dataclasses import replace

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import ACTIVATIONS, LOSSES, Activation, check_activation, check_gradients, check_loss
from strategies import randomize

TANH, SOFTMAX = ACTIVATIONS["tanh"], ACTIVATIONS["softmax"]
X = np.random.default_rng(0).normal(size=(5, 3))
Y = np.random.default_rng(1).normal(size=(5, 2))


@pytest.mark.parametrize(
    "wrong",
    [
        Activation("sign", TANH.value, lambda z, a: a * a - 1.0),
        Activation("factor", TANH.value, lambda z, a: 1.0001 * (1.0 - a * a)),
        Activation("somewhere", TANH.value, lambda z, a: 1.0 - a * a + 0.01 * (np.abs(z - 2.0) < 0.1)),
        Activation("nan", TANH.value, lambda z, a: np.where(z > 3.9, np.nan, 1.0 - a * a)),
        Activation("row", SOFTMAX.value, None, SOFTMAX.range, pullback=lambda z, a, u: a * u),
    ],
    ids=lambda wrong: wrong.name,
)
def test_a_wrong_derivative_is_found(wrong: Activation) -> None:
    """A sign, a factor, one place, a NaN, a forgotten term: each fails, and the report says so."""
    report = check_activation(wrong)

    assert not report.ok
    assert str(report).startswith("WRONG")


@pytest.mark.parametrize(("factor", "shift"), [(-1.0, 0.0), (2.0, 0.0), (0.0, 0.0), (1.0, 1e-3)])
def test_a_wrong_loss_is_found(factor: float, shift: float) -> None:
    """A loss whose gradient is not that of its value fails."""
    form = LOSSES["squared_error"].forms[0]
    wrong = replace(form, gradient=lambda y, p: factor * form.gradient(y, p) + shift)
    loss = replace(LOSSES["squared_error"], forms=(wrong,))

    assert not check_loss(loss, ACTIVATIONS["tanh"]).ok


def test_a_wrong_activation_in_a_network_is_found() -> None:
    """The check of a whole network notices a derivative that is a thousandth too large."""
    wrong = replace(TANH, derivative=lambda z, a: 1.001 * (1.0 - a * a))
    net = randomize(Network([3, 4, 2], activation=wrong), np.random.default_rng(0))

    assert not check_gradients(net, X, Y).ok
    assert check_gradients(randomize(Network([3, 4, 2]), np.random.default_rng(0)), X, Y).ok


def test_an_entry_at_a_kink_is_left_out_and_counted() -> None:
    """A ReLU that stands at 0 is not compared; the others are, and all is well."""
    net = Network(
        [1, 2, 1], activation="relu", weights=[[[1.0, 1.0]], [[1.0], [1.0]]], biases=[[-0.5, 0.25], [0.1]]
    )

    report = check_gradients(net, [[0.5]], [[1.0]])

    assert report.ok
    assert report.n_skipped == 3  # the unit's bias, its weight, its delta
    assert report.n_checked == 7 + 3 - 3


def test_nothing_compared_is_not_ok() -> None:
    """Where every difference would cross a kink the check does not claim success."""
    net = Network([1, 1], output_activation="relu", weights=[[[0.0]]], biases=[[0.0]])

    report = check_gradients(net, [[1.0]], [[1.0]])

    assert not report.ok
    assert (report.n_checked, report.n_skipped) == (0, 3)


def test_the_network_is_left_as_it_was() -> None:
    """The check works on a copy: parameters, running statistics and dtype stay."""
    net = randomize(Network([3, 4, 2], batch_norm=True), np.random.default_rng(0)).copy(np.float32)
    parameters, state = net.parameters.copy(), net.state.copy()

    assert check_gradients(net, X, Y).ok
    np.testing.assert_array_equal(net.parameters, parameters)
    np.testing.assert_array_equal(net.state, state)
    assert net.dtype == np.float32
