"""Faults of Parquet files: each is an error that names the file and the column, and nothing is lost."""

from __future__ import annotations

import errno
import os
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pellucid import Checkpoint, MLPRegressor, drift, load
from pellucid.exceptions import DataError, DataWarning, ParameterError
from pellucid.host import files as host_files
from pellucid.inspection import attributions, effect
from pellucid.tabular import TableEncoder, TabularRegressor
from tabular.conftest import QUICK

pytest.importorskip("pyarrow")
import pyarrow as pa
import pyarrow.parquet as pq

from pellucid.tabular import ParquetSource
from pellucid.tabular.parquet.memory_size import bytes_of

SMALL = QUICK | {"max_iter": 4, "n_threads": 1}


def part(n: int = 2000, **columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(n)
    return pd.DataFrame(
        {"a": rng.normal(size=n), "b": rng.integers(0, 9, n), "y": rng.normal(size=n), **columns}
    )


def written(folder: Path, *frames: pd.DataFrame) -> Path:
    for place, frame in enumerate(frames, 1):
        frame.to_parquet(folder / f"{place}.parquet", row_group_size=200)
    return folder


def fitted(folder: Path, **more: Any) -> TabularRegressor:
    return TabularRegressor(**SMALL).fit(ParquetSource(folder / "*.parquet", "y", memory="1MB", **more))


def test_no_file_there(tmp_path: Path) -> None:
    written(tmp_path, part())
    with pytest.raises(
        DataError, match=r"There is no Parquet file at '.*2.parquet'. The folder .* holds '1.parquet'"
    ):
        ParquetSource(tmp_path / "2.parquet", "y")
    with pytest.raises(DataError, match=r"There is no Parquet file at .* There is no folder"):
        ParquetSource(tmp_path / "nowhere" / "*.parquet", "y")


def test_files_with_other_columns(tmp_path: Path) -> None:
    written(tmp_path, part(), part().drop(columns="b"), part())
    with pytest.raises(
        DataError, match=r"File 2 of 3, .*2.parquet, lacks the column 'b', which .*1.parquet has"
    ):
        fitted(tmp_path)
    written(tmp_path, part(), part(c=1.0), part())
    with pytest.raises(
        DataError, match=r"File 2 of 3, .*2.parquet, has the column 'c', which .*1.parquet lacks"
    ):
        fitted(tmp_path)


def test_a_column_that_changes_its_type_in_file_7_of_9(tmp_path: Path) -> None:
    written(tmp_path, *(part(200) for _ in range(6)), part(200, b="text"), *(part(200) for _ in range(2)))
    with pytest.raises(
        DataError,
        match=r"File 7 of 9, .*7.parquet, holds .*string in the column 'b', and .*1.parquet holds int64",
    ):
        fitted(tmp_path)


def test_columns_in_another_order_and_of_another_width_are_accepted(tmp_path: Path) -> None:
    other = part()[["y", "b", "a"]].astype({"b": "int8", "a": "float32"})
    nothing = part(300)
    nothing["a"] = None
    model = fitted(written(tmp_path, part(), other, nothing))
    assert model.encoder_.columns_[0].n_missing == 300


def test_types_of_one_kind_are_accepted(tmp_path: Path) -> None:
    """Categories and text, dates and times of several units and zones."""
    days = pd.Series(pd.date_range("2020-01-01", periods=400))
    kinds = pd.Series(["x", "y"] * 200)
    columns = [
        {"kind": kinds, "day": days.astype("datetime64[ns]"), "at": days.dt.tz_localize("UTC")},
        {
            "kind": kinds.astype("category"),
            "day": days.astype("datetime64[us]"),
            "at": days.dt.tz_localize("Asia/Tokyo"),
        },
        {"kind": kinds, "day": days.dt.date, "at": days.dt.tz_localize("UTC")},
    ]
    model = fitted(written(tmp_path, *(part(400, **each) for each in columns)))
    assert model.encoder_.n_features_in_ == 5
    assert model.encoder_.columns_[2].categories == ("x", "y")


COMMON: dict[str, tuple[Any, Any]] = {
    "decimals and whole numbers": (pa.array([Decimal("1.25")] * 300, pa.decimal128(10, 2)), pa.array([7] * 300)),
    "large whole numbers": (pa.array([2**63 + 5] * 300, pa.uint64()), pa.array([-7] * 300)),
    "wide decimals": (pa.array([Decimal("1.25")] * 300, pa.decimal256(60, 2)),) * 2,
    "far times": (
        pa.array([datetime(9999, 12, 31)] * 300, pa.timestamp("us")), pa.array([7] * 300, pa.timestamp("ns"))
    ),
    "long durations": (pa.array([10**10] * 300, pa.duration("s")), pa.array([7] * 300, pa.duration("ns"))),
    "views of text": (pa.array(["00", "01"] * 150, pa.string_view()), pa.array(["b", "c"] * 150)),
    "views of text alone": (pa.array(["00", "01"] * 150, pa.string_view()),) * 2,
}  # fmt: skip


@pytest.mark.parametrize("name", COMMON)
def test_types_without_a_common_one_in_arrow(tmp_path: Path, name: str) -> None:
    for k, column in enumerate(COMMON[name]):
        table = pa.Table.from_pandas(part(300)).append_column("more", column)
        pq.write_table(table, tmp_path / f"{k}.parquet")
    model = fitted(tmp_path)
    if "text" in name:
        assert {"00", "01"} <= set(model.encoder_.columns_[-1].categories)


def test_a_file_is_read_once_and_those_that_others_leave_are_not(tmp_path: Path) -> None:
    written(tmp_path, part(300))
    for name in ("_delta_log", ".hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.parquet").write_bytes(b"")
    (tmp_path / "._1.parquet").write_bytes(b"")
    assert ParquetSource([tmp_path, tmp_path / "1.parquet"], "y").n_rows == 300


def test_columns_in_names_of_folders_are_mentioned(tmp_path: Path) -> None:
    for year in (2025, 2026):
        (tmp_path / f"year={year}").mkdir()
        written(tmp_path / f"year={year}", part())
        if year == 2025:  # the same for all rows
            ParquetSource(tmp_path, "y")
    with pytest.warns(DataWarning, match="'year' exists only in the names of folders such as 'year=2025'"):
        ParquetSource(tmp_path, "y")


@pytest.mark.parametrize("paths", [None, 5, [None], b"x"])
def test_what_is_no_path(paths: Any) -> None:
    with pytest.raises(ParameterError, match=r"'paths' must be a file, a folder, a pattern .*; got "):
        ParquetSource(paths, "y")


def test_a_folder_without_parquet_and_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,y")
    with pytest.raises(DataError, match=r"The folder holds no file whose name ends in .parquet or .pq"):
        ParquetSource(tmp_path, "y")
    (tmp_path / "1.parquet").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"It is a link to '.*nowhere', which does not exist"):
        ParquetSource(tmp_path / "1.parquet", "y")


