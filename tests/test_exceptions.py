"""Errors and warnings speak of values as the user would type them."""

import copy
import pickle

import numpy as np
import pytest

from pellucid import MLPClassifier, TabularClassifier
from pellucid.core import get_loss
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.streams import warn

X = np.arange(12.0).reshape(6, 2)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: MLPClassifier(class_weight={np.str_("c"): 1.0}).fit(X, ["a", "b"] * 3), "'c'"),
        (lambda: TabularClassifier(n_members=np.int32(0)).fit(X, ["a", "b"] * 3), "got 0"),
        (lambda: get_loss(np.str_("squared")), "'squared'"),
    ],
)
def test_scalars_of_numpy_appear_without_their_type(wrong, told):
    """As ``-1.0``, since the reader did not write ``np.float64(-1.0)`` and cannot search for it."""
    with pytest.raises(ValueError, match=told) as raised:
        wrong()

    assert "np." not in str(raised.value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.str_("a (b) c"), "'a (b) c'"),
        (np.str_("it's"), '"it\'s"'),
        (np.str_("both ' and \""), "'both \\' and \"'"),
        ([np.float32(0.5), np.True_], "[0.5, True]"),
        ({np.int64(1): np.uint8(2)}, "{1: 2}"),
        ("np.sin(x)", "'np.sin(x)'"),
        (np.float64("nan"), "nan"),
    ],
)
def test_their_values_stay(value, shown):
    assert str(DataError(f"got {value!r}.")) == f"got {shown}."
    with pytest.warns(UserWarning, match="got") as heard:
        warn(f"got {value!r}.")
    assert str(heard[0].message) == f"got {shown}."


def test_errors_can_be_copied_and_sent():
    error = ParameterError("'a' must be 1.", 2)

    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is ParameterError
        assert twin.args == ("'a' must be 1.", 2)


def test_text_that_only_looks_like_a_scalar_costs_no_time():
    """Backslashes without the closing quote could be divided in exponentially many ways."""
    text = "got np.str_('" + "\\" * 10_001

    assert str(DataError(text)) == text
