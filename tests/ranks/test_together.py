"""Several processes train one model: the same bits, whatever their number and whatever happens to them."""

import copy
import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import warnings
from contextlib import nullcontext
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse

from pellucid import Checkpoint, MLPRegressor
from pellucid.core import Activation
from pellucid.engines.accelerated import JaxEngine
from pellucid.engines.accelerated.team import board_size, new_board
from pellucid.exceptions import DivergenceError, ParameterError
from pellucid.ranks import Ranks, fit_on_ranks, together
from pellucid.ranks.fitting import Fit, check_alike
from pellucid.ranks.places import check_name, check_port, free_port, host_and_port, share_of
from pellucid.ranks.process import is_of_exchange
from pellucid.tabular import ParquetSource, TabularRegressor
from problems import problem
from rank_losses import losses
from rank_trainings import (
    SIGNALS,
    Training,
    Vanishing,
    cut,
    disturb,
    has_namespaces,
    is_gone,
    linked_namespaces,
    machines,
    until,
)

needs_jax = pytest.mark.skipif(
    find_spec("jax") is None, reason="JAX is not installed: pip install 'pellucid[jax]'"
)
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="It finds processes in /proc.")


@pytest.fixture
def rows() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(330, 7))
    return X, np.tanh(X[:, 0]) + 0.1 * rng.normal(size=330)


# ---- what is asked for ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Give either 'processes'"),
        ({"processes": 2, "coordinator": "a:1"}, "Give either 'processes'"),
        ({"processes": 0}, "'processes' must be an integer >= 1; got 0"),
        ({"processes": 3}, "'processes' must be a power of two.*got 3"),
        ({"processes": 2, "n_shards": 6}, "'n_shards' must be a power of two.*got 6"),
        ({"processes": 4, "n_shards": 2}, "'n_shards' must be at least 'processes', 4"),
        ({"coordinator": "a:1", "rank": 2, "of": 2}, "'rank' must be from 0 to 1 with of=2; got 2"),
        ({"processes": 2, "exchange_every": 33}, "'exchange_every' must be an integer from 1 to 32; got 33"),
        ({"processes": 2, "exchange_every": True}, "'exchange_every' must be an integer.*got True"),
        *(
            (
                {"coordinator": wrong, "rank": 0, "of": 2},
                rf"'coordinator' must be the address .* HOST:PORT.*got '{re.escape(wrong)}'",
            )
            for wrong in (
                "a",
                "a:",
                ":1",
                "a:0",
                "a:65536",
                "a:x",
                "a:\u0663\u0660\u0660",
                "::1:5000",
                "a b:1",
                "[]:1",
            )
        ),
        ({"coordinator": "a:1", "rank": 0}, "'of' must be an integer >= 1; got None"),
    ],
)
def test_ranks_that_make_no_team(given: dict[str, Any], message: str) -> None:
    """An error names the parameter, what is accepted and what came."""
    with pytest.raises(ParameterError, match=message):
        Ranks(**given)


@needs_jax
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"engine": "reference"},
            "'engine' must be 'auto' or one of .*got 'reference'.*'exchange_every' > 1",
        ),
        ({"solver": "lbfgs"}, "'solver' must not be 'lbfgs'"),
    ],
)
def test_what_several_processes_cannot_do(rows: Any, options: dict[str, Any], message: str) -> None:
    """It is refused before a process starts."""
    with pytest.raises(ParameterError, match=message):
        fit_on_ranks(MLPRegressor((4,), **options), *rows, ranks=Ranks(processes=2))
    with pytest.raises(ParameterError, match="'time_budget' must be None"):
        fit_on_ranks(TabularRegressor(time_budget=9.0), *rows, ranks=Ranks(processes=2))


@needs_jax
def test_what_cannot_be_sent(rows: Any) -> None:
    """An equation that does not pickle is refused, with the remedy."""
    bent = Activation("bent", lambda z: 2.0 * z, lambda z, a: 2.0 + 0.0 * z)
    with pytest.raises(ParameterError, match=r"cannot be pickled: .*in a module"):
        fit_on_ranks(MLPRegressor((4,), activation=bent), *rows, ranks=Ranks(processes=2))


@needs_jax
def test_a_checkpoint_that_does_not_pickle_is_refused(rows: Any, tmp_path: Path) -> None:
    """Nobody waits for a task that cannot be sent."""

    class Own(Checkpoint):
        pass

    with pytest.raises(
        ParameterError, match=r"'checkpoint' must be sent .* cannot be pickled: .*in a module"
    ):
        fit_on_ranks(MLPRegressor((4,)), *rows, ranks=Ranks(2), checkpoint=Own(tmp_path / "c"))


