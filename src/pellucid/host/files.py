"""The one writer of files: a name stands for the old file or for the new one, whole, whenever we are killed."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows, which refuses to remove a file that another process has open
    fcntl = None  # type: ignore[assignment]

__all__ = ["append_to_file", "is_stream", "replace_file", "replace_files", "replacing_file"]

OURS = re.compile(r"\.pellucid-[0-9a-f]{16}")
DESCRIPTORS = ("/proc/", "/dev/fd/")  # names of what is open already, such as /dev/stdout


def replace_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Put bytes at a path in one move: a crash, a full disk or Ctrl-C leaves what was there.

    A link stays a link, and the file that it points to is replaced. A file that was there keeps its permissions,
    and where the system allows it its owner and group; a new file gets those of any new file. Other hard links
    keep the old content. Devices, pipes and open descriptors such as ``/dev/stdout`` are written to as they are.

    The bytes go to a temporary file in the same folder, which is synced before it takes the name; then the folder
    is synced, where the system can (Windows cannot). The next write to a folder removes temporary files that
    killed processes left there.

    Parameters
    ----------
    path : path
        The file.
    data : bytes
        Its content.

    Raises
    ------
    OSError
        If it cannot be written; the message says what is at the path now.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     replace_file(Path(folder, "table.csv"), b"a,b")
    ...     Path(folder, "table.csv").read_bytes()
    b'a,b'
    """
    name, left = os.fsdecode(path), "nothing was written"
    try:
        old = _there(name)
        if old is not None and stat.S_ISDIR(old.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if is_stream(name):
            left = "a part of the output may be there"
            _append(name, data)
        else:
            left = left if old is None else "the file that was there is unchanged"
            _replace(Path(os.path.realpath(name)), data, old)
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror or error}; {left}", name) from error


def replace_files(contents: Mapping[str | os.PathLike[str], bytes]) -> None:
    """Put bytes at several paths, or leave all of them as they were if one of them cannot be written.

    All bytes are on the disk in temporary files before the first one takes its name. A crash between two of the
    moves, which follow each other at once, leaves some files new and the others old.

    Parameters
    ----------
    contents : mapping of path to bytes
        The content of each file.

    Raises
    ------
    OSError
        If one cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     replace_files({Path(folder, "m.h"): b"int f(void);", Path(folder, "m.c"): b"int f(void) {}"})
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['m.c', 'm.h']
    """
    if len(contents) == 1 or any(map(is_stream, contents)):
        for path, data in contents.items():
            replace_file(path, data)
        return
    name, left = "", ExitStack()
    written, before = dict[Path, Path](), dict[Path, Path | None]()
    try:
        for name, data in ((os.fsdecode(path), data) for path, data in contents.items()):
            target, old = Path(os.path.realpath(name)), _there(name)
            if old is not None and stat.S_ISDIR(old.st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            written[target] = _written(target, data, old, left)
            before[target] = None if old is None else _kept(target, left)
        _move(written, before)
        left.close()
    except BaseException as error:
        left.close()  # not a with statement, which an interrupt just before its end would leave open
        if not isinstance(error, OSError):
            raise
        what = f"{error.strerror or error}; nothing was written, and the files that were there are unchanged"
        raise OSError(error.errno, what, name) from error
    for folder in {target.parent for target in written}:
        _sync(folder)


@contextmanager
def replacing_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Write a file in parts that takes its name when all is written; see :func:`replace_file`.

    Parameters
    ----------
    path : path
        The file.

    Yields
    ------
    file
        To write to. If an error or Ctrl-C comes in between, what was at the path stays.

    Raises
    ------
    OSError
        If it cannot be written; the message says what is at the path now.
    """
    name = os.fsdecode(path)
    old = _there(name)
    if is_stream(name):
        with open(name, "ab") as file:
            yield file
        return
    unchanged = "nothing was written" if old is None else "the file that was there is unchanged"
    target, left = Path(os.path.realpath(name)), ExitStack()
    try:
        with _filling(target, old, left) as (temporary, file):
            yield file
        os.replace(temporary, target)
        left.close()
    except BaseException as error:
        left.close()
        if not isinstance(error, OSError) or error.errno is None:  # not the system's
            raise
        raise OSError(error.errno, f"{error.strerror or error}; {unchanged}", name) from error
    _sync(target.parent)


def append_to_file(path: str | os.PathLike[str], data: bytes, *, at: int) -> None:
    """Write bytes at the end of a file that is there, and wait until they are on the disk.

    Parameters
    ----------
    path : path
        The file.
    data : bytes
        The bytes.
    at : int
        The length of the file; bytes that an interrupted call left beyond it are cut off.
    """
    with Path(path).open("r+b") as file:
        file.truncate(at)
        file.seek(at)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def is_stream(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is a device, a pipe or an open descriptor, which is written to and never replaced.

    Parameters
    ----------
    path : path
        The path.

    Returns
    -------
    bool
        False if there is nothing.
    """
    name = os.fsdecode(path)
    found = _there(name)
    return found is not None and (
        not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)) or _is_descriptor(name)
    )


