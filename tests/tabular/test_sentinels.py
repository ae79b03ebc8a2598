"""Numbers that stand for something else: found where it is certain, said, decided by an option."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pellucid.exceptions import ParameterError
from pellucid.tabular import TableEncoder, TabularRegressor
from pellucid.tabular.reading.sentinels import find_sentinels
from tabular.conftest import QUICK


def _with(others: Any, **marks: int) -> Any:
    """Return values among which each mark (m999 for -999, p9999 for 9999) stands so many times."""
    values = [float(name[1:]) * (-1.0 if name[0] == "m" else 1.0) for name in marks]
    return np.r_[others, np.repeat(values, list(marks.values()))]


AGES = np.linspace(18.0, 90.0, 300)
NORMAL = np.random.default_rng(0).normal(size=300)
SMOOTH = {
    "normal": NORMAL,
    "heavy tails": np.random.default_rng(1).standard_t(1, 1000),
    "lognormal": np.random.default_rng(2).lognormal(0.0, 3.0, 1000),
    "mostly zero": np.r_[np.zeros(700), np.random.default_rng(3).exponential(size=300)],
    "counts": np.random.default_rng(4).poisson(2.0, 1000).astype(float),
    "top-coded": np.minimum(np.random.default_rng(5).exponential(size=1000), 2.0),
    "a scale of 1 to 7": np.tile(np.arange(1.0, 8.0), 100),
    "few values and 99": np.r_[np.tile([1.0, 2.0, 3.0], 100), np.full(50, 99.0)],
    "one outlier": np.r_[NORMAL, 1e9],
    "four outliers alike": np.r_[NORMAL, np.full(4, 1e9)],
    "differences from -1 on": np.tile(np.arange(-1.0, 20.0), 50) * np.tile([1.0, 0.5], 525),
    "constant": np.full(100, -999.0),
    "missing": np.full(100, np.nan),
    "none": np.empty(0),
}


@pytest.mark.parametrize(
    ("x", "found"),
    [
        (_with(NORMAL, m999=100), (-999.0,)),
        (_with(NORMAL, p1000000=20), (1e6,)),
        (_with(NORMAL, m999=30, p9999=30), (-999.0, 9999.0)),
        (_with(NORMAL, m1000000=30, p1000000=30), (-1e6, 1e6)),
        (_with(AGES, p998=30, p999=40), (998.0, 999.0)),
        (_with(AGES, m1=60), (-1.0,)),
        (_with(AGES * 1000.0, m99=60), (-99.0,)),
        (_with(NORMAL, m999=2000), (-999.0,)),
        (_with(1e8 + NORMAL, m1=20), (-1.0,)),
    ],
)
def test_repeated_values_far_from_all_others_are_found(x: Any, found: Any) -> None:
    """Also among missing values, with weights, and in any order."""
    rng = np.random.default_rng(0)
    assert find_sentinels(rng.permutation(x)) == found
    assert find_sentinels(np.r_[x, np.full(50, np.nan)]) == found
    assert find_sentinels(x, np.full(len(x), 1e-3)) == found


@pytest.mark.parametrize("x", SMOOTH.values(), ids=SMOOTH)
def test_what_may_be_a_number_is_one(x: Any) -> None:
    assert find_sentinels(x) == ()


def _quiet(encoder: Any, X: Any) -> tuple[Any, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        encoder.fit(X)
    return encoder, [str(w.message) for w in caught]


def test_one_warning_names_the_columns_and_the_option_that_decides() -> None:
    """And ``notes_`` how many rows; with the option nothing is warned of."""
    X = pd.DataFrame({"age": _with(AGES, m1=60), "fine": np.arange(360.0), "dose": _with(NORMAL, m999=60)})
    encoder, messages = _quiet(TableEncoder(), X)

    assert len(messages) == 1
    assert "-1 in 'age', -999 in 'dose'" in messages[0]
    assert "sentinels=[-999, -1]" in messages[0]
    assert "sentinels=None" in messages[0]
    assert any("column 'dose' holds -999 in 60 rows" in note for note in encoder.notes_)
    assert encoder.names_ == ("age", "fine", "dose", "age is -1", "dose is -999")
    for option, names in (([-999, -1], encoder.names_), ([-999.0], ("age", "fine", "dose", "dose is -999")),
                          (None, ("age", "fine", "dose"))):  # fmt: skip
        decided, messages = _quiet(TableEncoder(sentinels=option), X)
        assert messages == []
        assert decided.names_ == names


@pytest.mark.parametrize("mark", [-999.0, 1e6])
def test_others_are_scaled_as_if_the_marked_ones_were_missing(mark: float) -> None:
    """With a column of its own, beside that of values that are missing."""
    x = np.r_[NORMAL, np.full(100, np.nan), np.full(20, np.nan)]
    marked = pd.DataFrame({"x": np.r_[x[:400], np.full(20, mark)]})
    missing = TableEncoder().fit(pd.DataFrame({"x": x}))
    encoder, _ = _quiet(TableEncoder(), marked)

    given, expected = encoder.transform(marked), missing.transform(pd.DataFrame({"x": x}))
    assert encoder.names_ == ("x", "x is missing", f"x is {mark:.15g}")
    assert given[:, 0].tolist() == expected[:, 0].tolist()
    assert len(set(map(tuple, given[300:, 1:]))) == 2
    assert TableEncoder.from_plain(encoder.to_plain()).transform(marked).tolist() == given.tolist()


def test_dates_have_sentinels_too() -> None:
    """The end of time among the dates of a year."""
    days = pd.date_range("2024-01-01", periods=200).to_series().tolist()
    X = pd.DataFrame({"sold": days + [pd.Timestamp("2200-12-31")] * 40})
    encoder, messages = _quiet(TableEncoder(), X)
    assert len(messages) == 1
    assert "2200-12-31 in 'sold'" in messages[0]
    assert "sold is 2200-12-31" in encoder.names_


def test_the_estimator_is_as_good_with_a_sentinel_as_with_missing_values() -> None:
    """The option goes through; a fit warns once."""
    rng = np.random.default_rng(0)
    x, hole = rng.normal(size=800), rng.random(800) < 0.3
    y = np.sin(2.0 * x)
    known, marked = (pd.DataFrame({"x": np.where(hole, m, x)}) for m in (np.nan, -999.0))
    options = {**QUICK, "max_iter": 40}
    plain = TabularRegressor(**options).fit(known, y)
    with pytest.warns(UserWarning, match="-999 in 'x'"):
        found = TabularRegressor(**options).fit(marked, y)
    named = TabularRegressor(**options, sentinels=[-999]).fit(marked, y)

    assert found.score(marked, y) > plain.score(known, y) - 0.02
    assert (named.predict(marked) == found.predict(marked)).all()


@pytest.mark.parametrize("value", ["none", [np.nan], [np.inf], ["-999"], 7, [True], [10**400]])
def test_the_option_is_checked(value: Any) -> None:
    for model in (TableEncoder(sentinels=value), TabularRegressor(**QUICK, sentinels=value)):
        with pytest.raises(
            ParameterError, match="'sentinels' must be 'auto', None or a list of finite numbers"
        ):
            model.fit(
                np.arange(40.0).reshape(20, 2), *([np.arange(20.0)] * isinstance(model, TabularRegressor))
            )
