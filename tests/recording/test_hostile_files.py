"""Records in files that nobody's ``save`` wrote."""

import contextlib
import io
import json
import os
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import MLPRegressor
from pellucid.exceptions import DataError
from pellucid.recording import Record, Recorder

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Members:
    """Return the members of the file of a record."""
    path = tmp_path_factory.mktemp("record") / "record.npz"
    recorder = Recorder()
    X = np.random.default_rng(0).normal(size=(20, 2))
    model = MLPRegressor((3,), solver="lbfgs", max_iter=50, random_state=0)
    model.set_callbacks(recorder).fit(X, X[:, 0])
    recorder.record.save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Members, path: Path) -> Path:
    """Write the members to a file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def array(values: Any, *, allow_pickle: bool = False) -> bytes:
    """Return a member with an array."""
    file = io.BytesIO()
    np.save(file, np.asarray(values), allow_pickle=allow_pickle)
    return file.getvalue()


def header(**changes: Any) -> Callable[[Members], None]:
    """Return a function that changes the header."""

    def change(members: Members) -> None:
        held = json.loads(str(np.load(io.BytesIO(members["header.npy"]))))
        members["header.npy"] = array(json.dumps({**held, **changes}))

    return change


def member(name: str, data: Any) -> Callable[[Members], None]:
    """Return a function that replaces a member."""
    return lambda members: members.__setitem__(name, data if isinstance(data, bytes) else array(data))


class Evil:
    """An object whose unpickling would leave a trace."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("evil",)


def claimed(shape: tuple[int, ...], dtype: str = "<f8") -> bytes:
    """Return a member that claims a shape, and holds 8 bytes."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue() + b"\0" * 8


CHANGES: dict[str, Callable[[Members], None]] = {
    "no header": lambda members: members.__delitem__("header.npy"),
    "no epochs": lambda members: members.__delitem__("epochs.npy"),
    "a header of numbers": member("header.npy", [1.0]),
    "a header that is no JSON": member("header.npy", "{"),
    "a header that is a list": member("header.npy", "[]"),
    "a deep header": member("header.npy", "[" * 100_000),
    "a version of text": header(pellucid_record="1"),
    "a version to come": header(pellucid_record=2),
    "an unknown entry": header(evil=1),
    **{f"layer_sizes {value!r}": header(layer_sizes=value)
       for value in (3, "23", [], [2], [2, 3], [2, 3.0, 1], [2, -3, 1], [2, [3], 1], None)},
    **{f"activations {value!r}": header(activations=value) for value in (3, ["tanh"], [1, 2], [["a"], "b"], None)},
    **{f"n_parameters {value!r}": header(n_parameters=value) for value in ("3", None, -1, 1.5, [3])},
    **{f"reason {value!r}": header(reason=value) for value in (3, None, ["x"])},
    "epochs of text": member("epochs.npy", ["a"]),
    "one epoch": member("epochs.npy", [1.0]),
    "epochs in a table": member("epochs.npy", [[1.0]]),
    "a layer too few": member("rms_z.npy", np.ones((1, 1))),
    "units of another layer": member("on.0.npy", np.ones((1, 2))),
    "a short column of the history": member("history.loss.npy", [1.0]),
    "objects": member("rms_a.npy", array(np.array([Evil()], object), allow_pickle=True)),
    "huge": member("rms_a.npy", claimed((10**12,))),
    "beyond all memory": member("rms_a.npy", claimed((2**62, 2**62))),
    "huge of nothing": member("rms_a.npy", claimed((0, 2**62))),
    "negative": member("rms_a.npy", claimed((-1,))),
    "wide text": member("rms_a.npy", claimed((1,), "<U500000000")),
    "no array": member("rms_a.npy", b"evil"),
    "an empty member": member("rms_a.npy", b""),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_record_that_is_none(
    whole: Members, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Entries that are missing, of another kind or shape, or executable are refused, in little memory."""
    monkeypatch.chdir(tmp_path)
    members = dict(whole)
    CHANGES[name](members)
    path = packed(members, tmp_path / "record.npz")
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"record\.npz"):
            Record.load(path)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
    assert not Path("evil").exists()


def test_a_record_that_nobody_changed(whole: Members, tmp_path: Path) -> None:
    """The members that those tests change are those of a record that loads."""
    assert Record.load(packed(whole, tmp_path / "record.npz")).layer_sizes == (2, 3, 1)


@pytest.mark.thorough
def test_a_file_that_fills_the_memory(whole: Members, tmp_path: Path) -> None:
    """Members that unpack to much more than the file has are refused before they are unpacked."""
    zeros = bytes(1 << 24)
    path = tmp_path / "record.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for k in range(20):
            archive.writestr(f"on.{k}.npy", zeros)

    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"unpack to 336 MB"):
            Record.load(path)
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_a_pipe(tmp_path: Path) -> None:
    """A pipe is refused, and nothing waits for it."""
    os.mkfifo(tmp_path / "record.npz")

    with pytest.raises(DataError, match="not a regular file"):
        Record.load(tmp_path / "record.npz")


@pytest.mark.slow
def test_damage_anywhere(whole: Members, tmp_path: Path, rng: np.random.Generator) -> None:
    """A file with any byte altered loads or is refused; nothing else comes through."""
    path = packed(whole, tmp_path / "record.npz")
    data = path.read_bytes()
    for place in rng.integers(len(data), size=500):
        altered = bytearray(data)
        altered[place] ^= int(rng.integers(1, 256))
        path.write_bytes(altered)
        with contextlib.suppress(DataError):
            Record.load(path)
