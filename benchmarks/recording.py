"""Cost of a recorder: ``python -m benchmarks.recording``. Whole fits on the digits, with and without it."""

import warnings
from statistics import median
from time import perf_counter, sleep

from benchmarks.measure import PAUSE
from benchmarks.whole_fits import digits

EPOCHS = 200
LIMIT = 0.10  # of the seconds of a fit without


def seconds_to_fit(*, recorded: bool, epochs: int = EPOCHS) -> float:
    """Return the seconds of a fit of 64-100-10 with batches of 200, float32, relu and Adam."""
    from pellucid import MLPClassifier
    from pellucid.recording import Recorder

    X, y = digits()
    model = MLPClassifier(
        (100,), batch_size=200, max_iter=epochs, tol=0.0, n_iter_no_change=10**6, random_state=0
    )
    if recorded:
        model.set_callbacks(Recorder())
    sleep(PAUSE)
    with warnings.catch_warnings(action="ignore"):
        started = perf_counter()
        model.fit(X, y)
        return perf_counter() - started


def overhead(repetitions: int, epochs: int = EPOCHS) -> dict[str, float]:
    """Return the medians of the seconds without and with, and of what a pair of neighbors differs by."""
    for recorded in (False, True):
        seconds_to_fit(recorded=recorded, epochs=2)  # compiles, and finds what is largest of a slope
    pairs = []
    for repetition in range(repetitions):
        order = (False, True) if repetition % 2 == 0 else (True, False)
        seconds = {recorded: seconds_to_fit(recorded=recorded, epochs=epochs) for recorded in order}
        pairs.append((seconds[False], seconds[True]))
    plain, recorded = (median(side) for side in zip(*pairs, strict=True))
    return {
        "plain": plain,
        "recorded": recorded,
        "overhead": median(after / before for before, after in pairs) - 1.0,
    }


if __name__ == "__main__":
    found = overhead(31)
    print(
        f"64-100-10, batch 200, {EPOCHS} epochs: {found['plain']:.3f} s without a recorder, "
        f"{found['recorded']:.3f} s with: {found['overhead']:+.1%} (limit {LIMIT:.0%})"
    )
