"""Whatever a user calls, the process is afterwards as it was: one snapshot, one table of calls."""

from __future__ import annotations

import decimal
import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_info

from pellucid import (
    Checkpoint,
    MLPClassifier,
    MLPRegressor,
    Network,
    Perceptron,
    TabularClassifier,
    TabularRegressor,
    diagnose,
    load,
    save,
    trace,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(60, 3))
CLASSES = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]
WIDE = DRAW.normal(size=(3000, 64)).astype("float32")  # steps and predictions large enough for helpers


def process() -> dict[str, Any]:
    """Return everything that belongs to the process and that a library might change."""
    from matplotlib import rcParams  # here, since it takes long

    umask = os.umask(0)
    os.umask(umask)
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(2.0)  # Rich's bar is redrawn by one that ends a moment after the bar
    return {
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "umask": umask,
        "warning filters": list(warnings.filters),
        "showwarning": warnings.showwarning,
        "signal handlers": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "streams": (sys.stdin, sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__),
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook, sys.gettrace(), sys.getprofile()),
        "threads": {thread.name for thread in threading.enumerate()},
        "BLAS threads": [(lib["filepath"], lib["num_threads"]) for lib in threadpool_info()],
        "NumPy's errors": (np.geterr(), np.geterrcall()),
        "NumPy's printing": {k: str(v) for k, v in np.get_printoptions().items()},
        "NumPy's global draws": [str(part) for part in np.random.get_state(legacy=False)["state"].values()],  # noqa: NPY002
        "Python's global draws": random.getstate(),
        "locale": locale.setlocale(locale.LC_ALL),
        "path": list(sys.path),
        "recursion limit": sys.getrecursionlimit(),
        "collector": (gc.isenabled(), gc.get_threshold()),
        "decimals": decimal.getcontext().prec,
        "logging": (logging.root.level, list(logging.root.handlers), logging.root.manager.disable),
        "matplotlib": {k: str(v) for k, v in rcParams.items()},
        "scikit-learn": sklearn.get_config(),
    }


def _table() -> Any:
    import pandas as pd

    return pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "shop": np.array(["x", "y", "z"])[np.arange(60) % 3]})


def _fit_big(**options: Any) -> None:
    MLPClassifier((128,), batch_size=1500, max_iter=2, random_state=0, **options).fit(WIDE, WIDE[:, 0] > 0)


def _verbose(estimator: Any, y: Any) -> None:
    for verbose in (True, "progress"):
        estimator.set_params(verbose=verbose).fit(X, y)


def _round_trip(folder: Path) -> None:
    model = (
        MLPClassifier((4,), max_iter=4, random_state=0)
        .set_callbacks(Checkpoint(folder / "c.st"))
        .fit(X, CLASSES)
    )
    save(model, folder / "m.st")
    load(folder / "m.st").predict(X)


def _report(folder: Path) -> None:
    from pellucid.report import report

    report(_mlp().fit(X, CLASSES), X, CLASSES, folder / "r.html")


def _draw(folder: Path) -> None:
    import matplotlib.pyplot as plt

    from pellucid.plotting import LearningCurvesDisplay

    LearningCurvesDisplay.from_estimator(_mlp().fit(X, CLASSES))
    plt.close("all")


def _compare(folder: Path) -> None:
    from pellucid.tabular.comparison import compare

    compare(
        _table(),
        CLASSES,
        task="classification",
        models=["linear", "pellucid-fast"],
        n_splits=2,
        time_budget=0.2,
    )


def _command_line(folder: Path) -> None:
    from typer.testing import CliRunner

    from pellucid.cli.app import app

    table, model = folder / "t.csv", folder / "m.st"
    _table().assign(y=CLASSES).to_csv(table, index=False)
    for words in (
        ["train", str(table), "--target", "y", "--epochs", "2", "--out", str(model), "--force"],
        ["predict", str(model), str(table), "--out", str(folder / "p.csv"), "--force"],
        ["evaluate", str(model), str(table)],
        ["info", str(model)],
        ["logic", "a & b"],
    ):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output


def _fails(folder: Path) -> None:
    for y in (CLASSES[:-1], None):
        with pytest.raises(ValueError, match=r".+"):
            MLPClassifier((4,), n_threads=1).fit(X, y)
    with pytest.raises(ValueError, match=r".+"):
        TabularRegressor(n_threads=1).fit(X, CLASSES)


