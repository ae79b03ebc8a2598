"""Intervals hold what is asked for, on average over data sets, or are infinite and say so."""

import pytest
from benchmarks.tabular.coverage import KINDS, SIZES, measure


@pytest.mark.campaign
@pytest.mark.parametrize("setting", ["fast", "quantile", "default"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_rows", SIZES)
def test_the_share_of_new_targets_inside_is_at_least_what_was_asked_for(
    setting: str, kind: str, n_rows: int
) -> None:
    """At most two standard errors less; ``measure`` holds infinite intervals to their warning."""
    n_seeds = {9: 3, 20: 40, 60: 30, 200: 12, 1000: 5}[n_rows]
    for level, (share, error, infinite) in measure(kind, n_rows, setting, n_seeds).items():
        assert infinite in (0.0, 1.0)
        assert share + 2.0 * max(error, 0.005) >= level