def test_large_row_groups_are_mentioned(tmp_path: Path) -> None:
    part(120_000).to_parquet(tmp_path / "1.parquet")
    model = TabularRegressor(**SMALL | {"max_iter": 1, "engine": "reference"})
    with pytest.warns(
        DataWarning, match=r"so large that each row is read \d+ times in an epoch. Write row groups of"
    ):
        model.fit(ParquetSource(tmp_path, "y", memory="1MB"))


@pytest.mark.parametrize("value", [None, np.nan])
def test_a_target_without_a_value(tmp_path: Path, value: Any) -> None:
    bad = part()
    bad.loc[1234, "y"] = value
    written(tmp_path, part(), bad)
    with pytest.raises(
        DataError, match=r"2.parquet: the column 'y' \(the target\) has no value in row 1,234"
    ):
        fitted(tmp_path)


def test_roles_that_are_not_there(tmp_path: Path) -> None:
    written(tmp_path, part())
    for role in ("weight", "group", "time"):
        with pytest.raises(
            ParameterError, match=f"'{role}' names the column 'c', and .*1.parquet has 'a', 'b', 'y'"
        ):
            fitted(tmp_path, **{role: "c"})
    with pytest.raises(ParameterError, match="'target' names the column 'z'"):
        ParquetSource(tmp_path, "z")
    for columns in (["a", "y"], []):
        with pytest.raises(ParameterError, match="'columns' must name inputs without another role"):
            ParquetSource(tmp_path, "y", columns=columns)
    for wrong in (5, None, [], ["y", "y"], [None]):
        with pytest.raises(
            ParameterError, match="'target' must be the name of a column, or a sequence of diff"
        ):
            ParquetSource(tmp_path, wrong)
    with pytest.raises(ParameterError, match=r"'columns' must be .* got \['a', 'a'\]"):
        ParquetSource(tmp_path, "y", columns=["a", "a"])
    with pytest.raises(ParameterError, match="'weight' must not be a target; got 'y'"):
        ParquetSource(tmp_path, "y", weight="y")
    assert ParquetSource(tmp_path, "y", drop="b").columns == ["a"]