@needs_jax
def test_the_shards_of_an_engine_are_a_power_of_two() -> None:
    """Sums are made in pairs."""
    with pytest.raises(ParameterError, match=r"'n_shards' must be a power of two.*got 3"):
        JaxEngine(n_shards=3).open(problem("adam"))


def test_a_port_in_use_is_refused() -> None:
    """The message names the port."""
    with socket.socket() as held:
        held.bind(("", 0))
        held.listen()
        port = held.getsockname()[1]
        with pytest.raises(ParameterError, match=f"'coordinator' must name a free port.*{port} is in use"):
            Ranks(coordinator=f"127.0.0.1:{port}", rank=0, of=2).check_place()


def test_far_more_processes_than_processors_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would fill the memory before the first step; the shards alone may be as many."""
    monkeypatch.setattr(together, "processors", lambda: 2)

    Ranks(32).check_place()
    Ranks(2, n_shards=4096).check_place()
    with pytest.raises(ParameterError, match=r"'processes' must be at most 32.*got 64.*'n_shards'"):
        Ranks(64).check_place()


def test_addresses_of_both_versions() -> None:
    """An address of IPv6 stands in brackets, as in that of a page."""
    assert host_and_port("127.0.0.1:4711") == ("127.0.0.1", 4711)
    if socket.has_ipv6:
        assert host_and_port("[::1]:4711") == ("::1", 4711)


def test_a_port_that_may_not_be_opened_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports below 1024 are the administrator's on many systems."""

    class Denied(socket.socket):
        def bind(self, address: Any) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "socket", Denied)
    with pytest.raises(
        ParameterError, match=r"port 80 cannot be opened: Permission denied. Choose one above 1023"
    ):
        check_port("127.0.0.1:80")


