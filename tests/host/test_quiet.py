"""Warning filters while several threads check data."""

import re
import sys
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import pellucid
from pellucid import MLPClassifier, MLPRegressor, TabularClassifier
from pellucid.estimators.checked_arrays import check_inputs
from pellucid.estimators.class_labels import read_classes
from pellucid.host import quiet


@pytest.mark.thorough
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


def test_a_block_that_ends_leaves_the_filter_of_the_block_around_it() -> None:
    with quiet.quiet():
        with quiet.quiet():
            warnings.warn("the inner block", stacklevel=1)
        warnings.warn("the outer block", stacklevel=1)
    with pytest.raises(UserWarning, match="no block"):
        warnings.warn("no block", stacklevel=1)


def test_a_block_that_ends_leaves_the_filter_of_a_block_in_another_thread() -> None:
    with quiet.quiet():
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_one_block).result()
        warnings.warn("the first thread", stacklevel=1)


def _one_block() -> None:
    with quiet.quiet():
        pass


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


def test_a_fit_sets_filters_only_one_thread_at_a_time(monkeypatch, rng) -> None:
    """``catch_warnings`` of scikit-learn's, called by a fit or a prediction, is entered under the lock."""
    entered, enter = [], warnings.catch_warnings.__enter__

    def spied(self):
        stack = [frame.filename for frame in traceback.extract_stack()]
        if "sklearn" in stack[-2] and not any(name.endswith("scoring.py") for name in stack):
            entered.append((quiet._one_at_a_time._is_owned(), stack[-2]))
        return enter(self)

    X = rng.normal(size=(60, 2))
    monkeypatch.setattr(warnings.catch_warnings, "__enter__", spied)
    with quiet.quiet():
        options = {"max_iter": 2, "standardize": True, "early_stopping": True}
        model = MLPClassifier((2,), class_weight="balanced", **options).fit(X, X[:, 0] > 0)
        model.predict(X)
        model.score(X, X[:, 0] > 0)
        MLPRegressor((2,), **options).fit(X, X[:, 0]).predict(X)
        TabularClassifier("fast", max_iter=2, n_members=2).fit(X, X[:, 0] > 0).predict(X)

    assert entered
    assert {name for is_guarded, name in entered if not is_guarded} == set()
