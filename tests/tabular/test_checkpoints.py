"""A fit to a table that is saved on its way: cut off at any moment, it goes on to the same model."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from interrupts import Interruption, count, interrupted
from pellucid import Checkpoint, load, save
from pellucid.exceptions import DataError, ParameterError
from pellucid.persistence import history, read_header
from pellucid.tabular import TabularClassifier, TabularRegressor, crew
from tabular.conftest import QUICK

KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "classes, calibrated": (TabularClassifier, {"calibrate": True}),
    "numbers, dropout": (TabularRegressor, {"dropout": 0.2}),
    "quantiles": (TabularRegressor, {"loss": "quantile"}),
    "shared": (TabularRegressor, {"ensemble": "shared", "n_members": 4}),
    "one member": (TabularClassifier, {"n_members": 1}),
    "the last rows judge": (TabularRegressor, {"validation": "time"}),
}
kinds = pytest.mark.parametrize("kind", KINDS)


class Cut(Exception):  # noqa: N818  no error: the end of the world
    """Stand-in for the death of a process."""


class Fragile(Checkpoint):
    """A checkpoint after whose k-th write the process is gone."""

    def __init__(self, path: Path, k: int) -> None:
        super().__init__(path)
        self.left = k

    def save_table(self, estimator: Any) -> None:
        """Write, and fall."""
        super().save_table(estimator)
        self.left -= 1
        if self.left == 0:
            raise Cut


def made(kind: str, **options: Any) -> Any:
    """Return an estimator of three small members."""
    cls, more = KINDS[kind]
    return cls(**(QUICK | {"n_members": 3, "max_iter": 4} | more | options))


def targets(kind: str, numbers: Any, classes: Any) -> Any:
    """Return classes or numbers."""
    return classes if KINDS[kind][0] is TabularClassifier else numbers


def bits(model: Any) -> list[Any]:
    """Return all that a fit learns, apart from seconds."""
    found: list[Any] = [
        [
            member.network.parameters.tolist(),
            member.network.state.tolist(),
            [{k: v for k, v in row.items() if k != "seconds"} for row in member.history],
            member.outcome,
        ]
        for member in model.members_
    ]
    for name in ("temperature_", "conformal_scores_", "conformal_weight_", "conformal_groups_"):
        found += [np.asarray(getattr(model, name)).tolist()] if hasattr(model, name) else []
    return found


def cut_off(model: Any, path: Path, k: int, X: Any, y: Any) -> Any:
    """Return what is loaded after a fit that ended with its k-th checkpoint."""
    with pytest.raises(Cut):
        model.set_callbacks(Fragile(path, k)).fit(X, y)
    return load(path)


@kinds
@pytest.mark.few("quantiles", "shared", "one member", "the last rows judge")
def test_a_fit_that_is_cut_off_goes_on_to_the_same_model(
    kind: str, frame: Any, numbers: Any, classes: Any, tmp_path: Path
) -> None:
    """With the first member in training, with some trained, and with all of them."""
    y = targets(kind, numbers, classes)
    whole = made(kind).fit(frame, y)
    n_networks = len(whole.members_)

    for k in {1, 5 * n_networks - 2, 5 * n_networks}:
        loaded = cut_off(made(kind), tmp_path / "model", k, frame, y)
        assert len(loaded.predict(frame)) == len(frame)

        assert bits(loaded.set_params(warm_start=True).fit(frame, y)) == bits(whole)


@pytest.mark.slow
def test_rows_of_long_trainings_lie_beside_the_checkpoint(
    frame: Any, numbers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each member has its own file, and a checkpoint writes as much late as early; cut off, a fit goes on."""
    monkeypatch.setattr(history, "LATEST", 3)
    path, sizes = tmp_path / "model", []

    class Sized(Checkpoint):
        def save_table(self, estimator: Any) -> None:
            super().save_table(estimator)
            assert [m["history"] for m in read_header(path)["members"]] == [
                list(member.history) for member in estimator.members_
            ]
            sizes.append(path.stat().st_size)

    def new() -> Any:
        return made("numbers, dropout", n_members=2, max_iter=40)

    whole = new().set_callbacks(Sized(path)).fit(frame, numbers)
    assert sorted(os.listdir(tmp_path)) == ["model", "model.history-1.0", "model.history-1.1"]
    assert bits(load(path)) == bits(whole)
    assert max(sizes[30:40]) < 1.1 * max(sizes[5:15])

    loaded = cut_off(new(), path, 55, frame, numbers).set_params(warm_start=True)
    assert bits(loaded.set_callbacks(Checkpoint(path)).fit(frame, numbers)) == bits(whole)
    assert bits(load(path)) == bits(whole)
    assert len(os.listdir(tmp_path)) == 3
    made("one member").set_callbacks(Checkpoint(path)).fit(frame, numbers > 5.0)
    assert len(os.listdir(tmp_path)) == 2


