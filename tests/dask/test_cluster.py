"""Fits on a cluster: the launcher's bits, whatever happens to workers and ranks, and nothing left behind."""

import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from textwrap import indent
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import MLPClassifier, TabularClassifier, TabularRegressor, load, save
from pellucid.dask import (
    DaskMLPClassifier,
    DaskMLPRegressor,
    DaskTabularClassifier,
    DaskTabularRegressor,
    attendance,
    crew,
    on_worker,
)
from pellucid.engines.accelerated import team
from pellucid.engines.accelerated.team import Team, join_team
from pellucid.exceptions import DataError, ParameterError
from pellucid.ranks import Ranks, fit_on_ranks
from pellucid.ranks.messages import Done, Task
from rank_trainings import Unhurried, children, is_gone, until
from shared_rows import OPTIONS as TABLE
from shared_rows import houses, in_pieces

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("distributed") is None or find_spec("jax") is None or find_spec("pandas") is None,
        reason="Dask or JAX is not installed: pip install 'pellucid[dask,jax]' pandas",
    ),
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="It finds processes in /proc."),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*hasn't converged yet", "ignore:.*was lost", "ignore:Port 8787"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ROOT = Path(__file__).parents[2]
SHARED: dict[str, Any] = {**TABLE, "max_iter": 6}
OPTIONS: dict[str, Any] = {"max_iter": 40, "dropout": 0.2, "batch_size": 500, "random_state": 0}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    """Two workers, processes of this machine, and their client."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=tmp_path
        ) as workers,
        Client(workers) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def rows() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 10))
    return X, (X[:, 0] * X[:, 1] > 0.0).astype(int)


@pytest.fixture(scope="module")
def undisturbed(rows: Any) -> Any:
    """The model of the launcher."""
    with warnings.catch_warnings(action="ignore"):
        return fit_on_ranks(MLPClassifier((32,), **OPTIONS), *rows, ranks=Ranks(2))


def in_chunks(*arrays: Any) -> list[Any]:
    import dask.array as da

    return [da.from_array(array, chunks=(900, *array.shape[1:])) for array in arrays]


def workers_of(client: Any) -> list[int]:
    """Return the processes of the workers, in the order of their addresses."""
    return [pid for _, pid in sorted(client.run(os.getpid).items())]


def ranks_of(workers: list[int]) -> list[int]:
    """Return the processes of ranks."""
    return [pid for worker in workers for pid in children(worker) if _is_rank(pid)]


def _is_rank(pid: int) -> bool:
    try:
        return b"pellucid.ranks.process" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def check_empty(client: Any, folder: Path) -> None:
    """Wait until nothing of a fit is left: tasks, processes, files."""
    until(lambda: not client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks)))
    until(lambda: not ranks_of(workers_of(client)))
    until(lambda: not [path for path in folder.rglob("*") if "pellucid" in path.name])


def meanwhile(work: Callable[[], Any]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


# ---- the launcher's bits ----------------------------------------------------------------------------------


def test_the_bits_of_the_launcher(client: Any, rows: Any, undisturbed: Any, tmp_path: Path) -> None:
    """Parameters and history; predictions are lazy; the model is saved as an ordinary one; nothing is left."""
    X, y = in_chunks(*rows)
    model = DaskMLPClassifier((32,), **OPTIONS)
    assert model.fit(X, y) is model

    local = model.to_local()
    assert type(local) is MLPClassifier
    assert local.network_.parameters.tobytes() == undisturbed.network_.parameters.tobytes()
    losses = [[row["loss"] for row in fitted.history_] for fitted in (model, undisturbed)]
    assert losses[0] == losses[1]
    found = model.predict(X)
    assert (found.chunks, found.dtype) == (y.chunks, y.dtype)
    assert (found.compute() == undisturbed.predict(rows[0])).all()
    save(local, tmp_path / "m.safetensors")
    again = DaskMLPClassifier.from_local(load(tmp_path / "m.safetensors"))
    assert (again.predict(X).compute() == found.compute()).all()
    del found, X, y
    check_empty(client, tmp_path / "dask-scratch-space")


def test_an_estimator_for_tables(client: Any) -> None:
    """Data frames with weights and validation rows; categories that differ between partitions."""
    import dask.dataframe as dd
    import pandas as pd

    rng = np.random.default_rng(0)
    table = pd.DataFrame({"size": rng.normal(size=600), "kind": rng.choice(["flat", "house"], 600)})
    table["price"], table["weight"] = table["size"] + (table["kind"] == "flat"), np.arange(600) % 3
    frame = dd.from_pandas(table, npartitions=4)
    options: dict[str, Any] = {"preset": "fast", "max_iter": 3, "random_state": 0}

    def given(frame: Any, held_out: Any) -> Any:
        names = ["size", "kind"]
        return (frame[names], frame["price"], frame["weight"]), (held_out[names], held_out["price"])

    (X, y, w), validation = given(frame, dd.from_pandas(table[:50], npartitions=2))
    model = DaskTabularRegressor(**options).fit(X, y, sample_weight=w, validation_data=validation)
    (X_now, y_now, w_now), held_out = given(table, table[:50])
    alone = TabularRegressor(**options)
    fit_on_ranks(alone, X_now, y_now, ranks=Ranks(2), sample_weight=w_now, validation_data=held_out)

    assert (model.to_local().predict(X_now) == alone.predict(X_now)).all()
    found = model.predict(X)
    assert (found.name, found.divisions) == ("price", X.divisions)
    assert found.compute().index.equals(table.index)


# ---- rows that stay apart -----------------------------------------------------------------------------------


def in_frames(*columns: Any) -> list[Any]:
    import dask.dataframe as dd

    return [dd.from_pandas(column, chunksize=450) for column in columns]


APART: dict[str, Any] = {**SHARED, "n_shards": 4, "memory": "1MB"}


@pytest.fixture(scope="module")
def of_one_process() -> Any:
    """The model of one process with all shards, and the rows in one piece."""
    with warnings.catch_warnings(action="ignore"):
        return TabularClassifier(**SHARED, engine="jax").fit(in_pieces(*houses(), n_pieces=1))


def test_the_table_that_a_rank_gets(of_one_process: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker sends it the pieces of its shards with their places; they make the same model without a process."""
    from distributed import Client, LocalCluster

    given: list[Any] = []

    def in_this_process(tasks: list[Task], *, parts: Iterator[Any], **options: Any) -> Done:
        (task,), held = tasks, list(parts)
        given.extend(place for place, _ in held)
        join_team(Team(task.rank, task.n_ranks, task.n_shards))
        try:
            fit = pickle.loads(task.fit).of(held)
            assert not held
            return Done(fit.model.set_params(**fit.parameters).fit(fit.X, **fit.arguments), [])
        finally:
            team._joined.clear()

    monkeypatch.setattr(on_worker, "run_ranks", in_this_process)
    table, y, w = houses()
    options: dict[str, Any] = {"n_workers": 1, "threads_per_worker": 2, "processes": False}
    with LocalCluster(**options, dashboard_address=None) as workers, Client(workers):
        X, *others = in_frames(table, y, w)
        model = DaskTabularClassifier(**APART).fit(X, others[0], sample_weight=others[1])
    assert given == list(range(0, len(y), 450))
    assert model.network_.parameters.tobytes() == of_one_process.network_.parameters.tobytes()


