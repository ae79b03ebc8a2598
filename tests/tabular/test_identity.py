"""A category is its value, however it is stored; and columns are found by their names, whatever those are."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.exceptions import DataError
from pellucid.tabular import TableEncoder
from pellucid.tabular.reading.identity import category_of


def pandas(cells: Any, dtype: Any = None) -> pd.DataFrame:
    return pd.DataFrame({"c": pd.Series(cells, dtype=dtype)})


DAY = dt.datetime(2024, 1, 31)
TIME = dt.datetime(2024, 1, 31, 5, 30, 0, 250_000)
SAME: dict[str, list[Any]] = {
    "3": [3, 3.0, "3", "3.0", "+3", " 3 ", Decimal("3.00"), np.int8(3), np.float32(3), np.uint64(3), np.str_("3")],
    "0.1": [0.1, "0.1", "0.10", np.float32(0.1), float(np.float32(0.1)), Decimal("0.1"), np.float16(0.1)][:6],
    "9007199254740993": [2**53 + 1, "9007199254740993", np.int64(2**53 + 1), Decimal(2**53 + 1)],
    "0": [0, -0.0, "0", "-0", "0.0"],
    "True": [True, np.True_, "True", "true", "TRUE"],
    "2024-01-31": [DAY, DAY.date(), "2024-01-31", "2024-01-31 00:00:00", pd.Timestamp(DAY),
                   np.datetime64(DAY, "ns"), np.datetime64(DAY, "D"), np.datetime64(DAY, "h")],
    "2024-01-31T05:30:00.25": [TIME, pd.Timestamp(TIME), np.datetime64(TIME, "ns"), np.datetime64(TIME, "ms"),
                               "2024-01-31 05:30:00.250", pd.Timestamp(TIME, tz="UTC").tz_convert("Asia/Tokyo")],
    "5400 s": [dt.timedelta(minutes=90), np.timedelta64(90, "m"), np.timedelta64(5400 * 10**9, "ns")],
    "é": ["\u00e9", "e\u0301"],
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_one_value_has_one_name(name: str) -> None:
    assert {category_of(value) for value in SAME[name]} == {name}


def test_what_differs_is_kept_apart() -> None:
    values = [
        3,
        "003",
        "3a",
        30,
        0.3,
        -3,
        "1e3",
        1001,
        True,
        "yes",
        1,
        dt.date(2024, 1, 3),
        "2024-1-3",
        2**53,
        2**53 + 1,
    ]

    assert len({category_of(value) for value in values}) == len(values)


DTYPES: list[tuple[Any, Any]] = [
    (pandas([7, 8, 9]), pandas(["7", "8", "9"], "str")),
    (pandas([7, 8, 9]), pandas([7.0, 8.0, 9.0], "float32")),
    (pandas([7, 8, 9]), pandas([7, 8, None, 9], "Int64")),
    (pandas([0.1, 0.7, 0.9]), pandas([0.1, 0.7, 0.9], "float32")),
    (pandas([0.1, 0.7, 0.9], "float32"), pandas([0.1, 0.7, 0.9])),
    (pandas([2**60, 2**60 + 1, 2**60 + 2]), pandas([2**60, None, 2**60 + 1, 2**60 + 2], "Int64")),
    (pl.DataFrame({"c": [2**60, None, 2**60 + 1, 2**60 + 2]}), pandas([2**60, 2**60 + 1, 2**60 + 2])),
    (pl.DataFrame({"c": [2**60, None, 2**60 + 1]}, schema={"c": pl.Int128}), pandas([2**60, 2**60 + 1])),
    (pandas([DAY, TIME], "datetime64[ns]"), pandas([DAY, TIME], "datetime64[us]")),
    (pandas([DAY, TIME], "datetime64[s]"), pl.DataFrame({"c": [DAY, TIME.replace(microsecond=0)]})),
    (pandas([DAY.date(), DAY.date()]), pandas([DAY], "datetime64[ms]")),
    (pandas([True, False]), pandas(["True", "False"])),
    (pl.DataFrame({"c": [dt.timedelta(1)]}), pandas([dt.timedelta(1)], "timedelta64[ns]")),
]  # fmt: skip


@pytest.mark.parametrize(("fitted", "asked"), DTYPES)
def test_storage_makes_no_new_category(fitted: Any, asked: Any) -> None:
    """A column that is named categorical is found again in another type; with gaps, too."""
    encoder = TableEncoder(["c"], max_one_hot=0).fit(fitted)
    known = encoder.columns_[0].categories

    again = TableEncoder(["c"]).fit(asked).columns_[0].categories
    assert set(again) <= set(known)


def test_arrow_is_read_as_pandas_writes_it() -> None:
    """Nulls of a dictionary are missing, its order is kept, and whole numbers beyond 2**53 are exact."""
    pa = pytest.importorskip("pyarrow")
    cells = ["a", "b", None] * 5
    coded = TableEncoder().fit(pa.table({"c": pa.array(cells).dictionary_encode()})).columns_[0]
    sizes = pd.Categorical(["s", "l", "m", None], categories=["s", "m", "l"], ordered=True)
    ordered = TableEncoder().fit(pa.Table.from_pandas(pd.DataFrame({"c": sizes}))).columns_[0]
    large = TableEncoder(["c"]).fit(pa.table({"c": [2**60, None, 2**60 + 1]})).columns_[0]

    assert (coded.n_missing, coded.categories) == (5, ("a", "b"))
    assert (ordered.is_ordered, ordered.categories) == (True, ("s", "m", "l"))
    assert large.categories == (str(2**60), str(2**60 + 1))


def test_a_number_is_no_code_with_zeros() -> None:
    """The number 3 is refused if fit saw 003; 103 is 103."""
    encoder = TableEncoder().fit(pandas([f"{i:03d}" for i in (3, 12, 103, 104) * 3]))

    encoder.transform(pandas([103, 104]))
    with pytest.raises(
        DataError, match=r"held '003' when the encoder was fitted, and now holds the number 3\. Read"
    ):
        encoder.transform(pandas([103, 3]))


@pytest.mark.parametrize("cells", [[b"a", b"b"], [b"a", "b"], [1, b"b"]])
def test_bytes_are_refused_even_as_categories(cells: Any) -> None:
    with pytest.raises(DataError, match="an object of type bytes"):
        TableEncoder(["c"]).fit(pandas(cells, object))


@pytest.mark.parametrize(
    "X",
    [
        pandas(pd.Categorical(["low", "high", "mid", None] * 3, ["low", "mid", "high"], ordered=True)),
        pl.DataFrame(
            {"c": pl.Series(["low", "high", "mid", None] * 3, dtype=pl.Enum(["low", "mid", "high"]))}
        ),
    ],
    ids=["pandas", "polars"],
)
@pytest.mark.parametrize("max_one_hot", [0, 8])
def test_categories_in_order_have_their_place_too(X: Any, max_one_hot: int) -> None:
    """Beside their columns or codes there is one that increases with the order; the note says so."""
    encoder = TableEncoder(max_one_hot=max_one_hot).fit(X)
    place = encoder.transform(X)[:, encoder.names_.index("c: place in order")]

    assert encoder.columns_[0].categories == ("low", "mid", "high")
    assert place[0] < place[2] < place[1]
    assert place[3] == 0
    assert encoder.notes_ == (
        "column 'c' has ordered categories, from 'low' to 'high'; their rank is a number too.",
    )


def test_a_near_unique_text_is_left_out_unless_it_is_named(rng: np.random.Generator) -> None:
    X = pd.DataFrame({"id": [f"u{i:05d}x" for i in range(200)], "x": rng.normal(size=200)})
    encoder = TableEncoder().fit(X)

    assert encoder.names_ == ("x",)
    assert encoder.columns_[0].left_out == "nearly every row has a different category"
    assert "'id' has 200 categories in 200 rows" in encoder.notes_[0]
    assert len(TableEncoder(["id"]).fit(X).columns_[0].categories) == 200
    weight = rng.uniform(0, 1e-3, 200)
    weighted = TableEncoder().fit(X.assign(id=list("ab") * 100), sample_weight=weight)
    assert len(weighted.columns_[0].categories) == 2


NAMES: list[Any] = [
    pd.MultiIndex.from_tuples([("a", "x"), ("b", "y")]),
    pd.Index([("a", 1), ("b", 2)], tupleize_cols=False),
    [5, 3],
    [1, 0],
    [1.5, 0.5],
    pd.to_datetime(["2024-01-01", "2024-02-01"]),
]


@pytest.mark.parametrize("names", NAMES, ids=str)
def test_columns_are_found_by_names_of_any_kind(names: Any) -> None:
    """Tuples, numbers and dates name columns; they are found in another order, and missing ones are named."""
    X = pd.DataFrame([[1.0, 100.0], [2.0, 300.0], [4.0, 200.0]], columns=names)
    encoder = TableEncoder().fit(X)

    np.testing.assert_array_equal(encoder.transform(X.iloc[:, ::-1]), encoder.transform(X))
    with pytest.raises(DataError):
        encoder.transform(X.iloc[:, :1])


def test_the_first_numbers_are_positions() -> None:
    """0 to n - 1 name no columns, as in scikit-learn; other numbers do, in 'categorical' as well."""
    assert TableEncoder().fit(pd.DataFrame([[1, 2], [3, 5]])).feature_names_ is None
    X = pd.DataFrame([[1, 2, 3], [3, 5, 4]], columns=[1, 2, 7])
    encoder = TableEncoder([7]).fit(X)

    assert encoder.feature_names_ == ("1", "2", "7")
    assert [column.kind for column in encoder.columns_] == ["numeric", "numeric", "categorical"]
