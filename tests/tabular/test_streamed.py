"""Fits to Parquet files in little memory: the encoder of all rows, each row once an epoch, the same model."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pellucid import Checkpoint, load
from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular import TableEncoder, TabularClassifier, TabularRegressor
from pellucid.tabular.members.recipe import get_recipe
from pellucid.tabular.streaming import streamed_fit
from tabular.conftest import QUICK

pytest.importorskip("pyarrow")
from pellucid.tabular import ParquetSource
from pellucid.tabular.streaming.streamed_budget import Budget
from pellucid.tabular.streaming.streamed_rows import mixed

N, GROUP, MEMORY = 6000, 250, "1MB"
SMALL = QUICK | {"max_iter": 2, "n_members": 2, "n_threads": 1}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Return rows of every kind of column, sorted by the one that matters."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "key": np.sort(rng.normal(size=N)),
            "amount": np.where(rng.random(N) < 0.8, 0.0, rng.exponential(size=N)),
            "count": rng.integers(0, 40, N),
            "kind": rng.choice(["a", "b", "c", None], N),
            "code": [f"code {i}" for i in rng.integers(0, 60, N)],
            "new": rng.random(N) < 0.4,
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, N), unit="D"),
            "text": rng.choice(["1,5", "2,25", "-3,125"], N),
            "constant": 1.0,
        }
    )
    X.loc[rng.random(N) < 0.1, "amount"] = np.nan
    X["class"] = np.where(
        np.sin(3 * X["key"]) + (X["kind"] == "a") + 0.3 * rng.normal(size=N) > 0.3, "yes", "no"
    )
    X["number"] = 2.0 * X["key"] + (X["kind"] == "a") + 0.1 * rng.normal(size=N)
    X["weight"] = rng.integers(0, 3, N)
    X["group"] = rng.integers(0, 100, N)
    return X


INPUTS = ["key", "amount", "count", "kind", "code", "new", "day", "text", "constant"]


@pytest.fixture(scope="module")
def folder(table: pd.DataFrame, tmp_path_factory: Any) -> Path:
    """Return a folder with the rows in three files."""
    path = tmp_path_factory.mktemp("big")
    for i in range(3):
        table.iloc[i * N // 3 : (i + 1) * N // 3].to_parquet(path / f"{i}.parquet", row_group_size=GROUP)
    return Path(path)


def source(folder: Path, target: Any = "class", memory: Any = MEMORY, **more: Any) -> Any:
    return ParquetSource(folder, target, memory=memory, columns=INPUTS, **more)


def assert_same(one: Any, other: Any) -> None:
    for a, b in zip(one.members_, other.members_, strict=True):
        np.testing.assert_array_equal(a.network.parameters, b.network.parameters)
        assert [row["loss"] for row in a.history] == [row["loss"] for row in b.history]


# ---- the encoder ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [pytest.param(None, marks=pytest.mark.slow), "weight"])
@pytest.mark.filterwarnings("ignore::pellucid.exceptions.DataWarning")
def test_the_encoder_is_that_of_all_rows(table: pd.DataFrame, folder: Path, weight: str | None) -> None:
    """Few different values are counted, and more than the sample's rows in a column that varies."""
    model = TabularClassifier(**(SMALL | {"max_iter": 1, "n_members": 1})).fit(source(folder, weight=weight))
    whole = TableEncoder().fit(table[INPUTS], sample_weight=None if weight is None else table[weight])
    assert model.encoder_.to_plain()["columns"] == whole.to_plain()["columns"]
    assert model.encoder_.notes_ == whole.notes_


def test_the_recipe_is_that_of_all_rows(folder: Path) -> None:
    model = TabularClassifier(n_members=1, max_iter=1, hidden_layer_sizes=(8,), random_state=0).fit(
        source(folder)
    )
    recipe = get_recipe("default", "classes", round(0.8 * N))
    assert model.network_.input_layers[1].scale == recipe.frequency_scale


