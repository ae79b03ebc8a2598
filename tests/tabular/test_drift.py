"""New tables that are unlike the table of fit: one warning that names the columns."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pellucid.exceptions import DataWarning
from pellucid.tabular import TableEncoder
from pellucid.tabular.encoding.histograms import histogram_of_numbers

RNG = np.random.default_rng(5)
N = 200
X = pd.DataFrame(
    {
        "age": RNG.uniform(18, 80, N),
        "city": RNG.choice(["Oslo", "Rome", "Bern"], N),
        "rare": np.where(np.arange(N) % 20, None, 1.0 * np.arange(N)),
        "day": pd.date_range("2024-01-01", periods=N),
    }
)
UNLIKE: dict[str, tuple[Any, str]] = {
    "other units": ({"age": X.age * 365.25}, "column 'age': all values, from .* lie outside the range"),
    "other names": (
        {"city": X.city.str.upper()},
        "column 'city': none of its values is a category seen in fit; .*'",
    ),
    "nothing": ({"age": np.nan}, "column 'age' has no value in any row"),
    "no category": ({"city": None}, "column 'city' has no value in any row"),
}


@pytest.mark.parametrize("name", UNLIKE)
def test_a_column_unlike_all_that_fit_saw(name: str) -> None:
    changed, match = UNLIKE[name]
    encoder = TableEncoder().fit(X)

    with pytest.warns(DataWarning, match=match) as caught:
        encoder.transform(X.assign(**changed))
    assert len(caught) == 1


def test_what_is_usual_is_not_warned_about() -> None:
    """The rows of fit, a single row, later days, gaps where fit had them, some new values among known ones."""
    encoder = TableEncoder().fit(X)
    new = X.assign(city=["Paris", *X.city[1:]], age=[300.0, *X.age[1:]])
    later = X.assign(day=X.day + pd.Timedelta(days=4000))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for table in (X, new, later, X.assign(rare=None)[:40], X.assign(age=300.0, city="Paris")[:1]):
            encoder.transform(table)


def test_no_cell_is_kept() -> None:
    """The range that is kept is rounded outwards, so that it holds no number of the table."""
    column = TableEncoder().fit(X).columns_[0]

    assert column.low < X.age.min()
    assert column.high > X.age.max()


def test_numbers_below_the_normal_ones_have_no_histogram() -> None:
    """The width of a bin would be 0; that is no reason for a warning."""
    with np.errstate(divide="raise", invalid="raise"):
        assert histogram_of_numbers(np.arange(40.0) * 5e-324) is None