def test_rows_stay_apart(
    client: Any, of_one_process: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the bits of one process, whatever the partitions and workers."""
    monkeypatch.setattr(crew, "HEARTBEAT", 60)  # of a busy machine
    table, y, w = houses()
    X, *others = in_frames(table, y, w)
    model = DaskTabularClassifier(**APART).fit(X, others[0], sample_weight=others[1])
    assert model.network_.parameters.tobytes() == of_one_process.network_.parameters.tobytes()
    assert (model.predict(X).compute() == of_one_process.predict(table)).all()
    alone = DaskTabularClassifier(**APART | {"n_workers": 1}).fit(X, others[0], sample_weight=others[1])
    assert alone.network_.parameters.tobytes() == of_one_process.network_.parameters.tobytes()
    with pytest.raises(ParameterError, match=r"validation='time' .* not in order"):
        DaskTabularClassifier(**APART | {"validation": "time"}).fit(X, others[0])
    del X, others
    check_empty(client, tmp_path / "dask-scratch-space")


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGSTOP])
def test_rows_of_a_lost_worker_are_found_again(
    kind: signal.Signals, client: Any, of_one_process: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is killed or stopped is replaced, and training continues to the same bits."""
    monkeypatch.setattr(attendance, "SILENT", 12.0)
    monkeypatch.setattr(crew, "HEARTBEAT", 60)
    table, y, w = houses()
    X, *others = in_frames(table, y, w)
    path = tmp_path / "latest.safetensors"
    disturber = meanwhile(lambda: until(path.exists) and os.kill(workers_of(client)[0], kind))
    with pytest.warns(UserWarning, match="was lost: .* Training restarts from the last checkpoint"):
        model = DaskTabularClassifier(**APART).fit(
            X, others[0], sample_weight=others[1], checkpoint=Unhurried(path)
        )
    disturber.join()
    assert model.network_.parameters.tobytes() == of_one_process.network_.parameters.tobytes()
    del X, others
    check_empty(client, tmp_path / "dask-scratch-space")


# ---- losses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("victim", ["worker 0", "worker 1", "rank 0", "rank 1"])
def test_a_killed_process_is_survived(
    victim: str, client: Any, rows: Any, undisturbed: Any, tmp_path: Path
) -> None:
    """Training continues from the client's checkpoint, to the bits of an undisturbed fit."""
    X, y = in_chunks(*rows)
    path = tmp_path / "latest.safetensors"
    kind, number = victim.split()

    def kill() -> None:
        until(path.exists)
        workers = workers_of(client)
        os.kill((workers if kind == "worker" else ranks_of(workers))[int(number)], signal.SIGKILL)

    killer = meanwhile(kill)
    with pytest.warns(UserWarning, match="was lost: .* Training restarts from the last checkpoint"):
        model = DaskMLPClassifier((32,), **OPTIONS).fit(X, y, checkpoint=Unhurried(path))
    killer.join()

    assert model.network_.parameters.tobytes() == undisturbed.network_.parameters.tobytes()
    del X, y
    check_empty(client, tmp_path / "dask-scratch-space")


def test_a_worker_that_does_not_come_back(
    client: Any, rows: Any, undisturbed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One rank goes on with the shards of both, to the same bits."""
    monkeypatch.setattr(crew, "REPLACING", 2.0)
    X, y = in_chunks(*rows)
    path = tmp_path / "latest.safetensors"
    remover = meanwhile(lambda: until(path.exists) and client.retire_workers(sorted(client.nthreads())[:1]))
    with pytest.warns(UserWarning, match="was lost"):
        model = DaskMLPClassifier((32,), **OPTIONS).fit(X, y, checkpoint=Unhurried(path))
    remover.join()
    assert len(client.nthreads()) == 1
    assert model.network_.parameters.tobytes() == undisturbed.network_.parameters.tobytes()


# ---- errors and ends --------------------------------------------------------------------------------------


def test_errors_are_the_users(client: Any, rows: Any, tmp_path: Path) -> None:
    """They come as they would without a cluster: of options, targets, partitions and the graph."""
    import dask.dataframe as dd
    import pandas as pd

    X, y = in_chunks(*rows)
    with pytest.raises(ParameterError, match="'solver' must not be 'lbfgs' with several processes"):
        DaskMLPClassifier(solver="lbfgs").fit(X, y)
    with pytest.raises(DataError, match=r"(?i)missing|nan") as caught:
        DaskMLPRegressor(max_iter=1, random_state=0).fit(X, y * np.nan)
    assert caught.value.__cause__ is None

    def broken(part: Any) -> Any:
        raise ZeroDivisionError("the user's own")

    with pytest.raises(ZeroDivisionError, match="the user's own"):
        DaskMLPClassifier().fit(X.map_blocks(broken, meta=X._meta), y)

    def parted(part: Any, partition_info: Any = None) -> Any:
        return part.astype({"a": str}) if partition_info["number"] == 1 else part

    frame = dd.from_pandas(pd.DataFrame({"a": np.arange(6.0), "y": np.arange(6.0)}), npartitions=2)
    mixed = frame[["a"]].map_partitions(parted, meta=frame[["a"]]._meta, enforce_metadata=False)
    with pytest.raises(DataError, match="Column 'a' of 'X' has the type float64 in partition 0, but str"):
        DaskTabularRegressor().fit(mixed, frame["y"])
    del X, y, frame, mixed
    check_empty(client, tmp_path / "dask-scratch-space")


def test_ctrl_c_ends_all(client: Any, rows: Any, tmp_path: Path) -> None:
    """The ranks are gone, and the cluster can be used."""
    X, y = in_chunks(*rows)
    path = tmp_path / "latest.safetensors"

    def interrupt() -> None:
        until(path.exists)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # type: ignore[arg-type]

    interrupter = meanwhile(interrupt)
    with pytest.raises(KeyboardInterrupt):
        DaskMLPClassifier((32,), **{**OPTIONS, "max_iter": 4000}).fit(X, y, checkpoint=Unhurried(path))
    interrupter.join()
    del X, y
    check_empty(client, tmp_path / "dask-scratch-space")
    assert client.submit(sum, [1, 2]).result() == 3


PROGRAM = """
import sys, dask.array as da
from distributed import Client
from pellucid.dask import DaskMLPRegressor
with Client(sys.argv[1]):
    X = da.random.random((4000, 10), chunks=(1000, 10))
    DaskMLPRegressor((32,), max_iter=100_000, n_iter_no_change=100_000, random_state=0).fit(X, X[:, 0])
"""


def test_ranks_end_with_their_client(client: Any, tmp_path: Path) -> None:
    """Even if it is killed."""
    workers = workers_of(client)
    other = subprocess.Popen([sys.executable, "-c", PROGRAM, client.scheduler.address])
    try:
        ranks = until(lambda: found if len(found := ranks_of(workers)) == 2 else None)
        time.sleep(1.0)
    finally:
        other.kill()
        other.wait()
    until(lambda: all(map(is_gone, ranks)))
    check_empty(client, tmp_path / "dask-scratch-space")


# ---- the guide --------------------------------------------------------------------------------------------


def test_the_example_of_the_guide(tmp_path: Path) -> None:
    """It runs as printed, beside Parquet files, and writes the predictions of all rows."""
    import pandas as pd

    section = (ROOT / "docs" / "guide" / "scale.md").read_text(encoding="utf-8").split("\n## Dask\n")[1]
    blocks = re.findall(r"^```python\n(.*?)^```$", section.split("\n## ")[0], re.MULTILINE | re.DOTALL)
    (tmp_path / "example.py").write_text(blocks[0] + indent("".join(blocks[1:]), "    "))
    (tmp_path / "big").mkdir()
    for part in range(2):
        area = np.random.default_rng(part).normal(size=300)
        table = pd.DataFrame({"area": area, "kind": ["flat", "house", "hut"] * 100, "price": 2.0 * area})
        table.to_parquet(tmp_path / "big" / f"{part}.parquet")
    environment = {**os.environ, "PYTHONPATH": str(Path(pellucid.__file__).parents[1])}
    subprocess.run([sys.executable, "example.py"], cwd=tmp_path, env=environment, check=True)

    found = pd.read_parquet(tmp_path / "predictions")
    assert found.shape == (600, 1)
    assert np.isfinite(found["prediction"]).all()
