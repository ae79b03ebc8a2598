"""The client's part in a fit, with a cluster that does as it is told: what it starts, waits for, and gives up."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from pellucid import Checkpoint
from pellucid.dask import attendance, crew
from pellucid.dask.crew import Crew
from pellucid.dask.on_worker import Assignment, Lost, free_address, read_checkpoint, run_rank
from pellucid.exceptions import LostRankError
from pellucid.ranks.messages import Done, Failed

pytestmark = pytest.mark.skipif(
    find_spec("distributed") is None, reason="Dask is not installed: pip install 'pellucid[dask]'"
)
A, B, C = "tcp://10.0.0.1:1", "tcp://10.0.0.1:2", "tcp://10.0.0.2:1"
WAITING = object()


class Future:
    def __init__(self, key: str, value: Any, status: str = "finished") -> None:
        self.key, self.value, self.status = key, value, status

    def done(self) -> bool:
        return self.value is not WAITING

    def result(self) -> Any:
        return self.value

    def exception(self) -> Any:
        return self.value


class Cluster:
    """A client whose ranks have given results, by the number of the start and the rank."""

    def __init__(self, *starts: Callable[[int], Any], workers: tuple[str, ...] = (A, B)) -> None:
        self.starts, self.workers = list(starts), list(workers)
        self.given: list[list[Assignment]] = []
        self.saved: Any = None
        self.look: Callable[[], None] = lambda: None
        self.time, self.stopped = 0, set[str]()
        self.seats: list[str] = []
        self.holders: dict[str, tuple[str, ...]] = {}

    def nthreads(self) -> dict[str, int]:
        self.look()
        return dict.fromkeys(self.workers, 1)

    def who_has(self, futures: list[Future]) -> dict[str, tuple[str, ...]]:
        return {future.key: self.holders[future.key] for future in futures}

    def scheduler_info(self, n_workers: int) -> Any:
        assert n_workers == -1
        self.time += 1
        return {"workers": {w: {"last_seen": 0 if w in self.stopped else self.time} for w in self.workers}}

    def restart_workers(self, workers: list[str], timeout: float, raise_for_error: bool) -> None:
        self.workers = [worker for worker in self.workers if worker not in workers]

    def submit(self, function: Any, *arguments: Any, workers: list[str], **options: Any) -> Future:
        assert options == {"pure": False, "retries": 0}
        assert workers[0] in self.workers
        if function is free_address:
            self.given.append([])
            future = Future("address", "10.0.0.1:99")
        elif function is run_rank:
            self.given[-1].append(arguments[0])
            self.seats.append(workers[0])
            value = self.starts[len(self.given) - 1](arguments[0].task.rank)
            future = value if isinstance(value, Future) else Future("rank", value)
        else:
            assert function is read_checkpoint
            future = Future("checkpoint", self.saved)
        return future

    def cancel(self, futures: list[Future]) -> None:
        self.cancelled = [future.key for future in futures]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POLL", "ROLL_CALL", "SETTLING", "REPLACING", "IDLE"):
        monkeypatch.setattr(crew, name, 0.0)


def trained(cluster: Cluster, folder: Path, said: list[str] | None = None) -> Done:
    partitions = [[{"X": Future("x0", 0), "y": Future("y0", 0)}], [{"X_val": Future("v0", 0)}]]
    notes = [] if said is None else said
    return Crew(cluster, partitions, b"fit", 2, Checkpoint(folder / "c"), notes.append).trained()


def done(rank: int) -> Done:
    return Done("model" if rank == 0 else None, [])


def test_a_rank_on_each_worker(tmp_path: Path) -> None:
    """All get the keys of all rows and one address; only rank 0 has the model; every task is let go."""
    cluster = Cluster(done)
    assert trained(cluster, tmp_path).model == "model"
    (given,) = cluster.given
    assert [one.task.rank for one in given] == [0, 1]
    assert {(one.task.n_ranks, one.task.n_shards, one.task.address) for one in given} == {
        (2, 2, "10.0.0.1:99")
    }
    assert all(one.keys == [{"X": "x0", "y": "y0"}, {"X_val": "v0"}] and one.is_neighbor for one in given)
    assert cluster.cancelled[:3] == ["address", "rank", "rank"]


def test_each_rank_gets_the_rows_of_its_shards(tmp_path: Path) -> None:
    """From the worker that has most of them, if another rank has not taken it; validation rows go to all."""
    cluster = Cluster(done)
    cluster.holders = {"x0": (B,), "x1": (B,), "x2": (A,), "x3": (A, B)}
    parts = [{"X": Future(f"x{k}", 0), "y": Future(f"y{k}", 0)} for k in range(4)]
    families = [parts, [{"X_val": Future("v0", 0)}]]
    lengths = (4, 5, 6, 1)
    one = Crew(cluster, families, b"fit", 2, Checkpoint(tmp_path / "c"), print, n_shards=4, lengths=lengths)
    assert one.trained().model == "model"
    assert cluster.seats == [B, A]
    first, second = cluster.given[0]
    assert [next(iter(key.values())) for key in first.keys] == ["x0", "x1", "v0"]
    assert first.portions == [(0, 0, 4), (4, 0, 4), None]
    assert [next(iter(key.values())) for key in second.keys] == ["x1", "x2", "x3", "v0"]
    assert second.portions == [(8, 4, 5), (9, 0, 6), (15, 0, 1), None]


def test_a_worker_that_leaves_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its task would wait for ever; all ranks start again from the client's copy of the checkpoint."""
    monkeypatch.setattr(crew, "REPLACING", 60.0)
    cluster, said = Cluster(lambda rank: WAITING, done), list[str]()
    files = {"c": b"latest", "c.history-1": b"rows"}
    cluster.saved = ("stamp", files)

    def look() -> None:
        if len(cluster.given) == 1 and (tmp_path / "c").exists():  # B goes, then C comes
            cluster.workers = [A] if B in cluster.workers else [A, C]

    cluster.look = look
    assert trained(cluster, tmp_path, said).model == "model"
    lost = f"Rank 1 was lost: its worker {B} left the cluster."
    assert said == [f"{lost} Training restarts from the last checkpoint."]
    assert [one.files for one in cluster.given[1]] == [files, {}]
    assert not any(one.is_neighbor for one in cluster.given[1])


