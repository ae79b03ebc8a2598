"""Every row of ACTIVATIONS keeps its promises. A new row is tested without an edit here."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from pellucid.core import ACTIVATIONS, Activation, check_activation, get_activation
from pellucid.exceptions import ParameterError

ROWS = list(ACTIVATIONS.values())
ELEMENTWISE = [row for row in ROWS if row.pullback is None]
DTYPES = [np.float32, np.float64]

all_rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
elementwise = pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
both_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)


def signals(dtype: type = np.float64) -> np.ndarray:
    """Return rows of signals on both sides of every kink and on it."""
    return np.array([[-4.0, -1.25, -0.0, 0.0], [0.3, 1.0, 2.5, 4.0], [-0.7, -2.0, 0.9, -3.1]], dtype)


# ---- numbers ------------------------------------------------------------------------------------------


@all_rows
def test_the_derivative_is_that_of_the_value(row: Activation) -> None:
    """The derivative, or the pullback, agrees with finite differences of the value."""
    report = check_activation(row)

    assert report.ok, report
    assert report.n_skipped <= 5 * len(row.kinks), report


@all_rows
@both_dtypes
def test_the_dtype_stays(row: Activation, dtype: type) -> None:
    """Value, derivative and pullback have the dtype of the signals, for arrays and scalars."""
    z = signals(dtype)
    a = np.asarray(row.value(z))

    assert a.dtype == dtype
    assert row.backward(z, a, np.ones_like(z)).dtype == dtype
    if row.pullback is None:
        assert np.asarray(row.value(dtype(0.3))).dtype == dtype
        assert np.asarray(row.derivative(dtype(0.3), row.value(dtype(0.3)))).dtype == dtype


@elementwise
@both_dtypes
def test_a_scalar_is_treated_like_an_array(row: Activation, dtype: type) -> None:
    """Value and derivative of one number are those of the array's entry, within 4 units in the last place."""
    z = signals(dtype).ravel()
    a = row.value(z)
    d = row.derivative(z, a)

    for i, single in enumerate(z):
        value = row.value(single)
        np.testing.assert_array_max_ulp(np.asarray(value, dtype), a[i], 4)
        np.testing.assert_array_max_ulp(np.asarray(row.derivative(single, value), dtype), d[i], 4)


@all_rows
@both_dtypes
def test_nan_stays_nan(row: Activation, dtype: type) -> None:
    """A signal that is NaN gives NaN, never a number that hides it."""
    z = signals(dtype)
    z[1, 2] = np.nan
    a = np.asarray(row.value(z))
    slope = row.backward(z, a, np.ones_like(z))

    assert np.isnan(a[1, 2])
    assert np.isnan(slope[1, 2])
    assert np.isfinite(a[[0, 2]]).all()
    assert np.isfinite(slope[[0, 2]]).all()


@all_rows
def test_values_lie_in_the_declared_range(row: Activation) -> None:
    """Moderate signals give values inside the declared range, and those of a simplex sum to one by row."""
    z = np.random.default_rng(0).uniform(-5.0, 5.0, (500, 4))
    a = row.value(z)

    assert row.range.contains(a).all()
    if row.range.simplex:
        np.testing.assert_allclose(a.sum(axis=1), 1.0, rtol=1e-14)


@elementwise
def test_the_declared_range_is_tight(row: Activation) -> None:
    """Signals come within 0.001 of a finite end of the declared range, and beyond ±0.4 where it has none."""
    a = row.value(np.linspace(-50.0, 50.0, 200_001))

    for end, reached in ((row.range.low, a.min()), (row.range.high, a.max())):
        assert abs(end - reached) < 1e-3 if np.isfinite(end) else abs(reached) > 0.4


@all_rows
@both_dtypes
def test_extreme_signals_neither_leave_the_range_nor_raise(row: Activation, dtype: type) -> None:
    """Up to ±10,000 only underflow occurs, unless the value itself is infinite."""
    z = np.array([-1e4, -1e3, -50.0, 50.0, 1e3, 1e4], dtype)
    if row.pullback is None:
        with np.errstate(all="ignore"):
            infinite = np.isinf(row.value(z))
        assert infinite.sum() <= 2 * np.isinf(row.range.high)
        z = z[~infinite]
    else:
        z = np.stack([z, z[::-1], np.zeros_like(z)], axis=1)

    with np.errstate(all="raise", under="ignore"):
        a = np.asarray(row.value(z))
        slope = row.backward(z, a, np.ones_like(z))

    rounding = 4.0 * float(np.finfo(dtype).eps)
    assert np.isfinite(slope).all()
    assert (a >= row.range.low - rounding).all()
    assert (a <= row.range.high + rounding).all()


