"""Temporary folders that end with their process: at once, or, of one that was killed, when the next makes one."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["own_folder", "terminable"]

LOCK = "held"  # the file that a living process holds


@contextmanager
def own_folder(prefix: str) -> Iterator[Path]:
    """Give a temporary folder, and remove those that killed processes of this user left.

    Parameters
    ----------
    prefix : str
        The beginning of its name, of nobody else's folders.

    Yields
    ------
    Path
        The folder.
    """
    if fcntl is not None:
        _clear(prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    with ExitStack() as held:
        held.callback(shutil.rmtree, folder, ignore_errors=True)
        if fcntl is not None:
            handle = os.open(folder / f"{LOCK}.new", os.O_CREAT | os.O_WRONLY, 0o600)
            held.callback(os.close, handle)
            with suppress(OSError):  # a file system without locks: there nothing is cleared
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.rename(folder / f"{LOCK}.new", folder / LOCK)
        yield folder


def _clear(prefix: str) -> None:
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for path in [entry.path for entry in entries if entry.name.startswith(prefix)]:
            with suppress(OSError):
                if os.lstat(path).st_uid == os.geteuid():
                    _remove_abandoned(path)


def _remove_abandoned(path: str) -> None:
    handle = os.open(os.path.join(path, LOCK), os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path)
    finally:
        os.close(handle)


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end the program as an error would, so that folders are removed; a handler of its own stays."""

    def stop(number: int, frame: Any) -> None:
        raise SystemExit(128 + number)  # as a shell tells of a signal

    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
