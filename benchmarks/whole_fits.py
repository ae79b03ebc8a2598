"""Whole calls of ``fit`` as users make them: on the digits as loaded, and several at once."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from time import perf_counter, sleep

from sklearn.datasets import load_digits

from benchmarks.measure import PAUSE

BATCHES = {32: 10.0, "auto": 5.0}  # with the floors


@cache
def digits():
    return load_digits(return_X_y=True)


def seconds_to_fit(name: str, batch, epochs: int) -> float:
    """Return the seconds of a whole fit on the digits, float64 as they are loaded."""
    if name == "scikit-learn":
        from sklearn.neural_network import MLPClassifier
    else:
        from pellucid import MLPClassifier
    X, y = digits()
    model = MLPClassifier(batch_size=batch, max_iter=epochs, n_iter_no_change=10**6, random_state=0)
    sleep(PAUSE)
    with warnings.catch_warnings(action="ignore"):
        started = perf_counter()
        model.fit(X, y)
        seconds = perf_counter() - started
    assert model.n_iter_ == epochs
    return seconds


def four_fits(name: str, epochs: int) -> tuple[float, float]:
    """Return the seconds of four fits one after another, and of four fits in four threads."""
    from pellucid import MLPClassifier

    X, y = digits()

    def fit(seed: int) -> None:
        MLPClassifier(batch_size=32, max_iter=epochs, n_iter_no_change=10**6, random_state=seed).fit(X, y)

    with warnings.catch_warnings(action="ignore"), ThreadPoolExecutor(4) as threads:
        fit(0)
        started = perf_counter()
        for seed in range(4):
            fit(seed)
        sequential = perf_counter() - started
        started = perf_counter()
        list(threads.map(fit, range(4)))
        return sequential, perf_counter() - started
