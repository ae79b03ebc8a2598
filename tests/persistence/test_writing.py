"""Writing a file: whole or not at all, with the permissions that were there, through what is in its place."""

import errno
import os
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Network, load, save
from persistence.forgery import assert_same_network


@pytest.fixture
def old() -> Network:
    return Network([2, 3, 1], random_state=0)


@pytest.fixture
def new() -> Network:
    return Network([3, 4, 2], random_state=1)


# ---- a crash in the middle ----------------------------------------------------------------------------------


class Failing:
    """A file that takes some bytes and then fails."""

    def __init__(self, file: Any, error: BaseException) -> None:
        self.file, self.error = file, error

    def __enter__(self) -> "Failing":
        return self

    def __exit__(self, *args: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def write(self, data: Any) -> int:
        self.file.write(data[:10])
        self.file.flush()
        raise self.error


def fails_to_write(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda *args, **options: Failing(real(*args, **options), error))


def fails_in(name: str) -> Callable[[pytest.MonkeyPatch, BaseException], None]:
    def patch(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
        def fail(*args: Any, **options: Any) -> None:
            raise error

        monkeypatch.setattr(os, name, fail)

    return patch


STEPS = {"write": fails_to_write, **{name: fails_in(name) for name in ("fsync", "replace")}}
ERRORS = {
    "full disk": OSError(errno.ENOSPC, "No space left on device"),
    "Ctrl-C": KeyboardInterrupt(),
    "no memory": MemoryError(),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("exists", [True, False], ids=["over an old file", "a new file"])
def test_a_crash_while_saving(
    old: Network, new: Network, tmp_path: Path, step: str, error: BaseException, exists: bool
) -> None:
    """The error comes through, the old file is as it was, and no other file is left."""
    path = tmp_path / "model"
    if exists:
        save(old, path)
    before = path.read_bytes() if exists else None

    with pytest.MonkeyPatch.context() as monkeypatch:
        STEPS[step](monkeypatch, error)
        with pytest.raises(type(error)):
            save(new, path)
    assert os.listdir(tmp_path) == (["model"] if exists else [])
    if exists:
        assert path.read_bytes() == before
        assert_same_network(load(path), old)
    save(new, path)
    assert_same_network(load(path), new)


def test_bytes_are_on_disk_before_they_have_the_name(old: Network, tmp_path: Path) -> None:
    """The file is complete and synced under its temporary name, in the same folder, before it is moved."""
    calls: list[Any] = []
    real_replace, real_fsync = os.replace, os.fsync

    def replace(source: Any, target: Any) -> None:
        calls.append(("replace", Path(source).parent, Path(source).stat().st_size, Path(target)))
        assert_same_network(load(source), old)
        real_replace(source, target)

    def fsync(handle: int) -> None:
        calls.append(("fsync", os.fstat(handle).st_size))
        real_fsync(handle)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(os, "replace", replace)
        monkeypatch.setattr(os, "fsync", fsync)
        save(old, tmp_path / "model")

    size = (tmp_path / "model").stat().st_size
    assert calls[0] == ("fsync", size)
    assert calls[1] == ("replace", tmp_path, size, tmp_path / "model")


def test_readers_never_see_half_a_file(tmp_path: Path) -> None:
    """While two threads save, a reader gets one model or the other, whole."""
    path = tmp_path / "model"
    models = [Network([5, 40, 1], random_state=k) for k in (0, 1)]
    save(models[0], path)
    done = threading.Event()
    seen: list[Network] = []
    failures: list[BaseException] = []

    def read() -> None:
        try:
            while not done.is_set():
                seen.append(load(path))
        except BaseException as error:
            failures.append(error)

    def write(model: Network) -> None:
        try:
            for _ in range(25):
                save(model, path)
        except BaseException as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(model,)) for model in models]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()

    assert failures == []
    assert seen
    known = [model.parameters.tobytes() for model in models]
    assert all(model.parameters.tobytes() in known for model in seen)
    assert os.listdir(tmp_path) == ["model"]


# ---- permissions --------------------------------------------------------------------------------------------


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    """Return ``os.umask``; the mask is put back."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002, 0o000], ids=oct)
def test_a_new_file_has_the_permissions_of_any_new_file(
    old: Network, tmp_path: Path, umask: Callable[[int], int], mask: int
) -> None:
    """They are those that ``open`` would give, and the mask of the process is as before."""
    umask(mask)
    save(old, tmp_path / "model")
    (tmp_path / "other").touch()

    assert mode(tmp_path / "model") == mode(tmp_path / "other") == 0o666 & ~mask
    assert umask(mask) == mask


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o664, 0o755, 0o444], ids=oct)
def test_a_replaced_file_keeps_its_permissions(old: Network, new: Network, tmp_path: Path, kept: int) -> None:
    """A private file stays private."""
    path = tmp_path / "model"
    save(old, path)
    path.chmod(kept)
    save(new, path)

    assert mode(path) == kept
    assert_same_network(load(path), new)


def test_the_mask_of_the_process_is_never_open(
    old: Network, tmp_path: Path, umask: Callable[[int], int]
) -> None:
    """Saving does not set the process's mask to 0 for a moment, in which another thread's files were public."""
    umask(0o077)
    asked: list[int] = []
    real = os.umask

    def spy(mask: int) -> int:
        asked.append(mask)
        return real(mask)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(os, "umask", spy)
        save(old, tmp_path / "model")

    assert 0 not in asked
    assert mode(tmp_path / "model") == 0o600


# ---- places -------------------------------------------------------------------------------------------------


def test_a_folder_that_does_not_exist(old: Network, tmp_path: Path) -> None:
    """It is a FileNotFoundError that names the folder, and the folder is not made."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        save(old, tmp_path / "nowhere" / "model")
    assert os.listdir(tmp_path) == []


def test_a_file_in_place_of_a_folder(old: Network, tmp_path: Path) -> None:
    """It is an OSError that names the path."""
    (tmp_path / "file").touch()

    with pytest.raises(NotADirectoryError, match="file"):
        save(old, tmp_path / "file" / "model")


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs a system with users")
def test_a_folder_that_is_read_only(old: Network, new: Network) -> None:
    """It is a PermissionError that names the folder, and the old file stays."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(old, folder / "model")
        before = (folder / "model").read_bytes()
        folder.chmod(0o555)
        user = os.geteuid()
        try:
            if user == 0:  # whom no permissions stop
                os.seteuid(65534)
            with pytest.raises(PermissionError, match=folder.name):
                save(new, folder / "model")
        finally:
            os.seteuid(user)
            folder.chmod(0o755)
        assert (folder / "model").read_bytes() == before
        assert os.listdir(folder) == ["model"]


def test_the_current_folder(old: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare name is a file in the current folder."""
    monkeypatch.chdir(tmp_path)
    save(old, "model")

    assert_same_network(load("model"), old)
    assert os.listdir(tmp_path) == ["model"]


# ---- links --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("relative", [True, False], ids=["relative", "absolute"])
def test_a_link_to_a_file(old: Network, new: Network, tmp_path: Path, relative: bool) -> None:
    """Saving to a link writes to the file that it points to, as ``open`` would, and the link stays a link."""
    (tmp_path / "store").mkdir()
    target, link = tmp_path / "store" / "model", tmp_path / "latest"
    save(old, target)
    target.chmod(0o640)
    link.symlink_to(Path("store/model") if relative else target)
    save(new, link)

    assert link.is_symlink()
    assert_same_network(load(target), new)
    assert_same_network(load(link), new)
    assert mode(target) == 0o640
    assert sorted(os.listdir(tmp_path)) == ["latest", "store"]
    assert os.listdir(tmp_path / "store") == ["model"]


def test_a_link_to_nothing(old: Network, tmp_path: Path) -> None:
    """Saving to a link whose file does not exist yet makes that file."""
    (tmp_path / "latest").symlink_to(tmp_path / "model")
    save(old, tmp_path / "latest")

    assert (tmp_path / "latest").is_symlink()
    assert_same_network(load(tmp_path / "model"), old)


def test_saving_does_not_change_the_model(new: Network, tmp_path: Path) -> None:
    """A network is the same object with the same numbers after it was saved."""
    before = new.parameters.copy()
    parameters = new.parameters
    save(new, tmp_path / "model")
    load(tmp_path / "model").parameters[...] = 0.0

    assert new.parameters is parameters
    np.testing.assert_array_equal(new.parameters, before)
