"""Checkpoints of long trainings: rows are appended once, beside a file that is always whole."""

import hashlib
import os
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Checkpoint, MLPClassifier, load, save
from pellucid.exceptions import ModelFileError
from pellucid.persistence import checkpoint as checkpoint_module
from pellucid.persistence import container, history, models, read_header
from pellucid.training import Observer
from persistence.forgery import forge, refused

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(24, 2)), RNG.integers(0, 2, 24)
LATEST = 8


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a history be long after eight epochs."""
    monkeypatch.setattr(history, "LATEST", LATEST)


def model(n_epochs: int, **options: Any) -> MLPClassifier:
    """Return a small classifier that goes on."""
    given = {
        "max_iter": n_epochs,
        "random_state": 0,
        "warm_start": True,
        "n_iter_no_change": 10**6,
        **options,
    }
    return MLPClassifier((3,), **given)


def plain(fitted: Any) -> list[dict[str, Any]]:
    """Return the rows without seconds."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in fitted.history_]


def same(a: Any, b: Any) -> bool:
    """Return whether two models are at the same place."""
    arrays = [(m.network_.parameters, m._training_state.memory) for m in (a, b)]
    return plain(a) == plain(b) and all(np.array_equal(x, y) for x, y in zip(*arrays, strict=True))


def files(folder: Path) -> list[str]:
    """Return the names of the files."""
    return sorted(os.listdir(folder))


@pytest.mark.parametrize("n_epochs", [LATEST, LATEST + 1, 4 * LATEST + 3])
def test_a_checkpoint_of_a_long_training_is_the_model(tmp_path: Path, n_epochs: int) -> None:
    """Rows, parameters and moments come back, by ``load`` and by ``read_header``, and a fit goes on."""
    path = tmp_path / "model"
    fitted = model(n_epochs, early_stopping=True).set_callbacks(Checkpoint(path)).fit(X, Y)
    back = load(path)

    assert back.history_ == fitted.history_ == read_header(path)["history"]
    assert [list(map(type, row.values())) for row in back.history_] == [
        list(map(type, row.values())) for row in fitted.history_
    ]
    assert files(tmp_path) == (["model"] if n_epochs <= LATEST else ["model", "model.history-1"])


def test_numbers_that_are_no_numbers_come_back(tmp_path: Path) -> None:
    """NaN, infinity and None are told apart, also those of columns that change their kind."""
    rows = [{"epoch": i + 1, "objective": x, "validation_loss": y, "validation_score": None}
            for i, (x, y) in enumerate([(0.5, None), (np.nan, 1.0), (-np.inf, None)] * 5)]  # fmt: skip
    ledger = history.Ledger(tmp_path / "model")

    reference = ledger.entrust(rows)

    assert reference is not None
    assert repr(history.recall(tmp_path / "model", {"": reference})) == repr({"": rows[:-1]})


@pytest.mark.parametrize("value", [True, "text", 3], ids=repr)
def test_rows_of_another_form_stay_in_the_checkpoint(tmp_path: Path, value: Any) -> None:
    """A value that is not a number is never rounded: the file beside does not get its rows."""
    rows: list[dict[str, Any]] = [{"epoch": i, "loss": 0.5} for i in range(20)]
    rows[3]["loss"] = value

    assert history.Ledger(tmp_path / "model").entrust(rows) is None
    assert files(tmp_path) == []


def bytes_per_checkpoint(monkeypatch: pytest.MonkeyPatch, path: Path, n_epochs: int) -> list[int]:
    """Return how many bytes the checkpoints after so many epochs write, the first of them aside."""
    written: list[int] = []
    fitted = model(n_epochs).fit(X, Y).set_params(max_iter=2 * LATEST + 1)
    replace, append = container.replace_file, history.append_to_file
    with monkeypatch.context() as patch:
        patch.setattr(
            container, "replace_file", lambda p, data: (written.append(len(data)), replace(p, data))
        )
        patch.setattr(
            history, "append_to_file", lambda p, data, at: (written.append(len(data)), append(p, data, at=at))
        )
        fitted.set_callbacks(Checkpoint(path)).fit(X, Y)
    return written[1:]


