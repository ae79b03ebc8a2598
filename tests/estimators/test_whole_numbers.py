"""Whole numbers beyond 2**53, held by two types of which NumPy makes float64: each stays itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid import MLPClassifier, TabularClassifier
from pellucid.estimators.whole_numbers import of_one_type
from pellucid.exceptions import DataError
from pellucid.tabular import coverage_by_group
from pellucid.workflow.scores import confusion

FIRST = 2**62 + 1
rng = np.random.default_rng(0)
X = rng.normal(size=(120, 2))
Y = FIRST + np.digitize(X[:, 0], [-0.5, 0.5])  # int64


@pytest.mark.parametrize(
    ("one", "other", "dtype"),
    [
        ([2**63 - 1, 3], [2**62], np.int64),
        ([3, 2**62], [2**64 - 1], np.uint64),
        ([-3, 2**62], [2**64 - 1], object),
        ([], [2**64 - 1], np.uint64),
    ],
)
def test_a_type_that_holds_all(one: list[int], other: list[int], dtype: Any) -> None:
    found = of_one_type(np.array(one, np.int64), np.array(other, np.uint64))
    assert [each.dtype for each in found] == [np.dtype(dtype)] * 2
    assert [each.tolist() for each in found] == [one, other]


@pytest.mark.parametrize("pair", [([1, 2], [1.5]), (["a"], ["b"]), ([1], [2]), ([True], [2])])
def test_other_types_stay(pair: tuple[Any, Any]) -> None:
    arrays = tuple(map(np.array, pair))
    assert all(a is b for a, b in zip(of_one_type(*arrays), arrays, strict=True))


@pytest.mark.parametrize(("learned", "later"), [(Y, Y.astype(np.uint64)), (Y.astype(np.uint64), Y)])
def test_classes_of_the_other_type(learned: Any, later: Any) -> None:
    """A second fit learns from the classes that it is given, and all that compares finds them."""
    model = TabularClassifier("fast", n_members=1, max_iter=4, random_state=0, warm_start=True)
    model.fit(X, learned).fit(X, later)
    assert model.score(X, learned) == model.score(X, later) > 0.9
    (row,) = coverage_by_group(later, model.predict_set(X), classes=model.classes_)
    assert row.share == coverage_by_group(learned, model.predict_set(X), classes=model.classes_)[0].share
    wrong = later.copy()
    wrong[0] = FIRST + 100
    with pytest.raises(DataError, match=rf"y has the classes \[{FIRST + 100}\]"):
        model.fit(X, wrong)
    assert confusion(wrong, model.predict(X), model.classes_, None)["classes"] == [
        *range(FIRST, FIRST + 3),
        FIRST + 100,
    ]


def test_classes_of_the_other_type_in_partial_fit() -> None:
    later = Y.astype(np.uint64)
    models = [MLPClassifier(random_state=0).partial_fit(X, Y, classes=np.unique(Y)) for _ in range(2)]
    for model, y in zip(models, (Y, later), strict=True):
        for _ in range(20):
            model.partial_fit(X, y)
    np.testing.assert_array_equal(*(model.predict_proba(X) for model in models))
    later[0] = FIRST + 100
    with pytest.raises(DataError, match=r"has classes not in"):
        models[0].partial_fit(X, later)


HELD = {
    "list of both signs": [2**63 + 1, 2**63 + 2, -5],
    "list with None": [2**62 + 1, 2**62 + 2, None],
    "pandas": pd.Series([2**62 + 1, 2**62 + 2, None], dtype="Int64"),
    "polars": pl.Series([2**62 + 1, 2**62 + 2, None]),
    "objects": np.array([2**63 + 1, 2**63 + 2, 7], object),
}


@pytest.mark.parametrize("name", HELD)
def test_groups_of_coverage(name: str) -> None:
    rows = coverage_by_group(np.zeros(3), np.array([[0.0, 1.0]] * 3), HELD[name])
    given = ["missing" if each is None or each is pd.NA else str(each) for each in list(HELD[name])]
    assert {row.group for row in rows} == set(given)


def test_ranges_that_differ_have_different_names() -> None:
    by = 1_000_000 + np.arange(40)
    rows = coverage_by_group(np.zeros(40), np.array([[0.0, 1.0]] * 40), by, n_ranges=4)
    assert [row.group for row in rows][:2] == ["1000000 to 1000009", "1000010 to 1000019"]


def test_parquet_files_of_both_types(tmp_path: Path) -> None:
    """Classes and groups stay exact; where no type holds those of both files, the file is named."""
    pytest.importorskip("pyarrow")
    from pellucid.tabular import ParquetSource

    frame = pd.DataFrame(X, columns=["a", "b"]).assign(y=Y)
    frame[:60].to_parquet(tmp_path / "1.parquet")
    frame[60:].astype({"y": "uint64"}).to_parquet(tmp_path / "2.parquet")
    source = ParquetSource(tmp_path, "y", memory="1MB")
    model = TabularClassifier("fast", n_members=1, max_iter=1, random_state=0).fit(source)
    assert model.classes_.tolist() == [FIRST, FIRST + 1, FIRST + 2]
    chunks = list(ParquetSource(tmp_path, "a", group="y").scan(1000))
    assert np.concatenate([chunk.groups for chunk in chunks]).tolist() == Y.tolist()
    frame[60:].assign(y=np.uint64(2**64 - 1)).to_parquet(tmp_path / "2.parquet")
    source = ParquetSource(tmp_path, "y", memory="1MB")
    with pytest.raises(DataError, match=r"2.parquet, .*holds uint64 in the column 'y'.*Write the column"):
        model.fit(source)