def _there(name: str) -> os.stat_result | None:
    try:
        return os.stat(name)
    except FileNotFoundError:
        return None


def _is_descriptor(name: str) -> bool:
    """Return whether a name leads, link by link, to a file that is open: it has a reader and a place to go on."""
    for _ in range(40):  # as many links as Linux follows
        folder = os.path.realpath(os.path.dirname(name))
        name = os.path.join(folder, os.path.basename(name))
        if name.startswith(DESCRIPTORS):
            return True
        if not os.path.islink(name):
            return False
        name = os.path.join(folder, os.readlink(name))
    return False


def _append(name: str, data: bytes) -> None:
    with open(name, "ab") as file:  # not "wb", which would cut what a shell's >> has kept
        file.write(data)


def _replace(target: Path, data: bytes, old: os.stat_result | None) -> None:
    left = ExitStack()
    try:
        os.replace(_written(target, data, old, left), target)
        left.close()
    except BaseException:
        left.close()
        raise
    _sync(target.parent)


def _written(target: Path, data: bytes, old: os.stat_result | None, left: ExitStack) -> Path:
    """Return a temporary file beside a target, synced; ``left`` removes it if it stays."""
    with _filling(target, old, left) as (temporary, file):
        file.write(data)
    return temporary


@contextmanager
def _filling(target: Path, old: os.stat_result | None, left: ExitStack) -> Iterator[tuple[Path, BinaryIO]]:
    """Give a temporary file beside a target to write to, which is synced in the end; ``left`` removes it."""
    _clear(target.parent)
    temporary = _beside(target)
    left.callback(temporary.unlink, missing_ok=True)
    # What replaces a private file is private before there is anything in it.
    handle = _create(temporary, 0o666 if old is None else 0o600)
    closing = left.enter_context(ExitStack())
    closing.callback(os.close, handle)
    with temporary.open("r+b") as file:
        yield temporary, file
        file.flush()
        if old is not None:
            _resemble(temporary, old)
        os.fsync(file.fileno())
    if fcntl is None:  # Windows moves no open file
        closing.close()


def _kept(target: Path, left: ExitStack) -> Path:
    """Return another name of a file, by which it can be put back: a hard link, or a copy where there are none."""
    link = _beside(target)
    left.callback(link.unlink, missing_ok=True)
    if fcntl is not None:  # without a lock, another process would remove it
        handle = os.open(target, os.O_RDONLY)
        left.callback(os.close, handle)
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    try:
        os.link(target, link)
    except OSError:
        return _written(target, target.read_bytes(), os.stat(target), left)
    return link


def _move(written: Mapping[Path, Path], before: Mapping[Path, Path | None]) -> None:
    """Give each temporary file its name; if one fails, put back what was there."""
    done: list[Path] = []
    try:
        for target, temporary in written.items():
            done.append(target)
            os.replace(temporary, target)
    except BaseException:
        for target in done:
            kept = before[target]
            if kept is not None:
                os.replace(kept, target)
            elif not written[target].exists():
                target.unlink(missing_ok=True)
        raise


def _beside(target: Path) -> Path:
    return target.with_name(f".pellucid-{secrets.token_hex(8)}")


def _resemble(temporary: Path, old: os.stat_result) -> None:
    """Give a file the owner, the group and the permissions of another one, as far as we may."""
    mode, now = stat.S_IMODE(old.st_mode) & 0o777, os.stat(temporary)
    if (now.st_uid, now.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.chown(temporary, old.st_uid, old.st_gid)
        except PermissionError:
            try:
                os.chown(temporary, -1, old.st_gid)
            except PermissionError:  # another group: it may do what everybody may
                mode = mode & ~0o070 | (mode & 0o007) << 3
    os.chmod(temporary, mode)


def _sync(folder: Path) -> None:
    """Put the new name itself on the disk, where the system syncs folders."""
    if os.name == "nt":
        return
    with suppress(OSError):  # such as a folder that may be written to and not read
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# ---- what killed processes left ---------------------------------------------------------------------------
#
# A temporary file is locked by whoever writes it. The system takes the lock away when the process ends, however
# it ends, so that a file without a lock belongs to nobody. A process id would not tell: ids come again, and two
# containers that share a folder have the same ones.


def _create(temporary: Path, mode: int) -> int:
    """Return the descriptor of a new file, which is locked."""
    while True:
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
        if _lock(handle):
            return handle
        os.close(handle)  # somebody clears it before it was locked
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _lock(handle: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: there nothing is cleared either
        return True
    return os.fstat(handle).st_nlink > 0


def _clear(folder: Path) -> None:
    """Remove the temporary files in a folder that no living process writes."""
    with suppress(OSError), os.scandir(folder) as entries:
        for path in [entry.path for entry in entries if OURS.fullmatch(entry.name)]:
            with suppress(OSError):
                _remove_abandoned(path)


def _remove_abandoned(path: str) -> None:
    if fcntl is None:  # Windows removes no file that is open, and a closed one gets its name at once
        if time.time() - os.stat(path).st_mtime > 60.0:
            os.unlink(path)
        return
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
    finally:
        os.close(handle)