def test_a_worker_that_is_stopped_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays on Dask's list; the client notices that it is silent, has it restarted, and goes on without it."""
    monkeypatch.setattr(attendance, "SILENT", 0.05)
    monkeypatch.setattr(crew, "LOOK", 0.0)
    cluster, said = Cluster(lambda rank: WAITING, done), list[str]()
    cluster.stopped = {B}
    assert trained(cluster, tmp_path, said).model == "model"
    assert said == [
        f"Rank 1 was lost: its worker {B} did not respond for 0 s, and is restarted. Training restarts "
        "from the beginning."
    ]
    assert cluster.workers == [A]
    assert [(one.task.n_ranks, one.task.n_shards) for one in cluster.given[1]] == [(1, 2)]


def test_a_client_that_was_held_up_gives_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own silence is not the workers'."""
    cluster = Cluster()
    cluster.stopped = {B}
    now = [0.0]
    monkeypatch.setattr(attendance, "perf_counter", lambda: now[0])
    heard = attendance.Attendance(cluster, [A, B])
    for now[0] in (2.0, 4.0, 100.0, 102.0):
        assert heard.silent() is None
    for now[0] in range(104, 128, 2):
        assert heard.silent() is None, now
    now[0] = 136.0
    assert heard.silent() == (B, pytest.approx(34.0, abs=4.0))


def test_fewer_workers_have_the_same_shards(tmp_path: Path) -> None:
    """They go on if a lost worker does not come back."""
    cluster = Cluster(done, workers=(A,))
    trained(cluster, tmp_path)
    assert [(one.task.n_ranks, one.task.n_shards) for one in cluster.given[0]] == [(1, 2)]


def test_losses_without_an_end_are_given_up(tmp_path: Path) -> None:
    """After three starts: lost ranks, tasks that Dask gave up, workers that close."""
    from distributed.scheduler import KilledWorker

    killed = Future("rank", KilledWorker("t", None, 3), "error")
    causes = [lambda rank: Lost(1, "it stopped"), lambda rank: killed, lambda rank: None]
    cluster, said = Cluster(*causes), list[str]()
    with pytest.raises(LostRankError, match=r"closing. Training gave up after 3 starts without a new"):
        trained(cluster, tmp_path, said)
    assert [text.partition(". ")[0] for text in said] == [
        "Rank 1 was lost: it stopped",
        "Rank 0 was lost: the cluster lost its task",
    ]


def test_an_error_of_the_fit_is_not_tried_again(tmp_path: Path) -> None:
    """It is raised even if another rank missed the one that had it."""
    cluster = Cluster(lambda rank: Failed(ZeroDivisionError("own")) if rank else Lost(1, "no answer"))
    with pytest.raises(ZeroDivisionError, match="own"):
        trained(cluster, tmp_path)
    assert len(cluster.given) == 1


def test_old_files_of_a_history_go(tmp_path: Path) -> None:
    """The client's copy has those files that the checkpoint names."""
    (tmp_path / "c.history-2").write_bytes(b"old")
    copy = crew._Copy(Checkpoint(tmp_path / "c"), lambda seen: Future("checkpoint", (1, {"c": b"new"})))
    while not (tmp_path / "c").exists():
        copy.follow()
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