@pytest.mark.parametrize("value", [-1.0, np.inf])
def test_weights_that_are_none(tmp_path: Path, value: float) -> None:
    bad = part(w=1.0)
    bad.loc[7, "w"] = value
    written(tmp_path, bad)
    with pytest.raises(
        DataError, match=r"1.parquet: the column 'w' must hold weights, .* row 7 has (-1.0|inf)"
    ):
        fitted(tmp_path, weight="w")


@pytest.mark.parametrize("value", [np.datetime64("2026-01-01", "us"), np.timedelta64(5, "s"), "x"])
def test_weights_are_numbers(tmp_path: Path, value: Any) -> None:
    """A date is no weight, though it is stored as a number."""
    written(tmp_path, part(w=value))
    with pytest.raises(DataError, match=r"1.parquet: the column 'w' must hold weights, .* row 0 has "):
        fitted(tmp_path, weight="w")


@pytest.mark.parametrize(
    ("value", "message"), [(None, "has no value in any row"), ("2026-01-01", "with different times")]
)
def test_times_that_have_no_last_ones(tmp_path: Path, value: Any, message: str) -> None:
    """Without any, or all the same."""
    written(tmp_path, part(t=pd.to_datetime(pd.Series([value] * 2000))))
    model = TabularRegressor(**SMALL, validation="time")
    with pytest.raises(ParameterError, match=message):
        model.fit(ParquetSource(tmp_path, "y", time="t", memory="1MB"))


def test_labels_of_rows_are_no_input(tmp_path: Path) -> None:
    """A frame of pandas whose rows were chosen or shuffled brings them along."""
    part(300).sample(frac=0.9, random_state=0).to_parquet(tmp_path / "1.parquet")
    with pytest.warns(DataWarning, match=r"'__index_level_0__' holds row labels .* is left out"):
        assert ParquetSource(tmp_path, "y").columns == ["a", "b"]
    named = ParquetSource(tmp_path, "y", columns=["a", "__index_level_0__"])
    assert named.columns == ["a", "__index_level_0__"]


def test_a_column_without_a_name(tmp_path: Path) -> None:
    """Libraries give it names of their own, so that it is refused at once."""
    written(tmp_path, part(300).rename(columns={"b": ""}))
    with pytest.raises(DataError, match=r"1.parquet, has a column without a name: number 2. Give it one"):
        ParquetSource(tmp_path, "y")