@elementwise
def test_the_gain_keeps_the_second_moment(row: Activation) -> None:
    """The gain is 1/sqrt(E[φ(Z)²]) for a standard normal Z, by quadrature."""
    ends = sorted({-40.0, -8.0, 0.0, *row.kinks, 8.0, 40.0})
    moment = sum(
        quad(lambda z: float(row.value(np.float64(z))) ** 2 * norm.pdf(z), low, high, epsabs=1e-13)[0]
        for low, high in pairwise(ends)
    )

    np.testing.assert_allclose(row.gain, 1.0 / np.sqrt(moment), rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "z", "value", "derivative"),
    [
        ("identity", 0.0, 0.0, 1.0),
        ("step", 0.0, 1.0, 0.0),
        ("step", -0.0, 1.0, 0.0),
        ("step", -1e-300, 0.0, 0.0),
        ("sign", 0.0, 1.0, 0.0),
        ("sign", -1e-300, -1.0, 0.0),
        ("relu", 0.0, 0.0, 0.0),
        ("relu", 2.0, 2.0, 1.0),
        ("leaky_relu", 0.0, 0.0, 0.01),
        ("leaky_relu", -2.0, -0.02, 0.01),
        ("logistic", 0.0, 0.5, 0.25),
        ("logistic", np.log(3.0), 0.75, 0.1875),
        ("tanh", 0.0, 0.0, 1.0),
        ("tanh", np.log(2.0), 0.6, 0.64),
        ("elu", -np.log(2.0), -0.5, 0.5),
        ("elu", 3.0, 3.0, 1.0),
        ("selu", -np.log(2.0), -0.5 * 1.7580993408473766, 0.5 * 1.7580993408473766),  # λα, arXiv:1706.02515
        ("gelu", 0.0, 0.0, 0.5),
        ("gelu", 1.0, norm.cdf(1.0), norm.cdf(1.0) + norm.pdf(1.0)),
        ("silu", np.log(3.0), 0.75 * np.log(3.0), 0.75 + 0.1875 * np.log(3.0)),
        ("softplus", 0.0, np.log(2.0), 0.5),
        ("softplus", np.log(3.0), np.log(4.0), 0.75),
        # tanh(ln u) = (u² - 1)/(u² + 1), here with u = 1 + e^z = 2
        ("mish", 0.0, 0.0, 0.6),
        ("exp", np.log(3.0), 3.0, 3.0),
    ],
)
def test_values_and_derivatives_by_hand(name: str, z: float, value: float, derivative: float) -> None:
    """Value and derivative at points where they are known in closed form, those at 0 among them."""
    row, signal = ACTIVATIONS[name], np.array([z])

    np.testing.assert_allclose(row.value(signal), [value], rtol=1e-14, atol=1e-16)
    np.testing.assert_allclose(row.derivative(signal, row.value(signal)), [derivative], rtol=1e-14)


def test_tanh_is_a_rescaled_logistic() -> None:
    """tanh(z) = 2 σ(2z) - 1, as notes 002 have it."""
    z = np.linspace(-20.0, 20.0, 401)

    np.testing.assert_allclose(
        ACTIVATIONS["tanh"].value(z), 2.0 * ACTIVATIONS["logistic"].value(2.0 * z) - 1.0, atol=1e-15
    )


def test_softmax_by_hand() -> None:
    """softmax(2, 4) = (0.1192, 0.8808), as notes 002 have it; a shift of all scores changes nothing."""
    softmax = ACTIVATIONS["softmax"].value

    np.testing.assert_allclose(softmax(np.array([[2.0, 4.0]])), [[0.1192, 0.8808]], atol=5e-5)
    np.testing.assert_allclose(
        softmax(np.array([[1002.0, 1004.0]])), softmax(np.array([[2.0, 4.0]])), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("name", "flat"), [("step", True), ("sign", True), ("relu", False), ("identity", False)]
)
def test_an_activation_knows_whether_it_is_flat(name: str, flat: bool) -> None:
    """Only a function whose derivative is zero everywhere is flat."""
    assert ACTIVATIONS[name].is_flat is flat


@pytest.mark.parametrize("wanted", ["rleu", None, 3, ["tanh"]])
def test_an_unknown_activation_is_refused(wanted: Any) -> None:
    """The error names the parameter, what is accepted and what came."""
    with pytest.raises(
        ParameterError, match=r"'output_activation' must be one of \[.*'tanh'.*\].*got"
    ) as caught:
        get_activation(wanted, "output_activation")

    assert repr(wanted) in str(caught.value)
