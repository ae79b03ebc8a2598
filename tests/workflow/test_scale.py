"""Parquet files in parts, from training to predictions; and the cost of clusters."""

from __future__ import annotations

import errno
import os
import pickle
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid import load
from pellucid.exceptions import DataError, ParameterError
from pellucid.workflow import (
    Roles,
    plan_cluster,
    predict_file,
    predict_parquet,
    streamed_predictions,
    train_file,
)
from pellucid.workflow.cluster import Machine
from pellucid.workflow.input_files.dataset import read_table

pytest.importorskip("pyarrow")
N = 4000
FEW: dict[str, Any] = {"max_iter": 2, "n_members": 1, "hidden_layer_sizes": (8,), "memory": "1MB"}


@pytest.fixture(scope="module")
def big(tmp_path_factory: Any) -> Path:
    rng, folder = np.random.default_rng(0), tmp_path_factory.mktemp("big")
    frame = pl.DataFrame(
        {
            "id": np.arange(N),
            "key": np.sort(rng.normal(size=N)),
            "kind": rng.choice(["a", "b"], N),
            "day": pl.Series(np.arange(N) % 500).cast(pl.Date),
        }
    )
    noise = 0.3 * rng.normal(size=N)
    frame = frame.with_columns(
        pl.when(pl.col("key") + noise > 0).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("y")
    )
    for i in range(2):
        part = frame.slice(i * N // 2, N // 2)
        part.write_parquet(folder / f"{i}.parquet", row_group_size=250, use_pyarrow=True)
    return Path(folder)


@pytest.fixture(scope="module")
def model(big: Path) -> Path:
    out = big / "m.safetensors"
    trained = train_file(f"{big}/*.parquet", Roles("y", identifier="id"), out=out, **FEW)
    assert trained.origin.task == "classification"
    assert trained.held_out is not None
    assert trained.held_out["accuracy"] > 0.7
    assert "id" not in trained.model.feature_names_in_
    return out


@pytest.mark.slow
def test_predictions_are_those_of_the_rows_in_memory_in_their_order(
    big: Path, model: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(streamed_predictions, "MEMORY", 32 * 5 * 300)  # parts of 300 rows
    whole = pl.concat([predict_file(model, big / f"{i}.parquet", proba=True).frame for i in range(2)])
    for suffix in (".parquet", ".csv"):
        out = tmp_path / f"p{suffix}"
        done = predict_parquet(model, f"{big}/*.parquet", out, proba=True)
        assert done.n_rows == N
        found = pl.read_parquet(out) if suffix == ".parquet" else pl.read_csv(out)
        assert found.columns == done.columns == whole.columns
        assert found["id"].to_list() == list(range(N))
        assert found["prediction"].to_list() == whole["prediction"].to_list()
        np.testing.assert_allclose(found["probability_yes"], whole["probability_yes"], rtol=1e-6)


def test_identifiers_of_several_types_are_one_column(
    big: Path, model: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(streamed_predictions, "MEMORY", 32 * 5 * 300)
    frame = pl.read_parquet(big / "0.parquet")
    some = pl.when(pl.int_range(pl.len()) > 1000).then(pl.lit("r"))
    for case, (one, other) in {
        "widths": (pl.col("id").cast(pl.Int32), pl.col("id") + 2**40),
        "fractions": (pl.col("id"), pl.col("id") + 0.5),
        "texts": (pl.lit(None), some),
        "categories": (some.cast(pl.Categorical), some),
    }.items():
        folder = tmp_path / case
        folder.mkdir()
        given = [frame.with_columns(ids.alias("id")) for ids in (one, other)]
        for i, part in enumerate(given):
            part.write_parquet(folder / f"{i}.parquet", use_pyarrow=True)
        out = tmp_path / f"{case}.parquet"
        assert predict_parquet(model, f"{folder}/*.parquet", out, identifier="id").n_rows == N
        assert pl.read_parquet(out)["id"].to_list() == [
            each for part in given for each in part["id"].to_list()
        ]


def test_a_folder_of_parquet_files_is_named_by_a_pattern(big: Path) -> None:
    with pytest.raises(DataError, match=r"is a folder; .*To read all its Parquet files, use '.*\*\.parquet'"):
        read_table(str(big))


def test_files_may_differ_in_columns_that_the_model_does_not_use(
    big: Path, model: Path, tmp_path: Path
) -> None:
    """A later file has one column more and another of another type; answers are those of the same rows."""
    first, second = (pl.read_parquet(big / f"{i}.parquet") for i in range(2))
    first.with_columns(remark=pl.lit("a")).write_parquet(tmp_path / "0.parquet")
    second.with_columns(remark=pl.lit(1), late=pl.lit(2.0)).write_parquet(tmp_path / "1.parquet")
    pl.concat([first, second]).write_parquet(tmp_path / "both.parquet")
    done = predict_parquet(model, f"{tmp_path}/[01].parquet", tmp_path / "p.parquet")
    assert done.n_rows == len(first) + len(second)
    predict_parquet(model, tmp_path / "both.parquet", tmp_path / "q.parquet")
    assert pl.read_parquet(tmp_path / "p.parquet").equals(pl.read_parquet(tmp_path / "q.parquet"))
    second.drop("key").write_parquet(tmp_path / "1.parquet")
    with pytest.raises(DataError, match=r"1\.parquet, lacks the column 'key'"):
        predict_parquet(model, f"{tmp_path}/[01].parquet", tmp_path / "r.parquet")


def test_identifiers_stay_what_they_are(big: Path, model: Path, tmp_path: Path) -> None:
    """A whole number that no number of float64 equals is refused beside fractions, and nothing is written."""
    for k, ids in enumerate(([2**53 + 1] * N, [0.5] * N)):
        frame = pl.concat([pl.read_parquet(big / f"{i}.parquet") for i in range(2)])
        frame.with_columns(id=pl.Series(ids)).write_parquet(tmp_path / f"{k}.parquet")
    with pytest.raises(
        DataError, match=r"0\.parquet.* holds int64 in the column 'id'.* Converting its values"
    ):
        predict_parquet(model, f"{tmp_path}/*.parquet", tmp_path / "p.parquet")
    assert not (tmp_path / "p.parquet").exists()


def test_what_fails_half_way_writes_nothing(big: Path, model: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(streamed_predictions, "MEMORY", 32 * 5 * 300)
    bad = pl.read_parquet(big / "1.parquet").with_columns(
        pl.when(pl.int_range(pl.len()) == 1000).then(np.inf).otherwise(pl.col("key")).alias("key")
    )
    bad.write_parquet(tmp_path / "bad.parquet", use_pyarrow=True)
    out = tmp_path / "p.parquet"
    out.write_bytes(b"before")
    with pytest.raises(DataError, match=r"bad.parquet, rows 900 to 1,199, .*has inf in row 101"):
        predict_parquet(model, tmp_path / "bad.parquet", out, force=True)
    assert out.read_bytes() == b"before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.parquet", "p.parquet"]
    with pytest.raises(DataError, match="exists already"):
        predict_parquet(model, tmp_path / "bad.parquet", out)


@pytest.mark.slow
def test_a_training_goes_on_from_its_checkpoint(big: Path, model: Path, tmp_path: Path) -> None:
    data, roles = f"{big}/*.parquet", Roles("y", identifier="id")
    checkpoint = tmp_path / "c.safetensors"
    train_file(data, roles, out=tmp_path / "a.safetensors", checkpoint=checkpoint, **FEW)
    resumed = train_file(data, out=tmp_path / "b.safetensors", resume=checkpoint, memory="1MB")
    whole = train_file(data, roles, out=tmp_path / "d.safetensors", **FEW)
    np.testing.assert_array_equal(resumed.model.network_.parameters, whole.model.network_.parameters)
    assert resumed.held_out == whole.held_out


def test_the_last_rows_by_a_column_are_held_out(big: Path, tmp_path: Path) -> None:
    roles = Roles("y", identifier="id", time="day", test_fraction=0.2)
    trained = train_file(f"{big}/*.parquet", roles, out=tmp_path / "t.safetensors", **FEW)
    assert 0.0 < trained.held_out["rows"] <= 0.25 * N


@pytest.mark.parametrize("name", ["out", "checkpoint"])
def test_files_that_are_read_are_not_written_over(big: Path, tmp_path: Path, name: str) -> None:
    """Also behind a pattern, by a link, and with ``force``."""
    folder = tmp_path / "rows"
    shutil.copytree(big, folder, ignore=shutil.ignore_patterns("m.*"))
    (tmp_path / "link.parquet").symlink_to(folder / "1.parquet")
    before = (folder / "1.parquet").read_bytes()
    paths = {"out": tmp_path / "m.safetensors", name: tmp_path / "link.parquet"}
    for data in (f"{folder}/*.parquet", folder):
        with pytest.raises(ParameterError, match=r"link.parquet is an input of this command"):
            train_file(data, "y", force=True, **paths, **FEW)
    assert (folder / "1.parquet").read_bytes() == before


def _written(path: Path, y: Any, **more: Any) -> Path:
    a = np.random.default_rng(0).normal(size=len(y))
    pl.DataFrame({"a": a, "y": y, **more}).write_parquet(path, row_group_size=2000, use_pyarrow=True)
    return path


def test_a_class_of_one_row_in_thousands_is_learned_from(tmp_path: Path) -> None:
    """The values of the target are read of all rows, however rare."""
    y = np.zeros(20_000, np.int64)
    y[[1999, 13_999]] = 1  # behind the first rows of their row groups
    trained = train_file(_written(tmp_path / "rare.parquet", y), "y", out=tmp_path / "m.safetensors", **FEW)
    assert trained.model.classes_.tolist() == [0, 1]
    assert trained.origin.n_rows == 20_000
    assert trained.origin.data == str(tmp_path / "rare.parquet")


def test_a_number_with_a_fraction_in_one_row_is_no_class(tmp_path: Path) -> None:
    """The task follows from all values of the target."""
    y = np.arange(20_000) % 3 + 0.0
    y[13_999] = 0.5
    trained = train_file(_written(tmp_path / "t.parquet", y), "y", out=tmp_path / "m.safetensors", **FEW)
    assert trained.origin.task == "regression"


def test_a_target_without_a_value_is_named_by_file_and_row(tmp_path: Path) -> None:
    """The row is that of the file, not of those that show the task."""
    y = np.arange(60_000) + 0.5
    y[42_000:42_010] = np.nan
    with pytest.raises(
        DataError, match=r"t.parquet: the column 'y' \(the target\) has no value in row 42,000"
    ):
        train_file(_written(tmp_path / "t.parquet", y), "y", out=tmp_path / "m.safetensors", **FEW)


@pytest.mark.parametrize("memory", [None, "1MB"])
def test_labels_of_rows_are_not_learned_from(tmp_path: Path, memory: Any) -> None:
    """New files do not have them, or have others."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=300), "y": rng.normal(size=300)})
    frame.sample(frac=0.9, random_state=0).to_parquet(tmp_path / "t.parquet")
    trained = train_file(
        tmp_path / "t.parquet", "y", out=tmp_path / "m.safetensors", **{**FEW, "memory": memory}
    )
    assert trained.model.feature_names_in_.tolist() == ["a"]
    assert trained.origin.dropped == ["__index_level_0__"]
    assert sum("row labels" in note for note in trained.notes) == 1
    frame.to_parquet(tmp_path / "new.parquet")
    assert predict_file(tmp_path / "m.safetensors", tmp_path / "new.parquet").frame.height == 300


@pytest.mark.thorough
def test_remarks_on_files_reach_the_listener(tmp_path: Path) -> None:
    """Those of the source, and those of a fit that reads in parts."""
    for year in (2025, 2026):
        (tmp_path / f"year={year}").mkdir()
        frame = pl.DataFrame({"a": np.arange(60_000) % 7, "y": np.arange(60_000) / 3})
        frame.write_parquet(tmp_path / f"year={year}" / "1.parquet", use_pyarrow=True)
    few = {**FEW, "max_iter": 1}
    said = " ".join(train_file(f"{tmp_path}/*/*.parquet", "y", out=tmp_path / "m.safetensors", **few).notes)
    assert "'year' exists only in the names of folders" in said
    assert "so large that each row is read" in said


def test_a_task_that_the_target_does_not_take(tmp_path: Path) -> None:
    """The remedy is the same as for a table in memory."""
    data, out = _written(tmp_path / "t.parquet", np.arange(300) / 7), tmp_path / "m.safetensors"
    with pytest.raises(DataError, match=r"holds numbers with a fraction, such as .*task='regression'"):
        train_file(data, Roles("y", task="classification"), out=out, **FEW)
    words = _written(tmp_path / "t.parquet", ["u", "v"] * 150)
    with pytest.raises(
        DataError, match=r"must be numbers for a regression; it holds .*task='classification'"
    ):
        train_file(words, Roles("y", task="regression"), out=out, **FEW)


@pytest.mark.parametrize("kind", [pl.Date, pl.Duration("ms"), pl.Time, pl.Binary])
def test_targets_that_no_model_file_holds_are_refused_at_once(tmp_path: Path, kind: Any) -> None:
    """Before hours of training."""
    if kind == pl.Binary:
        y = pl.Series([b"x", b"y"] * 500)
    else:
        y = (
            pl.Series(np.arange(1000, dtype=np.int32) % 5)
            .cast(pl.Int64 if kind != pl.Date else pl.Int32)
            .cast(kind)
        )
    with pytest.raises(
        DataError,
        match=r"'y' .*holds .* it must hold numbers, text or Booleans|'target' must name .* 'y' holds",
    ):
        train_file(_written(tmp_path / "t.parquet", y), "y", out=tmp_path / "m.safetensors", **FEW)


@pytest.mark.parametrize("value", [1.5, "u", True])
def test_a_target_of_one_value_is_refused(tmp_path: Path, value: Any) -> None:
    """The message speaks of all rows, since all were read."""
    data = _written(tmp_path / "t.parquet", [value] * 30_000)
    with pytest.raises(DataError, match=r"in every row of .*t.parquet: there is nothing to learn"):
        train_file(data, "y", out=tmp_path / "m.safetensors", **FEW)


def test_options_that_do_not_apply(big: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="does not apply to files that are streamed"):
        train_file(
            f"{big}/*.parquet", Roles("y", drop_missing_target=True), out=tmp_path / "m.safetensors", **FEW
        )
    with pytest.raises(ParameterError, match="'target'"):
        train_file(f"{big}/*.parquet", out=tmp_path / "m.safetensors", **FEW)


def test_a_model_travels_to_partitions_of_dask(big: Path, model: Path) -> None:
    dask = pytest.importorskip("dask.dataframe")
    from pellucid import load

    packed = pickle.dumps(load(model))
    assert len(packed) < 1_000_000
    frame = pl.read_parquet(big / "0.parquet").to_pandas()
    inputs = frame[["key", "kind", "day"]]

    def predict(part: Any) -> Any:
        fitted = pickle.loads(packed)
        return part.assign(prediction=fitted.predict(part))["prediction"]

    lazy = dask.from_pandas(inputs, npartitions=3).map_partitions(predict, meta=("prediction", object))
    assert lazy.compute(scheduler="threads").tolist() == load(model).predict(inputs).tolist()


# ---- cost of clusters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "machines", "cores", "every", "hours"),
    [
        (1e9, 1, 2, 1, 0.5227), (1e9, 1, 16, 1, 0.0653), (1e9, 4, 16, 1, 0.0177), (1e10, 16, 16, 1, 0.0673),
        (1e12, 1, 2, 1, 522.7), (1e12, 4, 16, 1, 17.66), (1e12, 16, 16, 32, 4.25), (1e12, 64, 16, 32, 1.274),
    ],
)  # fmt: skip
def test_hours_are_those_of_the_model_worked_out_before(
    rows: float, machines: int, cores: int, every: int, hours: float
) -> None:
    """The numbers were calculated apart from this code, and rounded."""
    plan = plan_cluster(rows, 67, machines=machines, exchange_every=every, machine=Machine(cores=cores))
    assert plan.parameters == 25_345
    assert plan.hours == pytest.approx(hours, rel=0.003)


def test_an_exchange_is_that_of_a_hypercube() -> None:
    """Each doubling of the machines adds one message of all numbers, whatever their number before."""
    quick = Machine(flops=1e30, cells=1e30, latency=1e-3, bandwidth=1e6)
    network: Any = {"hidden": (9,), "batch_size": 1000, "machine": quick}
    one = (1e-3 + 4 * (11 * 9 + 10) / 1e6) * 1000 / 3600  # seconds of a message, for each of 1,000 steps
    found = [plan_cluster(1e6, 10, machines=n, **network).exchange for n in (1, 2, 4, 64)]
    assert found == pytest.approx([0.0, one, 2 * one, 6 * one])
    rounds = plan_cluster(1e6, 10, machines=4, exchange_every=8, **network).exchange
    assert rounds == pytest.approx(2 * (1e-3 + 3 * 4 * 109 / 1e6) * 1000 / 3600 / 8)
    with pytest.raises(ParameterError, match=r"'machines' must be an integer that is a power of two.* got 6"):
        plan_cluster(1e6, 10, machines=6)


def test_parts_add_up_and_a_price_is_that_of_all_machines() -> None:
    plan = plan_cluster(1e10, 67, machines=4, epochs=3.0, price=0.5)
    assert plan.hours == pytest.approx(3.0 * (plan.arithmetic + plan.reading + plan.exchange))
    assert plan.cost == pytest.approx(0.5 * 4 * plan.hours)
    assert plan_cluster(1e10, 67, machines=64, hidden=(32,)).bound == "latency"
    assert plan_cluster(1e10, 67, hidden=(4096, 4096)).bound == "arithmetic"
    assert plan_cluster(1e10, 2000, hidden=(4,)).bound == "reading"
    assert plan_cluster(1e10, 67, hidden=(4096, 4096), machines=16, batch_size=256).bound == "exchange"
    with pytest.raises(ParameterError, match="'machines' must be an integer > 0"):
        plan_cluster(1e9, 67, machines=0)


@pytest.mark.parametrize("memory", [None, "1MB"])
def test_a_model_that_finds_no_room_is_written_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: Any
) -> None:
    """Hours of training are not lost to a disk that has become full; an earlier model stays."""
    (tmp_path / "full").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    out, replace = tmp_path / "full" / "m.safetensors", os.replace

    def full(source: Any, target: Any) -> None:
        if Path(target).parent.name == "full":
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr("pellucid.host.files.os.replace", full)
    data = _written(tmp_path / "t.parquet", np.arange(300) / 7)
    with pytest.raises(
        DataError, match=r"m.safetensors: No space left .* is at .*here/m.safetensors instead: move"
    ):
        train_file(data, "y", out=out, **{**FEW, "memory": memory})
    assert not list(out.parent.iterdir())
    assert load(tmp_path / "here" / "m.safetensors").members_


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "5", None])
@pytest.mark.parametrize(
    "name",
    [
        "rows",
        "columns",
        "epochs",
        "batch_size",
        "outputs",
        "machines",
        "exchange_every",
        "hidden",
        "price",
        "cores",
    ],
)
def test_what_is_no_plan(name: str, value: Any) -> None:
    """An error names the figure, whatever is wrong with it."""
    if name == "price" and value in (0, None):
        return
    given = {"rows": 1e9, "columns": 67, name: (8, value) if name == "hidden" else value}
    if name == "cores":
        given = {"rows": 1e9, "columns": 67, "machine": Machine(cores=value)}
    with pytest.raises(ParameterError, match=rf"'{name}' must be .* got {re.escape(repr(value))}"):
        plan_cluster(**given)


def test_figures_that_contradict_each_other() -> None:
    """Each machine needs a row of a batch, and a batch has no more rows than there are."""
    with pytest.raises(ParameterError, match=r"'machines' must be at most the rows of a batch, 8, .* got 64"):
        plan_cluster(1e9, 67, machines=64, batch_size=8)
    with pytest.raises(
        ParameterError, match=r"'machines' must be at most the rows of a batch, 10, .* got 16"
    ):
        plan_cluster(10, 67, machines=16)
    assert plan_cluster(1000, 67).hours == plan_cluster(1000, 67, batch_size=1000).hours


def test_a_large_price_is_shown_whole() -> None:
    """A table cuts texts that are too long."""
    texts = plan_cluster(1e9, 67, price=1e18).texts
    assert float(texts[-2]) == pytest.approx(plan_cluster(1e9, 67, price=1e18).cost, rel=1e-2)
    assert plan_cluster(1e9, 67, price=1e6).texts[-2].startswith("65,33")


def test_a_checkpoint_that_is_never_written_is_mentioned_once(tmp_path: Path, monkeypatch: Any) -> None:
    """A disk stays full for a thousand epochs."""

    def full(*given: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pellucid.persistence.checkpoint.write_model", full)
    data = _written(tmp_path / "t.parquet", np.arange(200) / 3)
    trained = train_file(
        data, "y", out=tmp_path / "m.safetensors", checkpoint=tmp_path / "c.safetensors", **FEW
    )
    said = [note for note in trained.notes if "No space left" in note]
    assert len(said) == 1
    assert re.search(r"\(This happened [0-9] times\.\)$", said[0])