def test_brackets_in_the_name_of_a_folder(tmp_path: Path) -> None:
    """They are those of the folder, unless the pattern matches another."""
    folder = tmp_path / "rows [a]"
    folder.mkdir()
    written(folder, part(300))
    assert ParquetSource(folder / "*.parquet", "y").files == [str(folder / "1.parquet")]
    (tmp_path / "rows a").mkdir()
    written(tmp_path / "rows a", part(300))
    assert ParquetSource(folder / "*.parquet", "y").files == [str(tmp_path / "rows a" / "1.parquet")]


def test_a_table_of_another_kind(tmp_path: Path) -> None:
    """The message says how to make Parquet of it."""
    (tmp_path / "t.csv").write_text("a,y\n1,2\n")
    with pytest.raises(
        DataError, match=r"t.csv is not Parquet, and only Parquet can be read in parts. Write it as"
    ):
        ParquetSource(tmp_path / "t.csv", "y")


def test_an_infinite_number_names_file_row_and_column(tmp_path: Path) -> None:
    bad = part()
    bad.loc[1500, "a"] = np.inf
    written(tmp_path, part(), bad)
    with pytest.raises(DataError, match=r"2.parquet, rows .*infinity.* of column 'a'"):
        fitted(tmp_path)


def test_a_truncated_and_a_damaged_file(tmp_path: Path) -> None:
    written(tmp_path, part(), part())
    path = tmp_path / "2.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"2.parquet cannot be read as Parquet: .* write or copy it again"):
        fitted(tmp_path)
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"2.parquet cannot be read as Parquet"):
        fitted(tmp_path)


def test_files_that_change_or_go_during_training(tmp_path: Path) -> None:
    written(tmp_path, part(), part())

    class Remove(Checkpoint):
        def save_table(self, estimator: Any) -> None:
            (tmp_path / "2.parquet").unlink(missing_ok=True)

    model = TabularRegressor(**SMALL).set_callbacks(Remove(tmp_path / "c.safetensors"))
    with pytest.raises(DataError, match=r"2.parquet.* the file is gone"):
        model.fit(ParquetSource(tmp_path, "y", memory="1MB"))
    assert not hasattr(model, "members_")


@pytest.mark.parametrize("what", ["rewritten", "touched"])
def test_a_file_with_other_rows_in_as_many_row_groups(tmp_path: Path, what: str) -> None:
    """It is another file, and one that was copied anew is not."""
    written(tmp_path, part(), part())
    path = tmp_path / "2.parquet"

    class Change(Checkpoint):
        def save_table(self, estimator: Any) -> None:
            if what == "rewritten":
                (part() + 1).to_parquet(path, row_group_size=200)
            else:
                path.write_bytes(path.read_bytes())

    model = TabularRegressor(**SMALL).set_callbacks(Change(tmp_path / "c.safetensors"))
    source = ParquetSource(tmp_path, "y", memory="1MB")
    if what == "touched":
        assert model.fit(source).members_
        return
    with pytest.raises(DataError, match=r"2.parquet changed during training"):
        model.fit(source)


@pytest.mark.slow
def test_a_disk_that_fills_leaves_the_earlier_checkpoint(tmp_path: Path, monkeypatch: Any) -> None:
    source = ParquetSource(written(tmp_path, part(), part()), "y", memory="1MB")
    whole, path = TabularRegressor(**SMALL).fit(source), tmp_path / "c.safetensors"
    fsync, count = os.fsync, [0]

    def full(handle: int) -> None:
        count[0] += 1
        if count[0] > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    monkeypatch.setattr(host_files.os, "fsync", full)
    model = TabularRegressor(**SMALL).set_callbacks(Checkpoint(path))
    with pytest.warns(
        UserWarning, match=r"could not be written: No space.*the file that was there is unchanged\. Training"
    ):
        model.fit(source)
    monkeypatch.undo()
    np.testing.assert_array_equal(model.network_.parameters, whole.network_.parameters)
    resumed = load(path).set_params(warm_start=True).fit(source)
    np.testing.assert_array_equal(resumed.network_.parameters, whole.network_.parameters)


