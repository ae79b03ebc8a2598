"""Checks of whole numbers, which every room calls."""

from typing import Any

import numpy as np
import pytest

from pellucid.core.checks import check_whole, is_whole
from pellucid.exceptions import ParameterError


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), 2**80])
def test_whole_numbers_of_every_type_are_accepted(value: Any) -> None:
    assert is_whole(value, 3)
    assert not is_whole(value, 3, 2)
    assert type(check_whole("n", value, 3)) is int


@pytest.mark.parametrize(
    "value", [True, np.True_, 3.0, np.float64(3.0), "3", None, np.array([3]), 2], ids=repr
)
def test_other_values_are_refused_by_name(value: Any) -> None:
    """True and False are not numbers here, although Python counts with them."""
    assert not is_whole(value, 3)
    with pytest.raises(ParameterError, match=r"'n' must be an integer >= 3; got "):
        check_whole("n", value, 3)
