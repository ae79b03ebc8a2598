"""Warning filters while several threads check data."""

import re
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import pellucid
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
            MLPClassifier()._check_y(y, cold=True)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(check, range(6)))
    finally:
        sys.setswitchinterval(interval)

    assert list(warnings.filters) == before


def test_no_room_calls_what_sets_filters_by_itself() -> None:
    """Whatever of scikit-learn uses ``catch_warnings`` is wrapped where it is imported, and called from there."""
    source = Path(pellucid.__file__).parent
    names = re.compile(r"from sklearn\.utils(\.\w+)? import [^\n]*\b(type_of_target|unique_labels|column_or_1d|"
                       r"validate_data|check_array|check_X_y|check_classification_targets)\b")  # fmt: skip
    found = [
        f"{path.relative_to(source)}: {match.group(2)}"
        for path in sorted(source.rglob("*.py"))
        for match in names.finditer(path.read_text(encoding="utf-8"))
    ]

    assert found == []
