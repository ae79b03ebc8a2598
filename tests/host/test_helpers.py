"""Helpers that are refused, late, absent or dead: the work goes on alone, with the same bits, and ends."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid
from host.interrupting import at_every_bytecode
from pellucid import MLPClassifier, TabularClassifier
from pellucid.core import Network
from pellucid.engines import outputs_runner
from pellucid.host import helpers as module
from pellucid.host.helpers import Helpers, import_whole, settle, whole

SOURCE = str(Path(pellucid.__file__).parents[1])
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def in_a_process(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a Python of its own, for at most two minutes."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": SOURCE, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def ours() -> list[threading.Thread]:
    """Return the threads of this library."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("pellucid")]


# ---- threads that cannot be had -----------------------------------------------------------------------------


def refused(self: threading.Thread) -> None:
    """Start no thread, as where the limit of processes is reached."""
    raise RuntimeError("can't start new thread")


def absent(self: threading.Thread) -> None:
    """Start nothing, and do not say so."""


def a_greenlet(self: threading.Thread) -> None:
    """Run in the caller's thread of the system until there is something to wait for, as gevent's threads do."""
    self.run()


def late(self: threading.Thread) -> None:
    """Start when the work has long begun."""
    threading.Timer(0.3, partial(START, self)).start()


START = threading.Thread.start
KINDS = [refused, absent, a_greenlet]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Every thread of this library ends with the work that it was for."""
    yield
    deadline = time.monotonic() + 10.0
    while ours() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not ours()


@pytest.fixture
def large_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have fits, predictions and crews want three workers, as if there were as many processors."""
    from pellucid.engines import outputs, sharing
    from pellucid.engines.compiled import blocks, session
    from pellucid.tabular import crew

    for one in (sharing, session, crew):
        monkeypatch.setattr(one, "available", lambda: 3)
    monkeypatch.setattr(outputs, "SPAN_WORK", 1)
    monkeypatch.setattr(blocks, "WORK", 1)
    monkeypatch.setattr(blocks, "LEAST_ROWS", 1)


X = np.random.default_rng(0).normal(size=(2000, 6)).astype(np.float32)
Y = (X[:, 0] > 0.0).astype(int)


def a_fit() -> Any:
    return MLPClassifier((8,), max_iter=3, batch_size=500, random_state=0).fit(X, Y).network_.parameters


def a_prediction() -> Any:
    return outputs_runner(Network([6, 8, 2], dtype="float32", random_state=0))(X)


def a_crew() -> Any:
    model = TabularClassifier("fast", n_members=3, max_iter=2, random_state=0).fit(X[:300], Y[:300])
    return model.predict_proba(X[:50])


@pytest.mark.thorough
@pytest.mark.usefixtures("large_steps")
@pytest.mark.parametrize("work", [a_fit, a_prediction, a_crew])
def test_without_helpers_the_bits_are_the_same(
    work: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads are refused, never run, or are no threads: fits, predictions and crews end all the same."""
    expected = work()
    monkeypatch.setattr(module, "COMING", 0.01)
    if work is a_crew:
        monkeypatch.setattr("pellucid.tabular.crew.COMING", 0.01)
    for start in KINDS:
        monkeypatch.setattr(threading.Thread, "start", start)
        assert np.array_equal(work(), expected), start.__name__


@pytest.mark.usefixtures("large_steps")
@pytest.mark.parametrize("work", [a_fit, a_prediction])
def test_helpers_that_come_late_are_not_waited_for(
    work: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They find that the work is done, and go."""
    expected = work()
    monkeypatch.setattr(threading.Thread, "start", late)
    monkeypatch.setattr(threading.Timer, "start", START)
    found = work()
    monkeypatch.undo()

    assert np.array_equal(found, expected)


@pytest.mark.usefixtures("large_steps")
def test_teams_are_used_where_helpers_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above compare work that is shared with work that is not."""
    shared: list[str] = []
    together = Helpers.together
    monkeypatch.setattr(
        Helpers, "together", lambda self, *a, **o: (shared.append(self.name), together(self, *a, **o))[1]
    )
    a_fit()
    a_prediction()
    a_crew()

    assert {"pellucid", "pellucid-member"} <= set(shared)


# ---- the mechanism ------------------------------------------------------------------------------------------


def test_what_fails_in_a_helper_is_raised() -> None:
    """And what no helper has begun when the caller is through is not begun any more."""
    helpers, gate, begun = Helpers(1, "pellucid-test"), threading.Event(), list[int]()
    assert helpers.are_here(10.0)

    def call(number: int) -> None:
        begun.append(number)
        gate.wait(10.0)
        raise ZeroDivisionError

    def own() -> None:
        while not begun:
            time.sleep(0.001)

    with pytest.raises(ZeroDivisionError):
        helpers.together([partial(call, k) for k in range(3)], own, gate.set)
    assert begun == [0]
    helpers.dismiss(join=True)


def test_an_interrupt_at_any_bytecode_leaves_nobody_at_work() -> None:
    """The caller comes back when everybody has ended, and everybody was told to."""
    state: dict[str, Any] = {}

    def run() -> None:
        state["stop"], state["working"] = stop, working = threading.Event(), set[int]()

        def call(number: int) -> None:
            working.add(number)
            stop.wait(10.0)
            working.remove(number)

        helpers = Helpers(2, "pellucid-test")
        try:
            helpers.are_here(1.0)
            helpers.together([partial(call, k) for k in range(2)], lambda: None, stop.set)
        finally:
            helpers.dismiss()

    def check(number: int) -> None:
        assert not state["working"], number

    assert at_every_bytecode(run, check, module) > 200


def test_helpers_are_called_anew_in_a_forked_child() -> None:
    """The threads of the parent are none of its own."""
    helpers = Helpers(1, "pellucid-test")
    assert helpers.are_here(10.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "getpid", lambda: -1)
        first = helpers.threads
        helpers.dismiss()
        assert helpers.are_here(10.0)
        assert helpers.threads is not first
        helpers.dismiss(join=True)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers of the system here")
@pytest.mark.parametrize("error", [KeyboardInterrupt, TimeoutError])
def test_what_must_be_whole_is_ended_first(error: type[BaseException]) -> None:
    """A signal comes in the middle: the work is done when its handler's exception is raised."""
    done: list[int] = []

    def handler(*_: Any) -> None:
        raise error

    def work() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        time.sleep(0.1)
        done.append(1)

    earlier = signal.signal(signal.SIGALRM, handler)
    try:
        with pytest.raises(error):
            whole(work)
        assert done == [1]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, earlier)