@pytest.mark.parametrize(
    ("text", "size"), [("400MB", 400e6), ("2 gib", 2 * 2**30), (5_000_000, 5e6), ("1.5G", 1.5e9)]
)
def test_sizes_of_memory(text: Any, size: float) -> None:
    assert bytes_of(text) == size


@pytest.mark.parametrize("text", ["much", "-1GB", "5", "1XB", True, None, "MB"])
def test_sizes_that_are_none(text: Any) -> None:
    with pytest.raises(ParameterError, match="'memory' must be a number of bytes"):
        bytes_of(text)


def test_a_source_where_a_table_in_memory_is_needed(tmp_path: Path) -> None:
    """Only ``fit`` and its validation data take one; the error names the other ways."""
    source = ParquetSource(written(tmp_path, part(100)), "y")
    X, y = part(100)[["a", "b"]], part(100)["y"]
    model = TabularRegressor(**SMALL).fit(X, y)
    mlp = MLPRegressor(max_iter=300, tol=1.0).fit(X.to_numpy(), y)
    uses = [
        lambda: model.predict(source),
        lambda: model.predict_interval(source),
        lambda: model.score(source, y),
        lambda: TableEncoder().fit(source),
        lambda: effect(model, source, "a"),
        lambda: attributions(model, source),
        lambda: drift(model, source),
        lambda: TabularRegressor().fit(X, y, validation_data=(source, y)),
        lambda: mlp.predict(source),
        lambda: MLPRegressor().fit(source, y),
    ]
    for use in uses:
        with pytest.raises(DataError, match=r"A ParquetSource can only .* pellucid predict MODEL"):
            use()


NESTED = {
    "list": pa.array([[1, 2]] * 50),
    "record": pa.array([{"a": 1}] * 50),
    "binary": pa.array([b"ab"] * 50),
    "time": pa.array([datetime(2026, 1, 1, 10).time()] * 50),
}


@pytest.mark.parametrize("name", NESTED)
@pytest.mark.parametrize("role", ["target", "weight", "group", "time"])
def test_roles_of_columns_that_cannot_be_compared(tmp_path: Path, role: str, name: str) -> None:
    pq.write_table(pa.Table.from_pandas(part(50)).append_column("odd", NESTED[name]), tmp_path / "1.parquet")
    roles = {"target": "y", role: "odd"}
    with pytest.raises(
        DataError, match=rf"'{role}' must name a column of numbers, text, .* 'odd' holds .*Convert"
    ):
        ParquetSource(tmp_path, **roles)


BROKEN: dict[str, tuple[str, Any, str]] = {
    "an input": ("a", np.inf, "rows 400 to 599, .*row 57 of column 'a'"),
    "a target": ("y", np.inf, "rows 400 to 599, .*infinity in row 57"),
    "a missing target": ("y", np.nan, "no value in row 457,"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("share", [1.0, 0.3])
def test_errors_count_rows_of_the_file(tmp_path: Path, name: str, share: float) -> None:
    """Also where some rows have no weight, and are left out."""
    column, value, message = BROKEN[name]
    frame = part(4000).assign(w=(np.random.default_rng(0).random(4000) < share) * 1.0)
    frame.loc[457, "w"] = 1.0
    frame.loc[457, column] = value
    written(tmp_path, frame)
    with pytest.raises(DataError, match=message):
        fitted(tmp_path, weight="w")


@pytest.mark.parametrize("name", BROKEN)
def test_errors_count_from_the_first_row_with_a_weight(tmp_path: Path, name: str) -> None:
    column, value, _ = BROKEN[name]
    frame = part(4000).assign(w=1.0)
    frame.loc[395:430, "w"] = 0.0
    frame.loc[440, "w"] = 0.0
    frame.loc[457, column] = value
    written(tmp_path, frame)
    with pytest.raises(DataError, match=r"no value in row 457,|rows 431 to 599, .*row 26\b"):
        fitted(tmp_path, weight="w")
