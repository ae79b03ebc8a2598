"""Code that runs in the process of a contender. Each has its own, so that no threads disturb another's."""

import ctypes
import gc
import importlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import numpy as np

from benchmarks.networks import Case, data, loss, orders, start

PAUSE = 0.02  # seconds before a measurement: threads that wait by spinning have gone to sleep


@dataclass(frozen=True)
class Contender:
    """A library in one of its forms: the module here, what it needs, and the names in the module."""

    module: str
    needs: str
    trainer: str = ""
    predictors: str = ""
    takes_row: bool = False  # whether what predicts one row takes it as a vector
    chooser: str = ""  # the trainer that finds the better number of threads, where not the trainer itself


CONTENDERS = {
    "pellucid": Contender("ours", "pellucid", "Trainer", "predictors", takes_row=True),
    "pellucid jax": Contender("ours", "jax", "JaxTrainer"),
    "pellucid fit": Contender("ours", "pellucid", "EstimatorTrainer", "estimator_predictors"),
    "scikit-learn": Contender("peers_sklearn", "sklearn", "Trainer", "predictors"),
    "PyTorch": Contender("peers_torch", "torch", "Trainer", "predictors"),
    "torch.compile": Contender("peers_torch", "torch", "CompiledTrainer", chooser="Trainer"),
    "JAX": Contender("peers_jax", "jax", "Trainer", "predictors"),
    "ONNX Runtime": Contender("peers_onnx", "onnxruntime", predictors="predictors"),
}


def is_installed(name: str) -> bool:
    """Return whether a contender can take part."""
    return find_spec(CONTENDERS[name].needs) is not None


@cache
def worker(name: str) -> ProcessPoolExecutor:
    """Return the process of a contender."""
    return new_worker()


def new_worker() -> ProcessPoolExecutor:
    """Return a fresh process."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def interleave(function, items, repetitions: int) -> dict:
    """Return the median of ``function(*item)``, each item in its contender's process, in turn, again and again."""
    found: dict = {item: [] for item in items}
    for repetition in range(repetitions):
        for item in items if repetition % 2 == 0 else reversed(items):
            found[item].append(worker(item[0]).submit(function, *item).result())
    return {item: median(values) for item, values in found.items()}


# ---- training --------------------------------------------------------------------------------------------


def seconds_per_step(name: str, case: Case) -> float:
    """Train from the start for the epochs of the case; return the seconds of a step.

    Where that is short it is done several times, so that a measurement takes a tenth of a second at least.
    """
    trainer, steps = _trainer(name, case), case.steps * case.epochs
    times = [_timed(trainer, case)]
    while sum(times) * steps < 0.1:
        times.append(_timed(trainer, case, pause=0.0))
    return median(times)


def reached_loss(name: str, case: Case) -> float | None:
    """Return the loss after the last measurement, or None of a contender with its own start."""
    weights = _trainer(name, case).weights()
    return None if weights is None else loss(case, weights)


@lru_cache(maxsize=4)
def _trainer(name: str, case: Case):
    """Return a trainer that is warm, with the number of threads, 1 or 2, that serves it better."""
    contender, module = CONTENDERS[name], _module(name)
    if hasattr(module, "set_threads"):
        short = replace(case, steps=min(case.steps, 40), epochs=1)
        chooser = getattr(module, contender.chooser or contender.trainer)(short)
        _choose_threads(module, lambda: _timed(chooser, short))
    trainer = getattr(module, contender.trainer)(case)
    _timed(trainer, case)
    return trainer


def _timed(trainer, case: Case, pause: float = PAUSE) -> float:
    given = orders(case)
    trainer.begin(start(case))
    sleep(pause)
    started = perf_counter()
    trainer.run(given)
    return (perf_counter() - started) / (case.steps * case.epochs)


def _choose_threads(module, measure) -> None:
    times = {}
    for n in (1, 2):
        module.set_threads(n)
        times[n] = [measure() for _ in range(3)][1:]  # the first warms up
    module.set_threads(min(times, key=lambda n: min(times[n])))


def _module(name: str):
    return importlib.import_module(f"benchmarks.{CONTENDERS[name].module}")


def product_rate(name: str, size: int, dtype: str) -> float:
    """Return the floating-point operations per second of a product of two square matrices."""
    A, B, C = (np.ones((size, size), dtype) for _ in range(3))
    sleep(PAUSE)
    times = []
    for _ in range(12):
        started = perf_counter()
        np.dot(A, B, out=C)
        times.append(perf_counter() - started)
    return 2 * size**3 / median(times[2:])


# ---- prediction ------------------------------------------------------------------------------------------


def seconds_to_predict(name: str, case: Case, rows: int) -> float:
    """Return the seconds of a call for so many rows; of one row's class, where an estimator gives classes."""
    many, single = _predictors(name, case, rows)
    X = data(case)[0][:rows]
    if rows > 1:
        return _call_seconds(many, X)
    return _call_seconds(single, X[0] if CONTENDERS[name].takes_row else X)


def probabilities(name: str, case: Case) -> np.ndarray:
    """Return what is predicted for some rows."""
    return np.asarray(_predictors(name, case, 100)[0](data(case)[0][:100]))


@lru_cache(maxsize=2)
def _predictors(name: str, case: Case, rows: int):
    module, X = _module(name), data(case)[0][:rows]
    make = getattr(module, CONTENDERS[name].predictors)
    if hasattr(module, "set_threads"):
        _choose_threads(module, lambda: _call_seconds(make(case)[rows == 1], X))
    return make(case)


def _call_seconds(predict, X: np.ndarray, at_least: float = 0.05) -> float:
    predict(X)
    sleep(PAUSE)
    calls, started = 0, perf_counter()
    while perf_counter() - started < at_least:
        predict(X)
        calls += 1
    return (perf_counter() - started) / calls


# ---- memory ----------------------------------------------------------------------------------------------


def training_memory(name: str, case: Case) -> float:
    """Return the bytes that training takes at its peak, beyond the library, compiled code and the data. Linux."""
    contender, module = CONTENDERS[name], _module(name)
    small = replace(case, steps=2, epochs=1)
    _timed(getattr(module, contender.trainer)(small), small)
    data(case), orders(case), start(case)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what was freed goes back, or the peak would hide in it
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = _memory("VmRSS")
    _timed(getattr(module, contender.trainer)(case), case)
    return _memory("VmHWM") - before


def _memory(which: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024.0 * int(line.split()[1]) for line in lines if line.startswith(which))
