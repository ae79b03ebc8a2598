"""Folder of compiled kernels: sealed files in a folder that nobody else may write.

Files kept here are executed, so two conditions must hold before they are trusted. The folder and its files
belong to this user or to root, and nobody else may write them (:mod:`pellucid.host.trust`). And every file ends
with a SHA-256 over its name and its content: a file that was damaged, truncated or replaced is ignored and
rewritten. Without such a folder, kernels stay in memory for this process, and a notice says why.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from functools import cache
from pathlib import Path

import platformdirs

from pellucid.exceptions import PellucidError
from pellucid.host.notices import notice
from pellucid.host.trust import is_ours, make_folder, weak_point

__all__ = [
    "ExposedFolderError",
    "KernelFolder",
    "KernelFolderError",
    "cache_folder",
    "kernel_folder",
    "open_folder",
]

FORMAT = b"pellucid kernels 1"
LARGEST = 1 << 28  # bytes; a kernel takes a thousandth of it
UNTIL_THEN = "Until then kernels are kept in memory, and every process compiles them again."
READING = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)


def cache_folder() -> Path | None:
    """Return the folder of kernels: ``PELLUCID_CACHE_DIR``, or the user's cache folder; None without a home."""
    given = os.environ.get("PELLUCID_CACHE_DIR")
    try:
        return _absolute(Path(given or Path(platformdirs.user_cache_dir("pellucid"), "kernels")).expanduser())
    except (RuntimeError, OSError):  # neither HOME nor an entry for this user; or a deleted current folder
        return None


@cache
def _absolute(folder: Path) -> Path:
    """Return the folder that a relative path meant at first, even if the current folder changes later."""
    return folder.absolute()


class KernelFolderError(PellucidError):
    """Kernels cannot be kept on this machine; the message gives the reason and a remedy."""


class ExposedFolderError(KernelFolderError):
    """Others may write the folder of the kernels, or one above it."""


def kernel_folder() -> KernelFolder | None:
    """Return the folder of the kernels, created if missing; None, with a notice, if it cannot be used."""
    try:
        return open_folder()
    except KernelFolderError as reason:
        notice(f"{reason} {UNTIL_THEN}", is_security=isinstance(reason, ExposedFolderError))
        return None


def open_folder(mode: int = 0o700) -> KernelFolder:
    """Return the folder of the kernels, created if missing.

    Parameters
    ----------
    mode : int, default=0o700
        The mode of folders that are made.

    Returns
    -------
    KernelFolder
        The folder.

    Raises
    ------
    KernelFolderError
        If there is none, or others may write it.
    """
    path = cache_folder()
    if path is None:
        raise KernelFolderError(
            "This user has no home folder for a kernel cache: set PELLUCID_CACHE_DIR to a folder of this "
            "user."
        )
    folder = KernelFolder(path)
    try:
        weak = weak_point(folder.compiled)
        if not weak:
            make_folder(path, mode)
            make_folder(folder.compiled, 0o755)
            weak = weak_point(path) or weak_point(folder.compiled)
    except OSError as error:
        raise KernelFolderError(
            f"The kernel cache {path} cannot be used ({error.strerror}): set PELLUCID_CACHE_DIR to a "
            "folder this user can write to, or one that root has filled with 'pellucid warmup'."
        ) from None
    if weak:
        raise ExposedFolderError(
            f"The kernel cache {path} is not used, since {weak}, and code put there would run here: give it to "
            "this user alone (chown, chmod go-w), or set PELLUCID_CACHE_DIR to another folder."
        )
    return folder


class KernelFolder:
    """Sealed files in a trusted folder.

    Parameters
    ----------
    path : Path
        The folder. The readable text of the kernels lies in it, what is made from the text in ``__pycache__``.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.compiled = path, path / "__pycache__"

    def read(self, name: str) -> bytes | None:
        """Return the content of a file whose seal is intact; None for any other file."""
        found = _found(self.compiled / name)
        return None if found is None else unsealed(name, found)

    def holds(self, key: str) -> bool:
        """Return whether a module and its machine code are kept, and all its files are complete."""
        names = [path.name for path in self.compiled.glob(f"{key}.*")]
        return any(name.endswith(".nbc") for name in names) and all(self.read(n) is not None for n in names)

    def write(self, name: str, content: bytes) -> None:
        """Seal a content and write it atomically; give notice if that is not possible."""
        self._put(self.compiled / name, sealed(name, content))

    def show(self, name: str, text: str) -> Path:
        """Write the readable text of a kernel next to it, if nothing trusts it; return its path."""
        path = self.path / name
        if _found(path) != text.encode():
            self._put(path, text.encode())
        return path

    def _put(self, path: Path, content: bytes) -> None:
        """Replace a file atomically, readable by everyone who may enter the folder, whatever the umask."""
        temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            try:
                with temporary.open("xb") as file:
                    if hasattr(os, "fchmod"):
                        os.fchmod(file.fileno(), 0o644)
                    file.write(content)
                os.replace(temporary, path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        except OSError as error:
            notice(
                f"Kernels cannot be stored in the kernel cache {self.path}: {error.strerror}. Every "
                "process compiles missing kernels again: free up space there, or set PELLUCID_CACHE_DIR "
                "to another folder."
            )


def _found(path: Path) -> bytes | None:
    """Return the content of a file that only this user and root can write; None for any other."""
    try:
        with open(os.open(path, READING), "rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode) and is_ours(status) and status.st_size <= LARGEST:
                return file.read()
    except OSError:
        pass
    return None


def sealed(name: str, content: bytes) -> bytes:
    """Return a content with the seal of a file of that name."""
    return content + hashlib.sha256(b"\0".join([FORMAT, name.encode(), content])).digest()


def unsealed(name: str, found: bytes) -> bytes | None:
    """Return the content of a file of that name; None if the seal is not that of its content."""
    content = found[:-32]
    return content if found == sealed(name, content) else None