# ---- rows and windows -------------------------------------------------------------------------------------------


def fed(folder: Path, monkeypatch: Any, **more: Any) -> tuple[Any, list[np.ndarray], list[int]]:
    """Return a fit's jobs, and of each member's first epoch the keys of its rows and the sizes of its windows."""
    kept: list[Any] = []
    jobs_of = streamed_fit.jobs_of
    monkeypatch.setattr(streamed_fit, "jobs_of", lambda *args: kept.extend(jobs_of(*args)) or kept)
    options = {key: more.pop(key) for key in ("validation",) if key in more}
    model = TabularRegressor(**(SMALL | {"max_iter": 1} | options)).fit(source(folder, "number", **more))
    keys, sizes = [], []
    for job in kept:
        from pellucid.core import Network, Objective, get_loss
        from pellucid.engines import Problem
        from pellucid.optimizers import OPTIMIZERS

        few = job.rows.sample
        net = Network([few.X.shape[1], 1], dtype="float32", random_state=0)
        objective = Objective(net, get_loss("squared_error").on(net.output_activation))
        weight = job.rows.weights_of(few.weight, "float32")
        problem = Problem(objective, few.X, few.y, weight, 64, OPTIMIZERS["adam"], whole=job.rows.whole)
        seen = []
        for window in job.rows.feed(problem, lambda y: y, 3).windows(0):
            at = window.order
            assert len(at) <= window.n_steps * 64
            seen.append(window.problem.Y[at, 0])
            sizes.append(len(window.problem.Y))
        keys.append(np.concatenate(seen))
    return model, keys, sizes


@pytest.fixture(scope="module")
def plain(folder: Path) -> Any:
    """Return what is fed without further options."""
    with pytest.MonkeyPatch.context() as monkeypatch, warnings.catch_warnings(action="ignore"):
        return fed(folder, monkeypatch)


def test_an_epoch_holds_each_row_once_and_members_share_the_rest_out(table: pd.DataFrame, plain: Any) -> None:
    _, keys, sizes = plain
    assert len(sizes) > 4
    every = np.sort(table["number"].to_numpy())
    held_out = []
    for seen in keys:
        assert len(np.unique(seen)) == len(seen)
        held_out.append(np.setdiff1d(every, seen))
        assert 0.05 * N < len(held_out[-1]) < 0.3 * N  # as many as the memory holds
        spread = np.abs(np.corrcoef(np.arange(len(seen)), seen)[0, 1])
        assert spread < 0.35  # files sorted by the target come mixed
    assert not np.intersect1d(*held_out).size


