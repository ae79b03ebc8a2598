"""The gradient check finds what is wrong, and only that."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pellucid import Network
from pellucid.core import (
    ACTIVATIONS,
    LOSSES,
    Activation,
    check_activation,
    check_gradients,
    check_layer,
    check_loss,
)
from pellucid.core.layers import Activate, BatchNorm, Dense, Dropout, Layer, Residual
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
        Activation("nan first", TANH.value, lambda z, a: np.where(z < -3.9, np.nan, 1.0 - a * a)),
        Activation("infinite first", TANH.value, lambda z, a: np.where(z < -3.9, np.inf, 1.0 - a * a)),
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


@pytest.mark.smoke
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    "layer",
    [Dense(3, 2), Activate(TANH), Activate(SOFTMAX), BatchNorm(3), Dropout(0.4), Residual(0)],
    ids=lambda layer: type(layer).__name__ + getattr(getattr(layer, "activation", None), "name", ""),
)
def test_every_kind_of_layer_passes_by_itself(layer: Layer, training: bool) -> None:
    """Each layer's gradient and backward are those of its forward, with and without weights of the rows."""
    for w in (None, [1.0, 0.0, 2.0, 0.5, 3.0]):
        report = check_layer(layer, X, training=training, sample_weight=w)

        assert report.ok, report


class WrongGradient(Dense):
    def gradient(self, upstream, kept, p, g):  # type: ignore[no-untyped-def]
        super().gradient(upstream, kept, p, g)
        g["biases"][...] *= -1.0


class WrongBackward(BatchNorm):
    def backward(self, upstream, kept, p, run):  # type: ignore[no-untyped-def]
        return upstream * p["gamma"] / kept[1]  # forgets that mean and variance depend on x


class ForgetfulResidual(Residual):
    def backward(self, upstream, kept, p, run):  # type: ignore[no-untyped-def]
        return upstream


@pytest.mark.parametrize(
    "layer",
    [WrongGradient(3, 2), WrongBackward(3), ForgetfulResidual(0)],
    ids=lambda layer: type(layer).__name__,
)
def test_a_wrong_layer_is_found(layer: Layer) -> None:
    """A wrong parameter gradient, a forgotten term, a forgotten way back: each fails."""
    assert not check_layer(layer, X).ok


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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_weight": [1.0, 2.0]}, r"'sample_weight' must be 5 numbers"),
        ({"sample_weight": [1.0, 1.0, -1.0, 1.0, 1.0]}, r"'sample_weight' must be 5 numbers >= 0"),
        ({"l2": -0.1}, r"'l2' must be a finite number >= 0; got -0.1"),
        ({"y": Y[:4]}, r"same number of rows.*got 5 and 4"),
    ],
)
def test_what_cannot_be_checked_is_refused(options: dict[str, Any], message: str) -> None:
    """The check refuses what `gradients` refuses, with the same words."""
    with pytest.raises(ValueError, match=message):
        check_gradients(Network([3, 4, 2], random_state=0), X, **{"y": Y, **options})


def test_nothing_compared_is_not_ok() -> None:
    """The check does not claim success if every difference would cross a kink."""
    net = Network([1, 1], output_activation="relu", weights=[[[0.0]]], biases=[[0.0]])

    report = check_gradients(net, [[1.0]], [[1.0]])

    assert not report.ok
    assert (report.n_checked, report.n_skipped) == (0, 3)
    assert str(report) == "nothing compared: 3 entries left out"


def test_the_network_is_left_as_it_was() -> None:
    """The check works on a copy: parameters, running statistics and dtype stay."""
    net = randomize(Network([3, 4, 2], batch_norm=True), np.random.default_rng(0)).copy(np.float32)
    parameters, state = net.parameters.copy(), net.state.copy()

    assert check_gradients(net, X, Y).ok
    np.testing.assert_array_equal(net.parameters, parameters)
    np.testing.assert_array_equal(net.state, state)
    assert net.dtype == np.float32


@pytest.mark.parametrize("loss", ["absolute_error", "quantile"])
def test_a_gradient_that_is_zero_by_symmetry_is_not_called_wrong(loss: str) -> None:
    """Above all targets the slope is the same in each row, so behind batch normalization nothing depends on it.

    The exact gradient is then 0, and the rounding of the differences must not count as an error.
    """
    net = randomize(Network([3, 4, 1], batch_norm=True, activation="identity"), np.random.default_rng(0))
    net.biases[-1][...] = 50.0

    report = check_gradients(net, X, np.arange(5.0) / 7.0, loss=loss)

    assert report.ok, report
