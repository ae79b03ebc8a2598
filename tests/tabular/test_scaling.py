"""Robust scaling, against scikit-learn, NumPy and by hand; weights are repetitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import RobustScaler

from pellucid.tabular.encoding.scaling import (
    QUARTILES,
    distinct_knots,
    median_and_scale,
    quantiles,
    scaled,
    spread_out,
)

VALUES = st.floats(-1e6, 1e6, allow_subnormal=False)


def test_the_scale_is_that_of_robust_scaler(rng: np.random.Generator) -> None:
    x = rng.standard_t(2, 501)
    x[::7] = np.nan

    median, scale = median_and_scale(x) or (np.nan, np.nan)

    expected = RobustScaler().fit_transform(x[:, None]).ravel()
    np.testing.assert_allclose(scaled(x, median, scale, None), np.nan_to_num(expected), atol=1e-12)


def test_where_the_quartiles_meet_the_range_is_2() -> None:
    assert median_and_scale(np.array([0.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 9.0])) == (5.0, 2.0 / 9.0)


@pytest.mark.parametrize("x", [[3.0, 3.0], [np.nan, 3.0], [np.nan], []])
def test_a_constant_has_no_scale(x: list[float]) -> None:
    assert median_and_scale(np.array(x)) is None


def test_the_smooth_clip_by_hand() -> None:
    """4/√(1 + (4/3)²) = 4/(5/3)."""
    clipped = scaled(np.array([4.0, -4.0, 0.0, 1e300, -1e300, np.nan]), 0.0, 1.0, 3.0)

    np.testing.assert_allclose(clipped, [2.4, -2.4, 0.0, 3.0, -3.0, 0.0], rtol=1e-15)


@given(st.lists(st.tuples(VALUES, st.integers(1, 5)), min_size=1, max_size=40), st.floats(0.0, 1.0))
def test_whole_weights_are_repetitions(rows: list[tuple[float, int]], q: float) -> None:
    """The quartiles, whose shares of a step are exact, agree to the last bit; others to rounding."""
    x, weight = (np.array(column, float) for column in zip(*rows, strict=True))
    repeated = np.repeat(x, weight.astype(int))

    np.testing.assert_array_equal(quantiles(x, QUARTILES, weight), np.quantile(repeated, QUARTILES))
    np.testing.assert_allclose(
        quantiles(x, np.array([q]), weight), np.quantile(repeated, [q]), rtol=1e-9, atol=1e-6
    )


@given(st.lists(VALUES, min_size=1, max_size=40), st.floats(1e-6, 1.0))
def test_equal_weights_below_1_change_nothing(cells: list[float], weight: float) -> None:
    x = np.array(cells)

    found = quantiles(x, QUARTILES, np.full(len(x), weight))

    np.testing.assert_allclose(found, np.quantile(x, QUARTILES), rtol=1e-9, atol=1e-6)


def test_the_quantile_of_broken_weights_by_hand() -> None:
    """Lengths 0.5, 1, 2 and a window of 0.5: of 3.5 in all, the median's window is 1.5 to 2."""
    x, weight = np.array([10.0, 20.0, 30.0]), np.array([0.5, 1.0, 2.0])

    found = quantiles(x, np.array([0.0, 0.1, 0.5, 1.0]), weight)

    np.testing.assert_allclose(found, [10.0, 16.0, 30.0, 30.0])  # 0.1: from 0.3 to 0.8, of which 0.3 are 20


def test_a_column_that_is_mostly_one_value_is_spread_out() -> None:
    x = np.array([0.0] * 12 + [1.0, 10.0, 1000.0])
    knots = distinct_knots(x)
    assert knots == (0.0, 1.0, 10.0, 1000.0)
    assert spread_out(np.array([0.0, 1.0, 10.0, 5.5, 1000.0, 2000.0, -1.0, np.nan]), knots) == pytest.approx(
        [0.0, 1 / 3, 2 / 3, 0.5, 1.0, 1.0, 0.0, np.nan], nan_ok=True
    )
    assert distinct_knots(np.arange(9.0)) == ()  # its quartiles lie apart
    assert distinct_knots(np.array([0.0] * 12 + [1.0])) == ()  # two values need no places
    assert len(distinct_knots(np.r_[np.zeros(6000), np.arange(1000.0)])) == 200


def test_places_stay_between_0_and_1_where_values_lie_below_the_normal_numbers() -> None:
    """Knots of 0 and 1e-310, and a value between them: the slope .5 / 1e-310 is no float."""
    x = np.array([0.0] * 20 + [1e-310, 2e-310, 1e-300, 2e-300])
    knots = distinct_knots(x)
    assert knots == (0.0, 1e-300, 2e-300)
    places = spread_out(np.array([0.0, 5e-311, 1.5e-310, 5e-301, 2e-300]), knots)
    np.testing.assert_allclose(places, [0.0, 0.0, 0.0, 0.25, 1.0], atol=1e-9)