@pytest.mark.parametrize(("n_pieces", "n_windows"), [(96, 12), (100, 12), (5, 12), (7, 1)])
def test_a_window_has_pieces_of_all_parts_of_the_files(n_pieces: int, n_windows: int) -> None:
    """Sorted files would otherwise be learned from with gaps, and the last windows have the last word."""
    order, other = (mixed(n_pieces, n_windows, np.random.default_rng(seed)) for seed in range(2))
    assert sorted(order) == list(range(n_pieces))
    assert (order != other).any()
    n_each = max(1, n_pieces // n_windows)
    ends = [part[-1] for part in np.array_split(np.arange(n_pieces), n_each)]
    for first in range(0, min(n_pieces, n_each * n_windows), n_each):
        assert sorted(np.searchsorted(ends, order[first : first + n_each])) == list(range(n_each))


@pytest.mark.filterwarnings("ignore::pellucid.exceptions.DataWarning")
def test_groups_are_held_out_whole(table: pd.DataFrame, folder: Path, monkeypatch: Any) -> None:
    _, keys, _ = fed(folder, monkeypatch, group="group")
    for seen in keys:
        learned = set(table["group"][table["number"].isin(seen)])
        out = set(table["group"][~table["number"].isin(seen)])
        assert out
        assert not learned & out


@pytest.mark.filterwarnings("ignore::pellucid.exceptions.DataWarning")
@pytest.mark.slow
def test_the_last_rows_in_time_are_held_out(table: pd.DataFrame, folder: Path, monkeypatch: Any) -> None:
    _, keys, _ = fed(folder, monkeypatch, time="day", validation="time")
    for seen in keys:
        learned = table["number"].isin(seen)
        assert table["day"][learned].max() < table["day"][~learned].min()
        assert 0.15 < (~learned).mean() < 0.25


@pytest.mark.filterwarnings("ignore::pellucid.exceptions.DataWarning")
@pytest.mark.slow
def test_rows_of_weight_0_are_absent(table: pd.DataFrame, folder: Path, monkeypatch: Any) -> None:
    model, keys, _ = fed(folder, monkeypatch, weight="weight")
    counts = table["number"][table["weight"] > 0]
    for seen in keys:
        assert np.isin(seen, counts).all()
    low, high = model.members_[0].targets.low[0], model.members_[0].targets.high[0]
    assert keys[0].min() == low
    assert keys[0].max() == high


def test_targets_are_on_the_scale_of_the_rows_learned_from(plain: Any) -> None:
    model, keys, _ = plain
    for member, seen in zip(model.members_, keys, strict=True):
        np.testing.assert_allclose(member.targets.mean, [seen.mean()], rtol=1e-9)
        np.testing.assert_allclose(member.targets.scale, [seen.std()], rtol=1e-9)


# ---- the model --------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pellucid.exceptions.DataWarning")
def test_sorted_files_are_learned_as_well_as_in_memory(table: pd.DataFrame, folder: Path) -> None:
    options = SMALL | {"max_iter": 12, "n_members": 1}
    streamed = TabularClassifier(**options).fit(source(folder))
    whole = TabularClassifier(**options).fit(table[INPUTS], table["class"])
    losses = [model.history_[-1]["validation_loss"] for model in (streamed, whole)]
    assert losses[0] < 1.1 * losses[1]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pellucid.exceptions.DataWarning")
def test_the_same_seed_and_memory_give_the_same_model(folder: Path) -> None:
    assert_same(*(TabularClassifier(**SMALL).fit(source(folder)) for _ in range(2)))


@pytest.mark.filterwarnings("ignore::pellucid.exceptions.DataWarning")
def test_rows_that_fit_are_learned_from_as_in_memory(table: pd.DataFrame, folder: Path) -> None:
    streamed = TabularClassifier(**SMALL).fit(source(folder, memory="2GB"))
    assert_same(streamed, TabularClassifier(**SMALL).fit(table[INPUTS], table["class"].to_numpy()))


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ({"class_weight": "balanced", "calibrate": True}, {}),
        pytest.param({"class_weight": {"yes": 3.0, "no": 1.0}}, {"weight": "weight"}, marks=pytest.mark.slow),
        pytest.param({"scoring": "balanced_accuracy", "n_members": 1}, {}, marks=pytest.mark.slow),
        ({"ensemble": "shared"}, {"group": "group"}),
    ],
)
@pytest.mark.filterwarnings("ignore::pellucid.exceptions.DataWarning")
@pytest.mark.few("options3-more3")
def test_options_of_a_fit_work_on_streams(table: pd.DataFrame, folder: Path, options: Any, more: Any) -> None:
    model = TabularClassifier(**(SMALL | {"max_iter": 3} | options)).fit(source(folder, **more))
    assert model.score(table[INPUTS], table["class"]) > 0.7


@pytest.mark.filterwarnings("ignore::pellucid.exceptions.DataWarning")
@pytest.mark.slow
def test_rows_to_be_judged_by_may_come_from_files_or_memory(table: pd.DataFrame, folder: Path) -> None:
    own = table.iloc[::50]
    given = TabularRegressor(**SMALL).fit(
        source(folder, "number"), validation_data=(own[INPUTS], own["number"])
    )
    own.to_parquet(folder.parent / "own.parquet")
    file = ParquetSource(folder.parent / "own.parquet", "number", columns=INPUTS)
    assert_same(TabularRegressor(**SMALL).fit(source(folder, "number"), validation_data=file), given)


