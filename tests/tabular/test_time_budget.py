"""A time budget holds for the whole of a fit: what comes before the steps and after them is taken from it."""

import warnings
from typing import Any

import numpy as np
import pytest

from pellucid.tabular import TabularRegressor, crew
from pellucid.tabular.members import member_training
from tabular.conftest import QUICK


class Clock:
    """Time that passes only when somebody says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Put a clock of our own in the place of that of the machine."""
    clock = Clock()
    for module in (member_training, crew):
        monkeypatch.setattr(module, "perf_counter", clock)
    monkeypatch.setattr("pellucid.tabular._base.perf_counter", clock)
    return clock


def test_the_time_to_judge_is_left_for_it(
    clock: Clock, frame: Any, numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps get the budget less what was used before them and less what predicting the held-out rows takes."""
    per_row, plans, run_of, train = 0.01, [], member_training.member_runner, member_training.train

    def slow(network: Any, engine: str) -> Any:
        run = run_of(network, engine)

        def running(X: Any) -> Any:
            clock.now += per_row * X.shape[0]
            return run(X)

        return running

    def spied(problem: Any, state: Any, plan: Any, *rest: Any, **options: Any) -> Any:
        plans.append((clock.now, plan.seconds))
        return train(problem, state, plan, *rest, **options)

    monkeypatch.setattr(member_training, "member_runner", slow)
    monkeypatch.setattr(member_training, "train", spied)
    TabularRegressor(**QUICK, time_budget=1000.0).fit(frame, numbers)  # which needs time of its own

    [(begun, seconds)] = plans
    n_held_out = len(frame) // 5
    assert begun + seconds + per_row * n_held_out == pytest.approx(1000.0)


def test_members_do_not_begin_after_the_end(
    clock: Clock, frame: Any, numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first member is trained whatever the time; the others are left out, and a warning counts them."""
    train = member_training.train
    monkeypatch.setattr(crew, "available", lambda: 1)

    def slow(*given: Any, **options: Any) -> Any:
        clock.now += 60.0
        return train(*given, **options)

    monkeypatch.setattr(member_training, "train", slow)
    options = {**QUICK, "n_members": 4}
    with pytest.warns(
        UserWarning, match="time_budget=100 ran out before 2 of them .* 2 of 4 members are kept"
    ):
        model = TabularRegressor(**options, time_budget=100.0).fit(frame, numbers)

    assert len(model.members_) == 2
    assert np.isfinite(model.predict(frame)).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(TabularRegressor(**options).fit(frame, numbers).members_) == 4