def test_a_name_that_stands_for_the_machine_itself_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy is given where rank 0 is elsewhere; if it is on the same machine, the name does not matter."""

    class Probe(socket.socket):
        def getsockname(self) -> Any:
            return ("10.1.2.3", 9)

        def connect(self, address: Any) -> None:
            pass

    monkeypatch.setattr(socket, "gethostname", lambda: "node7")
    monkeypatch.setattr(socket, "gethostbyname", lambda name: "127.0.1.1")
    check_name("127.0.0.1:4000")
    monkeypatch.setattr(socket, "socket", Probe)
    with pytest.raises(ParameterError, match=r"'node7', resolves to the address 127.0.1.1.*'10.1.2.3 node7'"):
        check_name("127.0.0.1:4000")


@pytest.mark.parametrize(
    ("n", "shares"),
    [(1, [(1, 2, 5, 7, 9)]), (2, [(1, 2), (5, 7)]), (5, [(1,), (2,), (5,), (7,), (9,)]), (8, [()] * 8)],
)
def test_processors_are_shared_out(n: int, shares: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process has as many of its own; where there are fewer than processes, none is bound."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {9, 7, 5, 2, 1}, raising=False)

    assert [share_of(place, n) for place in range(n)] == shares


def test_validation_data_are_a_part_of_the_identity(rows: Any) -> None:
    """Inputs and targets have different shapes."""
    X, y = rows
    fits = [Fit(MLPRegressor(), X, {"y": y, "validation_data": (X[:9], y[k : 9 + k])}, {}) for k in (0, 0, 1)]
    assert fits[0].identity == fits[1].identity != fits[2].identity


def _others(X: Any) -> list[Any]:
    """Inputs that differ from some by one number, one name, or the order of two columns."""
    changed = X.copy()
    changed[17, 3] += 1.0
    names = [f"x{k}" for k in range(X.shape[1])]
    sparse = scipy.sparse.csr_array(np.where(X > 1.0, X, 0.0))
    more = sparse.copy()
    more.data[0] *= 2.0
    frame = pd.DataFrame(X, columns=names)
    words = frame.assign(x0=["a"] * 329 + ["b"])
    return [X, changed, frame, frame.rename(columns={"x1": "y"}), frame[[*names[1:], "x0"]], words,
            words.assign(x0="a"), sparse, more, pl.DataFrame(X[:, ::-1], schema=names)]  # fmt: skip


def test_inputs_are_a_part_of_the_identity(rows: Any) -> None:
    """Every value, name and place of a column; not the way in which they lie in memory."""
    X, y = rows
    found = [Fit(MLPRegressor(), inputs, {"y": y}, {}).identity for inputs in _others(X)]
    assert len(set(found)) == len(found)
    again = np.asfortranarray(X)
    assert Fit(MLPRegressor(), again, {"y": y}, {}).identity == found[0]
    twice = pd.DataFrame(X).set_axis(["a"] * X.shape[1], axis=1)  # which the fit refuses, with the name
    assert Fit(MLPRegressor(), twice, {"y": y}, {}).identity not in found
    assert Fit(MLPRegressor(), [[1.0], [1.0, 2.0]], {"y": y}, {}).identity not in found


def test_networks_to_go_on_with_are_a_part_of_the_identity(rows: Any) -> None:
    """A machine with an older checkpoint than the others must not go on with them."""
    X, y = rows
    model = MLPRegressor((4,), max_iter=2, warm_start=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = [Fit(copy.deepcopy(model.fit(X, y)), X, {"y": y}, {}).identity for _ in range(2)]
    assert fits[0] != fits[1]
    assert fits[1] == Fit(model, X, {"y": y}, {}).identity


@pytest.mark.parametrize("make", [partial(MLPRegressor, (4,)), partial(TabularRegressor, "fast")])
def test_networks_that_a_fit_replaces_are_not_a_part_of_the_identity(rows: Any, make: Any) -> None:
    """A machine may have fitted the estimator before: without warm_start a fit begins anew."""
    X, y = rows
    model = make(max_iter=1, random_state=0)
    before = Fit(model, X, {"y": y}, {}).identity
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    assert Fit(model, X, {"y": y}, {}).identity == before


def test_files_are_a_part_of_the_identity(tmp_path: Path) -> None:
    """Two files of the same size with other rows are told apart, and copies are not."""
    pytest.importorskip("pyarrow")
    found = []
    for name, seed in (("one", 0), ("copy", 0), ("other", 1)):
        (tmp_path / name).mkdir()
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame({"a": rng.normal(size=400), "y": rng.normal(size=400)})
        frame.to_parquet(tmp_path / name / "1.parquet", row_group_size=100)
        source = ParquetSource(tmp_path / name, "y")
        found.append(Fit(TabularRegressor(), source, {}, {}).identity)
    sizes = {path.stat().st_size for path in tmp_path.glob("*/1.parquet")}
    assert len(sizes) == 1
    assert found[0] == found[1] != found[2]


def test_ranks_that_differ_are_named() -> None:
    """Versions first, then data."""
    check_alike(["numpy 2.1; a", "numpy 2.1; a"])
    with pytest.raises(ParameterError, match=r"Rank 2 has numpy 2\.0, but rank 0 has numpy 2\.1"):
        check_alike(["numpy 2.1; a", "numpy 2.1; a", "numpy 2.0; a"])
    with pytest.raises(ParameterError, match="Rank 1 has other data"):
        check_alike(["numpy 2.1; rows=a", "numpy 2.1; rows=b"])
    with pytest.raises(ParameterError, match=r"Rank 1 has other options than rank 0"):
        check_alike(["numpy 2.1; options=a rows=a", "numpy 2.1; options=b rows=a"])
    with pytest.raises(
        ParameterError, match=r"Rank 1 has other networks to continue, as from another checkpoint"
    ):
        check_alike(["numpy 2.1; networks=a", "numpy 2.1; networks=b"])
    with pytest.raises(ParameterError, match=r"Rank 1 has another 'n_shards', 4, than rank 0"):
        check_alike(["numpy 2.1; rows=a n_shards=2", "numpy 2.1; rows=a n_shards=4"])


# ---- the same bits ----------------------------------------------------------------------------------------


@needs_jax
@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_bits_do_not_depend_on_the_number_of_processes(rows: Any, dtype: str) -> None:
    """One, two and four processes: parameters, history and predictions; batches that shards do not divide."""
    X, y = rows
    options: dict[str, Any] = {"batch_size": 50, "dropout": 0.2, "max_iter": 4, "learning_rate": "cosine"}
    found, weights = [], np.arange(330) % 3
    for n in (1, 2, 4):
        model = MLPRegressor((16, 9), **options, l2=0.01, dtype=dtype, random_state=0)
        assert fit_on_ranks(model, X, y, ranks=Ranks(n, n_shards=4), sample_weight=weights) is model
        rows_of = [{k: v for k, v in row.items() if k != "seconds"} for row in model.history_]
        found.append((model.network_.parameters.tobytes(), repr(rows_of), model.predict(X).tobytes()))
        assert model.engine == "auto"

    assert found[0] == found[1] == found[2]
    alone = MLPRegressor((16, 9), **options, l2=0.01, dtype=dtype, random_state=0, engine="reference")
    alone.fit(X, y, sample_weight=weights)
    tolerance = {"float64": 1e-12, "float32": 1e-4}[dtype]
    np.testing.assert_allclose(
        model.network_.parameters, alone.network_.parameters, rtol=tolerance, atol=tolerance
    )


@needs_jax
@pytest.mark.slow
def test_an_estimator_for_tables(rows: Any) -> None:
    """Its members are trained one after the other, to those of one process."""
    X, y = rows
    found = []
    for n in (1, 2, 4):
        model = TabularRegressor(n_members=2, max_iter=2, random_state=0)
        found.append(fit_on_ranks(model, X, y, ranks=Ranks(n, n_shards=4)).predict(X).tobytes())

    assert found[0] == found[1] == found[2]


@needs_jax
@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "jax"])
def test_rounds_by_several_processes(rows: Any, engine: str) -> None:
    """Any engine makes the steps between exchanges of parameters; the number of processes does not matter."""
    X, y = rows
    found = []
    for n in (1, 2):
        options: Any = {"batch_size": 50, "dropout": 0.2, "max_iter": 3, "learning_rate": "cosine"}
        model = MLPRegressor((9,), **options, engine=engine, random_state=0)
        fit_on_ranks(model, X, y, ranks=Ranks(n, n_shards=4, exchange_every=3))
        found.append((model.network_.parameters.tobytes(), model.history_[-1]["loss"]))
        assert model.n_threads is None

    assert found[0] == found[1]


@needs_jax
@pytest.mark.slow
def test_an_error_of_the_fit_is_the_users(rows: Any) -> None:
    """It comes as it would from one process, and nothing stays behind."""
    X, y = rows
    with pytest.raises(ValueError, match="NaN"):
        fit_on_ranks(MLPRegressor((4,), random_state=0), np.where(X > 2.0, np.nan, X), y, ranks=Ranks(2))
    with pytest.raises(ParameterError, match="'normalization' must not be 'batch_norm'"):
        fit_on_ranks(MLPRegressor((4,), batch_norm=True, random_state=0), X, y, ranks=Ranks(2))


@needs_jax
@pytest.mark.slow
def test_a_training_that_diverges_ends_on_all_ranks(rows: Any) -> None:
    """No rank waits for a step that another does not make, however far the calls of each go."""
    X, y = rows
    found = []
    for n in (1, 2):
        options: dict[str, Any] = {"batch_size": 10, "solver": "sgd", "max_iter": 300, "random_state": 0}
        model = MLPRegressor((9,), **options, learning_rate_init=3e3, alpha=1e-3)
        with pytest.raises(DivergenceError) as error:
            fit_on_ranks(model, X, y, ranks=Ranks(n, n_shards=2))
        found.append(str(error.value))

    assert found[0] == found[1]


SUMS = """
import os, sys
import numpy as np
from pellucid.engines.accelerated import jax_team
from pellucid.engines.accelerated.team import Team
address, rank, board = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
jax_team.meet(Team(rank, 2, 2), address, patience=60, heartbeat=60, board=board, is_bound=False)
assert jax_team._board
for n in (0, 1, 3, 65_536, 65_537, 1_000_003):  # a part is 65,536 words
    for dtype in ("float32", "float64"):
        mine = np.random.default_rng(rank).normal(size=n).astype(dtype), np.full(2, 1.0 + rank)
        sums = jax_team.sum_of_ranks(mine)
        both = [np.random.default_rng(r).normal(size=n).astype(dtype) for r in range(2)]
        assert sums[0].dtype == dtype and (sums[0] == both[0] + both[1]).all() and (sums[1] == 3.0).all()