# ---- interruptions ----------------------------------------------------------------------------------------------


class Cut(Exception):  # noqa: N818  no error: the end of the world
    """Stand-in for the death of a process."""


@pytest.mark.parametrize("k", [pytest.param(2, marks=pytest.mark.slow), 5])
@pytest.mark.filterwarnings("ignore::pellucid.exceptions.DataWarning")
@pytest.mark.slow
def test_a_fit_that_is_cut_off_goes_on_to_the_same_model(folder: Path, tmp_path: Path, k: int) -> None:
    class Fragile(Checkpoint):
        left = k

        def save_table(self, estimator: Any) -> None:
            super().save_table(estimator)
            self.left -= 1
            if self.left == 0:
                raise Cut

    options = SMALL | {"dropout": 0.1}
    whole = TabularClassifier(**options).fit(source(folder))
    path = tmp_path / "half.safetensors"
    with pytest.raises(Cut):
        TabularClassifier(**options).set_callbacks(Fragile(path)).fit(source(folder))
    assert_same(load(path).set_params(warm_start=True).fit(source(folder)), whole)
    with pytest.raises(DataError, match="other rows"):
        load(path).set_params(warm_start=True).fit(source(folder, weight="weight"))


@pytest.mark.filterwarnings("ignore:Training interrupted", "ignore::pellucid.exceptions.DataWarning")
def test_ctrl_c_keeps_finished_epochs_and_leaves_no_thread(folder: Path) -> None:
    class Stop(Checkpoint):
        told = False

        def save_table(self, estimator: Any) -> None:
            if len(estimator.members_[0].history) == 2 and not self.told:
                self.told = True
                raise KeyboardInterrupt

    model = TabularClassifier(**(SMALL | {"n_members": 1, "max_iter": 50}))
    model.set_callbacks(Stop(folder.parent / "stop.safetensors")).fit(source(folder))
    assert len(model.history_) == 2
    assert not [t.name for t in threading.enumerate() if t.name.startswith("pellucid-reader")]


# ---- what is refused --------------------------------------------------------------------------------------------


def test_what_a_source_names_is_not_passed_beside_it(table: pd.DataFrame, folder: Path) -> None:
    with pytest.raises(
        ParameterError, match="'y' must be None with a ParquetSource; name its column as 'target'"
    ):
        TabularClassifier(**SMALL).fit(source(folder), table["class"])
    with pytest.raises(ParameterError, match="validation='time' needs a time column"):
        TabularClassifier(**SMALL, validation="time").fit(source(folder))


@pytest.mark.slow
def test_a_finished_fit_does_not_go_on_with_files_larger_than_memory(folder: Path) -> None:
    """It says so, and stays as it was."""
    model = TabularClassifier(**SMALL).fit(source(folder))
    before = model.members_[0].network.parameters.copy()
    with pytest.raises(ParameterError, match="continues a finished fit only on rows that fit in memory"):
        model.set_params(warm_start=True).fit(source(folder))
    assert (model.members_[0].network.parameters == before).all()


# ---- kills ------------------------------------------------------------------------------------------------------

