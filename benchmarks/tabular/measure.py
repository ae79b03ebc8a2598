"""One fit in a process of its own: ``python -m benchmarks.tabular.measure MODEL DATA SEED FOLDER`` prints JSON.

A small fit goes before, so that importing and compiling are in nobody's time or memory. Needs Linux.
"""

import ctypes
import gc
import json
import os
import platform
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np

from benchmarks.tabular.data import ROOT, load
from benchmarks.tabular.models import MODELS
from benchmarks.tabular.scores import classification_scores, regression_scores

WARM_UP_ROWS = 400
POOLS = ("OMP", "OPENBLAS", "MKL", "NUMBA")


def measured(model: str, data: str, seed: int, folder: Path, threads: int) -> dict:
    """Run this module in a new process that has so many threads; return what it found."""
    environment = os.environ | {f"{pool}_NUM_THREADS": str(threads) for pool in POOLS}
    command = [sys.executable, "-m", "benchmarks.tabular.measure", model, data, str(seed), str(folder)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout.splitlines()[-1])


def measure(model: str, data: str, seed: int, folder: Path) -> dict:
    """Return scores, seconds, bytes, and how many processors others kept busy meanwhile."""
    problem = load(data, folder)
    build, score = MODELS[model].build, classification_scores if problem.classify else regression_scores
    few = np.random.default_rng(0).permutation(len(problem.y))[:WARM_UP_ROWS]
    small = build(problem.classify, problem.text, seed).fit(problem.X.iloc[few], problem.y[few])
    _predict(small, problem.classify)(problem.X_test[:WARM_UP_ROWS])
    del small

    before = _forget_peak()
    load_average, others = os.getloadavg()[0], busy_others()
    estimator = build(problem.classify, problem.text, seed)
    fit_wall, fit_cpu, _ = _timed(lambda: estimator.fit(problem.X, problem.y))
    peak = _memory("VmHWM") - before
    predict = _predict(estimator, problem.classify)
    calls = [_timed(lambda: predict(problem.X_test)) for _ in range(3)]
    return {
        **score(problem.y_test, calls[0][2]),
        "fit_seconds": fit_wall,
        "fit_cpu_seconds": fit_cpu,
        "predict_seconds": median(call[0] for call in calls),
        "predict_cpu_seconds": median(call[1] for call in calls),
        "fit_peak_bytes": peak,
        "load_average": load_average,
        "other_load": others(),
        "machine": machine(),
    }


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next(
        (line.split(": ")[1] for line in lines if line.startswith("model name")), "processor unknown"
    )
    return f"{processor}, {os.cpu_count()} CPUs, Python {platform.python_version()}"


def _predict(estimator, classify: bool) -> Callable:
    return estimator.predict_proba if classify else estimator.predict


def _timed(function: Callable) -> tuple:
    wall, cpu = perf_counter(), process_time()
    value = function()
    return perf_counter() - wall, process_time() - cpu, value


def busy_others() -> Callable[[], float]:
    """Return a function that says how many processors, on average, have been busy since with other processes.

    The load average counts this process too; the difference of the machine's and its own time does not.
    """
    began, busy, own = perf_counter(), _busy_seconds(), process_time()
    return lambda: max(0.0, (_busy_seconds() - busy - process_time() + own) / (perf_counter() - began))


def _busy_seconds() -> float:
    user, nice, system, _idle, _wait, irq, softirq, steal, *_ = map(int, _stat().split()[1:])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _stat() -> str:
    return Path("/proc/stat").read_text().partition("\n")[0]


def _forget_peak() -> float:
    """Give freed memory back, count the peak from here, return the bytes in use."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(which: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024.0 * int(line.split()[1]) for line in lines if line.startswith(which))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    name, data_name, seed_text, folder_text = sys.argv[1:]
    print(json.dumps(measure(name, data_name, int(seed_text), Path(folder_text))))
