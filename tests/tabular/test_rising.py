"""Functions that keep the order of their arguments in every bit, and linear models with signs."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import lsq_linear
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from pellucid.core import get_loss
from pellucid.core.activations import get_activation
from pellucid.tabular import TableEncoder
from pellucid.tabular.certainty.temperature import cooled
from pellucid.tabular.encoding.scaling import spread_out, spread_out_in_order
from pellucid.tabular.linear.bounded_linear import fit_bounded
from pellucid.tabular.members.monotone import as_rising_columns
from pellucid.tabular.members.rising import (
    cooled_in_order,
    rising_exp,
    rising_log,
    rising_logistic,
    rising_softmax,
)


def _neighbors(rng: np.random.Generator) -> np.ndarray:
    """Return numbers of all sizes in order, each with those next to it: many differ by one bit."""
    x = np.concatenate([rng.normal(size=5000), rng.normal(size=5000) * 10.0 ** rng.uniform(-12, 3, 5000)])
    x = np.concatenate([x, np.rint(x * 2**30) / 2**30 + 2.0**-31, [-np.inf, np.inf, 0.0, 744.0, 800.0]])
    return np.sort(np.concatenate([x, np.nextafter(x, -np.inf), np.nextafter(x, np.inf)]))


def test_the_exponential_rises_in_every_bit(rng: np.random.Generator) -> None:
    """Between neighbors it never falls, and it is NumPy's within half a step of the grid."""
    x = _neighbors(rng)
    found = rising_exp(x)

    assert (found[1:] >= found[:-1]).all()
    inside = np.abs(x) < 700.0
    assert_allclose(found[inside], np.exp(x[inside]), rtol=2.0**-31 + 1e-14)
    assert (found[0], found[-1]) == (0.0, np.inf)


def test_the_logarithm_rises_in_every_bit(rng: np.random.Generator) -> None:
    """From the least number to the largest; 0 has -inf."""
    x = np.abs(_neighbors(rng))
    x = x[np.isfinite(x)]
    x = np.sort(np.concatenate([x, [5e-324, 1e-310, 1e300], 1.0 + np.arange(-50, 50) * 2.0**-52]))
    found = rising_log(x)

    assert (found[1:] >= found[:-1]).all()
    inside = x > 1e-300
    assert_allclose(found[inside], np.log(x[inside]), atol=2.0**-30, rtol=1e-14)
    assert found[x == 0.0].max() == -np.inf


def test_a_number_has_one_result_wherever_it_stands(rng: np.random.Generator) -> None:
    """Alone, at any place of an array, with any stride."""
    x = rng.normal(size=37) * 5.0
    for function in (rising_exp, rising_logistic):
        found = function(x)
        assert (found == [function(x[k : k + 1])[0] for k in range(37)]).all()
        assert (found[::-3] == function(x[::-3])).all()


def test_two_probabilities_rise_and_fall_and_add_up_to_one(rng: np.random.Generator) -> None:
    """Also where one of them is far below the last bit of the other."""
    z = np.clip(_neighbors(rng), -1e30, 1e30).astype(np.float32)
    p = rising_softmax(np.column_stack([np.zeros_like(z), z]))

    assert (np.diff(p[:, 1]) >= 0.0).all()
    assert (np.diff(p[:, 0]) <= 0.0).all()
    assert (p.sum(axis=1) == 1.0).all()
    inside = np.abs(z) < 700.0
    assert_allclose(p[inside, 0], expit(-z[inside].astype(float)), rtol=1e-8)
    assert (rising_logistic(z) == p[:, 1]).all()


@pytest.mark.parametrize("temperature", [0.3, 1.7])
def test_a_temperature_keeps_the_order(temperature: float, rng: np.random.Generator) -> None:
    """For means of probabilities, whose sums are 1 but for rounding; it is the usual formula."""
    p = np.sort(np.concatenate([rng.random(4000), 10.0 ** rng.uniform(-20, -1, 4000), [0.0, 1.0, 0.5]]))
    p = np.sort(np.concatenate([p, np.clip(np.nextafter(p, 2.0), 0.0, 1.0)]))
    both = np.column_stack([1.0 - p, p])
    pair, label = (
        cooled_in_order(each, temperature, exclusive=e) for each, e in ((both, True), (p[:, None], False))
    )

    assert (np.diff(pair[:, 1]) >= 0.0).all()
    assert (np.diff(pair[:, 0]) <= 0.0).all()
    assert (np.diff(label[:, 0]) >= 0.0).all()
    inside = slice(1, -3)
    assert_allclose(pair[inside], cooled(both[inside], temperature, exclusive=True), rtol=1e-7)


def test_a_constrained_column_is_encoded_in_order(rng: np.random.Generator) -> None:
    """Neighbors of float64, with knots and without, far out and near the median, keep their order in float32."""
    usual = rng.standard_t(1.5, 3000)
    mostly = np.where(rng.random(3000) < 0.7, 2.0, np.round(rng.exponential(5.0, 3000), 1))
    X = pd.DataFrame({"usual": usual, "mostly": mostly})
    encoder = TableEncoder().fit(X)
    before = encoder.encode(X)
    as_rising_columns(encoder, {0: 1, 1: -1})
    assert encoder.columns_[1].features[0].knots
    assert_allclose(encoder.encode(X), before, atol=1e-6)

    for name in X:
        x = np.unique(
            np.concatenate([X[name], 10.0 ** rng.uniform(-9, 9, 3000), -(10.0 ** rng.uniform(0, 6, 99))])
        )
        x = np.sort(np.concatenate([x, np.nextafter(x, np.inf), np.nextafter(x, -np.inf)]))
        swept = pd.DataFrame({other: x if other == name else 2.0 for other in X})
        found = encoder.encode(swept)[:, list(X).index(name)]
        assert (np.diff(found.astype(np.float32)) >= 0.0).all()
        assert len(np.unique(found)) > 1000