def test_a_checkpoint_costs_the_same_however_long_the_training_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen checkpoints write as many bytes after 1,000 epochs as after 20."""
    early, late = (sum(bytes_per_checkpoint(monkeypatch, tmp_path / str(n), n)) for n in (20, 1000))

    assert late < 1.1 * early


# ---- crashes --------------------------------------------------------------------------------------------------


class Crash(BaseException):
    """Stand-in for a kill."""


STEPS = [
    ("before rows are appended", history, "append_to_file", False),
    ("after rows are appended", history, "append_to_file", True),
    ("before the first rows", history, "replace_file", False),
    ("after the first rows", history, "replace_file", True),
    ("before the checkpoint", container, "replace_file", False),
    ("after the checkpoint", container, "replace_file", True),
]


@pytest.mark.parametrize(("module", "name", "after"), [s[1:] for s in STEPS], ids=[s[0] for s in STEPS])
@pytest.mark.parametrize("call", [1, 3])
@pytest.mark.few("1-before the first rows", "3-after the checkpoint")
def test_a_crash_leaves_a_checkpoint_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, after: bool, call: int
) -> None:
    """At each step of a checkpoint, also where an earlier training has left its files at the same place."""
    path, n_epochs = tmp_path / "model", 5 * LATEST
    model(3 * LATEST, alpha=0.5).set_callbacks(Checkpoint(path)).fit(X, Y)
    old = load(path).history_
    real, calls = getattr(module, name), iter(range(1, 999))

    def crashing(*args: Any, **options: Any) -> None:
        is_it = next(calls) == call
        if is_it and not after:
            raise Crash
        real(*args, **options)
        if is_it:
            raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(module, name, crashing)
        with suppress(Crash):
            model(n_epochs).set_callbacks(Checkpoint(path, every=2)).fit(X, Y)
    back = load(path)

    if back.history_ != old:
        whole = model(n_epochs).fit(X, Y)
        left = n_epochs - len(back.history_)
        resumed = back.set_callbacks(Checkpoint(path))
        if left:
            resumed.set_params(max_iter=left).fit(X, Y)
        assert same(resumed, whole)
        assert same(load(path), whole) or not left
        assert len(files(tmp_path)) <= 2 or not left


@pytest.mark.slow
def test_two_trainings_at_the_same_place(tmp_path: Path) -> None:
    """They take turns with their checkpoints, and what is left each time is that of one of them, whole."""
    path, seen = tmp_path / "model", []

    class Other(Checkpoint):
        def _write(self, fitted_estimator: Any) -> None:
            super()._write(fitted_estimator)
            seen.append(plain(load(path)) == plain(fitted_estimator))

    def fit_beside(event: Any) -> None:
        model(LATEST + 1, alpha=0.3).set_callbacks(Other(path)).fit(X, Y)

    beside = Observer()
    beside.on_epoch_end = fit_beside  # type: ignore[method-assign]
    model(LATEST + 2).set_callbacks(beside, Other(path)).fit(X, Y)

    assert len(seen) == 10 * 10
    assert all(seen)


def test_a_file_that_is_lost_or_another(tmp_path: Path) -> None:
    """Without its first rows, or with others, a checkpoint is refused with the name of the file."""
    path, beside = tmp_path / "model", tmp_path / "model.history-1"
    model(3 * LATEST).set_callbacks(Checkpoint(path)).fit(X, Y)
    rows = beside.read_bytes()

    beside.write_bytes(rows + b"torn")
    assert len(load(path).history_) == 3 * LATEST
    for content in (rows[:-1], rows[:-8] + bytes(8), b""):
        beside.write_bytes(content)
        assert "model.history-1" in refused(path)
    beside.unlink()
    assert "Keep the two files together" in refused(path)
    with pytest.raises(ModelFileError, match="history-1"):
        read_header(path)


def test_what_a_checkpoint_may_say_of_the_file(tmp_path: Path) -> None:
    """Another place, other sizes and other names are refused, whatever the digest."""
    path, beside = tmp_path / "model", tmp_path / "model.history-1"
    (tmp_path / "secret").write_bytes(bytes(8000))
    model(3 * LATEST).set_callbacks(Checkpoint(path)).fit(X, Y)
    honest = path.read_bytes()
    for change in (
        {"slot": "/../secret"}, {"slot": ""}, {"slot": 1}, {"n_rows": 10**12}, {"n_rows": -1}, {"n_rows": 1.0},
        {"names": []}, {"names": ["a"] * 9}, {"names": ["x"] * 10**5}, {"names": "abcdefghi"}, {"whole": 3},
        {"sha256": ""}, {"more": 1},
    ):  # fmt: skip
        path.write_bytes(honest)
        forge(path, lambda header, tensors, change=change: header["history_files"][""].update(change))
        refused(path)
    for said in (3, [], {"": 3}, {"../secret": {}}, {"0": {}}):
        path.write_bytes(honest)
        forge(path, lambda header, tensors, said=said: header.update(history_files=said))
        refused(path)
    path.write_bytes(honest)
    for content in (np.full(10, 0.5), np.full(10, -1.0), np.full(10, 2.0**60), np.full(10, np.nan)):
        beside.write_bytes(content.tobytes())
        said = {"n_rows": 1, "sha256": hashlib.sha256(content.tobytes()).hexdigest()}
        forge(path, lambda header, tensors, said=said: header["history_files"][""].update(said))
        refused(path)


def test_a_finished_model_is_one_file(tmp_path: Path) -> None:
    """``save`` puts all rows into the file, also of a model from a checkpoint; a checkpoint can be pickled."""
    fitted = model(3 * LATEST).set_callbacks(Checkpoint(tmp_path / "model")).fit(X, Y)
    (tmp_path / "other").mkdir()
    save(load(tmp_path / "model"), tmp_path / "other" / "model")

    assert files(tmp_path / "other") == ["model"]
    assert load(tmp_path / "other" / "model").history_ == fitted.history_
    assert pickle.loads(pickle.dumps(fitted)).history_ == fitted.history_


# ---- places that cannot be written ------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [2, 10**6])
def test_a_full_disk_does_not_end_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """A warning names the path and the reason, the next checkpoint is tried, and the model is the same."""
    path, real, left = tmp_path / "model", container.replace_file, [times]

    def full(*args: Any) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise OSError(28, "No space left on device")
        real(*args)

    monkeypatch.setattr(container, "replace_file", full)
    with pytest.warns(UserWarning, match=r"checkpoint '.*model' could not be written: .*No space left"):
        fitted = model(5).set_callbacks(Checkpoint(path)).fit(X, Y)

    assert same(fitted, model(5).fit(X, Y))
    assert path.exists() == (times == 2)
    if times == 2:
        assert same(load(path), fitted)


@pytest.mark.parametrize("name", ["append_to_file", "replace_file"])
def test_rows_that_cannot_be_written_beside_stay_in_the_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Half written on a full disk, or under a name that is too long: every checkpoint has all rows."""
    path, real, calls, seen = tmp_path / "model", getattr(history, name), iter(range(99)), []

    def full(file: Any, data: bytes, **options: Any) -> None:
        if next(calls) % 2 == 0:
            with Path(file).open("ab") as half:
                half.write(data[: len(data) // 2])
            raise OSError(28, "No space left on device")
        real(file, data, **options)

    class Checked(Checkpoint):
        def _write(self, fitted_estimator: Any) -> None:
            super()._write(fitted_estimator)
            seen.append(load(path).history_ == fitted_estimator.history_)

    monkeypatch.setattr(history, name, full)
    model(6 * LATEST).set_callbacks(Checked(path)).fit(X, Y)

    assert seen == [True] * 6 * LATEST


def test_a_checkpoint_removes_no_file_of_another(tmp_path: Path) -> None:
    """Not those beside a checkpoint whose name begins in the same way."""
    for name in ("model.0", "model.1.more", "model-2"):
        model(2 * LATEST).set_callbacks(Checkpoint(tmp_path / name)).fit(X, Y)
    before = files(tmp_path)
    model(2 * LATEST).set_callbacks(Checkpoint(tmp_path / "model")).fit(X, Y)

    assert files(tmp_path) == sorted([*before, "model", "model.history-1"])


def test_a_place_that_cannot_be_written_is_an_error_before_training(tmp_path: Path) -> None:
    """A folder that is absent, a folder in place of the file, a file in place of the folder."""
    (tmp_path / "file").touch()
    for path in (tmp_path / "nowhere" / "model", tmp_path, tmp_path / "file" / "model"):
        fitted = model(3).set_callbacks(Checkpoint(path))
        with pytest.raises(OSError, match=r"checkpoint"):
            fitted.fit(X, Y)
        assert not hasattr(fitted, "network_")
    assert files(tmp_path) == ["file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    """It is a PermissionError that names the folder."""
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(PermissionError, match=tmp_path.name):
            checkpoint_module.check_place(tmp_path / "model")
    finally:
        tmp_path.chmod(0o755)


# ---- one epoch ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{"solver": "sgd", "learning_rate": "adaptive", "tol": 10.0, "n_iter_no_change": 2}, {"momentum": 0.5}],
    ids=["adaptive", "adam"],
)
def test_a_fit_goes_on_from_every_checkpoint(tmp_path: Path, options: dict[str, Any]) -> None:
    """Also from that of an epoch after which the rate is lowered."""
    whole = model(9, **options).fit(X, Y)
    for every in range(1, 9):
        path = tmp_path / f"{every}"
        model(every, **options).set_callbacks(Checkpoint(path, every=every)).fit(X, Y)

        assert same(load(path).set_params(max_iter=9 - every).fit(X, Y), whole), every


def test_the_last_checkpoint_of_lbfgs_is_the_model(tmp_path: Path) -> None:
    """Running statistics too are those of the last iteration."""
    fitted = model(5, solver="lbfgs", batch_norm=True).set_callbacks(Checkpoint(tmp_path / "model")).fit(X, Y)

    np.testing.assert_array_equal(load(tmp_path / "model").network_.state, fitted.network_.state)


def test_the_rows_beside_a_file_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By ``load``, and by ``read_header``, which checks the model too."""
    path, read = tmp_path / "m.safetensors", []
    model(3 * LATEST).set_callbacks(Checkpoint(path)).fit(X, Y)
    recalled = models.recall
    monkeypatch.setattr(models, "recall", lambda *given: read.append(given) or recalled(*given))

    load(path)
    read_header(path)

    assert len(read) == 2
    assert all(references for _, references in read)
