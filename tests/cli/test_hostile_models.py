"""Model files whose notes and headers anybody may have written: every command ends in a sentence."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from cli.conftest import SMALL, Command, Ran
from pellucid import MLPClassifier, load, save
from pellucid.persistence import read_header
from pellucid.persistence.values import encode
from pellucid.workflow.noted import OPTIONAL, REQUIRED
from persistence.forgery import Change, forge, mutated
from tiers import thinned

KEY = "pellucid train"
COMMANDS: dict[str, tuple[object, ...]] = {
    "info": ("info", "kind.model"),
    "predict": ("predict", "kind.model", "people.csv"),
    "evaluate": ("evaluate", "kind.model", "people.csv"),
    "evaluate --held-out": ("evaluate", "kind.model", "people.csv", "--held-out"),
    "trace": ("trace", "--model", "kind.model", "--row", 1),
    "diagnose": ("diagnose", "kind.model", "people.csv"),
    "train --resume": ("train", "people.csv", "--resume", "kind.model", "--out", "other.model"),
}


def noted(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Return a change of what ``pellucid train`` notes."""

    def changed(header: Any, tensors: Any) -> None:
        about = read_header(Path("kind.model"))["notes"][KEY]
        about = change(about) or about
        header["notes"] = encode({KEY: about}, "")

    return changed


def said(ran: Ran) -> str:
    """Return what an error says, on one line."""
    assert ran.code == 1
    return " ".join(ran.err.split())


# ---- notes --------------------------------------------------------------------------------------------------

ODD: tuple[Any, ...] = (3, -1, 2**70, 1.5, float("nan"), None, "x" * 400, [], [1], {}, {"a": [1]}, True)
FORMS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "nothing but data": lambda about: {"data": 3},
    **{f"no {name}": lambda about, name=name: about.pop(name) and None for name in ("data", "target", "task")},
    **{f"{name} {value!r:.20}": lambda about, name=name, value=value: about.update({name: value})
       for name, takes in {**REQUIRED, **OPTIONAL}.items() for value in ODD if not takes(value)},
    "a task of another model": lambda about: about.update(task="regression", baseline=1.0),
    "notes of a table model": lambda about: about.update(model="tabular"),
}  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return a table and the file of a model that was trained on it, once for all tests here."""
    from terminal import invoke

    folder = tmp_path_factory.mktemp("trained")
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 40))
    pl.DataFrame({"a": a, "b": b, "kind": np.where(a > b, "ja", "nein").tolist()}).write_csv(
        folder / "people.csv"
    )
    here = Path.cwd()
    os.chdir(folder)
    try:
        words = ("train", "people.csv", "--target", "kind", "--out", "kind.model", *SMALL)
        assert invoke(*words).exit_code == 0
    finally:
        os.chdir(here)
    return {name: (folder / name).read_bytes() for name in ("people.csv", "kind.model")}


@pytest.fixture
def model(trained: dict[str, bytes], folder: Path) -> Path:
    """Return the model file, with the table beside it."""
    for name, data in trained.items():
        (folder / name).write_bytes(data)
    return Path("kind.model")


@pytest.mark.parametrize("form", thinned(FORMS))
def test_notes_of_another_form(model: Path, pellucid: Command, form: str) -> None:
    """Notes that ``pellucid train`` would not write are refused by the name of the file."""
    forge(model, noted(FORMS[form]))

    assert "kind.model cannot be loaded. Its note" in said(pellucid(*COMMANDS["info"]))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_reads_notes_alike(model: Path, pellucid: Command, command: str) -> None:
    """Each command that reads notes refuses them, and takes those of training."""
    assert command == "train --resume" or pellucid(*COMMANDS[command]).code == 0
    forge(model, noted(lambda about: about.update(dropped=3)))

    assert "'dropped', has an invalid value: 3." in said(pellucid(*COMMANDS[command]))


@pytest.mark.parametrize(
    "notes", [{}, {KEY: "mine"}, {KEY: None}, {KEY: [1]}, {"other": {"data": 3}}], ids=str
)
def test_notes_of_ones_own(model: Path, pellucid: Command, notes: dict[str, Any]) -> None:
    """Notes that are not of ``pellucid train`` are nobody's business."""
    save(load(model), model, notes=notes)

    assert pellucid("info", model).code == 0
    assert pellucid("predict", model, "people.csv").code == 0
    assert "does not record its training data" in " ".join(pellucid(*COMMANDS["trace"]).err.split())


def test_notes_of_a_version_to_come(model: Path, pellucid: Command) -> None:
    """A note that this version does not know is left alone."""
    forge(model, noted(lambda about: about.update(new={"a": 1})))

    assert pellucid(*COMMANDS["evaluate"]).code == 0