@pytest.mark.parametrize("column", ["usual", "mostly"])
def test_a_constrained_column_is_encoded_in_order_up_to_the_largest_numbers(
    column: str, rng: np.random.Generator
) -> None:
    """Beyond 3e38, which float32 does not reach, a number is not in the middle."""
    mostly = np.where(rng.random(300) < 0.7, 2.0, rng.exponential(5.0, 300))
    X = pd.DataFrame({"usual": rng.normal(size=300), "mostly": mostly})
    encoder = TableEncoder().fit(X)
    as_rising_columns(encoder, {0: 1, 1: -1})
    sizes = 10.0 ** np.arange(0.0, 308.0)
    x = np.concatenate([-sizes[::-1], [0.0], sizes])
    found = encoder.encode(pd.DataFrame({name: x if name == column else 2.0 for name in X}))[
        :, list(X).index(column)
    ]

    assert (np.diff(found) >= 0.0).all()
    assert found[0] < found[len(sizes)] < found[-1]


def test_places_among_knots_are_the_interpolated_ones(rng: np.random.Generator) -> None:
    """Up to rounding; missing values stay missing."""
    knots = (-1.0, 0.0, 1e-3, 7.0)
    x = np.array([*rng.normal(size=200), *knots, 1e9, -1e9, np.nan])

    assert_allclose(spread_out_in_order(x, knots), spread_out(x, knots), atol=1e-15)


# ---- linear models ---------------------------------------------------------------------------------------------


def _rows(rng: np.random.Generator, n: int = 400) -> tuple[Any, Any, Any]:
    X = rng.normal(size=(n, 4))
    z = X @ [1.0, -0.5, 0.3, 0.0] + 0.2
    return X, z, rng.choice([0.5, 1.0, 2.0], n)


@pytest.mark.parametrize("signs", [[0, 0, 0, 0], [1, 1, -1, 0], [-1, -1, 1, 1]])
def test_bounded_least_squares_is_scipys(signs: list[int], rng: np.random.Generator) -> None:
    """Ridge regression as a bounded least-squares problem with rows for the penalty."""
    X, z, weight = _rows(rng)
    y = z + rng.normal(size=len(z))
    w, b = fit_bounded(
        get_loss("squared_error").on(get_activation("identity")), X, y, weight, 3.0, np.array(signs)
    )
    root = np.sqrt(weight)
    A = np.block([[X * root[:, None], root[:, None]], [np.sqrt(3.0) * np.eye(4), np.zeros((4, 1))]])
    low = [0.0 if s > 0 else -np.inf for s in signs] + [-np.inf]
    high = [0.0 if s < 0 else np.inf for s in signs] + [np.inf]
    expected = lsq_linear(A, np.concatenate([y * root, np.zeros(4)]), (low, high), tol=1e-12).x

    assert_allclose([*w, b], expected, atol=1e-5)
    assert (np.array(signs) * w >= 0.0).all()


def test_free_signs_give_scikit_learns_models(rng: np.random.Generator) -> None:
    """Logistic and Poisson regression."""
    X, z, weight = _rows(rng)
    free, labels, counts = (
        np.zeros(4),
        (z + rng.logistic(size=len(z)) > 0.0) * 1.0,
        rng.poisson(np.exp(z)) * 1.0,
    )
    w, b = fit_bounded(get_loss("log_loss").on(get_activation("logistic")), X, labels, weight, 2.0, free)
    logistic = LogisticRegression(C=0.5, tol=1e-10).fit(X, labels, weight)
    assert_allclose([*w, b], [*logistic.coef_[0], *logistic.intercept_], atol=1e-4)

    w, b = fit_bounded(get_loss("poisson").on(get_activation("exp")), X, counts, weight, 2.0, free)
    poisson = PoissonRegressor(alpha=2.0 / weight.sum(), tol=1e-10, max_iter=1000).fit(X, counts, weight)
    assert_allclose([*w, b], [*poisson.coef_, poisson.intercept_], atol=1e-4)


def test_a_bounded_optimum_meets_its_conditions(rng: np.random.Generator) -> None:
    """The slope is 0 where a weight is free to move, and points against the bound where it lies on it."""
    X, z, weight = _rows(rng)
    y = (z + rng.logistic(size=len(z)) > 0.0) * 1.0
    signs = np.array([-1, -1, 1, 1])
    w, b = fit_bounded(get_loss("log_loss").on(get_activation("logistic")), X, y, weight, 2.0, signs)
    slope = X.T @ (weight * (expit(X @ w + b) - y)) + 2.0 * w

    assert w[0] == 0.0
    assert slope[0] < -1.0  # it would like to be positive
    assert_allclose(slope[np.abs(w) > 0.0], 0.0, atol=1e-2)
