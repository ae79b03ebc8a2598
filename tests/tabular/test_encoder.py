"""The encoder as a whole: weights, round trips, and that it holds no rows."""

import json
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris

from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular import TableEncoder

ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-50, 50).map(lambda n: n / 8)),
        st.one_of(st.none(), st.sampled_from("abcde")),
        st.one_of(st.none(), st.booleans()),
        st.one_of(
            st.none(), st.integers(0, 2000).map(lambda n: datetime(2020, 1, 1) + timedelta(hours=13 * n))
        ),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=30,
).filter(lambda rows: any(row[-1] for row in rows))


def table(rows: list[tuple[Any, ...]]) -> tuple[np.ndarray, np.ndarray]:
    """Return cells as an object array, and weights."""
    X = np.empty((len(rows), 4), dtype=object)
    for i, row in enumerate(rows):
        X[i] = row[:-1]
    return X, np.array([row[-1] for row in rows])


@given(ROWS, st.sampled_from([None, 3]), st.sampled_from([0, 3, 8]))
def test_weights_are_repetitions_to_the_last_bit(
    rows: list[tuple[Any, ...]], max_categories: int | None, max_one_hot: int
) -> None:
    X, weight = table(rows)
    options = {"max_one_hot": max_one_hot, "max_categories": max_categories}

    weighted = TableEncoder(**options).fit(X, sample_weight=weight)
    repeated = TableEncoder(**options).fit(np.repeat(X, weight, axis=0))

    assert weighted.to_plain() == repeated.to_plain()


def test_rows_of_weight_0_count_for_nothing() -> None:
    X = np.array([[1.0, "a"], [2.0, "b"], [3.0, "a"], ["x", 7], [np.inf, "new"], [None, None]], dtype=object)

    weighted = TableEncoder().fit(X, sample_weight=[1, 1, 1, 0, 0, 0])

    assert weighted.to_plain() == TableEncoder().fit(X[:3]).to_plain()


def test_an_error_counts_the_rows_of_weight_0() -> None:
    with pytest.raises(DataError, match="in row 3 of column 0"):
        TableEncoder().fit(np.array([[1.0], [np.inf], [2.0], [np.inf]]), sample_weight=[1, 0, 1, 1])


@pytest.mark.parametrize("weight", [[1.0, -1.0, 1.0], [0.0, 0.0, 0.0], [1.0, np.nan, 1.0], [1.0, 1.0]])
def test_weights_that_are_none_are_refused(weight: list[float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        TableEncoder().fit(np.arange(3.0)[:, None], sample_weight=weight)


@given(ROWS, st.sampled_from(["auto", [0]]))
def test_a_round_trip_through_json_gives_the_same_bits(rows: list[tuple[Any, ...]], categorical: Any) -> None:
    X, weight = table(rows)
    encoder = TableEncoder(categorical, max_one_hot=3).fit(X, sample_weight=weight / 7)

    again = TableEncoder.from_plain(json.loads(json.dumps(encoder.to_plain())))

    assert again.to_plain() == encoder.to_plain()
    assert (again.columns_, again.notes_) == (encoder.columns_, encoder.notes_)
    assert (again.names_, again.source_) == (encoder.names_, encoder.source_)
    np.testing.assert_array_equal(again.transform(X), encoder.transform(X))


def test_the_size_of_what_is_kept_does_not_grow_with_the_rows(rng: np.random.Generator) -> None:
    X = pd.DataFrame({"n": rng.normal(size=5000), "c": rng.choice(list("abc"), 5000)})

    few, many = (len(json.dumps(TableEncoder().fit(part).to_plain())) for part in (X[:50], X))

    assert abs(many - few) < 50


def test_a_row_does_not_depend_on_the_others(rng: np.random.Generator) -> None:
    X = pl.DataFrame(
        {"n": rng.normal(size=20), "c": rng.choice([*"abcdefghijk"], 20), "b": rng.random(20) < 0.5}
    )
    encoder = TableEncoder().fit(X)

    alone = np.vstack([encoder.transform(X[row : row + 1]) for row in range(20)])

    np.testing.assert_array_equal(alone, encoder.transform(X))


def test_a_sparse_matrix_is_read_by_an_encoder_of_dense_ones() -> None:
    X = load_iris().data
    encoder = TableEncoder().fit(X)

    np.testing.assert_array_equal(encoder.transform(scipy.sparse.csc_array(X)), encoder.transform(X))


def test_the_user_s_table_is_left_alone() -> None:
    X = pd.DataFrame({"n": [1.0, None, 3.0], "c": ["a", None, "b"]})
    before = X.copy()

    TableEncoder().fit(X).transform(X)

    pd.testing.assert_frame_equal(X, before)


@pytest.mark.parametrize("parameter", ["categorical", "text_columns"])
def test_a_number_that_is_a_position_and_another_label_is_refused(parameter: str) -> None:
    """The label used to win here, and the position elsewhere."""
    X = pd.DataFrame({5: ["red", "blue"] * 5, 0: ["note a", "note b"] * 5})
    with pytest.raises(ParameterError, match=f"'{parameter}' is ambiguous: 0 is the position of '5'"):
        TableEncoder(**{parameter: [0]}).fit(X)
    TableEncoder(**{parameter: ["0"]}).fit(X)
    TableEncoder(**{parameter: [5]}).fit(X)
