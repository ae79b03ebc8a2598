"""Clipping by the global norm, with the example of the notes."""

import numpy as np
import pytest

from pellucid.core import clip_by_norm, global_norm


@pytest.mark.parametrize(
    ("gradient", "norm"),
    [
        ([3.0, 4.0], 5.0),
        ([3e200, -4e200], 5e200),
        ([3e-200, -4e-200], 5e-200),
        ([0.0, 0.0], 0.0),
        ([], 0.0),
        ([1.0, -np.inf], np.inf),
        ([1.0, np.nan], np.nan),
    ],
)
def test_the_norm_neither_overflows_nor_hides_what_is_not_finite(gradient: list[float], norm: float) -> None:
    """The norm is right where the squares overflow or vanish, and NaN or infinite where the gradient is."""
    np.testing.assert_allclose(global_norm(np.array(gradient)), norm, rtol=1e-15)


def test_a_long_gradient_keeps_its_direction() -> None:
    """‖∇‖ > τ: ∇ becomes τ ∇ / ‖∇‖ in place; (3, 4) with τ = 1 gives (0.6, 0.8) (notes 001)."""
    gradient = np.array([3.0, 4.0])

    assert clip_by_norm(gradient, 1.0) == 5.0
    np.testing.assert_allclose(gradient, [0.6, 0.8], rtol=1e-15)


@pytest.mark.parametrize("max_norm", [None, 5.0, 7.0])
def test_a_short_gradient_stays(max_norm: float | None) -> None:
    """A gradient that is not longer than τ, or any where no τ is given, is left alone."""
    gradient = np.array([3.0, 4.0])

    assert clip_by_norm(gradient, max_norm) == 5.0
    np.testing.assert_array_equal(gradient, [3.0, 4.0])


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan])
def test_a_gradient_that_is_not_finite_stays(wrong: float) -> None:
    """It has no direction to keep: its norm says what it is, and no entry is changed."""
    gradient = np.array([3.0, wrong])

    assert not np.isfinite(clip_by_norm(gradient, 1.0))
    np.testing.assert_array_equal(gradient, [3.0, wrong])


def test_clipping_keeps_the_dtype() -> None:
    """A float32 gradient is clipped in float32, also where the square of its norm would overflow."""
    gradient = np.full(4, 1e30, np.float32)

    assert clip_by_norm(gradient, 1.0) == pytest.approx(2e30)
    np.testing.assert_allclose(gradient, np.full(4, 0.5, np.float32), rtol=1e-6)
