"""A hard-wired network softened is nearly the same, and gradient descent can go on from it."""

import numpy as np
import pytest

from pellucid import Network
from pellucid.constructions import logic_network, soften
from pellucid.core import check_gradients
from pellucid.exceptions import ParameterError

FORMULAS = ["(a & ~b) | (~a & b)", "a & b & ~c | d", "a ^ b ^ c ^ d ^ e", "(a >> b) & (c | ~d)"]


@pytest.mark.parametrize("values", ["signs", "bits"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_outputs_round_to_the_hard_ones_and_tend_to_them(formula, values):
    made = logic_network(formula, values=values)
    errors = [made.verify(soften(made.network, beta)) for beta in (8.0, 16.0, 32.0)]

    assert all(found.holds for found in errors)
    assert errors[0].largest_error > errors[1].largest_error > errors[2].largest_error
    assert errors[2].largest_error < 1e-5


def test_a_softened_unit_by_hand():
    """tanh(β s) and σ(β s), at the signals −1 and ½ of an AND."""
    signs = soften(logic_network("a & b").network, 2.0)
    bits = soften(logic_network("a & b", values="bits").network, 2.0)

    assert signs.predict([[1.0, -1.0]])[0, 0] == pytest.approx(np.tanh(-2.0), rel=1e-15)
    assert bits.predict([[1.0, 1.0]])[0, 0] == pytest.approx(1.0 / (1.0 + np.exp(-1.0)), rel=1e-15)


def test_only_threshold_units_are_softened():
    net = Network([2, 3, 1], activation="step", output_activation="identity", random_state=0)
    soft = soften(net, 5.0)

    assert (soft.activation[0].name, soft.output_activation.name) == ("logistic", "identity")
    assert np.array_equal(soft.weights[0], 5.0 * net.weights[0])
    assert np.array_equal(soft.weights[1], net.weights[1])


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("formula", "values", "loss"),
    [
        (FORMULAS[0], "signs", "squared_error"),
        (FORMULAS[3], "bits", "log_loss"),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in [
                (FORMULAS[0], "bits", "log_loss"),
                (FORMULAS[1], "signs", "squared_error"),
                (FORMULAS[1], "bits", "log_loss"),
                (FORMULAS[3], "signs", "squared_error"),
            ]
        ),
    ],
)
def test_training_goes_on_from_a_softened_network(formula, values, loss, rng):
    """With noise on its weights it is wrong on some rows; gradient descent makes it right again."""
    made = logic_network(formula, values=values)
    net, start = soften(made.network, 1.0), soften(made.network, 1.0).parameters
    while made.verify(net).holds:
        net.parameters[...] = start + rng.normal(size=net.n_parameters)
    X, y = made.inputs, made.targets
    before = net.gradients(X, y, loss=loss).loss

    for _ in range(4000):
        net.parameters -= 0.2 * net.gradients(X, y, loss=loss).flat

    assert made.verify(net).holds
    assert net.gradients(X, y, loss=loss).loss < 0.2 * before


@pytest.mark.parametrize("values", ["signs", "bits"])
def test_its_gradients_are_right(values):
    made = logic_network("a ^ b", values=values)

    assert check_gradients(soften(made.network, 1.5), made.inputs, made.targets, loss="squared_error").ok


@pytest.mark.parametrize("beta", [0.0, -1.0, np.inf, np.nan, "4", True])
def test_a_beta_that_is_none(beta):
    with pytest.raises(ParameterError, match="beta"):
        soften(logic_network("a").network, beta)


@pytest.mark.parametrize(
    ("options", "named"),
    [({}, "tanh"), ({"activation": "sign", "batch_norm": True}, "batch normalization")],
)
def test_a_network_that_cannot_be_softened(options, named):
    with pytest.raises(ParameterError, match=named):
        soften(Network([2, 2, 1], random_state=0, **options))