print("the same", flush=True)
os._exit(0)
"""


@needs_jax
@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="The system has no memory by descriptors.")
def test_sums_by_shared_memory() -> None:
    """Vectors of any length are added up, in as many parts as they need."""
    address = f"127.0.0.1:{free_port()}"
    with new_board(2) as board:
        both = [
            subprocess.Popen(
                [sys.executable, "-c", SUMS, address, str(rank), str(board)],
                pass_fds=(board,),  # type: ignore[arg-type]
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "JAX_PLATFORMS": "cpu"},
            )
            for rank in range(2)
        ]
    assert [process.communicate(timeout=120)[0].splitlines()[-1] for process in both] == ["the same"] * 2


@needs_jax
@pytest.mark.slow
def test_messages_and_memory_give_the_same_bits(rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranks of one machine share memory; where there is none, they send each other messages."""
    X, y = rows
    found = []
    for board in (new_board, lambda n_ranks: nullcontext(None)):
        monkeypatch.setattr("pellucid.ranks.supervision.new_board", board)
        model = MLPRegressor(
            (9,), batch_size=50, dropout=0.2, max_iter=3, learning_rate="cosine", random_state=0
        )
        found.append(fit_on_ranks(model, X, y, ranks=Ranks(2)).network_.parameters.tobytes())

    assert found[0] == found[1]


