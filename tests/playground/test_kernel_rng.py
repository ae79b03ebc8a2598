"""The page's random numbers are NumPy's, bit for bit."""

from typing import Any

import numpy as np
import pytest

SEEDS = [0, 1, 42, 2**31, 2**32, 2**53 - 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_draws_are_those_of_numpy(javascript: Any, seed: int) -> None:
    """Whole numbers, numbers in an interval and shuffles follow each other as in NumPy, whatever came before."""
    drawn = javascript(
        """
        const { Generator } = await load("kernel/rng.js");
        const rng = new Generator(seed);
        const some = [];
        for (const n of [1, 2, 7, 64, 1000]) {
          some.push([rng.upTo(2147483647), rng.uniform(-0.3, 0.7), [...rng.permutation(n)], rng.bits32()]);
        }
        return some;
        """,
        seed=seed,
    )

    rng = np.random.default_rng(seed)
    for n, (whole, number, order, bits) in zip([1, 2, 7, 64, 1000], drawn, strict=True):
        assert whole == rng.integers(2**31)
        assert number == rng.uniform(-0.3, 0.7)
        assert order == rng.permutation(n).tolist()
        assert bits == rng.integers(0, 2**32, dtype=np.uint32)
