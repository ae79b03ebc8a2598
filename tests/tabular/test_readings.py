"""Text as numbers, dates, times and truth values: what is certain, what is asked, what stays text."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.exceptions import DataError, DataWarning, ParameterError
from pellucid.persistence.encoders import unpack_encoder
from pellucid.tabular import TableEncoder, TabularRegressor
from pellucid.tabular.reading.identity import category_of_text
from pellucid.tabular.reading.readings import Reading, learn_reading
from pellucid.tabular.reading.text_numbers import as_ascii, number
from tabular.conftest import QUICK


def days(*date: int) -> float:
    return (dt.datetime(*date) - dt.datetime(1970, 1, 1)) / dt.timedelta(days=1)


READ: dict[str, list[tuple[str, float]]] = {
    "decimal comma": [("1,5", 1.5), ("-0,25", -0.25), ("12", 12)],
    "either group": [("1,234.50", 1234.5), ("2,000,000", 2e6)],
    "Indian groups": [("12,34,567.00", 1234567), ("1,00,000", 100000)],
    "Swiss": [("1'234.50", 1234.5), ("12’000.00", 12000)],
    "currency": [("$1,234.00", 1234), ("-$5", -5), ("$-7.5", -7.5), ("($3.00)", -3), ("4.25", 4.25)],
    "currency behind": [("3,50 €", 3.5), ("1.234,00 €", 1234)],
    "percent": [("45 %", 0.45), ("-3%", -0.03), ("0.5%", 0.005)],
    "accounting": [("(1,234.00)", -1234), ("5.00", 5)],
    "minus behind": [("12.5-", -12.5), ("3.5", 3.5)],
    "other digits": [("１２．５", 12.5), ("٣", 3), ("−4", -4)],
    "marks beside numbers": [("1.5", 1.5), ("-", np.nan), ("NA", np.nan), ("#DIV/0!", np.nan), ("none", np.nan)],
    "ISO dates": [("2024-01-31", days(2024, 1, 31)), ("2024-02-01T06:00", days(2024, 2, 1, 6))],
    "zones": [("2024-01-31T00:00+02:00", days(2024, 1, 30, 22)), ("2024-01-31 00:00Z", days(2024, 1, 31))],
    "month first": [("12/31/2024", days(2024, 12, 31)), ("1/2/2024", days(2024, 1, 2))],
    "day first": [("31/12/2024", days(2024, 12, 31)), ("1/2/2024", days(2024, 2, 1))],
    "two digits": [("31.12.69", days(1969, 12, 31)), ("01.01.68", days(2068, 1, 1))],
    "names": [("31-Dec-2024", days(2024, 12, 31)), ("March 5, 2024", days(2024, 3, 5)),
              ("5 May 24", days(2024, 5, 5)),
              ("May 2024", days(2024, 5, 1))],
    "months": [("2024-03", days(2024, 3, 1)), ("12/2024", days(2024, 12, 1)), ("Mar 2024", days(2024, 3, 1))],
    "quarters": [("2024Q3", days(2024, 7, 1)), ("Q1 2025", days(2025, 1, 1))],
    "noon and midnight": [("1/31/2024 12:00 AM", days(2024, 1, 31)),
                          ("1/31/2024 12:30 pm", days(2024, 1, 31, 12, 30))],
    "mail": [("Tue, 05 Mar 2024 10:00:00 +0000", days(2024, 3, 5, 10))],
    "clock": [("13:45", 49500), ("1:45 PM", 49500), ("00:00:01.5", 1.5)],
    "durations": [("26:00:00", 93600), ("1 days 02:00:00", 93600), ("-1 days +23:00:00", -3600), ("PT26H", 93600)],
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_is_certain(name: str) -> None:
    """A column is read in one way, by hand: no other decimal mark or order of dates reads all of it."""
    texts, expected = zip(*READ[name], strict=True)
    (reading,) = learn_reading(texts).readings

    np.testing.assert_allclose(reading.read(texts), expected)


@given(st.lists(st.floats(-1e9, 1e9).map(lambda v: round(v, 3)), min_size=2), st.sampled_from([".", ","]))
def test_what_is_written_is_read(values: list[float], mark: str) -> None:
    """Groups of thousands and either mark give the number back."""
    other = {".": ",", ",": "."}[mark]
    texts = [f"{v:,.3f}".replace(",", "_").replace(".", mark).replace("_", other) for v in values]

    assert [number(as_ascii(text), mark) for text in texts] == values


@given(st.lists(st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2068, 12, 31)), min_size=1), st.data())
def test_dates_are_those_of_strftime(moments: list[dt.datetime], data: st.DataObject) -> None:
    """Each format gives the day back, in the order that is said."""
    form, order = data.draw(
        st.sampled_from(
            [
                ("%m/%d/%Y", "mdy"),
                ("%d/%m/%y", "dmy"),
                ("%y-%m-%d", "ymd"),
                ("%d %B %Y", ""),
                ("%d.%m.%y", ""),
            ]
        )
    )
    texts = [moment.strftime(form) for moment in moments]
    read = learn_reading(texts, dates=order or "auto").readings

    assert [days(m.year, m.month, m.day) for m in moments] == read[0].read(texts).tolist()


STAYS = {
    "codes": ["007", "012", "345"],
    "currencies": ["$5", "€6", "$7"],
    "percent and none": ["45 %", "0.45", "3 %"],
    "units": ["12 km", "5 km"],
    "both orders": ["13/1/2024", "1/13/2024"],
    "no such day": ["2024-02-30", "2024-01-01"],
    "no such hour": ["25:00 PM", "1:00 PM"],
    "identifiers of 20 digits": ["12345678901234567890", "12345678901234567891"],
    "words": ["a", "b"],
    "ranges": ["18-24", "25-34"],
    "versions": ["1.2.3", "1.10.0"],
    "hexadecimal": ["0x1A", "0x2B"],
    "underscores in words": ["1_a", "2_b"],
}


@pytest.mark.parametrize("name", STAYS)
def test_what_is_not_certain_stays_text(name: str) -> None:
    assert learn_reading(STAYS[name]).readings == ()
    assert TableEncoder().fit(pd.DataFrame({"c": STAYS[name]})).columns_[0].kind == "categorical"


TWO_WAYS = {
    "thousands or decimals": (["1,234", "2,345", "7,001"], "decimal", (",", "."), [1.234, 1234.0]),
    "day or month": (["1/2/2024", "3/4/2024", "5/6/2024"], "dates", ("dmy", "mdy"),
                     [days(2024, 2, 1), days(2024, 1, 2)]),
    "years too": (["01-02-03", "03-04-05"], "dates", ("mdy", "ymd"), [days(2003, 1, 2), days(2001, 2, 3)]),
}  # fmt: skip


@pytest.mark.parametrize("name", TWO_WAYS)
def test_what_can_be_read_in_two_ways(name: str) -> None:
    """One warning names the column and the option, a note says the same, and the option settles it."""
    cells, option, choices, values = TWO_WAYS[name]
    X = pd.DataFrame({"c": cells, "d": cells})

    with pytest.warns(DataWarning, match=rf"column 'c' is ambiguous.*{option}=.*column 'd'") as caught:
        encoder = TableEncoder().fit(X)
    assert len(caught) == 1
    assert len(encoder.notes_) == 2
    for choice, value in zip(choices, values, strict=True):
        column = TableEncoder(**{option: choice}).fit(X).columns_[0]  # warnings are errors
        assert column.reading is not None
        assert column.reading.read(cells[:1]).tolist() == [value]


def test_an_estimator_warns_once_and_takes_the_option(rng: np.random.Generator) -> None:
    """Its fit gives one warning, and none where the option is given."""
    X = pd.DataFrame({"c": [f"{1 + i % 9},{i % 1000:03d}" for i in range(80)], "x": rng.normal(size=80)})
    y = rng.normal(size=80)

    with pytest.warns(DataWarning, match="column 'c'") as caught:
        TabularRegressor(**QUICK).fit(X, y)
    assert len(caught) == 1
    model = TabularRegressor(**QUICK, decimal=",").fit(X, y)
    assert model.encoder_.columns_[0].high < 11
    for option in ("decimal", "dates"):
        with pytest.raises(ParameterError, match=f"'{option}' must be"):
            TabularRegressor(**QUICK, **{option: ";"}).fit(X, y)


@pytest.mark.parametrize(
    ("doubtful", "certain", "first"),
    [
        (["1,234", "2,345"], ["0,5", "1,25"], 1.234),
        (["1,234", "2,345"], ["1,000.5", "2"], 1234.0),
        (["1.234", "2.345"], ["0,5", "1,25"], 1234.0),
        (["1/2/2024", "3/4/2024"], ["31/1/2024", "1/2/2024"], days(2024, 2, 1)),
    ],
)
def test_the_other_columns_settle_it(doubtful: list[str], certain: list[str], first: float) -> None:
    """A mark or an order that is certain in one column holds in all, without a warning."""
    column = TableEncoder().fit(pd.DataFrame({"a": doubtful, "b": certain})).columns_[0]

    assert column.reading is not None
    assert column.reading.read(doubtful)[0] == first


def test_mostly_numbers_are_warned_about() -> None:
    """Categories that are nearly all numbers are noted with a cell that is none; a name settles it."""
    X = pd.DataFrame({"c": [*map(str, range(40)), "many"]})

    with pytest.warns(DataWarning, match="column 'c' is text. 40 of its 41 distinct values.*'many'"):
        TableEncoder().fit(X)
    assert TableEncoder(["c"]).fit(X).columns_[0].kind == "categorical"


FRAMES: list[Any] = [pd.DataFrame, pl.DataFrame]


@pytest.mark.parametrize("frame", FRAMES, ids=["pandas", "polars"])
@pytest.mark.parametrize("name", [name for name in READ if len(READ[name]) > 1 and "marks" not in name])
def test_what_fit_learned_holds_at_predict(frame: Any, name: str) -> None:
    """The reading is kept in the file, and a row alone is read as among the others."""
    texts = [text for text, _ in READ[name]] * 2
    encoder = TableEncoder().fit(frame({"c": texts}))
    again = unpack_encoder(encoder.to_plain())

    alone = np.vstack([again.transform(frame({"c": [text]})) for text in texts])
    np.testing.assert_array_equal(alone, encoder.transform(frame({"c": texts})))


def test_cells_that_cannot_be_read_are_missing() -> None:
    """They are counted, and the first is named; a column without a readable cell is an error."""
    encoder = TableEncoder().fit(pd.DataFrame({"c": ["1,5", "2,5", "4,5", None]}))
    gap = encoder.transform(pd.DataFrame({"c": ["2,5", None]}))

    with pytest.warns(
        DataWarning, match=r"column 'c': 1 of 2 cells cannot be read as numbers \(decimal mark ','\).*'2\.5x'"
    ):
        np.testing.assert_array_equal(encoder.transform(pd.DataFrame({"c": ["2,5", "2.5x"]})), gap)
    with pytest.raises(
        DataError, match="held numbers when the encoder was fitted, and now holds text such as 'b'"
    ):
        encoder.transform(pd.DataFrame({"c": ["b", "c"]}))
    np.testing.assert_array_equal(encoder.transform(pd.DataFrame({"c": [2.5, None]})), gap)


@pytest.mark.parametrize("mark", ["NA", "n/a", "NaN", "null", "?", "", " ", "#N/A", "<NA>"])
def test_marks_are_missing(mark: str) -> None:
    """Types are decided without them, in text and beside other objects."""
    columns = {
        "numeric": ["1.5", "2", mark],
        "categorical": ["a", "b", mark],
        "boolean": ["true", "false", mark],
    }
    for kind, cells in [*columns.items(), ("numeric", [1, 2.5, mark])]:
        (column,) = TableEncoder().fit(pd.DataFrame({"c": pd.Series(cells, dtype=object)})).columns_
        assert (column.kind, column.n_missing) == (kind, 1)
    declared = TableEncoder().fit(pd.DataFrame({"c": pd.Series(["a", "b", mark], dtype="category")}))
    assert declared.columns_[0].n_missing == 0


def test_truth_values_of_every_make_are_alike() -> None:
    encoder = TableEncoder().fit(pd.DataFrame({"c": [True, False, True]}))
    expected = encoder.transform(pd.DataFrame({"c": [False, True]}))

    for cells in (["false", "true"], ["FALSE", "TRUE"], [0, 1], [0.0, 1.0], ["0", "1"]):
        np.testing.assert_array_equal(encoder.transform(pd.DataFrame({"c": cells})), expected)


def test_a_time_of_day_stands_in_its_cycle() -> None:
    """23:59 lies beside 00:00 in the sine and cosine of the hour."""
    encoder = TableEncoder().fit(pd.DataFrame({"at": [f"{i // 2}:{i % 2 * 30:02d}" for i in range(48)]}))
    Z = encoder.transform(pd.DataFrame({"at": ["00:00", "12:00", "23:59"]}))
    place = [encoder.names_.index(f"at: hour ({wave})") for wave in ("sin", "cos")]

    assert encoder.columns_[0].kind == "duration"
    assert np.abs(Z[0, place] - Z[2, place]).max() < 0.05 < np.abs(Z[0, place] - Z[1, place]).max()


def test_an_encoder_of_an_earlier_version(rng: np.random.Generator) -> None:
    """A file without the newer fields gives the same bits."""
    X = pd.DataFrame({"n": rng.normal(size=30), "c": rng.choice(list("abc"), 30)})
    encoder = TableEncoder().fit(X)
    plain = encoder.to_plain()
    for newer in ("decimal", "dates"):
        del plain["options"][newer]
    for column in plain["columns"]:
        for newer in ("reading", "is_ordered", "missing_share", "low", "high", "histogram"):
            del column[newer]

    np.testing.assert_array_equal(unpack_encoder(plain).transform(X), encoder.transform(X))


@pytest.mark.parametrize(
    "text", ["1" * 5_000, "0" * 5_000, "1" * 5_000 + ":30", "P" + "9" * 12 + "D", "9" * 30 + " %"]
)
def test_endless_digits_are_not_read(text: str) -> None:
    """Text of more digits than Python reads is missing among numbers, and a category as it stands."""
    for kind in ("numeric", "duration", "date"):
        unit = "%" if text.endswith("%") else ""
        read = Reading(kind, unit=unit).read([text])[0]
        assert np.isnan(read) or read == float(text)  # zeros only
    assert category_of_text(text) == text
