"""Approximation: the errors of TABLE.md B5 reached, error laws of built sums by hand, refusals."""

import numpy as np
import pytest

from pellucid.constructions import approximate, square_network
from pellucid.core import Activation
from pellucid.exceptions import DataError, ParameterError

FUNCTIONS = {
    "x²": np.square,
    "sin x": np.sin,
    "sin πx": lambda x: np.sin(np.pi * x),
    "|x|": np.abs,
    "H(x)": lambda x: np.heaviside(x, 1.0),
}
# B5: the largest error on 50 points of [-1, 1].
TANH = {
    ("x²", 1): 0.74, ("x²", 2): 1.2e-5, ("x²", 3): 6e-6, ("sin x", 1): 2.7e-3, ("sin x", 3): 1e-5,
    ("sin πx", 3): 1.6e-4, ("|x|", 1): 0.58,
    ("|x|", 2): 7e-2, ("|x|", 3): 3.8e-2, ("H(x)", 1): 2e-9, ("H(x)", 3): 1e-9,
}  # fmt: skip
FALL = {((0, 2), 1): 0.30, ((0, 2), 2): 1.6e-4, ((-2, 2), 1): 14.6, ((-2, 2), 2): 2.7e-4}


def slow_where_long(cases, quick):
    return [case if case in quick else pytest.param(*case, marks=pytest.mark.slow) for case in cases]


@pytest.mark.parametrize(
    ("name", "n_units"), slow_where_long(TANH, {("x²", 1), ("sin x", 1), ("|x|", 3), ("H(x)", 3)})
)
@pytest.mark.few("x\\xb2-1", "sin x-1")
def test_trained_tanh_units_reach_the_errors_of_b5(name, n_units):
    found = approximate(FUNCTIONS[name], (-1, 1), n_units)

    assert found.network.layer_sizes == (1, n_units, 1)
    assert found.max_error <= TANH[name, n_units]
    x = np.linspace(-1, 1, 50)
    assert found.max_error == np.abs(found.network.predict(x[:, None])[:, 0] - FUNCTIONS[name](x)).max()


@pytest.mark.parametrize(("interval", "n_units"), slow_where_long(FALL, {((0, 2), 1), ((-2, 2), 1)}))
def test_the_fall_of_a_stone_reaches_the_errors_of_b5(interval, n_units):
    found = approximate(lambda t: 9.81 / 2 * t**2, interval, n_units, "logistic")

    assert found.max_error <= FALL[interval, n_units]
    assert found.max_error_between <= FALL[interval, n_units]
    if (interval, n_units) == ((-2, 2), 1):  # one monotonous unit cannot be even: best is half the height
        assert found.max_error > 9.81 / 2 * 4 / 2 * 0.99


@pytest.mark.parametrize(
    ("scale", "error"), [(1.0, 5.5), (0.3, 0.58), (0.1, 0.065), (0.03, 5.9e-3), (0.01, 6.5e-4)]
)
def test_two_units_square_in_the_limit(scale, error):
    t = np.linspace(-2, 2, 401)
    net = square_network("logistic", factor=9.81 / 2, scale=scale)

    found = np.abs(net.predict(t[:, None])[:, 0] - 9.81 / 2 * t**2).max()

    assert net.layer_sizes == (1, 2, 1)
    assert net.biases[0][0] == pytest.approx(np.log(2 + np.sqrt(3)))
    assert found == pytest.approx(error, rel=0.02)


@pytest.mark.parametrize("k", [1, 2, 7, 32])
def test_built_sums_have_the_errors_worked_out_by_hand(k):
    n = 4 * 32 * 33 + 1  # points close to all knots and middles

    # A straight line on [0, 1]: k steps make k + 1 pieces, off by half a piece; k ramps are exact.
    assert approximate(lambda x: x, (0, 1), k, "steps", n_points=n).max_error == pytest.approx(
        0.5 / (k + 1), rel=1e-2
    )
    assert approximate(lambda x: 3 - 2 * x, (0, 1), k, "ramps").max_error < 1e-14
    # x² between knots h apart: h²/8 times the second derivative 2.
    found = approximate(np.square, (-1, 1), k, "ramps", n_points=n)
    assert found.max_error == pytest.approx((2 / k) ** 2 / 4, rel=1e-2)
    assert found.network.layer_sizes == (1, k, 1)
    # Two units a bump: k bumps on [0, 1] are off by half of 1/k.
    bumps = approximate(lambda x: x, (0, 1), 2 * k, "bumps", n_points=n)
    assert bumps.max_error == pytest.approx(0.5 / k, rel=1e-2)
    assert [row.name for row in bumps.network.activation] == ["step"]


def test_what_is_made_of_steps_and_ramps_is_exact():
    assert approximate(FUNCTIONS["H(x)"], (-1, 1), 1, "steps", n_points=101).max_error == 0.0
    assert approximate(np.abs, (-1, 1), 2, "ramps", n_points=101).max_error_between < 1e-15
    floor = approximate(np.floor, (0, 4), 3, "steps", n_points=101)
    assert floor.max_error == 1.0  # at the end point 4 alone
    assert np.sum(floor.predictions != floor.targets) == 1


def test_the_same_seed_gives_the_same_network():
    one, two, other = (
        approximate(np.sin, (0, 3), 2, n_restarts=2, random_state=seed).network for seed in (1, 1, 2)
    )

    np.testing.assert_array_equal(one.parameters, two.parameters)
    assert (one.parameters != other.parameters).any()


@pytest.mark.slow
def test_other_activations_and_constants_can_be_trained():
    square = Activation("square", lambda z: z * z, lambda z, a: 2.0 * z)

    assert approximate(lambda x: 1 + x - 5 * x**2, (2, 3), 1, square).max_error < 1e-10
    assert approximate(lambda x: 0 * x, (-1, 1), 1).max_error < 1e-10
    assert approximate(np.exp, (-1, 1), 1, "exp").max_error < 1e-9
    assert approximate(np.sin, (-1, 1), 2, n_points=4).max_error < 1e-2  # fewer points than parameters


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.sin, (1, 0), 3), ParameterError, "the smaller first"),
        ((np.sin, (0, np.inf), 3), ParameterError, "finite"),
        ((np.sin, 3, 3), ParameterError, "two finite numbers"),
        ((np.sin, (1e16, 1e16 + 2), 3), ParameterError, "tell its points apart"),
        ((np.sin, (0, 1e-320), 3), ParameterError, "tell its points apart"),
        ((np.sin, (-1e308, 1e308), 3, "steps"), ParameterError, "no wider"),
        ((np.sin, (0, 1), 0), ParameterError, "'n_units' must be an integer >= 1; got 0"),
        ((np.sin, (0, 1), 3, "bumps"), ParameterError, "even"),
        ((np.sin, (0, 1), 3, "step"), ParameterError, "'kind' must be one of"),
        ((np.sin, (0, 1), 3, "softmax"), ParameterError, "'kind' must be one of"),
        ((3.0, (0, 1), 3), ParameterError, "'function' must take an array"),
        ((lambda x: 1.0, (0, 1), 3), DataError, r"shape \(50,\)"),
        ((np.log, (0, 1), 3, "ramps"), DataError, "not finite"),
    ],
    ids=range(13),
)
def test_bad_input_is_refused(arguments, error, message):
    with np.errstate(divide="ignore"), pytest.raises(error, match=message):
        approximate(*arguments)
