"""Folders that others can write are found, on every way that leads to them."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pellucid.host import trust
from pellucid.host.trust import is_ours, make_folder, weak_point

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes say nothing on Windows")
NOBODY = 65534
as_root = pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root gives files away")


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A private folder in a private folder."""
    make_folder(tmp_path / "above" / "kernels")
    assert weak_point(tmp_path / "above" / "kernels") is None
    return tmp_path / "above" / "kernels"


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o077])
@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_a_folder_has_its_mode_under_any_umask(mode: int, mask: int, tmp_path: Path) -> None:
    """So has every folder above it that was missing; one that exists keeps its own."""
    with umask(mask):
        make_folder(tmp_path / "a" / "b", mode)
        make_folder(tmp_path / "a" / "b", 0o711)

    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a", tmp_path / "a" / "b")] == [
        mode
    ] * 2


def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    """At the end of the path as on the way to it."""
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path / "file", tmp_path / "file" / "kernels"):
        with pytest.raises(OSError):  # noqa: PT011  FileExistsError or NotADirectoryError
            make_folder(path)


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o770, 0o702, 0o1777])
def test_a_folder_that_others_write_is_weak(mode: int, folder: Path) -> None:
    """Others may be a group or everybody; the sticky bit does not keep them from adding files."""
    folder.chmod(mode)

    assert weak_point(folder) == f"users other than its owner may write {folder}"


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o555, 0o500, 0o711])
def test_a_folder_that_others_read_is_not_weak(mode: int, folder: Path) -> None:
    """Kernels are no secret."""
    folder.chmod(mode)

    assert weak_point(folder) is None


def test_a_folder_above_counts(folder: Path) -> None:
    """Anybody who may write a folder could exchange its files, unless the sticky bit is set."""
    found = []
    for mode in (0o777, 0o1777, 0o755):
        folder.parent.chmod(mode)
        found.append(weak_point(folder))

    assert found == [f"users other than its owner may write {folder.parent}", None, None]


def test_every_link_is_followed(folder: Path, tmp_path: Path) -> None:
    """A way through a folder that others write is weak, at the first link and at the second, up and down."""
    exposed = tmp_path / "exposed"
    exposed.mkdir()
    (exposed / "second").symlink_to(folder)
    (tmp_path / "first").symlink_to("exposed/second")
    (tmp_path / "around").symlink_to("exposed/../first")
    before = [weak_point(tmp_path / name) for name in ("first", "around")]
    exposed.chmod(0o777)

    assert before == [None, None]
    for path in (tmp_path / "first", tmp_path / "around", exposed / ".." / "above" / "kernels"):
        assert weak_point(path) == f"users other than its owner may write {exposed}"


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    """In the error that the system gives."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        weak_point(tmp_path / "a")


@as_root
@pytest.mark.parametrize("is_above", [False, True])
def test_what_belongs_to_another_user_is_weak(is_above: bool, folder: Path) -> None:
    """The folder itself and one above it, with whatever mode; root is no exception."""
    theirs = folder.parent if is_above else folder
    os.chown(theirs, NOBODY, NOBODY)

    assert weak_point(folder) == f"{theirs} belongs to the user with the id {NOBODY}"


@as_root
def test_a_link_of_another_user_is_weak(folder: Path, tmp_path: Path) -> None:
    """They could turn it elsewhere."""
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert weak_point(link) is None
    os.lchown(link, NOBODY, NOBODY)

    assert weak_point(link) == f"{link} belongs to the user with the id {NOBODY}"


def test_what_root_owns_is_trusted_by_everybody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system's own packages are; what a third user owns is not."""
    owner = folder.stat().st_uid
    monkeypatch.setattr(trust.os, "geteuid", lambda: owner + 12345)

    assert (weak_point(folder) is None) == (owner == 0)
    assert is_ours(folder.stat()) == (owner == 0)


def test_a_group_of_one_may_write_above(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parent folders may be open to the user's own group, as on many systems; the folder itself may not."""
    monkeypatch.setattr(trust, "_is_alone_in", lambda group: True)
    folder.parent.chmod(0o775)
    above = weak_point(folder)
    folder.chmod(0o775)

    assert above is None
    assert weak_point(folder) == f"users other than its owner may write {folder}"


def test_the_group_of_root_is_nobodys_own() -> None:
    """Containers put users of any id into it."""
    assert not trust._is_alone_in(0)
