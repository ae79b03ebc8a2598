"""The writer of files leaves the old file or the new one, whole, and nothing else."""

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pellucid.host import files
from pellucid.host.files import replace_file, replace_files

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")

# ---- interrupted anywhere ---------------------------------------------------------------------------------


def at_line(n: int, act: Callable[[], None]) -> Callable[..., Any]:
    """Return a trace function that acts at the n-th line of the writer."""
    seen = 0

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal seen
        if frame.f_code.co_filename != files.__file__:
            return None
        if event == "line":
            seen += 1
            if seen == n:
                sys.settrace(None)
                act()
        return trace

    return trace


OLD, NEW = b"old " * 1000, b"new " * 2000


# An interrupt just before the end of a with statement leaves the file to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("exists", [True, False])
def test_an_interrupt_between_two_lines_leaves_no_temporary(tmp_path: Path, exists: bool) -> None:
    """Wherever Ctrl-C comes: the file is the old one or the new one, and it is alone."""
    path, n, interrupted = tmp_path / "file", 0, True

    def interrupt() -> None:
        raise KeyboardInterrupt

    while interrupted:
        path.unlink(missing_ok=True)
        if exists:
            replace_file(path, OLD)
        before, n = sys.gettrace(), n + 1
        sys.settrace(at_line(n, interrupt))
        try:
            replace_file(path, NEW)
            interrupted = False
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        left = {name: (tmp_path / name).read_bytes() for name in os.listdir(tmp_path)}
        assert left in ([{"file": OLD}, {"file": NEW}] if exists else [{}, {"file": NEW}]), n
    assert n > 30


KILLER = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = {paths!r}
from host.test_files import NEW, OLD, at_line, replace_file
folder = Path({folder!r}); path = folder / "file"; n, killed = 0, True
while killed:
    n += 1
    replace_file(path, OLD)
    child = os.fork()
    if not child:
        sys.settrace(at_line(n, lambda: os.kill(os.getpid(), signal.SIGKILL)))
        replace_file(path, NEW)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    assert path.read_bytes() in (OLD, NEW), n
    replace_file(folder / "another", b"")
    assert sorted(os.listdir(folder)) == ["another", "file"], (n, os.listdir(folder))
print(n)
"""


@posix
def test_a_kill_at_any_line_leaves_a_whole_file_and_the_next_write_clears(tmp_path: Path) -> None:
    """Whatever the moment: old or new, whole; what the killed process left goes with the next write there."""
    code = KILLER.format(paths=[str(Path(__file__).parents[1])], folder=str(tmp_path))
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 30


@posix
def test_the_temporary_of_a_living_writer_is_not_cleared(tmp_path: Path, monkeypatch: Any) -> None:
    """While one writer waits for the disk, others in its folder leave its file alone."""
    syncing, go_on = threading.Event(), threading.Event()
    real = os.fsync

    def slow(handle: int) -> None:
        if threading.current_thread() is writer:
            syncing.set()
            assert go_on.wait(10)
        real(handle)

    monkeypatch.setattr(os, "fsync", slow)
    writer = threading.Thread(target=replace_file, args=(tmp_path / "slow", NEW))
    writer.start()
    assert syncing.wait(10)
    replace_file(tmp_path / "quick", OLD)
    assert len([name for name in os.listdir(tmp_path) if name.startswith(".pellucid-")]) == 1
    go_on.set()
    writer.join()

    assert (tmp_path / "slow").read_bytes() == NEW
    assert sorted(os.listdir(tmp_path)) == ["quick", "slow"]


def test_only_temporaries_of_ours_are_cleared(tmp_path: Path) -> None:
    """A file of the user's with a similar name, and a folder, stay."""
    kept = [".pellucid-notes", ".pellucid-0123456789abcdef.bak", "x.pellucid-0123456789abcdef"]
    for name in kept:
        (tmp_path / name).touch()
    (tmp_path / ".pellucid-0123456789abcdef").mkdir()
    replace_file(tmp_path / "file", NEW)

    assert sorted(os.listdir(tmp_path)) == sorted([*kept, ".pellucid-0123456789abcdef", "file"])


