"""Kinds of columns, missing values and categories, and the columns that are refused."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular import TableEncoder


def objects(cells: Any) -> np.ndarray:
    """Return one column of Python objects."""
    column = np.empty((len(cells), 1), dtype=object)
    column[:, 0] = cells
    return column


def pandas(cells: Any, dtype: Any = None) -> pd.DataFrame:
    return pd.DataFrame({"c": pd.Series(cells, dtype=dtype)})


def polars(cells: Any, dtype: Any = None) -> pl.DataFrame:
    return pl.DataFrame({"c": pl.Series(cells, dtype=dtype)})


DAYS = [date(2020, 1, 1), None, date(2021, 6, 5)]
TIMES = [datetime(2020, 1, 1, 5), None, datetime(2021, 6, 5, 6)]
SPANS = [timedelta(hours=1), None, timedelta(hours=3)]


@pytest.mark.parametrize(
    ("X", "kind"),
    [
        (pandas([1, None, 3], "Int64"), "numeric"),
        (pandas([1.5, None, 3], "Float64"), "numeric"),
        (pandas([1.5, np.nan, 3]), "numeric"),
        (pandas(pd.arrays.SparseArray([0.0, np.nan, 1.0])), "numeric"),
        (pandas([Decimal("1.5"), None, Decimal(2)]), "numeric"),
        (polars([1, None, 3]), "numeric"),
        (polars([1.5, None, 3.0]), "numeric"),
        (polars([1.5, float("nan"), 3.0]), "numeric"),
        (polars([1, None, 3], pl.Int128), "numeric"),
        (polars(["1.5", None, "3"]).cast(pl.Decimal(10, 2)), "numeric"),
        (objects([1, None, 2.5]), "numeric"),
        (objects([np.float32(1), pd.NA, np.int8(2)]), "numeric"),
        (np.array([[1], [np.nan], [3]], dtype=np.float16), "numeric"),
        (pandas([True, None, False], "boolean"), "boolean"),
        (pandas([True, None, False], object), "boolean"),
        (polars([True, None, False]), "boolean"),
        (objects([True, float("nan"), np.False_]), "boolean"),
        (pandas(["a", None, "b"]), "categorical"),
        (pandas(["a", np.nan, "b"], object), "categorical"),
        (pandas(["a", None, "b"], "category"), "categorical"),
        (pandas([1, None, 2], "category"), "categorical"),
        (polars(["a", None, "b"]), "categorical"),
        (polars(["a", None, "b"], pl.Categorical), "categorical"),
        (polars(["a", None, "b"], pl.Enum(["b", "a"])), "categorical"),
        (objects(["a", pd.NaT, "b"]), "categorical"),
        (polars(DAYS), "date"),
        (polars(TIMES), "date"),
        (pandas(TIMES), "date"),
        (pandas(DAYS, object), "date"),
        (objects([datetime(2020, 1, 1), pd.NaT, pd.Timestamp("2021-01-01")]), "date"),
        (objects([np.datetime64("2020-01-01"), np.datetime64("NaT"), date(2021, 1, 1)]), "date"),
        (np.array([["2020-01-01"], ["NaT"], ["2021-01-01"]], "datetime64[s]"), "date"),
        (pandas(pd.to_datetime(TIMES).tz_localize("Asia/Tokyo")), "zoned date"),
        (polars(TIMES, pl.Datetime(time_zone="UTC")), "zoned date"),
        (pandas(SPANS), "duration"),
        (polars(SPANS), "duration"),
        (objects(SPANS), "duration"),
        (objects([np.timedelta64(1, "h"), np.timedelta64("NaT"), timedelta(3)]), "duration"),
    ],
)
def test_a_column_is_of_its_kind_with_one_value_missing(X: Any, kind: str) -> None:
    encoder = TableEncoder().fit(X)

    (column,) = encoder.columns_
    assert (column.kind, column.n_missing) == (kind, 1)
    assert np.isfinite(encoder.transform(X)).all()


def test_text_arrays_are_categories() -> None:
    assert TableEncoder().fit(np.array([["a"], ["b"], ["b"]])).columns_[0].categories == ("a", "b")


@pytest.mark.parametrize("make", [objects, pandas, polars])
def test_a_number_is_centered_and_its_absence_said(make: Callable[[Any], Any]) -> None:
    """1, 2, 3, 6: median 2.5, quartiles 1.75 and 3.75; absent in one of five rows: quartiles 0, range 1."""
    X = make([1.0, 2.0, None, 3.0, 6.0])

    Z = TableEncoder(smooth_clip=None).fit(X).transform(X)

    np.testing.assert_array_equal(Z, [[-0.75, 0], [-0.25, 0], [0, 2], [0.25, 0], [1.75, 0]])


@pytest.mark.parametrize("make", [objects, pandas, polars])
def test_two_categories_are_a_column_of_signs(make: Callable[[Any], Any]) -> None:
    """-1, -1, 1, 1, 1, 1 has median 1 and quartiles -0.5 and 1; missing and unknown ones are 0 before that."""
    encoder = TableEncoder(smooth_clip=None).fit(make(["no", "no", "yes", "yes", "yes", "yes"]))

    Z = encoder.transform(make(["no", "yes", None, "maybe"]))

    np.testing.assert_allclose(Z, np.divide([[-2], [0], [-1], [-1]], 1.5))
    assert encoder.names_[0].endswith("=yes")
    assert (encoder.n_numeric_, encoder.n_plain_, encoder.cardinalities_) == (0, 1, ())


@pytest.mark.parametrize("make", [objects, pandas, polars])
def test_few_categories_are_a_column_each(make: Callable[[Any], Any]) -> None:
    """Each is there in one of four rows: quartiles 0 and 0.25, median 0."""
    encoder = TableEncoder(smooth_clip=None).fit(make(["a", "b", "c", "d"]))

    Z = encoder.transform(make(["d", None, "e", "a"]))

    np.testing.assert_array_equal(Z, [[0, 0, 0, 4], [0, 0, 0, 0], [0, 0, 0, 0], [4, 0, 0, 0]])


@pytest.mark.parametrize("make", [objects, pandas, polars])
def test_more_categories_are_codes(make: Callable[[Any], Any]) -> None:
    encoder = TableEncoder(max_one_hot=3).fit(make(["d", "b", "c", "a", None]))

    np.testing.assert_array_equal(encoder.transform(make(["a", "d", "e", None])), [[1], [4], [0], [0]])
    assert encoder.cardinalities_ == (5,)
    assert (encoder.n_numeric_, encoder.n_plain_) == (0, 0)


def test_the_result_has_numbers_then_plain_columns_then_codes() -> None:
    X = pd.DataFrame(
        {
            "code": list("abcd"),
            "flag": [True, False, True, True],
            "n": [1.0, None, 2.0, 5.0],
            "same": ["x"] * 4,
            "m": [0, 1, 2, 3],
        }
    )
    encoder = TableEncoder(max_one_hot=3).fit(X)

    assert encoder.names_ == ("n", "m", "flag", "n is missing", "code")
    assert encoder.source_ == (2, 4, 1, 2, 0)
    assert (encoder.n_numeric_, encoder.n_plain_, encoder.cardinalities_) == (2, 2, (5,))
    assert encoder.transform(X).shape == (4, 5)
    assert encoder.notes_ == ("column 'same' was left out: it is constant.",)


@pytest.mark.parametrize("make", [objects, pandas, polars])
def test_numbers_can_be_names_of_categories(make: Callable[[Any], Any]) -> None:
    encoder = TableEncoder(categorical=[0]).fit(make([3, 10, 3, 7]))

    assert encoder.columns_[0].categories == ("10", "3", "7")
    expected = encoder.transform(make([3, 7, 10]))
    np.testing.assert_array_equal(encoder.transform(make([3.0, 7.0, 10.0])), expected)
    np.testing.assert_array_equal(encoder.transform(make(["3", "7", "10"])), expected)
    np.testing.assert_array_equal(encoder.transform(pandas([3, 7, 10], "category")), expected)


def test_a_column_that_the_user_names_may_mix_numbers_and_text() -> None:
    X = pd.DataFrame({"code": pd.Series([1, "A", 1.0, "1", None], dtype=object)})

    assert TableEncoder(categorical=["code"]).fit(X).columns_[0].categories == ("1", "A")


@pytest.mark.parametrize("dtype", [object, "category", "str"])
def test_text_and_categories_are_alike(dtype: Any) -> None:
    cells = ["a", "b", "c", None]
    encoder = TableEncoder().fit(pandas(cells, "category"))

    np.testing.assert_array_equal(encoder.transform(pandas(cells, dtype)), encoder.transform(polars(cells)))


def test_unknown_names_in_categorical_are_refused() -> None:
    with pytest.raises(
        ParameterError, match=r"'categorical' names the column 'b', and X has the columns \['c'\]"
    ):
        TableEncoder(categorical=["b"]).fit(pandas([1, 2]))
    with pytest.raises(ParameterError, match="'categorical' names the column 4, and X has columns 0 to 0"):
        TableEncoder(categorical=[4]).fit(objects([1, 2]))


@pytest.mark.parametrize(
    "options",
    [
        {"categorical": "c"},
        {"categorical": 1},
        {"max_one_hot": -1},
        {"max_categories": 1},
        {"smooth_clip": 0.0},
    ],
)
def test_other_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=f"'{next(iter(options))}' must be"):
        TableEncoder(**options).fit(pandas([1, 2]))


def test_the_most_frequent_categories_are_kept() -> None:
    X = pandas(["a", "b", "b", "c", "c", "d"])
    encoder = TableEncoder(max_categories=2).fit(X)

    assert encoder.columns_[0].categories == ("b", "c")
    assert encoder.notes_ == (
        "column 'c' has 4 categories, of which the 2 most frequent are kept; the others count as unknown.",
    )


def test_ten_thousand_categories_are_codes_and_remarked_on() -> None:
    X = polars([f"id{i}" for i in range(10_000)])
    encoder = TableEncoder(["c"]).fit(X)

    np.testing.assert_array_equal(np.sort(encoder.transform(X)[:, 0]), np.arange(1, 10_001))
    assert encoder.cardinalities_ == (10_001,)
    assert "10000 categories in 10000 rows" in encoder.notes_[0]


@pytest.mark.parametrize(
    ("cells", "what"), [(["1", "2", "3.5"], "numbers"), (["2020-01-01", "2020-01-02", "2020-02-01"], "dates")]
)
def test_text_that_reads_as_something_else_is_remarked_on(cells: list[str], what: str) -> None:
    (note,) = TableEncoder().fit(pandas(cells)).notes_

    assert note.startswith(f"column 'c' is text that was read as {what}")
    assert TableEncoder().fit(pandas(cells, "category")).notes_ == ()


ALIKE = "its numbers are alike in float64, which has 16 digits; if they are codes, name it as categorical"


@pytest.mark.parametrize(
    ("X", "reason"),
    [
        (pandas([1.0, 1.0, 1.0]), "it is constant"),
        (pandas([2**53] * 3), "it is constant"),
        (pandas(np.uint64(2**63) + np.arange(9, dtype=np.uint64)), ALIKE),
        (polars([2**62, 2**62 + 1, 2**62 + 2]), ALIKE),
        (pandas([0.0, 0.0, 0.0, 1e-320]), ALIKE),
        (pandas(["a", "a", "a"]), "it is constant"),
        (pandas([None, None, None]), "no row has a value"),
        (pandas([np.nan, np.nan, np.nan]), "no row has a value"),
        (polars([None, None, None]), "no row has a value"),
        (polars([None, None, None], pl.String), "no row has a value"),
        (polars([1.0]), "it is constant"),
    ],
)
def test_a_column_that_does_not_vary_is_left_out(X: Any, reason: str) -> None:
    encoder = TableEncoder().fit(X)

    assert encoder.transform(X).shape == (len(X), 0)
    assert encoder.notes_ == (f"column 'c' was left out: {reason}.",)


@pytest.mark.parametrize("X", [pandas([7.0, None, 7.0, 7.0]), pandas(["a", None, "a", "a"])])
def test_of_a_constant_with_gaps_remains_where_the_gaps_are(X: Any) -> None:
    Z = TableEncoder(smooth_clip=None).fit(X).transform(X)

    assert Z.shape == (4, 1)
    assert len({float(Z[row, 0]) for row in (0, 2, 3)}) == 1
    assert Z[1, 0] != Z[0, 0]


@pytest.mark.parametrize("make", [objects, pandas, polars])
def test_values_that_are_missing_at_predict_only_are_the_median(make: Callable[[Any], Any]) -> None:
    encoder = TableEncoder().fit(make([1.0, 2.0, 4.0]))

    np.testing.assert_array_equal(encoder.transform(make([None, 2.0, None])), np.zeros((3, 1)))
    np.testing.assert_array_equal(encoder.transform(make([None, None])), np.zeros((2, 1)))


@pytest.mark.parametrize("fitted", [pandas(["a", "b", "c"]), pandas([True, False, True]), pandas(TIMES)])
@pytest.mark.parametrize("gaps", [pandas([np.nan] * 2), pandas([None] * 2, object), polars([None] * 2)])
def test_a_column_without_a_value_has_no_other_type(fitted: Any, gaps: Any) -> None:
    Z = TableEncoder(smooth_clip=None).fit(fitted).transform(gaps)

    np.testing.assert_array_equal(Z[0], Z[1])


@pytest.mark.parametrize("make", [objects, pandas, polars])
@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_infinities_are_found(make: Callable[[Any], Any], infinity: float) -> None:
    encoder = TableEncoder().fit(make([1.0, 2.0, 3.0]))
    for read in (TableEncoder().fit, encoder.transform):
        with pytest.raises(DataError, match=r"contains infinity.* in row 2 of column .* \(1 of 3 rows\)"):
            read(make([1.0, None, infinity]))


@pytest.mark.parametrize(
    "X", [pandas([1.0, 2.0, np.inf]), objects([1, "a", np.inf]), polars([1.0, 2.0, np.inf])]
)
def test_infinity_is_no_category(X: Any) -> None:
    with pytest.raises(DataError, match=r"contains infinity.* in row 2"):
        TableEncoder(categorical=[0]).fit(X)


def test_categories_of_a_frame_can_be_anything() -> None:
    X = pd.DataFrame({"age": pd.cut([1, 5, 9, 20], [0, 6, 12, 24]).as_unordered()})
    encoder = TableEncoder().fit(X)

    assert encoder.names_ == ("age=(0, 6]", "age=(12, 24]", "age=(6, 12]")
    assert (np.count_nonzero(encoder.transform(X), axis=1) > 0).all()


def test_a_whole_number_beyond_float64_is_found() -> None:
    with pytest.raises(DataError, match="in row 1 of column 0"):
        TableEncoder().fit(objects([1, 10**400]))


def test_huge_and_tiny_numbers_are_drawn_in() -> None:
    X = np.array([[-8e307, 1e-320], [0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [8e307, 0.0]])
    Z = TableEncoder().fit(X).transform(X)

    assert Z.shape == (5, 1)  # 2 / 1e-320 is beyond float64: to a float the second column is constant
    np.testing.assert_allclose(Z[[0, 4], 0], [-3.0, 3.0])


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([1, None, "x"], r"holds numbers and text: 1 in row 0, 'x' in row 2\. A column must be of one kind"),
        (["x", 1.5], "holds text and numbers: 'x' in row 0, 1.5 in row 1"),
        ([True, 2], "holds True and False and numbers"),
        ([1.0, True], "holds numbers and True and False"),
        ([None, date(2020, 1, 1), "x"], "row 1, 'x' in row 2"),
        ([datetime(2020, 1, 1), pd.Timestamp("2020-01-01", tz="UTC")], "without a time zone and dates with"),
        ([timedelta(1), 3], "holds durations and numbers"),
        ([None, [1, 2]], "an object of type list in row 1"),
        ([1, {"a": 1}], "an object of type dict in row 1"),
        ([b"a", b"b"], "an object of type bytes in row 0"),
        ([time(1), time(2)], "an object of type time in row 0"),
        ([1j, 2j], "an object of type complex in row 0"),
    ],
)
def test_what_no_column_can_be_is_named(cells: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        TableEncoder().fit(objects(cells))


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (polars([[1], [2]]), r"column 'c' is of type List\(Int64\), a list or record in each cell"),
        (polars([{"a": 1}, {"a": 2}]), "a list or record"),
        (polars([time(1), time(2)]), "an object of type time"),
        (np.array([[1j], [2]]), "column 0 is of type complex128. Complex data not supported"),
        (np.array([[b"a"], [b"b"]]), r"Decode it: X\.astype\(str\)"),
    ],
)
def test_a_type_that_no_column_can_be_is_named(X: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        TableEncoder().fit(X)


WORDS = {
    "numbers": [1, 2, 4],
    "text": ["a", "b", "c"],
    "True and False": [True, False, True],
    "dates without a time zone": [date(2020, 1, 1), date(2020, 5, 2), date(2021, 1, 1)],
    "dates with a time zone": list(pd.to_datetime(["2020", "2021", "2022"]).tz_localize("UTC")),
    "durations": [timedelta(1), timedelta(2), timedelta(4)],
}


@pytest.mark.parametrize("was", WORDS)
@pytest.mark.parametrize("now", WORDS)
@pytest.mark.parametrize("make", [objects, pandas])
def test_a_column_that_changed_its_type_is_named(make: Callable[[Any], Any], was: str, now: str) -> None:
    encoder = TableEncoder().fit(make(WORDS[was]))
    if was == now:
        assert np.isfinite(encoder.transform(make(WORDS[now]))).all()
        return
    with pytest.raises(
        DataError, match=f"column .* held {was} when the encoder was fitted, and now holds {now}"
    ):
        encoder.transform(make(WORDS[now]))


@pytest.mark.parametrize(
    ("n_rows", "n_names", "is_remarked"), [(60, 60, True), (60, 50, False), (20, 20, False), (60, 8, False)]
)
def test_a_name_per_row_is_remarked_on(n_rows: int, n_names: int, is_remarked: bool) -> None:
    """A column with another text in nearly every row tells nothing about new rows."""
    X = pd.DataFrame({"who": [f"name {i % n_names}" for i in range(n_rows)], "b": range(n_rows)})
    notes = TableEncoder().fit(X).notes_

    said = f"column 'who' has {n_names} categories in {n_rows} rows. If it is an identifier or free text"
    assert any(note.startswith(said) for note in notes) == is_remarked
