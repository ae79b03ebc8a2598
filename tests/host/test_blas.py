"""Several fits at once, forked children, and the threads of the BLAS."""

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import pellucid
from pellucid.engines import StepSums, get_engine
from problems import problem, start

pytest.importorskip("numba")

from pellucid.host.blas import one_blas_thread


def blas_threads() -> list[int]:
    """Return the setting of each BLAS in this process."""
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.fixture
def two_threads() -> Iterator[list[int]]:
    """Set the BLAS to two threads, where it has them, and return what it says."""
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        yield before
        assert blas_threads() == before


def run(seed: int, solver: str = "adam", n_epochs: int = 30) -> list[float]:
    """Train a small problem with orders of a seed; return its parameters."""
    task = problem(solver, layers={"dropout": 0.2, "dtype": "float32"})
    state, session, sums = start(task), get_engine("compiled").open(task), StepSums()
    rng = np.random.default_rng(seed)
    for epoch in range(n_epochs):
        session.run_steps(
            0,
            task.n_steps,
            order=rng.permutation(task.n_samples),
            learning_rates=np.full(task.n_steps, 0.01),
            memory=state.memory,
            updates_done=epoch * task.n_steps,
            rng=rng,
            sums=sums,
        )
    return list(task.objective.network.parameters.tolist())


@pytest.mark.thorough
def test_fits_at_once_are_fits_alone() -> None:
    """Eight fits in four threads, small products, give the bits of the same fits one after another."""
    alone = [run(seed) for seed in range(8)]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(run, range(8)))

    assert together == alone
    assert len(set(map(tuple, alone))) == 8


def test_parts_compiled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that ask for the same module at the same time get one."""
    from pellucid.engines.compiled import modules

    monkeypatch.setattr(modules, "_loaded", {})
    loads: list[str] = []
    load = modules._load
    monkeypatch.setattr(modules, "_load", lambda key, text: loads.append(key) or load(key, text))
    text = (
        "from numba import njit, types\n\n\n"
        "@njit(types.int64(types.int64), cache=CACHE)\ndef part(n):\n    return n\n"
    )

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: modules.generated("test_at_once", text), range(8)))

    assert len({id(module) for module in made}) == 1
    assert len(loads) == 1


@pytest.mark.slow  # the fast one forks while a fit is under way: host/test_helpers.py
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_fits_too() -> None:
    """After a fit in the parent, and one in a thread of it, a child ends well with the parent's bits."""
    script = """
        import os, sys, threading, warnings
        import numpy as np
        from pellucid import MLPRegressor
        warnings.simplefilter("ignore")  # Python warns of forks beside threads, scikit-learn of few epochs
        X = np.random.default_rng(0).normal(size=(200, 5))

        def fit():
            model = MLPRegressor((8,), max_iter=3, random_state=0, engine="compiled").fit(X, X[:, 0])
            return model.network_.parameters

        expected = fit()
        thread = threading.Thread(target=fit)
        thread.start(), thread.join()
        child = os.fork()
        if child == 0:
            os._exit(0 if np.array_equal(fit(), expected) else 3)
        _, status = os.waitpid(child, 0)
        assert np.array_equal(fit(), expected)
        sys.exit(os.waitstatus_to_exitcode(status))
    """
    source = str(Path(pellucid.__file__).parents[1])
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr


def test_one_thread_while_it_is_wanted(two_threads: list[int]) -> None:
    """Inside each BLAS has one thread, behind it what it had, also within one another and after an error."""
    with one_blas_thread(wanted=True):
        assert set(blas_threads()) == {1}
        with one_blas_thread(wanted=True):
            assert set(blas_threads()) == {1}
        assert set(blas_threads()) == {1}
    assert blas_threads() == two_threads

    with pytest.raises(ZeroDivisionError), one_blas_thread(wanted=True):
        raise ZeroDivisionError
    assert blas_threads() == two_threads


def test_a_fit_alone_with_large_products_keeps_its_threads(two_threads: list[int]) -> None:
    """Work that does not ask for one thread gets one only beside work that does, until that has ended."""
    with one_blas_thread(wanted=False):
        assert blas_threads() == two_threads
        entered, leave = threading.Event(), threading.Event()

        def beside() -> None:
            with one_blas_thread(wanted=False):
                entered.set()
                leave.wait(10)

        thread = threading.Thread(target=beside)
        thread.start()
        assert entered.wait(10)
        assert set(blas_threads()) == {1}
        leave.set()
        thread.join()
        assert blas_threads() == two_threads


def test_the_last_to_leave_restores(two_threads: list[int]) -> None:
    """A fit in another thread that outlasts the one that came first puts the setting back."""
    entered, leave, left = threading.Event(), threading.Event(), threading.Event()

    def outlast() -> None:
        with one_blas_thread(wanted=True):
            entered.set()
            leave.wait(10)
        left.set()

    thread = threading.Thread(target=outlast)
    with one_blas_thread(wanted=True):
        thread.start()
        assert entered.wait(10)
    assert set(blas_threads()) == {1}
    leave.set()
    assert left.wait(10)

    assert blas_threads() == two_threads
    thread.join()


def test_many_come_and_go(two_threads: list[int]) -> None:
    """However fits overlap, the setting is restored when the last has left."""

    def come_and_go(seed: int) -> set[Any]:
        rng, seen = np.random.default_rng(seed), set()
        for _ in range(30):
            with one_blas_thread(wanted=bool(rng.random() < 0.5)):
                seen.add(tuple(blas_threads())) if seed == 0 else None
        return seen

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come_and_go, range(4)))

    assert blas_threads() == two_threads


def interrupt_after(n_events: int) -> Callable[..., Any]:
    """Return a trace function that raises KeyboardInterrupt at a line of what sets and lifts the limit."""
    left = [n_events]

    def at_line(frame: FrameType, event: str, _: Any) -> Any:
        left[0] -= event == "line"
        if left[0] == 0:
            left[0] = -1
            raise KeyboardInterrupt
        return at_line

    names = {"_settle", "_settings"}  # no line that holds a lock: there only a trace function could raise
    return lambda frame, *_: at_line if frame.f_code.co_name in names else None


def test_an_interrupt_while_the_limit_is_set_or_lifted(two_threads: list[int]) -> None:
    """Ctrl-C at any line of the bookkeeping leaves nothing behind: the setting is as it was, the next fit fits."""
    n_interrupts = 0
    for n_events in range(1, 60):
        earlier = sys.gettrace()
        sys.settrace(interrupt_after(n_events))
        try:
            with one_blas_thread(wanted=True):
                pass
        except KeyboardInterrupt:
            n_interrupts += 1
        finally:
            sys.settrace(earlier)

        assert blas_threads() == two_threads
        with one_blas_thread(wanted=False) as alone:
            assert alone
            assert blas_threads() == two_threads
    assert n_interrupts >= 15