# ---- what is at the path ----------------------------------------------------------------------------------


@posix
def test_the_folder_is_synced_after_the_move(tmp_path: Path, monkeypatch: Any) -> None:
    """First the file, then its name."""
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def synced(handle: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def moved(source: Any, target: Any) -> None:
        done.append("move")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", moved)
    replace_file(tmp_path / "file", NEW)

    assert done == ["file", "move", "folder"]


@posix
def test_a_replacement_of_a_private_file_is_never_readable_by_others(
    tmp_path: Path, monkeypatch: Any
) -> None:
    """From its first moment the temporary file has no more permissions than the file it replaces."""
    path = tmp_path / "file"
    replace_file(path, OLD)
    path.chmod(0o600)
    seen: list[int] = []
    real = Path.open

    def spy(self: Path, *args: Any, **options: Any) -> Any:
        seen.append(stat.S_IMODE(self.stat().st_mode))
        return real(self, *args, **options)

    monkeypatch.setattr(Path, "open", spy)
    replace_file(path, NEW)

    assert seen == [0o600]


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_owner_and_group_are_kept(tmp_path: Path) -> None:
    """Root that writes over a user's file leaves it to the user."""
    path = tmp_path / "file"
    replace_file(path, OLD)
    os.chown(path, 65534, 65533)
    replace_file(path, NEW)

    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65533)


