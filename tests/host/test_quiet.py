"""Warning filters while several threads check data."""

import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pellucid import MLPClassifier
from pellucid.estimators.checked_arrays import check_inputs
from pellucid.estimators.class_labels import read_classes


def test_scikit_learns_checks_in_threads_leave_no_filter() -> None:
    """Its checks use ``catch_warnings``, which puts back the filters of another thread if they overlap."""
    X, y = np.ones((4, 2)).tolist(), np.array([0, 1, 0, 1])
    before = list(warnings.filters)

    def check(_: int) -> None:
        for _ in range(300):
            check_inputs(MLPClassifier(), X, reset=True)
            read_classes(y, "MLPClassifier")

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(check, range(6)))
    finally:
        sys.setswitchinterval(interval)

    assert list(warnings.filters) == before