PROGRAM = """
import sys, warnings
from pathlib import Path
from pellucid import Checkpoint, load
from pellucid.tabular import ParquetSource, TabularClassifier
warnings.simplefilter("ignore")
folder, path = sys.argv[1:]
source = ParquetSource(folder, "class", memory="1MB", columns=["key", "kind", "amount"])
options = dict(n_members=2, max_iter=4, hidden_layer_sizes=(8,), dropout=0.1)
model = TabularClassifier(**options, random_state=0, n_threads=1)
if Path(path).exists():
    model = load(path).set_params(warm_start=True)
model.set_callbacks(Checkpoint(path))
print("ready", flush=True)
model.fit(source)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs a system that kills")
@pytest.mark.filterwarnings("ignore::pellucid.exceptions.DataWarning")
def test_a_fit_that_is_killed_at_random_moments_goes_on_to_the_same_model(
    folder: Path, tmp_path: Path
) -> None:
    rng, path = np.random.default_rng(0), tmp_path / "c.safetensors"
    few = ParquetSource(folder, "class", memory="1MB", columns=["key", "kind", "amount"])
    options = SMALL | {"max_iter": 4, "hidden_layer_sizes": (8,), "dropout": 0.1}
    started = time.perf_counter()
    whole = TabularClassifier(**options).fit(few)
    seconds = time.perf_counter() - started
    for _ in range(10):
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), str(path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout.readline() == "ready\n"
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=float(rng.uniform(0.0, 0.5 * seconds)))
        child.kill()
        child.wait()
        child.stdout.close()
        assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith(".")) in ([], [path.name])
    finished = load(path) if path.exists() else TabularClassifier(**options)
    assert_same(finished.set_params(warm_start=True).fit(few), whole)


def written_in_time(folder: Path, y: list[str]) -> Any:
    rng = np.random.default_rng(0)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(y)), "h")
    pd.DataFrame({"x": rng.normal(size=len(y)), "day": day, "y": y}).to_parquet(
        folder / "rows.parquet", row_group_size=500
    )
    return ParquetSource(folder / "rows.parquet", "y", memory=MEMORY, time="day")


@pytest.mark.parametrize("n_judges", [None, 40])
def test_a_class_of_the_last_rows_only_is_never_learned(
    tmp_path: Path, monkeypatch: Any, n_judges: int
) -> None:
    """It is a class and is named by a warning, as in memory, also where few of the last rows are kept to judge."""
    y = [*(["no", "yes"] * 1000), *(["new"] * 3), *(["no", "yes"] * 100)]
    rows = written_in_time(tmp_path, y)
    if n_judges is not None:
        monkeypatch.setattr(Budget, "held_out_rows", lambda self, n_sets: n_judges)
    model = TabularClassifier(**SMALL | {"max_iter": 1}, validation="time")
    with pytest.warns(
        UserWarning, match=r"the classes \['new'\]: all .* set validation='random'"
    ) as streamed:
        model.fit(rows)
    assert model.classes_.tolist() == ["new", "no", "yes"]
    frame = pd.read_parquet(tmp_path / "rows.parquet")
    with pytest.warns(UserWarning, match=r"No network learns from a row of the classes") as given:
        model.fit(frame[["x", "day"]], frame["y"])
    assert {str(w.message) for w in streamed} == {str(w.message) for w in given}
    assert {w.filename for w in streamed} == {__file__}


def test_the_other_class_comes_after_the_rows_that_are_learned(tmp_path: Path) -> None:
    rows = written_in_time(tmp_path, [*(["no"] * 1000), *(["yes"] * 100)])
    model = TabularClassifier(**SMALL, validation="time")
    with pytest.raises(DataError, match=r"two classes among the rows .* set validation='random'"):
        model.fit(rows)


def test_a_class_that_one_group_has_is_held_out_with_it(tmp_path: Path) -> None:
    """The one member holds out one fold of groups; a class in it alone is named."""
    rng, n = np.random.default_rng(0), 1000
    frame = pd.DataFrame(
        {"x": rng.normal(size=n), "g": rng.integers(0, 40, n), "y": rng.choice(["no", "yes"], n)}
    )
    model = TabularClassifier(**SMALL | {"max_iter": 1, "n_members": 1})
    missed = 0
    for group in range(6, 12):
        own = frame.assign(y=np.where(frame["g"] == group, "own", frame["y"]))
        own.to_parquet(tmp_path / "rows.parquet", row_group_size=200)
        rows = ParquetSource(tmp_path / "rows.parquet", "y", memory=MEMORY, group="g")
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            model.fit(rows)
        missed += any("['own']" in str(w.message) and "n_members=5" in str(w.message) for w in said)
    assert 1 <= missed < 6