def test_whole_is_a_call() -> None:
    """With its result, its error and the caller's context, in any thread."""
    assert whole(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        whole(divmod, 7, 0)
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(whole(threading.current_thread)))
    thread.start()
    thread.join()
    assert found == [thread]
    assert import_whole("json") is sys.modules["json"]


def test_settle_outlasts_interrupts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of several is heard, none ends the waiting."""
    from concurrent.futures import Future

    future, calls = Future[None](), list[int]()

    def wait(*_: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            future.set_result(None)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "wait", wait)
    with pytest.raises(KeyboardInterrupt):
        settle([future])
    assert len(calls) == 3


# ---- in a process of its own --------------------------------------------------------------------------------

FIT = """
    import os, signal, sys, threading, time
    import numpy as np
    from pellucid import MLPClassifier
    X = np.random.default_rng(0).normal(size=(4000, 32)).astype("f4")
    y = (X[:, 0] > 0).astype(int)

    def fit(n_epochs=2):
        from pellucid.engines.compiled import session
        session.available, session.WORK = lambda: 2, 1  # a team of two, however many processors there are
        model = MLPClassifier((64,), max_iter=n_epochs, batch_size=1000, random_state=0, tol=0.0)
        return model.fit(X, y).network_.parameters.tobytes()
"""


@pytest.mark.slow
def test_under_gevent() -> None:
    """With threads that are greenlets a fit ends, alone."""
    pytest.importorskip("gevent")
    ran = in_a_process("from gevent import monkey; monkey.patch_all()\n" + textwrap.dedent(FIT) + "fit()")

    assert ran.returncode == 0, ran.stderr


@pytest.mark.slow
def test_a_thread_outlives_the_main_thread() -> None:
    """A fit that begins, or goes on, while the interpreter waits for its last threads."""
    ran = in_a_process(FIT + "    threading.Timer(0.2, lambda: print(len(fit(40)))).start()")

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip().isdigit()


@pytest.mark.thorough
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("n_moments", [2, pytest.param(100, marks=pytest.mark.slow)])
def test_forks_while_a_team_works(n_moments: int) -> None:
    """At any moment of a fit in another thread: the child fits with the bits of the parent, and ends."""
    ran = in_a_process(
        FIT
        + f"""
    expected, ended = fit(), threading.Event()

    def again():
        while not ended.is_set():
            fit(20)

    thread = threading.Thread(target=again)
    thread.start()
    codes = []
    for moment in range({n_moments}):
        time.sleep(0.003 * (moment % 17))
        child = os.fork()
        if child == 0:
            signal.alarm(60)  # a child that hangs ends with a signal
            os._exit(0 if fit() == expected else 3)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    ended.set()
    thread.join()
    assert set(codes) == {{0}}, codes
    """
    )

    assert ran.returncode == 0, ran.stderr


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers of the system here")
@pytest.mark.slow
@pytest.mark.parametrize("moment", [0.1, 0.02, 0.3])
@pytest.mark.parametrize("how", ["in a thread beside", "alone"])
def test_an_interrupt_of_the_first_fit(how: str, moment: float) -> None:
    """While Numba is imported: the fit after it works, with a thread for the import and without."""
    alone = "threading.Thread.start = refuse" if how == "alone" else "pass"
    ran = in_a_process(
        FIT
        + f"""
    from pellucid.host.helpers import import_whole

    def refuse(_):
        raise RuntimeError

    {alone}

    def stop(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, {moment})
    try:
        import_whole("pellucid.engines.compiled.session")
    except KeyboardInterrupt:
        print("interrupted")
    signal.setitimer(signal.ITIMER_REAL, 0)
    fit()
    """
    )

    assert ran.returncode == 0, ran.stderr
    assert moment > 0.1 or "interrupted" in ran.stdout


def test_a_wait_ends_where_the_handler_restarts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wait of the main thread is longer than a tick: where SA_RESTART is set, Ctrl-C does not end a wait."""
    from pellucid.tabular import crew

    waits: list[float] = []
    wait = crew.wait

    def timed(futures: Any, timeout: float, **options: Any) -> Any:
        waits.append(timeout)
        return wait(futures, timeout=timeout, **options)

    monkeypatch.setattr(crew, "wait", timed)
    monkeypatch.setattr(crew, "available", lambda: 2)
    a_crew()

    assert waits
    assert max(waits) <= 0.1