@posix
def test_another_group_gets_no_rights(tmp_path: Path, monkeypatch: Any) -> None:
    """The writer's own group gets everybody's rights if the group cannot be kept."""
    path = tmp_path / "file"
    replace_file(path, OLD)
    path.chmod(0o664)
    real = os.stat(path)
    elsewhere = os.stat_result([*real[:5], real.st_gid + 1, *real[6:]])
    monkeypatch.setattr(files, "_there", lambda name: elsewhere)

    def refuse(*args: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    replace_file(path, NEW)

    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert path.read_bytes() == NEW


@posix
def test_a_pipe_gets_the_bytes_and_stays(tmp_path: Path) -> None:
    """A reader at the other end of a FIFO gets the content; no file takes its place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    replace_file(pipe, NEW)
    reader.join()

    assert got == [NEW]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@posix
def test_devices_stay_devices() -> None:
    """/dev/null swallows what is written; /dev/full is an error that names it."""
    replace_file("/dev/null", NEW)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    if os.path.exists("/dev/full"):
        with pytest.raises(OSError, match=r"No space left on device.*'/dev/full'"):
            replace_file("/dev/full", NEW)


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="needs Linux's /proc")
@pytest.mark.parametrize("named", ["/proc/self/fd/{}", "/dev/fd/{}", "link"])
def test_an_open_descriptor_goes_on_where_it_is(tmp_path: Path, named: str) -> None:
    """A stream that a shell has redirected is appended to, as with >>."""
    log = tmp_path / "log"
    with log.open("wb") as file:
        file.write(OLD)
        file.flush()
        inode = log.stat().st_ino
        name = named.format(file.fileno())
        if named == "link":
            name = str(tmp_path / "link")
            os.symlink(f"/dev/fd/{file.fileno()}", name)
        replace_file(name, NEW)

    assert log.read_bytes() == OLD + NEW
    assert log.stat().st_ino == inode


@posix
def test_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    """It is an error, and the links stay."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="nothing was written"):
        replace_file(tmp_path / "a", NEW)
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """It is an error that names it, and the folder stays."""
    with pytest.raises(OSError, match=f"nothing was written.*{tmp_path.name}"):
        replace_file(tmp_path, NEW)
    assert tmp_path.is_dir()


@posix
def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    """The temporary name is not made from the name, so that it is never too long; a longer one is an error."""
    replace_file(tmp_path / ("x" * 255), NEW)
    assert os.listdir(tmp_path) == ["x" * 255]
    with pytest.raises(OSError, match="too long; nothing was written"):
        replace_file(tmp_path / ("x" * 256), NEW)


@pytest.fixture
def nobody() -> Iterator[None]:
    """Without the rights of root, whom no permissions stop."""
    if not hasattr(os, "seteuid"):
        pytest.skip("needs a system with users")
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


def test_a_file_in_a_folder_that_cannot_be_written_is_unchanged(nobody: None) -> None:
    """The file could be written in place, which would not be whole at every moment: it is an error instead."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        replace_file(path, OLD)
        Path(folder).chmod(0o555)
        try:
            with pytest.raises(PermissionError, match="the file that was there is unchanged"):
                replace_file(path, NEW)
            assert path.read_bytes() == OLD
        finally:
            Path(folder).chmod(0o755)


# ---- several files ------------------------------------------------------------------------------------------


def pair(folder: Path) -> dict[Path, bytes]:
    return {folder / "m.h": NEW, folder / "m.c": NEW + b"c"}


def found(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("there", [(), ("m.h",), ("m.c",), ("m.h", "m.c")])
def test_an_interrupt_leaves_both_files_old_or_both_new(tmp_path: Path, there: tuple[str, ...]) -> None:
    """Wherever Ctrl-C comes between two lines, and whichever of the files were there."""
    n, interrupted = 0, True
    old = {name: OLD + name.encode() for name in there}
    new = {path.name: data for path, data in pair(tmp_path).items()}

    def interrupt() -> None:
        raise KeyboardInterrupt

    while interrupted:
        for path in pair(tmp_path):
            path.unlink(missing_ok=True)
        for name, data in old.items():
            (tmp_path / name).write_bytes(data)
        before, n = sys.gettrace(), n + 1
        sys.settrace(at_line(n, interrupt))
        try:
            replace_files(pair(tmp_path))
            interrupted = False
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        assert found(tmp_path) in (old, new), n
    assert found(tmp_path) == new
    assert n > 60


@pytest.mark.parametrize("there", [(), ("m.h",), ("m.h", "m.c")])
@pytest.mark.parametrize("call", ["fsync", "replace", "link"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_failure_leaves_all_files_as_they_were(
    tmp_path: Path, there: tuple[str, ...], call: str, number: int, monkeypatch: Any
) -> None:
    """A full disk or a refused move, at the first or the second file; without links there are copies."""
    old = {name: OLD + name.encode() for name in there}
    for name, data in old.items():
        (tmp_path / name).write_bytes(data)
    real, calls = getattr(os, call), [0]

    def fail(*given: Any) -> Any:
        calls[0] += 1
        if calls[0] == number + 1 or call == "link":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*given)

    monkeypatch.setattr(os, call, fail)
    if call == "link":
        replace_files(pair(tmp_path))
        assert found(tmp_path) == {path.name: data for path, data in pair(tmp_path).items()}
        return
    with pytest.raises(OSError, match=r"No space left on device; nothing was written.*m\.[hc]"):
        replace_files(pair(tmp_path))
    assert found(tmp_path) == old


def test_a_folder_among_several_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.c").mkdir()
    with pytest.raises(IsADirectoryError, match=r"nothing was written.*m\.c"):
        replace_files(pair(tmp_path))
    assert os.listdir(tmp_path) == ["m.c"]


@posix
def test_several_files_keep_links_and_permissions(tmp_path: Path) -> None:
    (tmp_path / "real.h").write_bytes(OLD)
    (tmp_path / "real.h").chmod(0o600)
    (tmp_path / "m.h").symlink_to("real.h")
    replace_files(pair(tmp_path))
    assert (tmp_path / "m.h").is_symlink()
    assert (tmp_path / "real.h").read_bytes() == NEW
    assert stat.S_IMODE((tmp_path / "real.h").stat().st_mode) == 0o600
