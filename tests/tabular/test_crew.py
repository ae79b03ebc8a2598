"""Members: one after the other or at once, with the same bits; their time; Ctrl-C."""

import io
import itertools
import re
import threading
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from pellucid.estimators import DivergenceWarning
from pellucid.exceptions import DivergenceError, ParameterError
from pellucid.tabular import TabularClassifier, TabularRegressor, _base, crew
from pellucid.tabular.members import member_training
from pellucid.training import EpochEnd, Observer, Outcome, loop
from tabular.conftest import QUICK


class _Interrupting(Observer):
    """Presses Ctrl-C at the end of an epoch, or every time from there on."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_epoch_end(self, event: EpochEnd) -> None:
        """Raise what Ctrl-C raises in the main thread."""
        if event.epoch >= self.epoch:
            raise KeyboardInterrupt


def _with_workers(monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    monkeypatch.setattr(crew, "available", lambda: n)


# ---- the same bits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", ["default", "fast"])
def test_the_number_of_threads_changes_no_bit(preset: str, frame: Any, classes: Any) -> None:
    """Members in one thread and in two."""
    one, two = (
        TabularClassifier(preset, n_threads=n, **(QUICK | {"n_members": 3}))
        .fit(frame, classes)
        .predict_proba(frame)
        for n in (1, 2)
    )

    assert (one == two).all()


def test_the_number_of_workers_changes_no_bit(
    frame: Any, numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine of one processor as on one of three."""
    found = []
    for n in (1, 3):
        _with_workers(monkeypatch, n)
        found.append(TabularRegressor(**(QUICK | {"n_members": 3})).fit(frame, numbers).predict(frame))

    assert (found[0] == found[1]).all()


def test_members_differ_and_their_mean_is_predicted(frame: Any, numbers: Any) -> None:
    """The spread is the deviation of what they say; of one member it is 0."""
    model = TabularRegressor(**(QUICK | {"n_members": 3})).fit(frame, numbers)
    each = np.array([member.outputs(model.encode(frame))[:, 0] for member in model.members_])

    np.testing.assert_allclose(model.predict(frame), each.mean(axis=0))
    np.testing.assert_allclose(model.spread(frame), each.std(axis=0))
    assert model.spread(frame).mean() > 0.0
    assert (TabularRegressor(**QUICK).fit(frame, numbers).spread(frame) == 0.0).all()


def test_the_spread_of_probabilities(frame: Any, classes: Any) -> None:
    """One per class."""
    model = TabularClassifier(**(QUICK | {"n_members": 2})).fit(frame, classes)
    one, other = (member.outputs(model.encode(frame)) for member in model.members_)

    np.testing.assert_allclose(model.spread(frame), np.abs(one - other) / 2.0, atol=1e-12)


@pytest.mark.parametrize(("preset", "expected"), [("default", 5), ("fast", 1), ("realmlp-td", 1)])
def test_the_number_of_members_by_itself(preset: str, expected: int, frame: Any, numbers: Any) -> None:
    """Each preset has its own; with five, every row is held out once."""
    model = TabularRegressor(preset, **(QUICK | {"n_members": "auto"})).fit(frame, numbers)

    assert len(model.members_) == expected
    assert len(model.conformal_scores_) == (80 if expected == 5 else 16)