def test_a_board_is_for_neighbors() -> None:
    """One rank has none; that of two is freed at the end."""
    with new_board(1) as board:
        assert board is None
    with new_board(2) as board:
        if board is not None:
            assert os.fstat(board).st_size == board_size(2)
    if board is not None:
        with pytest.raises(OSError, match="descriptor"):
            os.fstat(board)


@needs_jax
@pytest.mark.slow
def test_a_checkpoint_that_cannot_be_written_is_a_warning(rows: Any, tmp_path: Path) -> None:
    """Training goes on where the folder is gone, as it does with one process."""
    X, y = rows
    place = tmp_path / "gone" / "latest.safetensors"
    place.parent.mkdir()
    with pytest.warns(UserWarning, match="could not be written.*Training continues"):
        fit_on_ranks(
            MLPRegressor((4,), max_iter=2, learning_rate="cosine", random_state=0), X, y,
            ranks=Ranks(2), checkpoint=Vanishing(place),
        )  # fmt: skip


# ---- ranks that are lost ----------------------------------------------------------------------------------


@needs_jax
@needs_proc
@pytest.mark.slow
def test_a_rank_that_is_lost_between_exchanges(tmp_path: Path) -> None:
    """Checkpoints are written at exchanges, so that a training that starts again has the bits of another."""
    places = '{"processes": %d, "n_shards": 4, "exchange_every": 5}'
    alone = Training(tmp_path / "alone", places % 1)
    training = Training(tmp_path / "two", places % 2)
    training.has_saved()
    disturb(training, 1, signal.SIGKILL)

    assert "Training restarts from the last checkpoint." in training.said()
    assert alone.said() == ""
    np.testing.assert_array_equal(training.parameters, alone.parameters)


@needs_jax
@needs_proc
@pytest.mark.campaign
def test_losses_at_random_moments() -> None:
    """At 20 random moments each: all end, start again, come to the same bits, and leave nothing behind."""
    for loss in losses(20):
        assert loss.gone < 25.0, loss
        assert loss.again < 30.0, loss
        assert loss.is_same, loss
        assert loss.n_left == 0, loss


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    training = Training(tmp_path_factory.mktemp("one"), '{"processes": 1, "n_shards": 4}')
    assert training.said() == ""
    return training.parameters


@needs_jax
@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("what", SIGNALS)
def test_a_lost_rank(what: str, rank: int, undisturbed: Any, tmp_path: Path) -> None:
    """All ranks end; the message names the lost one; training goes on from the checkpoint to the same bits."""
    training = Training(tmp_path, '{"processes": 2, "n_shards": 4}')
    training.has_saved()
    seconds = disturb(training, rank, SIGNALS[what])
    again = training.ranks(2)
    said = training.said()

    assert seconds < 25.0
    assert re.fullmatch(rf"Rank {rank} was lost: .*Training restarts from the last checkpoint\.\n", said)
    np.testing.assert_array_equal(training.parameters, undisturbed)
    assert all(map(is_gone, again))


@needs_jax
@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("is_stopped", [False, True])
def test_no_orphans(is_stopped: bool, tmp_path: Path) -> None:
    """Ranks end with their supervisor, even where it is killed, and one that is stopped."""
    training = Training(tmp_path, '{"processes": 2, "n_shards": 4}', n_epochs=100_000)
    pids = training.ranks(2)
    training.has_saved()
    if is_stopped:
        os.kill(pids[1], signal.SIGSTOP)
    training.process.kill()
    training.said()

    until(lambda: all(map(is_gone, pids)), 10.0)


