"""Messages count one thing in the singular."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from pellucid import MLPRegressor
from pellucid.tabular import TabularRegressor
from tabular.conftest import QUICK

X = np.arange(20.0)[:, None]
Y = np.arange(20.0)
BAD = np.where(X == 3.0, np.inf, X)


def _tables() -> Any:
    X = pd.DataFrame({"a": np.arange(60.0), "kind": ["u", "v", "w"] * 20})
    return X, TabularRegressor("fast", coverage_by="kind", **QUICK).fit(X, X["a"])


def _unseen() -> Any:
    X, model = _tables()
    return model.predict_interval(X[:2].assign(kind=["u", "z"]))


CALLS: dict[str, Callable[[], Any]] = {
    "an infinity": lambda: MLPRegressor().fit(BAD, Y),
    "an infinity in a sparse table": lambda: TabularRegressor("fast", **QUICK).fit(sparse.csr_array(BAD), Y),
    "a missing target": lambda: MLPRegressor().fit(X, np.where(Y == 3.0, np.nan, Y)),
    "a masked target": lambda: MLPRegressor().fit(X, np.ma.masked_equal(Y, 3.0)),
    "rows of X and y": lambda: TabularRegressor("fast", **QUICK).fit(X[:1], Y),
    "rows to be judged by": lambda: TabularRegressor("fast", **QUICK).fit(X, Y, validation_data=(X[:1], Y)),
    "a category that nobody held out": _unseen,
    "a target more": lambda: _tables()[1].set_params(warm_start=True).fit(_tables()[0], np.ones((60, 2))),
    "a target that a loss does not take": lambda: MLPRegressor(loss="poisson").fit(X, Y - 0.5),
}


@pytest.mark.parametrize("call", CALLS)
def test_one_thing_is_counted_in_the_singular(call: str, recwarn: pytest.WarningsRecorder) -> None:
    """The number 1 is named, and no plural follows."""
    said = ""
    try:
        CALLS[call]()
    except Exception as error:  # of whichever kind: what it says is asked here
        said = str(error)
    said = " ".join([said, *(str(warning.message) for warning in recwarn)])

    assert re.search(r"\b1 (such )?(entry|row|value|target)\b", said), said
    assert not re.search(r"\b1 (such )?(entries|rows|values|targets)\b", said), said
