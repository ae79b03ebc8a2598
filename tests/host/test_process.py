"""Settings of the process stay as they were: after fits, predictions, reports, failures and interrupts."""

import decimal
import faulthandler
import gc
import locale
import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy
import sklearn
from threadpoolctl import threadpool_info

import pellucid
from pellucid import MLPClassifier, MLPRegressor, Network, Perceptron, TabularClassifier, TabularRegressor
from pellucid.engines import predictor
from pellucid.training import EpochEnd, Observer

# ruff: noqa: NPY002  NumPy's global state is the subject
pytestmark = pytest.mark.filterwarnings("ignore")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
Y = (X[:, 0] > 0.0).astype(int)


def state() -> dict[str, Any]:
    """Return the settings of this process that a library could change."""
    log = logging.getLogger()
    found = {
        "BLAS": sorted((i["filepath"], i["num_threads"]) for i in threadpool_info()),
        "filters": list(warnings.filters),
        "hook of warnings": warnings.showwarning,
        "NumPy errors": (np.geterr(), np.geterrcall()),
        "NumPy printing": repr(np.get_printoptions()),
        "environment": {name: v for name, v in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
        "folder": os.getcwd(),
        "streams": (sys.stdin, sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__),
        "hooks": (
            sys.excepthook,
            sys.displayhook,
            sys.unraisablehook,
            threading.excepthook,
            sys.getprofile(),
        ),
        "path": list(sys.path),
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval(), gc.isenabled(), gc.get_threshold()),
        "signals": [signal.getsignal(s) for s in sorted(signal.valid_signals())],
        "locale": locale.setlocale(locale.LC_ALL),
        "decimal": repr(decimal.getcontext()),
        "logging": (log.level, list(log.handlers), logging.root.manager.disable),
        "faults": faulthandler.is_enabled(),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "scikit-learn": sklearn.get_config(),
        "SciPy": scipy.__version__,
    }
    if "matplotlib" in sys.modules:
        import matplotlib as mpl

        found["matplotlib"] = dict(mpl.rcParams), mpl.get_backend()
    return found


@pytest.fixture
def unchanged() -> Iterator[None]:
    """Compare the state of the process after the test with the one before."""
    MLPClassifier((2,), max_iter=1, solver="lbfgs").fit(X, Y)  # what is imported at the first fit is there
    threadpool_info()
    before = state()
    yield
    for thread in threading.enumerate():  # the team of a fit was told to go
        if thread.name.startswith("pellucid"):
            thread.join(10.0)
    after = state()
    assert {name: value for name, value in after.items() if value != before.get(name, value)} == {}


class _Failing(Observer):
    """Ends a fit in an unkind way."""

    def __init__(self, error: type[BaseException]) -> None:
        self.error = error

    def on_epoch_end(self, event: EpochEnd) -> None:
        raise self.error("in an epoch")


def _failed(error: type[BaseException], **options: Any) -> None:
    model = MLPClassifier((3,), max_iter=3, **options).set_callbacks(_Failing(error))
    with suppress(error):
        model.fit(X, Y)


def _refused(model: Any) -> None:
    with suppress(ValueError):
        model.fit(X * np.nan, Y)


WORK: dict[str, Callable[[], Any]] = {
    "fit": lambda: (
        MLPRegressor((3,), max_iter=3, early_stopping=True, n_threads=2).fit(X, X[:, 0]).predict(X)
    ),
    "L-BFGS": lambda: MLPClassifier((3,), solver="lbfgs", max_iter=3).fit(X, Y).predict(X),
    "perceptron": lambda: Perceptron(max_iter=2).fit(X, Y).predict(X),
    "table": lambda: TabularClassifier(n_members=2, max_iter=2, n_threads=2).fit(X, Y).predict_proba(X),
    "table of one": lambda: TabularRegressor("fast", max_iter=2).fit(X, X[:, 0]).predict_interval(X),
    "bad input": lambda: _refused(MLPClassifier(n_threads=1)),
    "failure": lambda: _failed(RuntimeError, n_threads=2),
    "failure of L-BFGS": lambda: _failed(RuntimeError, solver="lbfgs"),
    "interrupt": lambda: _failed(KeyboardInterrupt, n_threads=1),
    "exit": lambda: _failed(SystemExit, verbose="progress"),
    "diagnosis": lambda: pellucid.diagnose(MLPClassifier((3,), max_iter=2).fit(X, Y), X, Y),
    "trace": lambda: str(pellucid.trace(Network([4, 2, 1]), X[:2], X[:2, :1])),
}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("work", WORK.values(), ids=WORK.keys())
def test_the_process_is_left_as_it_was(work: Callable[[], Any]) -> None:
    """One line of work for each kind; the fixture looks."""
    work()