# ---- time ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_workers", "expected"),
    [(1, [18.0] * 5), (2, [30.0] * 5)],  # a fifth of 90, a quarter of 72, ...; rounds of two, two and one
)
def test_members_share_the_time_that_is_left(
    n_workers: int, expected: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a clock by hand: each takes all that it is given, and a round has an equal part of what is left."""
    clock, given = SimpleNamespace(now=0.0, lock=threading.Lock()), []
    rounds = threading.Barrier(n_workers)

    def trained(job: Any, rng: Any, *, seconds: float, **rest: Any) -> Any:
        given.append(seconds)
        if job < 4 or n_workers == 1:
            rounds.wait(10.0)  # until all of this round have begun
        with clock.lock:
            clock.now += seconds / n_workers
        if job < 4 or n_workers == 1:
            rounds.wait(10.0)
        return SimpleNamespace(outcome=SimpleNamespace(reason="out_of_time"))

    monkeypatch.setattr(crew, "perf_counter", lambda: clock.now)
    monkeypatch.setattr(crew, "train_member", trained)
    _with_workers(monkeypatch, n_workers)
    jobs: Any = range(5)
    crew.train_crew(jobs, [None] * 5, engine="auto", deadline=90.0, verbose=False)  # type: ignore[list-item]

    np.testing.assert_allclose(given, expected)


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time pass by a millisecond whenever somebody looks at the clock, however busy the machine is."""
    ticks = itertools.count()
    for module in (crew, member_training, _base, loop):
        monkeypatch.setattr(module, "perf_counter", lambda: next(ticks) * 1e-3)


@pytest.mark.usefixtures("ticking")
def test_a_fit_whose_time_is_used_up_ends(frame: Any, classes: Any) -> None:
    """With the epochs that it made: at least one, far from all."""
    settings = {**QUICK, "max_iter": 10**6, "time_budget": 0.5}
    model = TabularClassifier(**(settings | {"n_members": 2})).fit(frame, classes)

    assert all(1 <= len(member.history) < 10**6 for member in model.members_)
    assert {member.outcome.reason for member in model.members_} == {"out_of_time"}
    assert model.predict(frame).shape == (80,)


@pytest.mark.usefixtures("ticking")
def test_schedules_end_with_the_time(frame: Any, classes: Any) -> None:
    """The learning rate has fallen when time is up, as if all epochs had been made."""
    settings = {**QUICK, "max_iter": 10**6, "time_budget": 0.5}
    rates = [row["learning_rate"] for row in TabularClassifier(**settings).fit(frame, classes).history_]

    assert rates[-1] < 0.2 * max(rates)


@pytest.mark.parametrize("value", [0, -1.0, float("inf"), "1 min", True])
def test_a_time_that_is_none(value: Any, frame: Any, classes: Any) -> None:
    """Zero, negative, infinite or text."""
    with pytest.raises(ParameterError, match="'time_budget' must be a number of seconds > 0"):
        TabularClassifier(time_budget=value, **QUICK).fit(frame, classes)


# ---- Ctrl-C -------------------------------------------------------------------------------------------------


def _interrupting(monkeypatch: pytest.MonkeyPatch, *epochs: int) -> None:
    """Press Ctrl-C in these epochs of the members, one after the other."""
    train, presses = crew.train_member, iter(epochs)

    def trained(*args: Any, observers: Any, **options: Any) -> Any:
        return train(*args, observers=[*observers, _Interrupting(next(presses))], **options)

    monkeypatch.setattr(crew, "train_member", trained)


def test_an_interrupted_member_keeps_its_epochs(
    frame: Any, numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The epochs before Ctrl-C count, and a warning says so."""
    _interrupting(monkeypatch, 3)
    with pytest.warns(UserWarning, match="interrupted by user. 1 of 1 member is kept"):
        model = TabularRegressor(**QUICK).fit(frame, numbers)

    assert model.n_iter_ == 4
    best = min(row["validation_loss"] for row in model.history_)
    assert best < model.history_[0]["validation_loss"]
    assert model.predict_interval(frame).shape == (80, 2)


def test_members_that_came_before_are_kept(frame: Any, numbers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one thread: the first is whole, the second has its epochs, the third has not begun."""
    _with_workers(monkeypatch, 1)
    _interrupting(monkeypatch, 99, 2)
    with pytest.warns(UserWarning, match="2 of 3 members are kept"):
        model = TabularRegressor(**(QUICK | {"n_members": 3})).fit(frame, numbers)

    assert [len(member.history) for member in model.members_] == [8, 3]


@pytest.mark.parametrize("batch_size", [1, 64])
def test_ctrl_c_while_threads_work(
    batch_size: int, frame: Any, numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes to the thread that waits: the others stop in the midst of 64 steps, or before the next epoch."""
    _with_workers(monkeypatch, 2)
    begun = threading.Barrier(3)

    class Telling(Observer):
        def on_epoch_end(self, event: EpochEnd) -> None:
            if event.epoch == 1:
                begun.wait(20.0)

    train = crew.train_member
    monkeypatch.setattr(
        crew, "train_member", lambda *a, observers, **o: train(*a, observers=[*observers, Telling()], **o)
    )

    def wait(futures: Any, **options: Any) -> None:
        begun.wait(20.0)
        raise KeyboardInterrupt

    monkeypatch.setattr(crew, "wait", wait)
    settings = {
        **QUICK,
        "max_iter": 10**7,
        "batch_size": batch_size,
    }  # so many that only an interruption ends it
    with pytest.warns(UserWarning, match="2 of 5 members are kept"):
        model = TabularRegressor(**(settings | {"n_members": 5})).fit(frame, numbers)

    assert len(model.members_) == 2
    assert all(2 <= len(member.history) < 10**6 for member in model.members_)
    assert {member.outcome.reason for member in model.members_} == {"interrupted"}


def test_ctrl_c_before_any_epoch_leaves_the_earlier_fit(
    frame: Any, numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing to keep, so it goes on as Ctrl-C."""
    model = TabularRegressor(**QUICK).fit(frame, numbers)
    expected = model.predict(frame)

    def interrupted(*args: Any, **options: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(crew, "train_member", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(frame, -numbers)
    assert (model.predict(frame) == expected).all()


@pytest.mark.parametrize("n_workers", [1, 2])
def test_what_fails_in_a_member_comes_out(
    n_workers: int, frame: Any, numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of a scorer, after three calls, ends all members and leaves the earlier fit."""
    _with_workers(monkeypatch, n_workers)
    calls = itertools.count()

    def scorer(estimator: Any, X: Any, y: Any) -> float:
        if next(calls) == 3:
            raise RuntimeError("no score today")
        return 0.0

    model = TabularRegressor(**(QUICK | {"n_members": 4})).fit(frame, numbers)
    expected = model.predict(frame)
    with pytest.raises(RuntimeError, match="no score today"):
        model.set_params(scoring=scorer, max_iter=200).fit(frame, numbers)
    assert (model.predict(frame) == expected).all()
    assert not [t for t in threading.enumerate() if t.name.startswith("pellucid-member")]


# ---- divergence ---------------------------------------------------------------------------------------------


def test_a_divergence_is_an_error_or_a_warning(frame: Any, numbers: Any) -> None:
    """The last finished epoch is put back; without one, the error says what to try and nothing changes."""
    model = TabularRegressor(**QUICK).fit(frame, numbers)
    expected = model.predict(frame)

    with pytest.raises(DivergenceError, match="learning_rate_init"):
        model.set_params(learning_rate_init=1e30, batch_size=4).fit(frame, numbers)
    assert (model.predict(frame) == expected).all()


def test_a_member_that_diverged_keeps_its_best_epoch(
    frame: Any, numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is warned of."""
    train = crew.train_member

    def trained(*args: Any, **options: Any) -> Any:
        member = train(*args, **options)
        member.outcome = Outcome("diverged", "Training diverged in epoch 9.", 8)
        return member

    monkeypatch.setattr(crew, "train_member", trained)
    with pytest.warns(DivergenceWarning, match=r"diverged in epoch 9\. Its best epoch was restored"):
        TabularRegressor(**QUICK).fit(frame, numbers)


@pytest.mark.parametrize("n_workers", [1, 2])
def test_lines_are_those_of_every_member(
    n_workers: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    frame: Any,
    classes: Any,
) -> None:
    """With several members each line says whose it is; with one there is nothing to say."""
    _with_workers(monkeypatch, n_workers)
    TabularClassifier(**{**QUICK, "n_members": 3, "max_iter": 4}, verbose=True).fit(frame, classes)
    lines = capsys.readouterr().out.splitlines()
    for member in (1, 2, 3):
        for epoch in (1, 2, 3, 4):
            assert (
                sum(line.startswith(f"Member {member} of 3: iteration {epoch}, loss = ") for line in lines)
                == 1
            )
    assert sum(line.startswith("Member 2 of 3: validation score: ") for line in lines) == 4

    TabularClassifier(**{**QUICK, "max_iter": 4}, verbose=True).fit(frame, classes)
    assert capsys.readouterr().out.startswith("Iteration 1, loss = ")


@pytest.mark.parametrize("n_workers", [1, 2])
def test_one_bar_counts_the_epochs_of_all_members(
    n_workers: int, monkeypatch: pytest.MonkeyPatch, frame: Any, classes: Any
) -> None:
    """It reaches 3 times 4 epochs, and is taken away."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=120)
    monkeypatch.setattr("rich.console.Console", lambda **_: console)
    _with_workers(monkeypatch, n_workers)
    TabularClassifier(**{**QUICK, "n_members": 3, "max_iter": 4}, verbose="progress").fit(frame, classes)

    assert "12/12" in re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
    assert file.getvalue().count("\x1b[?25l") == file.getvalue().count("\x1b[?25h") == 1  # the cursor is back


@pytest.mark.parametrize(
    ("options", "weight"), [({"learning_rate_init": 1e12}, None), ({}, np.r_[1e20, np.ones(59)])]
)
def test_remedies_against_divergence_are_parameters_that_tables_have(
    options: dict[str, Any], weight: Any
) -> None:
    """Its inputs and targets are scaled, and gradients are not clipped."""
    X = np.random.default_rng(0).normal(size=(60, 2))
    model = TabularRegressor("fast", n_members=1, max_iter=20, random_state=0, **options)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DivergenceWarning)
        try:
            model.fit(X, X[:, 0], weight)
        except DivergenceError as error:
            said = str(error)
        else:
            said = str(caught[0].message)

    named = re.findall(r"(\w+)=", said.partition("Try: ")[2])
    assert named == ["learning_rate_init"]
    assert ("weights that differ less" in said) == (weight is not None)
    assert "unscaled" not in said