def test_members_in_threads(
    frame: Any, numbers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several members in training at once are saved together."""
    whole = made("numbers, dropout").fit(frame, numbers)
    monkeypatch.setattr(crew, "available", lambda: 3)
    loaded = cut_off(made("numbers, dropout"), tmp_path / "model", 7, frame, numbers)

    assert bits(loaded.set_params(warm_start=True).fit(frame, numbers)) == bits(whole)


def test_a_seed_that_nobody_knows(frame: Any, numbers: Any, tmp_path: Path) -> None:
    """With ``random_state=None`` members that begin later get the seeds that were drawn for the fit."""
    path = tmp_path / "model"
    cut_off(made("numbers, dropout", random_state=None), path, 2, frame, numbers)
    first, second = (load(path).set_params(warm_start=True).fit(frame, numbers) for _ in range(2))

    assert bits(first) == bits(second)


def test_the_last_checkpoint_is_the_model(frame: Any, classes: Any, tmp_path: Path) -> None:
    """With its calibration; and going on with it leaves it as it is."""
    path = tmp_path / "model"
    model = made("classes, calibrated").set_callbacks(Checkpoint(path, every=3)).fit(frame, classes)

    assert bits(load(path)) == bits(model)
    assert bits(load(path).set_params(warm_start=True).fit(frame, classes)) == bits(model)
    assert os.listdir(tmp_path) == ["model"]
    assert bits(pickle.loads(pickle.dumps(model))) == bits(model)


def test_checkpoints_change_nothing(frame: Any, classes: Any, tmp_path: Path) -> None:
    """A fit with them ends with the bits of one without."""
    watched = made("classes, calibrated").set_callbacks(Checkpoint(tmp_path / "model")).fit(frame, classes)

    assert bits(watched) == bits(made("classes, calibrated").fit(frame, classes))


CHANGES: dict[str, tuple[type[Exception], str, Callable[[Any, Any, Any], Any]]] = {
    "other rows": (DataError, "other rows", lambda m, X, y: m.fit(X[::-1], y)),
    "fewer rows": (DataError, "other rows", lambda m, X, y: m.fit(X[1:], y[1:])),
    "another target": (DataError, "other rows", lambda m, X, y: m.fit(X, y + 1.0)),
    "weights": (DataError, "weights", lambda m, X, y: m.fit(X, y, np.arange(1.0, len(y) + 1.0))),
    "groups": (DataError, "groups", lambda m, X, y: m.fit(X, y, groups=np.arange(len(y)) // 4)),
    "own validation": (DataError, "validation_data", lambda m, X, y: m.fit(X, y, validation_data=(X, y))),
    "epochs": (ParameterError, "other parameters", lambda m, X, y: m.set_params(max_iter=9).fit(X, y)),
    "members": (ParameterError, "other parameters", lambda m, X, y: m.set_params(n_members=2).fit(X, y)),
    "a rate": (ParameterError, "other parameters", lambda m, X, y: m.set_params(dropout=0.3).fit(X, y)),
}


def test_other_data_and_parameters_are_refused(frame: Any, numbers: Any, tmp_path: Path) -> None:
    """Each by its name, and what was loaded stays as it was; without ``warm_start`` a fit begins anew."""
    path = tmp_path / "model"
    cut_off(made("numbers, dropout"), path, 3, frame, numbers)
    for name, (error, said, fit) in CHANGES.items():
        model = load(path).set_params(warm_start=True)
        before = bits(model)
        with pytest.raises(error, match=said):
            fit(model, frame, numbers)
        assert bits(model) == before, name
    anew = load(path).set_params(dropout=0.3).fit(frame, numbers)

    assert bits(anew) == bits(made("numbers, dropout", dropout=0.3).fit(frame, numbers))


def test_intervals_wait_for_the_end(frame: Any, numbers: Any, tmp_path: Path) -> None:
    """A fit on its way predicts, and says what its intervals need."""
    loaded = cut_off(made("numbers, dropout"), tmp_path / "model", 2, frame, numbers)

    with pytest.raises(ParameterError, match=r"needs a finished fit.*warm_start=True"):
        loaded.predict_interval(frame)
    save(loaded, tmp_path / "again")
    again = load(tmp_path / "again").set_params(warm_start=True).fit(frame, numbers)
    assert bits(again) == bits(made("numbers, dropout").fit(frame, numbers))


@pytest.mark.filterwarnings("ignore:Training interrupted")
@pytest.mark.parametrize("scoring", [None, "r2"])
@pytest.mark.parametrize("ending", ["cut off", "Ctrl-C"])
@pytest.mark.few("cut off-None")
def test_intervals_of_a_fit_that_went_on(
    scoring: str | None, ending: str, frame: Any, numbers: Any, tmp_path: Path
) -> None:
    """They are those of an unbroken fit, bit for bit: what members say of held-out rows is kept with them."""
    data = {"sample_weight": 1.0 + np.arange(80) % 3, "groups": np.arange(80) // 2}

    def new() -> Any:
        return made("numbers, dropout", scoring=scoring, warm_start=True)

    whole = new().fit(frame, numbers, **data)
    if ending == "cut off":
        with pytest.raises(Cut):
            new().set_callbacks(Fragile(tmp_path / "model", 7)).fit(frame, numbers, **data)
        broken = load(tmp_path / "model")
    else:
        broken = new()
        interrupted(lambda i: fit_interrupted(broken, i, 1, frame, numbers, **data), Interruption(2, 5))
        assert broken.members_[1].outcome.reason == "interrupted"
    went_on = broken.fit(frame, numbers, **data)

    assert went_on.predict_interval(frame, 0.8).tolist() == whole.predict_interval(frame, 0.8).tolist()
    assert bits(went_on) == bits(whole)


def test_nothing_of_single_rows_is_kept_where_nothing_goes_on(frame: Any, numbers: Any) -> None:
    """Predictions for held-out rows are forgotten with the end of a fit that no warm start asked for."""
    model = made("numbers, dropout").fit(frame, numbers)

    assert [member.unseen for member in model.members_] == [None] * 3


def test_places_and_callbacks_that_cannot_be(frame: Any, numbers: Any, tmp_path: Path) -> None:
    """A place that cannot be written is an error before training; so is a callback that is no checkpoint."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        made("shared").set_callbacks(Checkpoint(tmp_path / "nowhere" / "model")).fit(frame, numbers)
    with pytest.raises(ParameterError, match=r"Checkpoint only; got 3"):
        made("shared").set_callbacks(3)


def test_a_checkpoint_that_cannot_be_written(
    frame: Any, numbers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a warning with the path and the reason, and the fit ends as it would have."""
    whole = made("shared").fit(frame, numbers)
    fail = OSError(28, "No space left on device")
    monkeypatch.setattr("pellucid.persistence.container.replace_file", lambda *_: (_ for _ in ()).throw(fail))
    with pytest.warns(UserWarning, match=r"checkpoint.*model.*No space left on device"):
        model = made("shared").set_callbacks(Checkpoint(tmp_path / "model")).fit(frame, numbers)

    assert bits(model) == bits(whole)


# ---- Ctrl-C ---------------------------------------------------------------------------------------------------


def fit_interrupted(model: Any, interruption: Interruption, member: int, X: Any, y: Any, **data: Any) -> Any:
    """Fit, with the interruption watching one of the members."""
    train, begun = crew.train_member, iter(range(99))

    def trained(*args: Any, observers: Any, **options: Any) -> Any:
        return train(*args, observers=[*observers, *[interruption] * (next(begun) == member)], **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crew, "train_member", trained)
        patch.setattr(crew, "available", lambda: 1)
        return model.fit(X, y, **data)


def faults(n_members: int, member: int, choose: Callable[[int], Any], X: Any, y: Any) -> list[str]:
    """Return what is wrong after Ctrl-C in the third epoch of a member."""

    def new() -> Any:
        return TabularClassifier(
            **(QUICK | {"n_members": n_members, "max_iter": 4, "warm_start": True, "calibrate": True})
        )

    whole, wrong = bits(new().fit(X, y)), []
    n = count(lambda i: fit_interrupted(new(), i, member, X, y), Interruption(2))
    for place in choose(n):
        model, interruption = new(), Interruption(2, int(place))
        interrupted(lambda i, model=model: fit_interrupted(model, i, member, X, y), interruption)
        if not hasattr(model, "members_") or bits(model.fit(X, y)) != whole:
            wrong.append(interruption.where)
    return wrong


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("n_members", "member"), [(1, 0), pytest.param(3, 1, marks=pytest.mark.slow)])
def test_ctrl_c_keeps_what_is_finished(n_members: int, member: int, frame: Any, classes: Any) -> None:
    """At any bytecode from an epoch on: members are kept, and a warm start goes on to the same model."""
    rng = np.random.default_rng(4)

    assert faults(n_members, member, lambda n: rng.integers(1, n + 1, 4), frame, classes) == []


CALIBRATIONS = {
    "classes, calibrated": "_classifier.find_temperature",
    "shared": "certainty.prediction_intervals.conformal_scores",
}


@pytest.mark.parametrize("kind", CALIBRATIONS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeWarning])
def test_what_comes_after_training_does_not_lose_it(
    kind: str,
    error: type[BaseException],
    frame: Any,
    numbers: Any,
    classes: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C pressed again and again in the calibration, or a warning that is an error: the members are kept."""
    y = targets(kind, numbers, classes)
    whole = made(kind).fit(frame, y)

    def fail(*args: Any, **options: Any) -> Any:
        raise error

    model = made(kind)
    with monkeypatch.context() as patch:
        patch.setattr(f"pellucid.tabular.{CALIBRATIONS[kind]}", fail)
        with pytest.raises(error):
            model.fit(frame, y)
    save(model, tmp_path / "model")

    for kept in (model, load(tmp_path / "model")):
        for one, other in zip(kept.members_, whole.members_, strict=True):
            np.testing.assert_array_equal(one.network.parameters, other.network.parameters)
        assert len(kept.predict(frame)) == len(frame)
        assert bits(kept.set_params(warm_start=True).fit(frame, y)) == bits(whole)


@pytest.mark.campaign
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("part", range(4))
def test_ctrl_c_at_many_bytecodes(part: int, frame: Any, classes: Any) -> None:
    """The same at every 60th place."""
    assert faults(3, 1, lambda n: range(1 + 60 * part, n + 1, 240), frame, classes) == []


# ---- kills ----------------------------------------------------------------------------------------------------

KILLS = """
import os, signal, sys, time, warnings
import numpy as np
sys.path.insert(0, sys.argv[3])
warnings.simplefilter("ignore")
from pellucid import Checkpoint, load
from pellucid.tabular import TabularRegressor
from tabular.test_checkpoints import bits
rng = np.random.default_rng(0)
X, path = rng.normal(size=(80, 3)), sys.argv[1]
y = X[:, 0] + X[:, 1] ** 2
def made():
    return TabularRegressor(n_members=3, max_iter=6, hidden_layer_sizes=(8,), dropout=0.1, random_state=0)
def saved():
    return made().set_callbacks(Checkpoint(path)).fit(X, y)
saved()
started = time.perf_counter()
whole = bits(saved())
seconds = time.perf_counter() - started
n_resumed = 0
for moment in rng.uniform(0.0, 1.2 * seconds, int(sys.argv[2])):
    if os.path.exists(path):
        os.remove(path)
    child = os.fork()
    if child == 0:
        saved()
        os._exit(0)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if not os.path.exists(path):
        continue
    model = load(path).set_params(warm_start=True)
    n_resumed += 1
    assert bits(model.fit(X, y)) == whole, moment
print(n_resumed)
"""


@pytest.mark.slow  # the fast ones are cut off, and a crash of the writer: persistence/test_long_history.py
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks and kills")
@pytest.mark.parametrize("n_kills", [4, 50])
def test_a_fit_that_is_killed_goes_on_to_the_same_model(n_kills: int, tmp_path: Path) -> None:
    """SIGKILL at random moments: the file is whole or not there yet, and leads to the model of an unbroken fit."""
    words = [
        sys.executable,
        "-c",
        KILLS,
        str(tmp_path / "model"),
        str(n_kills),
        str(Path(__file__).parent.parent),
    ]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)

    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 0
