"""Dates as numbers."""

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.tabular import TableEncoder
from pellucid.tabular.reading.dates import cycle_parts, days_of_array, days_of_dates

COS_30, COS_60 = np.sqrt(3.0) / 2.0, 0.5


def test_days_are_counted_from_1970() -> None:
    values = np.array(["1970-01-01T12", "1969-12-31T06", "NaT", "0001-01-01", "9999-12-31"], "datetime64[h]")

    expected = [0.5, -0.75, np.nan, 1 - 719163, 3652059 - 719163]  # Python's ordinals of the years 1 and 9999
    np.testing.assert_array_equal(days_of_array(values), expected)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_the_unit_of_time_changes_nothing(unit: str) -> None:
    values = np.array(["2020-02-29T13:14:15", "1901-02-03T04:05:06"], "datetime64[s]")

    np.testing.assert_array_equal(days_of_array(values.astype(f"datetime64[{unit}]")), days_of_array(values))


def test_zoned_times_are_read_in_utc() -> None:
    east = timezone(timedelta(hours=2))

    days = days_of_dates([datetime(1970, 1, 2, 1, tzinfo=east), datetime(1, 1, 1, 1, tzinfo=east)])

    np.testing.assert_array_equal(days, [23 / 24, 1 - 719163 - 1 / 24])


def test_parts_are_sines_and_cosines() -> None:
    """2023-02-01 was a Wednesday: month 1 of 12, day 2 of 7; 18:00 is three quarters of a day."""
    parts = cycle_parts(days_of_array(np.array(["2023-02-01T18", "NaT"], "datetime64[h]")))

    expected = {
        "month": (0.5, COS_30),
        "day of week": (np.sin(4 * np.pi / 7), np.cos(4 * np.pi / 7)),
        "hour": (-1.0, 0.0),
    }
    for name, (sine, cosine) in expected.items():
        np.testing.assert_allclose(parts[f": {name} (sin)"], [sine, np.nan], atol=1e-12)
        np.testing.assert_allclose(parts[f": {name} (cos)"], [cosine, np.nan], atol=1e-12)


TIMES = [datetime(2020, 1, 1, 5), datetime(2020, 7, 8, 5), None, datetime(2020, 7, 15, 5)]


@pytest.mark.parametrize(
    "X",
    [
        pd.DataFrame({"sold": TIMES}),
        pd.DataFrame({"sold": pd.Series(TIMES, dtype="datetime64[s]")}),
        pl.DataFrame({"sold": TIMES}),
        pd.DataFrame({"sold": pd.Series(TIMES, dtype=object)}),
        pl.DataFrame({"sold": TIMES}).with_columns(pl.col("sold").dt.replace_time_zone("UTC")),
        pd.DataFrame({"sold": pd.to_datetime(TIMES).tz_localize("UTC")}),
    ],
)
def test_only_the_parts_that_vary_are_kept(X: Any) -> None:
    """All are Wednesdays at five; the sine of January and of July is 0."""
    encoder = TableEncoder().fit(X)

    assert encoder.names_ == ("sold", "sold: month (cos)", "sold is missing")
    assert (encoder.n_numeric_, encoder.n_plain_) == (1, 2)
    np.testing.assert_array_equal(encoder.transform(X)[2, :2], [0.0, 0.0])


def test_one_time_of_day_is_constant_on_all_days() -> None:
    X = pd.DataFrame({"t": pd.date_range("1950-01-01 13:07:41", periods=30_000, freq="D")})

    assert [name for name in TableEncoder().fit(X).names_ if "hour" in name] == []


OLD_AND_NEW = [datetime(1, 1, 1), datetime(2020, 1, 1), datetime(2021, 1, 1), datetime(9999, 12, 31, 23)]


@pytest.mark.parametrize(
    "X",
    [
        pl.DataFrame({"t": OLD_AND_NEW}),
        pl.DataFrame({"t": OLD_AND_NEW}).with_columns(pl.col("t").dt.replace_time_zone("America/New_York")),
        pd.DataFrame({"t": pd.Series(OLD_AND_NEW, dtype=object)}),
        pd.DataFrame({"t": np.array(OLD_AND_NEW, "datetime64[s]")}),
    ],
)
def test_years_that_nanoseconds_do_not_reach_are_dates_too(X: Any) -> None:
    days = TableEncoder().fit(X).transform(X)[:, 0]

    assert np.isfinite(days).all()
    assert (np.diff(days) > 0).all()


def test_one_time_zone_reads_as_another() -> None:
    utc = pd.date_range("2020-01-01", periods=50, freq="7h", tz="UTC")
    encoder = TableEncoder().fit(pd.DataFrame({"t": utc}))

    Z = encoder.transform(pd.DataFrame({"t": utc.tz_convert("Asia/Tokyo")}))

    np.testing.assert_array_equal(Z, encoder.transform(pd.DataFrame({"t": utc})))


def test_durations_are_seconds() -> None:
    """0, 60, 120, 180, 240 seconds: median 120, quartiles 60 and 180."""
    X = pd.DataFrame({"t": pd.to_timedelta([0, 1, 2, 3, 4], unit="min")})

    Z = TableEncoder(smooth_clip=None).fit(X).transform(X)

    np.testing.assert_array_equal(Z[:, 0], [-1.0, -0.5, 0.0, 0.5, 1.0])