def test_drawings_leave_the_settings_of_matplotlib() -> None:
    """In threads too: the first to come does not put its own back while the second one draws."""
    mpl = pytest.importorskip("matplotlib")
    mpl.use("agg")
    before = dict(mpl.rcParams)
    from pellucid.plotting.style import quiet

    entered, leave = threading.Event(), threading.Event()

    def second() -> None:
        with quiet():
            entered.set()
            leave.wait(10.0)

    thread = threading.Thread(target=second)
    with quiet(), quiet():
        thread.start()
        assert not entered.wait(0.05)  # one thread at a time
    assert entered.wait(10.0)
    leave.set()
    thread.join()
    assert dict(mpl.rcParams) == before


# ---- NumPy's global generator -------------------------------------------------------------------------------

MODELS: dict[str, Callable[[], Any]] = {
    "classifier": lambda: (
        MLPClassifier((3,), max_iter=2, dropout=0.2, early_stopping=True).fit(X, Y).coefs_[0]
    ),
    "regressor": lambda: MLPRegressor((3,), max_iter=2, solver="lbfgs").fit(X, X[:, 0]).coefs_[0],
    "perceptron": lambda: Perceptron(max_iter=3).fit(X, Y).mistakes_,
    "table": lambda: TabularRegressor(n_members=2, max_iter=1).fit(X, X[:, 0]).predict(X),
    "network": lambda: Network([4, 3, 1]).parameters,
    "gradient": lambda: (
        Network([4, 3, 1], dropout=0.5, initializer="constant").gradients(X, X[:, 0], training=True).flat
    ),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS.keys())
def test_a_seed_of_numpy_is_one_of_ours(make: Callable[[], Any]) -> None:
    """random_state=None draws from NumPy's global state, as in scikit-learn: seeded it gives the same again."""
    kept = np.random.get_state()
    found = []
    for seed in (7, 7, 8):
        np.random.seed(seed)
        found.append(np.array(make()))
    np.random.set_state(kept)

    assert np.array_equal(found[0], found[1])
    if make is not MODELS["perceptron"]:  # which makes as many mistakes in some other orders
        assert not np.array_equal(found[0], found[2])


@pytest.mark.thorough
def test_what_draws_nothing_leaves_numpys_generator_alone(tmp_path: Path) -> None:
    """Fits with a seed, predictions, copies, files, traces: the program's own draws are what they were."""
    before = np.random.get_state()[1].tolist(), np.random.get_state()[2]
    model = MLPClassifier((3,), max_iter=2, batch_norm=True, random_state=0).fit(X, Y)
    model.predict_proba(X)
    predictor(model)(X[0])
    model.network_.copy()
    model.network_.gradients(X, Y[:, None])
    pellucid.save(model, tmp_path / "model.safetensors")
    pellucid.load(tmp_path / "model.safetensors").predict(X)
    pellucid.trace(model, X[:1], Y[:1])
    pellucid.diagnose(model, X, Y)
    Network([1, 1], weights=[[[1.0]]], biases=[[0.0]])
    TabularClassifier("fast", max_iter=1, random_state=0).fit(X, Y).predict(X)
    Perceptron(max_iter=2, random_state=0).fit(X, Y)

    assert (np.random.get_state()[1].tolist(), np.random.get_state()[2]) == before


# ---- importing ----------------------------------------------------------------------------------------------


def test_importing_and_a_first_fit_change_nothing() -> None:
    """In a process of its own: settings of Python are those of a program without this library."""
    script = """
        import faulthandler, gc, locale, logging, os, signal, sys, threading, warnings
        import numpy, sklearn.neural_network, scipy.sparse, rich, threadpoolctl

        def state():
            return (
                list(warnings.filters), dict(os.environ), os.getcwd(), os.umask(0o22), sys.excepthook,
                [signal.getsignal(s) for s in sorted(signal.valid_signals())], sys.getrecursionlimit(),
                locale.setlocale(locale.LC_ALL), logging.root.level, list(logging.root.handlers),
                faulthandler.is_enabled(), [t.name for t in threading.enumerate()], gc.get_threshold(),
                numpy.geterr(), sys.stdout, sys.stderr, sys.getswitchinterval(),
                [i["num_threads"] for i in threadpoolctl.threadpool_info() if i["user_api"] == "blas"],
            )

        os.umask(0o22)
        before = state()
        from pellucid import MLPClassifier, TabularClassifier, diagnose
        X = numpy.random.default_rng(0).normal(size=(60, 3))
        MLPClassifier((3,), max_iter=2).fit(X, X[:, 0] > 0)
        after = state()
        changed = [(a, b) for a, b in zip(before, after) if a != b]
        assert not changed, changed
    """
    source = str(Path(pellucid.__file__).parents[1])
    ran = subprocess.run(
        [sys.executable, "-c", "import warnings\n" + textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
