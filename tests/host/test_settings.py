"""Settings of the process: whoever comes, goes, fails or is interrupted, they are as they were."""

import contextlib
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from host.interrupting import at_every_bytecode
from host.test_blas import blas_threads as threads_now
from pellucid import MLPClassifier
from pellucid.host import blas
from pellucid.host import quiet as quiet_module
from pellucid.host.blas import available, blas_threads, one_blas_thread
from pellucid.host.quiet import quiet


@pytest.fixture
def two_threads() -> Iterator[list[int]]:
    """Set the BLAS to two threads, where it has them, and return what it says."""
    with threadpool_limits(2, user_api="blas"):
        yield threads_now()


# ---- threads of the BLAS ------------------------------------------------------------------------------------


def test_the_smallest_number_holds_and_each_fit_knows_its_own(two_threads: list[int]) -> None:
    """Of 3 and 1 asked for at once the BLAS gets 1; the fit's own workers are those that it asked for."""
    with blas_threads(3):
        assert available() == 3
        with blas_threads(1):
            assert (set(threads_now()), available()) == ({1}, 1)
        assert available() == 3
    assert (threads_now(), available()) == (two_threads, max(two_threads))


def test_a_fit_does_not_see_the_number_of_another(two_threads: list[int]) -> None:
    """Settings of another thread change the BLAS, but not the number of blocks of this fit."""
    with blas_threads(1), ThreadPoolExecutor(1) as pool:
        assert pool.submit(available).result() == max(two_threads)


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_an_interrupt_at_any_bytecode_restores_the_threads(step: int, two_threads: list[int]) -> None:
    """Of entering and of leaving, in the module and in contextlib; the next fit is not hindered either."""

    def run() -> None:
        with blas_threads(1), one_blas_thread(wanted=True):
            pass

    def check(number: int) -> None:
        assert threads_now() == two_threads, number
        with ThreadPoolExecutor(1) as pool:  # no lock is left, none that only this thread could pass
            assert pool.submit(available).result(10.0) == max(two_threads)
        with one_blas_thread(wanted=False) as alone:
            assert alone, number
        assert available() == max(two_threads), number

    assert at_every_bytecode(run, check, blas, contextlib, step=step) > 200


def test_fits_of_many_threads_restore_the_threads(two_threads: list[int]) -> None:
    """Each asks for another number, some fail; behind the last everything is as before the first."""

    def come_and_go(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for _ in range(40):
            with (
                contextlib.suppress(ZeroDivisionError),
                blas_threads([None, 1, 2, 3][rng.integers(4)]),
                one_blas_thread(wanted=bool(rng.integers(2))),
            ):
                assert max(threads_now()) <= 3
                if rng.random() < 0.3:
                    raise ZeroDivisionError

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(come_and_go, range(6)))
    assert threads_now() == two_threads


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_estimators_in_threads_restore_the_threads(two_threads: list[int]) -> None:
    """n_threads of fits that overlap."""
    X = np.random.default_rng(0).normal(size=(200, 4))
    y = (X[:, 0] > 0.0).astype(int)

    def fit(n: int) -> None:
        for k in range(4):
            MLPClassifier((4,), max_iter=2 + (n + k) % 3, n_threads=1 + k % 2, random_state=n).fit(X, y)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fit, range(4)))
    assert threads_now() == two_threads


# ---- warnings -----------------------------------------------------------------------------------------------


def test_only_who_asked_is_quiet() -> None:
    """Another thread warns at the same time, and is heard."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with quiet("first"), ThreadPoolExecutor(1) as pool:
            warnings.warn("first, here", stacklevel=1)
            warnings.warn("second, here", stacklevel=1)
            pool.submit(warnings.warn, "first, there").result()
        warnings.warn("first, afterwards", stacklevel=1)

    assert [str(w.message) for w in heard] == ["second, here", "first, there", "first, afterwards"]


def test_an_interrupt_at_any_bytecode_restores_the_filters() -> None:
    """No filter stays, and this context is no longer quiet."""
    before = list(warnings.filters)

    def run() -> None:
        with quiet():
            pass

    def check(number: int) -> None:
        assert list(warnings.filters) == before, number

    assert at_every_bytecode(run, check, quiet_module, contextlib) > 50


def test_quiet_blocks_that_overlap_restore_the_filters() -> None:
    """However they overlap, among each other and with catch_warnings inside."""
    before = list(warnings.filters)
    rounds = threading.Barrier(2)

    def first() -> None:
        with quiet("a"):
            rounds.wait(10)  # the other one is inside now
            rounds.wait(10)
        rounds.wait(10)  # and leaves after this one

    def second() -> None:
        with quiet("b"):
            rounds.wait(10)
            rounds.wait(10)
            rounds.wait(10)

    with ThreadPoolExecutor(2) as pool:
        for run in [pool.submit(first), pool.submit(second)]:
            run.result()
    assert list(warnings.filters) == before

    with quiet("a"), warnings.catch_warnings():
        warnings.simplefilter("always")
    assert list(warnings.filters) == before


def test_filters_can_be_handed_on() -> None:
    """As scikit-learn does for its workers: the copy silences the same words."""
    with quiet("first"):
        action, message, category, _, _ = warnings.filters[0]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        warnings.filterwarnings(action, message, category)  # type: ignore[arg-type]
        warnings.warn("first", stacklevel=1)
        warnings.warn("second", stacklevel=1)

    assert [str(w.message) for w in heard] == ["second"]


def test_library_code_is_silenced_where_it_is_asked_for() -> None:
    """By the beginning of its words."""
    rows = np.zeros((6, 1)), np.array([0, 0, 0, 0, 0, 1])
    with quiet("The least populated class"):
        assert len(list(StratifiedKFold(3).split(*rows))) == 3
    with pytest.warns(UserWarning, match="The least populated class"):
        list(StratifiedKFold(3).split(*rows))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_concurrent_lbfgs_leaves_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training touches no filter at all: not with catch_warnings, whose users undo each other's work."""
    X = np.random.default_rng(0).normal(size=(60, 3))
    y = (X[:, 0] > 0.0).astype(int)
    model = MLPClassifier((3,), solver="lbfgs", max_iter=5)
    model.fit(X, y)
    ours: list[Any] = []
    enter = warnings.catch_warnings.__enter__

    def entered(self: Any) -> Any:
        ours.append(sys._getframe(1).f_globals["__name__"])
        return enter(self)

    monkeypatch.setattr(warnings.catch_warnings, "__enter__", entered)
    model.fit(X, y)
    assert not [name for name in ours if name.startswith("pellucid")]
