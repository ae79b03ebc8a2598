"""Temporary folders: none stays, whatever happens to its process."""

import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pellucid.host.own_folders import own_folder, terminable

pytest.importorskip("fcntl")
PREFIX = "pellucid-test-"
PROGRAM = """
import sys, time
from pellucid.host.own_folders import own_folder, terminable
with terminable(), own_folder(sys.argv[1]) as folder:
    (folder / "file").write_text("x")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield
    tempfile.tempdir = None


def _ended(number: int) -> tuple[Path, int]:
    """Start a process with a folder, end it by a signal; return the folder and the status."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, PREFIX], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        assert (folder / "file").exists()
        process.send_signal(number)
        return folder, process.wait(30)


def test_a_folder_is_there_and_goes(tmp_path: Path) -> None:
    """Two at a time do not take each other's."""
    with own_folder(PREFIX) as one:
        (one / "file").write_text("x")
        with own_folder(PREFIX) as two:
            assert {one, two} == set(tmp_path.iterdir())
        assert (one / "file").exists()
    assert not list(tmp_path.iterdir())


def test_sigterm_removes_the_folder() -> None:
    """The status is the one that shells give."""
    folder, status = _ended(signal.SIGTERM)
    assert not folder.exists()
    assert status == 128 + signal.SIGTERM


def test_the_next_process_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    """Folders that are not of this kind stay."""
    folder, _ = _ended(signal.SIGKILL)
    (tmp_path / f"{PREFIX}other").mkdir()
    (tmp_path / "others").mkdir()
    assert folder.exists()
    with own_folder(PREFIX):
        assert not folder.exists()
    assert {path.name for path in tmp_path.iterdir()} == {f"{PREFIX}other", "others"}


def test_a_handler_of_the_program_stays() -> None:
    """Also in a thread, where signals cannot be handled."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with terminable():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
    with terminable():
        assert callable(signal.getsignal(signal.SIGTERM))
    assert signal.getsignal(signal.SIGTERM) is before
    seen: list[object] = []

    def look() -> None:
        with terminable():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]
