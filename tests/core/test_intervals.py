"""Intervals: which numbers belong to them, and which of them lie in one another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.core.intervals import (
    NON_NEGATIVE,
    POSITIVE,
    REAL,
    SIMPLEX,
    UNIT,
    UNIT_CLOSED,
    Interval,
)

# Ends are whole numbers or infinite, so that halves decide every question.
GRID = np.array([-1e9, *np.arange(-4.0, 4.5, 0.5), 1e9])
lows = st.sampled_from([-np.inf, -2.0, -1.0, 0.0, 1.0])


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    """Draw an interval that is not empty."""
    low = draw(lows)
    high = draw(st.sampled_from([x for x in (-1.0, 0.0, 1.0, 2.0, np.inf) if x > low]))
    return Interval(low, high, draw(st.sampled_from(["", "low", "high", "both"])))


@given(intervals(), intervals())
def test_within_means_that_every_number_is_contained(inner: Interval, outer: Interval) -> None:
    """One interval is within another exactly when each number that the one contains is in the other."""
    ends = np.array([-np.inf, np.inf])
    numbers = np.concatenate([GRID, ends[inner.contains(ends)]])
    each = outer.contains(numbers[inner.contains(numbers)]).all()

    assert inner.within(outer) == each


@pytest.mark.parametrize(
    ("interval", "inside", "outside"),
    [
        (REAL, [-1e300, 0.0, 1e300], [np.inf, -np.inf, np.nan]),
        (POSITIVE, [1e-300, 5.0], [0.0, -1.0, np.inf, np.nan]),
        (NON_NEGATIVE, [0.0, -0.0, 5.0], [-1e-300, np.inf, np.nan]),
        (UNIT, [0.5], [0.0, 1.0, np.nan]),
        (UNIT_CLOSED, [0.0, 0.5, 1.0], [-1e-9, 1.0 + 1e-9, np.nan]),
        (Interval(0.0, 1.0, "high"), [1.0], [0.0]),
    ],
)
def test_which_numbers_belong(interval: Interval, inside: list[float], outside: list[float]) -> None:
    """An end belongs only where it is closed, and neither NaN nor an open infinity belongs anywhere."""
    assert interval.contains(np.array(inside)).all()
    assert not interval.contains(np.array(outside)).any()


def test_a_simplex_holds_only_simplices() -> None:
    """Rows that sum to one lie in the unit interval, but not the other way round."""
    assert SIMPLEX.within(UNIT)
    assert SIMPLEX.within(SIMPLEX)
    assert not UNIT.within(SIMPLEX)


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (REAL, "the real numbers"),
        (NON_NEGATIVE, "[0, inf)"),
        (UNIT_CLOSED, "[0, 1]"),
        (Interval(-0.5, 2.0, "high"), "(-0.5, 2]"),
        (SIMPLEX, "positive rows that sum to 1"),
    ],
)
def test_an_interval_reads_like_mathematics(interval: Interval, text: str) -> None:
    """Messages show an interval as a reader writes it."""
    assert str(interval) == text
