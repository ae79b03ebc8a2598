"""Costs of a new process: importing, the first fit ever, the first fit with a warm cache."""

import os
import subprocess
import sys
import tempfile
from statistics import median

IMPORT = """
from time import perf_counter
import numpy, sklearn
t0 = perf_counter()
import pellucid
print(perf_counter() - t0)
"""

IMPORT_ESTIMATORS = """
from time import perf_counter
import numpy, sklearn.neural_network
t0 = perf_counter()
from pellucid import MLPClassifier
print(perf_counter() - t0)
"""

FITS = """
import warnings; warnings.simplefilter("ignore")
from time import perf_counter
from sklearn.datasets import load_digits
from pellucid import MLPClassifier
X, y = load_digits(return_X_y=True)
for _ in range(2):
    t0 = perf_counter()
    MLPClassifier(max_iter=5, random_state=0).fit(X, y)
    print(perf_counter() - t0)
"""


def numbers(code: str, **environment: str) -> list[float]:
    """Run code in a new process; return the numbers that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    return [float(line) for line in done.stdout.split()]  # what compiling says goes to stderr


def startup(repetitions: int) -> dict[str, float]:
    """Return seconds: of importing, of the first fit ever, of what a later process's first fit adds."""
    with tempfile.TemporaryDirectory() as folder:
        cold = numbers(FITS, PELLUCID_CACHE_DIR=folder)
        warm = [numbers(FITS, PELLUCID_CACHE_DIR=folder) for _ in range(repetitions)]
    return {
        "import": median(numbers(IMPORT)[0] for _ in range(repetitions)),
        "import_estimators": median(numbers(IMPORT_ESTIMATORS)[0] for _ in range(repetitions)),
        "cold": cold[0],
        "warm_adds": median(first - second for first, second in warm),
        "fit": median(second for _, second in warm),
    }
