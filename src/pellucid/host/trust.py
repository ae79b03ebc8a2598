"""Paths that only this user and the system can change: a check of whether files there can be trusted.

The rule is that of OpenSSH for its keys: the folder, and every folder and link on the way to it, belong to this
user or to root, and nobody else may write there. Folders above it may have the sticky bit, as ``/tmp`` has, which
keeps others from renaming what is not theirs. On Windows, where modes say nothing, the user's profile is private
by its access lists, and every folder is taken as it is.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from functools import cache

__all__ = ["is_ours", "make_folder", "weak_point"]

IS_POSIX = os.name == "posix"
MOST_LINKS = 40  # as many as Linux follows


def is_ours(found: os.stat_result) -> bool:
    """Return whether a file belongs to this user or root, and nobody else may write it."""
    return not IS_POSIX or (found.st_uid in (0, os.geteuid()) and not found.st_mode & 0o022)


def weak_point(folder: str | os.PathLike[str]) -> str | None:
    """Return why somebody else could change what is in a folder.

    Parameters
    ----------
    folder : path
        The folder; links on the way to it are followed. Of one that does not exist, those above it are judged.

    Returns
    -------
    str or None
        None, if only this user and root can.

    Raises
    ------
    OSError
        If it cannot be looked at, or a file stands on the way to it.
    """
    if not IS_POSIX:
        return None
    last = os.path.realpath(folder)
    for place, found in _passed(os.fspath(folder)):
        if found.st_uid not in (0, os.geteuid()):
            return f"{place} belongs to the user with the id {found.st_uid}"
        if not stat.S_ISLNK(found.st_mode) and _is_open(found, is_above=place != last):
            return f"users other than its owner may write {place}"
    return None


def make_folder(folder: str | os.PathLike[str], mode: int = 0o700) -> None:
    """Make a folder and those above it if they are missing, with a mode that no umask widens or narrows.

    Parameters
    ----------
    folder : path
        The folder; one that exists keeps its mode.
    mode : int, default=0o700
        The mode of those that are made.

    Raises
    ------
    OSError
        If a folder cannot be made, or a file is in its place.
    """
    if os.path.isdir(folder):
        return
    above = os.path.dirname(folder)
    if above and above != folder and not os.path.isdir(above):
        make_folder(above, mode)
    try:
        os.mkdir(folder, mode)
        os.chmod(folder, mode)
    except FileExistsError:
        if not os.path.isdir(folder):  # it is not another process that made it first
            raise


def _passed(path: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield every folder and link that the system passes on the way to a path, as far as they exist."""
    here, n_links = "/", 0
    todo = (path if os.path.isabs(path) else os.path.join(os.getcwd(), path)).split("/")[::-1]
    yield here, os.lstat(here)
    while todo:
        name = todo.pop()
        if name in ("", "."):
            continue
        if name == "..":
            here = os.path.dirname(here)
            continue
        place = os.path.join(here, name)
        try:
            found = os.lstat(place)
        except FileNotFoundError:
            return
        yield place, found
        if not stat.S_ISLNK(found.st_mode):
            here = place
            continue
        n_links += 1
        if n_links > MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(place)
        here = "/" if target.startswith("/") else here
        todo += target.split("/")[::-1]


def _is_open(found: os.stat_result, *, is_above: bool) -> bool:
    """Return whether others than the owner may write a folder, or rename what is in a folder above it."""
    if is_above and found.st_mode & stat.S_ISVTX:
        return False
    if found.st_mode & stat.S_IWOTH:
        return True
    return bool(found.st_mode & stat.S_IWGRP) and not (is_above and _is_alone_in(found.st_gid))


@cache
def _is_alone_in(group: int) -> bool:
    """Return whether a group is this user's own, as many systems give every user one and let it write.

    The group 0 is never that: containers put users of any id into it.
    """
    import grp
    import pwd

    try:
        user, found = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return (
        bool(group)
        and (user.pw_gid, user.pw_name) == (group, found.gr_name)
        and not (set(found.gr_mem) - {user.pw_name})
    )