def _mlp(**options: Any) -> MLPClassifier:
    return MLPClassifier((4,), max_iter=4, random_state=0, **options)


def _tabular(kind: type, *args: str, **options: Any) -> Any:
    return kind(*args, max_iter=3, random_state=0, **options)


def _diverge(_: Path) -> None:
    MLPRegressor((4,), solver="sgd", learning_rate_init=1e3, random_state=0).fit(X, 1e3 * X[:, 1] + 1e3)


CALLS: dict[str, Callable[[Path], Any]] = {
    "MLPClassifier, small": lambda _: _mlp().fit(X, CLASSES).predict(X),
    "MLPClassifier, with helpers": lambda _: _fit_big(),
    "MLPClassifier, one thread": lambda _: _fit_big(n_threads=1),
    "MLPClassifier, early stopping": lambda _: _fit_big(early_stopping=True),
    "MLPClassifier, reference engine": lambda _: _fit_big(engine="reference"),
    "MLPClassifier, L-BFGS": lambda _: _mlp(solver="lbfgs").fit(X, CLASSES),
    "MLPRegressor, diverging": _diverge,
    "MLPClassifier, verbose": lambda _: _verbose(_mlp(), CLASSES),
    "Perceptron": lambda _: Perceptron(random_state=0).fit(X, CLASSES).predict(X),
    "TabularClassifier": lambda _: _tabular(TabularClassifier).fit(_table(), CLASSES).predict_proba(_table()),
    "TabularClassifier, one thread": lambda _: _tabular(TabularClassifier, n_threads=1).fit(X, CLASSES),
    "TabularRegressor": lambda _: (
        _tabular(TabularRegressor).fit(_table(), X[:, 0]).predict_interval(_table())
    ),
    "TabularRegressor, verbose": lambda _: _verbose(_tabular(TabularRegressor, "fast"), X[:, 0]),
    "Network and trace": lambda _: trace(Network([3, 4, 2], random_state=0), X[0], [0.0, 1.0]).to_text(),
    "diagnose": lambda _: str(diagnose(_mlp().fit(X, CLASSES), X, CLASSES)),
    "checkpoint, save, load": _round_trip,
    "report": _report,
    "display": _draw,
    "compare": _compare,
    "command line": _command_line,
    "fits that fail": _fails,
}
SLOW = {"report"}  # of which "diagnose" and "display" are the parts


@pytest.mark.few(
    "MLPClassifier, small",
    "MLPRegressor, diverging",
    "TabularClassifier",
    "diagnose",
    "checkpoint, save, load",
    "display",
    "fits that fail",
)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in CALLS]
)
def test_a_call_leaves_the_process_as_it_was(name: str, tmp_path: Path) -> None:
    CALLS[name](tmp_path)  # what is imported or compiled once may start something for good
    before = process()

    CALLS[name](tmp_path)

    after = process()
    assert {what: (before[what], after[what]) for what in before if before[what] != after[what]} == {}


@pytest.mark.slow
def test_the_first_call_of_all_changes_only_what_its_imports_change() -> None:
    """Filters, handlers and streams survive also the first fit, with the imports and compilations it brings."""
    import subprocess

    program = """
import os, signal, sys, threading, warnings, numpy as np, sklearn.neural_network, sklearn.model_selection
warnings.simplefilter("ignore")
def process():
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    return (list(warnings.filters), handlers, dict(os.environ), os.getcwd(), sys.stdout, sys.stderr,
            sys.excepthook, np.geterr(), list(sys.path))
before = process()
from pellucid import MLPClassifier, TabularRegressor
X = np.random.default_rng(0).normal(size=(60, 3))
MLPClassifier((4,), max_iter=2).fit(X, X[:, 0] > 0).predict(X)
TabularRegressor("fast", max_iter=2).fit(X, X[:, 0]).predict(X)
print([a == b for a, b in zip(before, process())])
"""
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == str([True] * 9)


def test_the_snapshot_sees_what_it_is_to_see(monkeypatch: pytest.MonkeyPatch) -> None:
    before = process()
    monkeypatch.setenv("PELLUCID_TEST", "1")
    np.random.random()  # noqa: NPY002
    with warnings.catch_warnings(), np.errstate(over="raise"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        after = process()
    changed = {what for what in before if before[what] != after[what]}
    assert changed == {"environment", "NumPy's global draws", "warning filters", "NumPy's errors"}
