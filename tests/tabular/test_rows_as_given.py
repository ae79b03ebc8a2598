"""Errors count rows as the user does, also where rows of weight 0 come before."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from pellucid import MLPClassifier, MLPRegressor
from pellucid.exceptions import DataError
from pellucid.inspection import importance
from pellucid.tabular import TableEncoder, TabularClassifier, TabularRegressor, coverage_by_group
from tabular.conftest import QUICK

N, ABSENT, BAD = 60, 10, 20
RNG = np.random.default_rng(0)
X = pd.DataFrame({"a": RNG.normal(size=N), "b": RNG.normal(size=N)})
NUMBERS = X["a"].to_numpy() + 0.1 * RNG.normal(size=N)
CLASSES = np.where(NUMBERS > 0.0, "p", "n").astype(object)
WEIGHT = np.where(np.arange(N) < ABSENT, 0.0, 1.0)


def _with(values: Any, bad: Any) -> Any:
    """Return values of which those of one row are bad."""
    values = values.copy()
    (values.iloc if hasattr(values, "iloc") else values)[BAD] = bad
    return values


INFINITE, NAN, NONE = _with(X, np.inf), _with(NUMBERS, np.nan), _with(CLASSES, None)
SPARSE = sparse.csr_array(INFINITE.to_numpy())


def _regressor(**options: Any) -> TabularRegressor:
    return TabularRegressor("fast", **QUICK, **options)


@pytest.fixture(scope="module")
def fitted() -> dict[str, Any]:
    """Return fitted models by the name of their kind."""
    return {
        "table": _regressor().fit(X, NUMBERS),
        "classes": TabularClassifier("fast", **QUICK).fit(X, CLASSES),
        "mlp": MLPRegressor((2,), solver="lbfgs", max_iter=200, random_state=0).fit(X, NUMBERS),
        "mlp of classes": MLPClassifier((2,), solver="lbfgs", max_iter=200, random_state=0).fit(X, CLASSES),
        "warm": _regressor(warm_start=True).fit(X, NUMBERS),
    }


CALLS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "fit": lambda _: _regressor().fit(INFINITE, NUMBERS, WEIGHT),
    "fit to targets": lambda _: _regressor().fit(X, NAN, WEIGHT),
    "fit to a sparse table": lambda _: _regressor().fit(SPARSE, NUMBERS, WEIGHT),
    "fit without a class": lambda _: TabularClassifier("fast", class_weight={"n": 0.0}, **QUICK).fit(
        pd.concat([INFINITE, X]), np.r_[np.full(N // 3, "n"), np.full(N, "p"), np.full(N - N // 3, "q")]
    ),
    "a warm start": lambda found: found["warm"].fit(INFINITE, NUMBERS, WEIGHT),
    "the encoder": lambda _: TableEncoder().fit(INFINITE, sample_weight=WEIGHT),
    "validation_data": lambda _: _regressor().fit(X, NUMBERS, validation_data=(INFINITE, NUMBERS, WEIGHT)),
    "score": lambda found: found["table"].score(INFINITE, NUMBERS, WEIGHT),
    "score by targets": lambda found: found["table"].score(X, NAN, WEIGHT),
    "score of classes": lambda found: found["classes"].score(INFINITE, CLASSES, WEIGHT),
    "score by classes": lambda found: found["classes"].score(X, NONE, WEIGHT),
    "score of an MLP": lambda found: found["mlp"].score(INFINITE, NUMBERS, WEIGHT),
    "score of an MLP by targets": lambda found: found["mlp"].score(X, NAN, WEIGHT),
    "score of an MLP by classes": lambda found: found["mlp of classes"].score(X, NONE, WEIGHT),
    "importance": lambda found: importance(found["table"], INFINITE, NUMBERS, sample_weight=WEIGHT),
    "importance by targets": lambda found: importance(found["mlp"], X, NAN, sample_weight=WEIGHT),
    "coverage": lambda found: coverage_by_group(
        NAN, found["table"].predict_interval(X), sample_weight=WEIGHT
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_errors_count_rows_as_they_were_given(call: str, fitted: dict[str, Any]) -> None:
    """The bad cell stands in row 20, after ten rows of weight 0, which are left out."""
    with pytest.raises(DataError, match=rf"\brow {BAD}\b"):
        CALLS[call](fitted)


def test_a_sparse_row_of_weight_0_may_hold_infinity() -> None:
    """It is absent, so what it holds changes nothing."""
    weight = np.where(np.arange(N) == BAD, 0.0, 1.0)
    expected = TableEncoder().fit(sparse.csr_array(X.drop(index=BAD).to_numpy()))

    found = TableEncoder().fit(SPARSE, sample_weight=weight)

    assert [c.features for c in found.columns_] == [c.features for c in expected.columns_]


@pytest.mark.parametrize("name", ["y", "predicted", "by", "sample_weight"])
def test_masked_entries_are_refused(name: str) -> None:
    """Cells behind a mask of NumPy do not count as coverage."""
    given: dict[str, Any] = {
        "y": np.zeros(3), "predicted": np.tile([-1.0, 1.0], (3, 1)), "by": np.zeros(3), "sample_weight": np.ones(3)
    }  # fmt: skip
    mask = np.zeros(given[name].shape, bool)
    mask[1] = True
    given[name] = np.ma.masked_array(given[name], mask)

    with pytest.raises(DataError, match=rf"{name} is masked in row 1"):
        coverage_by_group(**given)
