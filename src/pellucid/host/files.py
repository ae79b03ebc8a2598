"""A file is replaced in one move, so that a crash leaves the old one or the new one, never half of one."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

__all__ = ["append_to_file", "replace_file"]


def replace_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Put the bytes at ``path`` as ``open`` would, through links and with its permissions, in one move.

    Parameters
    ----------
    path : path
        Where; a link stays a link.
    data : bytes
        What.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".pellucid-{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            if target.exists():
                os.chmod(temporary, target.stat().st_mode & 0o777)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def append_to_file(path: str | os.PathLike[str], data: bytes, *, at: int) -> None:
    """Write bytes at the end of a file that is there, and wait until they are on the disk.

    Parameters
    ----------
    path : path
        The file.
    data : bytes
        The bytes.
    at : int
        How long the file is; what an interrupted call has left beyond is cut off.
    """
    with Path(path).open("r+b") as file:
        file.truncate(at)
        file.seek(at)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
