"""Tables of every make, their names, and what is no table."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.exceptions import DataError
from pellucid.tabular import TableEncoder

FRAMES = [pd.DataFrame, pl.DataFrame]
COLUMNS = {
    "size": [1.0, 2.0, 4.0, 9.0],
    "color": ["red", "blue", "green", "red"],
    "new": [True, False, True, True],
}

frames = pytest.mark.parametrize("frame", FRAMES, ids=["pandas", "polars"])


@frames
def test_a_frame_is_read_as_its_object_array(frame: Callable[..., Any]) -> None:
    X = frame(COLUMNS)
    rows = np.array([list(row) for row in zip(*COLUMNS.values(), strict=True)], dtype=object)

    encoder, plain = TableEncoder().fit(X), TableEncoder().fit(rows)

    np.testing.assert_array_equal(encoder.transform(X), plain.transform(rows))
    assert encoder.names_ == ("size", "color=blue", "color=green", "color=red", "new")
    assert plain.names_ == ("x0", "x1=blue", "x1=green", "x1=red", "x2")


def test_a_list_of_rows_keeps_numbers_beside_text() -> None:
    encoder = TableEncoder().fit([[1, "a"], [2, "b"], [3, "c"]])

    assert [column.kind for column in encoder.columns_] == ["numeric", "categorical"]


@frames
def test_columns_are_found_by_name(frame: Callable[..., Any]) -> None:
    encoder = TableEncoder().fit(frame(COLUMNS))
    turned = frame({name: COLUMNS[name] for name in ("new", "color", "size")})

    np.testing.assert_array_equal(encoder.transform(turned), encoder.transform(frame(COLUMNS)))


@frames
def test_new_and_missing_columns_are_named(frame: Callable[..., Any]) -> None:
    encoder = TableEncoder().fit(frame(COLUMNS))

    with pytest.raises(DataError, match=r"It lacks 'size'\. It has, and fit did not see, 'length'\. Rename"):
        encoder.transform(
            frame({"length" if name == "size" else name: cells for name, cells in COLUMNS.items()})
        )
    with pytest.raises(DataError, match=r"fit did not see, 'extra'\."):
        encoder.transform(frame({**COLUMNS, "extra": [1, 2, 3, 4]}))


def test_an_array_is_taken_by_position_and_its_width_checked() -> None:
    X = pd.DataFrame(COLUMNS)
    encoder = TableEncoder().fit(X)

    np.testing.assert_array_equal(encoder.transform(X.to_numpy(dtype=object)), encoder.transform(X))
    with pytest.raises(
        DataError, match="X has 2 features, but TableEncoder is expecting 3 features as input"
    ):
        encoder.transform(X.to_numpy(dtype=object)[:, :2])


def test_the_rows_of_a_frame_have_no_other_names_than_their_positions() -> None:
    X = pd.DataFrame(COLUMNS, index=[7, 7, 3, 1])

    np.testing.assert_array_equal(
        TableEncoder().fit(X).transform(X), TableEncoder().fit(X).transform(X.reset_index(drop=True))
    )


def test_duplicate_names_are_named() -> None:
    with pytest.raises(DataError, match=r"more than one column named 'a'\. Rename or drop"):
        TableEncoder().fit(pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"]))


def test_names_are_text_or_positions() -> None:
    assert TableEncoder().fit(pd.DataFrame([[1, 2], [3, 5]])).names_ == ("x0", "x1")
    with pytest.raises(DataError, match="must all be text; 1 is of type int"):
        TableEncoder().fit(pd.DataFrame([[1, 2]], columns=["a", 1]))


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (pd.DataFrame({"a": []}), r"no rows: 0 sample\(s\) \(shape=\(0, 1\)\)"),
        (pl.DataFrame({"a": []}), r"no rows: 0 sample\(s\) \(shape=\(0, 1\)\)"),
        (pd.DataFrame(index=range(3)), r"no columns: 0 feature\(s\) \(shape=\(3, 0\)\)"),
        (np.empty((0, 0)), "no rows"),
        (pl.DataFrame(COLUMNS).lazy(), r"Pass X\.collect\(\)"),
        (pd.Series([1, 2]), r"Pass X\.to_frame\(\)"),
        (pl.Series([1, 2]), r"Pass X\.to_frame\(\)"),
        (np.arange(3.0), "Reshape your data"),
        ([[1, 2], [3]], "has 1 dimension"),
        ({"a": [1]}, "to a data frame"),
        ("table", "has 0 dimension"),
        (np.zeros((2, 2, 2)), "has 3 dimension"),
    ],
)
def test_what_is_no_table_is_refused(X: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        TableEncoder().fit(X)


def test_the_masked_cells_of_an_array_are_missing() -> None:
    X = np.ma.masked_array([[1.0], [2.0], [7.0]], mask=[[False], [True], [False]])

    assert TableEncoder().fit(X).columns_[0].n_missing == 1


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame], ids=["Polars", "pandas"])
def test_a_category_may_end_in_the_character_nul(make: Any) -> None:
    encoder = TableEncoder().fit(make({"c": ["a\0", "a", "b"] * 20}))
    assert encoder.columns_[0].categories == ("a", "a\0", "b")


NULLABLE = [
    "Int64", "UInt64", "Int8", "Float64", "boolean", "string", "category", "datetime64[ns]", "datetime64[ns, UTC]",
    "timedelta64[ns]", "int64[pyarrow]", "uint64[pyarrow]", "double[pyarrow]", "bool[pyarrow]", "string[pyarrow]",
    "timestamp[us][pyarrow]",
]  # fmt: skip


@pytest.mark.parametrize("container", ["pandas", "Polars", "Arrow"])
@pytest.mark.parametrize("dtype", NULLABLE)
def test_a_row_may_lack_the_value_of_a_column_of_any_type(dtype: str, container: str) -> None:
    """Alone, it is encoded as among others."""
    pa = pytest.importorskip("pyarrow")
    make = {"pandas": lambda X: X, "Polars": pl.from_pandas, "Arrow": pa.table}[container]
    cells = {"boolean": [0, 1], "bool[pyarrow]": [0, 1], "string": ["u", "v"], "string[pyarrow]": ["u", "v"]}
    column = pd.Series(cells.get(dtype, [10, 20]) * 6).astype(dtype)
    column[3] = None
    X = pd.DataFrame({"a": np.arange(12.0), "b": column})
    encoder = TableEncoder().fit(make(X))

    np.testing.assert_array_equal(encoder.transform(make(X[3:4])), encoder.transform(make(X))[3:4])