# ---- parameters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "info"])
def test_parameters_that_no_fit_takes(model: Path, pellucid: Command, command: str) -> None:
    """A command that uses a model refuses parameters that its fit would refuse."""

    def change(header: Any, tensors: Any) -> None:
        next(row for row in header["parameters"]["items"] if row[0] == "max_iter")[1] = "evil"

    forge(model, change)

    assert "an invalid parameter. The 'max_iter' parameter" in said(pellucid(*COMMANDS[command]))


def test_parameters_that_are_arrays(pellucid: Command) -> None:
    """``info`` shows parameters that do not compare as one truth value."""
    X, y = np.eye(4), [0, 1, 0, 1]
    model = MLPClassifier(np.array([3, 2]), solver="lbfgs", max_iter=200, random_state=0)
    save(model.fit(X, y), "array.model")

    ran = pellucid("info", "array.model")
    assert ran.code == 0
    assert "hidden_layer_sizes" in ran.out


# ---- the data that a model names -----------------------------------------------------------------------------


def test_the_data_of_training(model: Path, pellucid: Command) -> None:
    """``trace`` reads the file of training where it is as it was."""
    assert "Row 1 of people.csv" in pellucid(*COMMANDS["trace"]).out

    Path("people.csv").write_text(Path("people.csv").read_text() + "1,2,ja\n")
    assert "that file has changed since. Name the table with --data." in said(pellucid(*COMMANDS["trace"]))
    assert pellucid(*COMMANDS["trace"], "--data", "people.csv").code == 0

    Path("people.csv").unlink()
    assert "there is no such file" in said(pellucid(*COMMANDS["trace"]))


def test_bundled_data(pellucid: Command) -> None:
    """A set that comes with scikit-learn is always as it was."""
    assert pellucid("train", "iris", "--out", "iris.model", *SMALL).code == 0
    assert pellucid("trace", "--model", "iris.model", "--row", 1).code == 0


def test_other_files_are_not_opened(model: Path, pellucid: Command, folder: Path) -> None:
    """A file is opened only where its SHA-256 is in the model, which who does not know it cannot forge."""
    secret = folder / "secret.csv"
    secret.write_text("a,b,kind\n1,2,ja\n")
    whole = model.read_bytes()
    about = read_header(model)["notes"][KEY]
    names = [str(secret), "secret.csv", "../" + folder.name + "/secret.csv"]
    for name in names:
        for stamp in ({}, {"n_bytes": secret.stat().st_size}, {"sha256": "", "n_bytes": 0}):
            model.write_bytes(whole)
            forge(model, noted(lambda _, name=name, stamp=stamp: {**about, "data": name, **stamp}))
            assert "Name the table with --data." in said(pellucid(*COMMANDS["trace"]))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_pipes_and_devices_are_not_opened(model: Path, pellucid: Command) -> None:
    """Only regular files are opened: a pipe would wait, and a device never ends."""
    os.mkfifo("pipe.csv")
    whole = model.read_bytes()
    for name in ("pipe.csv", "/dev/zero", "/dev/stdin", "."):
        model.write_bytes(whole)
        forge(model, noted(lambda about, name=name: about.update(data=name, n_bytes=0)))
        assert "there is no such file" in said(pellucid(*COMMANDS["trace"]))
    assert "not a regular file" in said(pellucid("info", "pipe.csv"))


@pytest.mark.parametrize("name", [r"\\host\share\a.csv", "//host/share/a.csv", r"\/host\share\a.csv"])
def test_other_machines_are_not_asked(
    model: Path, pellucid: Command, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A path on another machine is not even looked for: Windows would send it the user's credentials."""
    forge(model, noted(lambda about: about.update(data=name)))
    monkeypatch.setattr("pellucid.workflow.noted.Path", None)

    assert "on another machine" in said(pellucid(*COMMANDS["trace"]))


# ---- any header ---------------------------------------------------------------------------------------------


def any_header(model: Path, pellucid: Command, rng: np.random.Generator, n: int) -> None:
    """Run every command on that many changed files; the fixture raises what is not turned into a sentence."""
    whole = model.read_bytes()
    for k in range(n):
        model.write_bytes(whole)
        change = mutated(rng)
        try:
            forge(model, (lambda header, tensors: change(header["notes"], {})) if k % 2 else change)  # noqa: B023
        except (TypeError, ValueError, RecursionError):  # the change made something that JSON does not have
            continue
        for words in COMMANDS.values():
            ran = pellucid(*words)
            assert ran.code == 0 or "Error:" in ran.err


def test_any_header(model: Path, pellucid: Command, rng: np.random.Generator) -> None:
    """Whatever a header holds, no command ends in a traceback."""
    any_header(model, pellucid, rng, 8)


@pytest.mark.campaign
def test_any_header_many_times(model: Path, pellucid: Command, rng: np.random.Generator) -> None:
    """The same for many."""
    any_header(model, pellucid, rng, 200)