@needs_jax
@needs_proc
@pytest.mark.slow
def test_ctrl_c(tmp_path: Path) -> None:
    """It ends the supervisor and all ranks, which have processors of their own; the checkpoint stays."""
    training = Training(tmp_path, '{"processes": 2, "n_shards": 4}', n_epochs=100_000)
    pids = training.ranks(2)
    training.has_saved()
    if len(os.sched_getaffinity(0)) > 1:
        assert os.sched_getaffinity(pids[0]).isdisjoint(os.sched_getaffinity(pids[1]))
    training.process.send_signal(signal.SIGINT)

    assert "KeyboardInterrupt" in training.said()
    assert all(map(is_gone, pids))
    assert training.checkpoint.exists()


# ---- several machines -------------------------------------------------------------------------------------


@needs_jax
@needs_proc
@pytest.mark.slow
def test_machines_of_one_rank_each(undisturbed: Any, tmp_path: Path) -> None:
    """Two supervisors meet; a rank that is killed is started again by its own, the other by the other."""
    port = free_port()
    both = [Training(tmp_path / str(rank), _place(f"127.0.0.1:{port}", rank)) for rank in range(2)]
    both[0].has_saved()
    os.kill(both[1].ranks(1)[0], signal.SIGKILL)
    said = [training.said() for training in both]

    assert "Rank 1 was lost: it was ended by SIGKILL" in said[1]
    assert "Training restarts from the last checkpoint." in said[0]
    assert "from the last checkpoint of rank 0" in said[1]
    for training in both:
        np.testing.assert_array_equal(training.parameters, undisturbed)


@needs_jax
@needs_proc
@pytest.mark.slow
def test_a_rank_with_another_version(tmp_path: Path) -> None:
    """The error names it, on both machines."""
    (tmp_path / "sitecustomize.py").write_text("import numpy\nnumpy.__version__ = '9.9.9'\n")
    port = free_port()
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    both = [
        Training(
            tmp_path / str(rank),
            _place(f"127.0.0.1:{port}", rank),
            environment={"PYTHONPATH": path} if rank else None,
        )
        for rank in range(2)
    ]
    for training in both:
        assert re.search(r"Rank 1 has .*numpy 9\.9\.9, but rank 0 has .*numpy [1-9]", training.said())


@needs_jax
@pytest.mark.slow
def test_machines_that_do_not_come(tmp_path: Path) -> None:
    """The error says who waited, where, and what to do."""
    place = {"coordinator": f"127.0.0.1:{free_port()}", "rank": 0, "of": 2, "patience": 2}
    said = Training(tmp_path, json.dumps(place)).said()

    assert re.search(
        r"LostRankError: Rank 0 waited 2 s for 1 other rank to meet at 127.*on all 2 machines", said
    )


@pytest.fixture
def namespaces() -> Any:
    if not has_namespaces():
        pytest.skip("It needs root and network namespaces (ip netns).")
    with linked_namespaces() as names:
        yield names


@needs_jax
@needs_proc
@pytest.mark.slow
def test_a_link_that_is_cut(namespaces: list[str], undisturbed: Any, tmp_path: Path) -> None:
    """Both ranks notice within 25 seconds; when the link is back, training goes on to the same bits."""
    both = machines(tmp_path, namespaces)
    both[0].has_saved()
    gone, _ = cut(both, namespaces)
    said = [training.said() for training in both]

    assert gone < 25.0
    assert all("Training restarts from the last checkpoint" in text for text in said[:1])
    for training in both:
        np.testing.assert_array_equal(training.parameters, undisturbed)


def _place(address: str, rank: int) -> str:
    return json.dumps({"coordinator": address, "rank": rank, "of": 2, "n_shards": 4})


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("UNKNOWN: Gloo AllGather failed: Connection closed by peer [127.0.0.1]:21915"), True),
        (ValueError("UNAVAILABLE: failed to connect to all addresses"), True),
        (ValueError("'batch_size' must be at least 4"), False),
        (ValueError("A column is UNKNOWN: b"), False),
        (RuntimeError("UNKNOWN: of a library of the user"), False),
    ],
)
def test_a_failed_exchange_is_no_error_of_the_fit(error: Exception, expected: bool) -> None:
    """A rank that notices another's end first must not end the training: it starts again."""
    assert is_of_exchange(error) == expected
