"""Rows that are set aside from those of a table."""

import numpy as np
import pytest

from pellucid.exceptions import DataError
from pellucid.workflow.split import split


def test_the_last_rows_need_different_times():
    """If all times are the same, the order of the file decides, which says nothing of time."""
    y, time = np.arange(20.0), np.zeros(20, int)
    with pytest.raises(DataError, match=r"'time' must name a column of different times"):
        split(y, "regression", 0.25, 0, time=time)

    time[7] = 1
    assert split(y, "regression", 0.25, 0, time=time).held_out[-1] == 7
    assert len(split(y, "regression", 0.0, 0, time=np.zeros(20, int)).held_out) == 0
