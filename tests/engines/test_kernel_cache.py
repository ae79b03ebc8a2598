"""The folder of kernels: nothing in it is believed unseen, and it is never worse than none."""

import errno
import io
import marshal
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import pellucid
from pellucid.host import trust
from pellucid.host.trust import make_folder

pytest.importorskip("numba")

from pellucid.engines.compiled import kept, kernel_cache, modules
from pellucid.engines.compiled.announcing import announcer
from pellucid.engines.compiled.kernel_cache import (
    ExposedFolderError,
    KernelFolder,
    KernelFolderError,
    cache_folder,
    open_folder,
    unsealed,
)
from pellucid.engines.compiled.modules import generated

SOURCE = Path(pellucid.__file__).parents[1]
TINY = (
    "from numba import cfunc, njit, types\n\n\n"
    "@njit(types.int64(types.int64), cache=CACHE)\ndef part(n):\n    return n + 1\n\n\n"
    "@cfunc(types.int64(types.int64), cache=CACHE)\ndef other(n):\n    return n - 1\n"
)
# A fit in a process of its own; it prints the bits of the model and what was compiled for it.
FIT = """
import hashlib, warnings
import numpy as np
from pellucid import MLPClassifier
from pellucid.engines.compiled import kept, modules
made, save = [], kept.KernelCache.save_overload
kept.KernelCache.save_overload = lambda self, sig, data: made.append(self.name) or save(self, sig, data)
rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 3)).astype("float32"), rng.integers(0, 2, 40)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    model = MLPClassifier((4,), max_iter=2, random_state=0, n_threads=1).fit(X, y)
print(hashlib.sha256(model.network_.parameters.tobytes()).hexdigest(), len(made), *modules._loaded)
"""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The notices of the test."""
    found: list[str] = []
    monkeypatch.setattr(kernel_cache, "notice", lambda message, **_: found.append(message))
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this test's kernels, which is not made yet."""
    monkeypatch.setenv("PELLUCID_CACHE_DIR", str(tmp_path / "kernels"))
    return tmp_path / "kernels"


def load(text: str = TINY) -> tuple[ModuleType, list[str]]:
    """Load the module of a text as a new process does; return it, and what was compiled for it."""
    modules._loaded.pop(f"tiny_{modules._digest(text)}", None)
    made: list[str] = []
    save = kept.KernelCache.save_overload
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(modules, "_loaded", {})
        patch.setattr(
            kept.KernelCache,
            "save_overload",
            lambda self, sig, data: (made.append(self.name), save(self, sig, data)),
        )
        module = generated("tiny", text)
    assert (module.part(1), module.other.ctypes(1)) == (2, 0)
    return module, made


def files(folder: Path) -> list[Path]:
    """Return the files of the cache that are believed."""
    return sorted((folder / "__pycache__").iterdir())


def fit_of(cache: Path | None, **options: Any) -> list[str]:
    """Run the fit in a process of its own and return what it prints."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(SOURCE),
        "PELLUCID_CACHE_DIR": str(cache or cache_folder()),
    }
    ran = subprocess.run(
        [sys.executable, "-c", FIT],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split()


def fit(cache: Path, **options: Any) -> tuple[str, int]:
    """Run the fit; return the bits of its model, and how many kernels it compiled."""
    bits, n_made, *_ = fit_of(cache, **options)
    return bits, int(n_made)


# ---- what is kept serves ---------------------------------------------------------------------------------


def test_the_second_time_nothing_is_compiled(folder: Path) -> None:
    """Of each function there are an index and machine code, of the module its text and its byte code."""
    first, second = load()[1], load()[1]

    assert (len(first), second) == (2, [])
    assert sorted(path.suffix for path in files(folder)) == [".nbc", ".nbc", ".nbi", ".nbi", ".pyc"]
    assert [path.suffix for path in folder.iterdir() if path.is_file()] == [".py"]


def test_who_compiles_is_told_and_nobody_else(folder: Path) -> None:
    """The announcement is made once a module, where it lacks something."""
    told: list[str] = []
    with announcer(lambda name: io.StringIO(told.append(name))):  # type: ignore[func-returns-value]
        load()
        load()
        next((folder / "__pycache__").glob("*part*.nbc")).unlink()
        load()

    assert len(told) == 2


def test_a_folder_that_was_moved_serves(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file knows where it lies."""
    load()
    folder.rename(folder.with_name("elsewhere"))
    monkeypatch.setenv("PELLUCID_CACHE_DIR", str(folder.with_name("elsewhere")))

    assert load()[1] == []


def test_another_processor_compiles_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines of several kinds that share a folder never run each other's code, and keep both."""
    own = kept._processor
    made = []
    for processor in (own, lambda codegen: "another", own, lambda codegen: "another"):
        monkeypatch.setattr(kept, "_processor", processor)
        made.append(len(load()[1]))

    assert made == [2, 2, 0, 0]


@pytest.mark.parametrize(("setting", "value"), [("OPT", 0), ("BOUNDSCHECK", 1), ("USING_SVML", "other")])
def test_settings_of_numba_that_change_the_code_change_the_name(
    setting: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process with NUMBA_OPT=0 leaves nothing behind that another process would run."""
    before = modules._digest("x = 1")
    monkeypatch.setattr(modules.numba.config, setting, value)

    assert modules._digest("x = 1") != before


# ---- damage ----------------------------------------------------------------------------------------------


def damages(content: bytes, n_flips: int) -> list[bytes]:
    """Return a content with single bits flipped, cut, emptied, overwritten, lengthened."""
    draw = random.Random(0)
    found = [
        b"",
        content[:-1],
        content[: len(content) // 2],
        content + b"\0",
        bytes(len(content)),
        content * 2,
    ]
    found.append(content[:100] + bytes(64) + content[164:])
    for _ in range(n_flips):
        place = draw.randrange(len(content))
        changed = bytearray(content)
        changed[place] ^= 1 << draw.randrange(8)
        found.append(bytes(changed))
    return found


def test_no_flipped_bit_is_believed(folder: Path) -> None:
    """200 flips in each file, and other damage, are noticed before Python or Numba sees a byte."""
    load()
    n_tried = 0
    for path in files(folder):
        whole = path.read_bytes()
        assert KernelFolder(folder).read(path.name) == unsealed(path.name, whole) == whole[:-32]
        for damaged in damages(whole, 200):
            assert unsealed(path.name, damaged) is None
            n_tried += 1

    assert n_tried == 5 * 207


@pytest.mark.slow
def test_a_damaged_file_is_made_anew(folder: Path) -> None:
    """The next load compiles at most that function, the one after it nothing, and every file is whole again."""
    load()
    for path in [*files(folder), *folder.glob("*.py")]:
        for damaged in damages(path.read_bytes(), 2):
            path.write_bytes(damaged)
            assert len(load()[1]) == (path.suffix in (".nbi", ".nbc"))
            assert load()[1] == []
            assert path.suffix == ".py" or KernelFolder(folder).read(path.name) is not None


def test_files_that_change_places_are_not_believed(folder: Path) -> None:
    """A seal holds for one name: a whole file of another kernel is as good as none."""
    load()
    one, other = (folder / "__pycache__").glob("*.nbc")
    one.write_bytes(other.read_bytes())

    assert KernelFolder(folder).read(one.name) is None
    assert len(load()[1]) == 1


def test_a_whole_file_that_numba_cannot_use_is_made_anew(folder: Path) -> None:
    """Whatever unpickling it raises."""
    load()
    kernels = KernelFolder(folder)
    for suffix in ("nbi", "nbc"):
        for content in (b"", b"nonsense", pickle.dumps(("too", "short"))):
            (path,) = (folder / "__pycache__").glob(f"*part*.{suffix}")
            kernels.write(path.name, content)
            assert len(load()[1]) == 1
            assert load()[1] == []


# ---- malice ----------------------------------------------------------------------------------------------


class Evil:
    """Unpickled, it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("pattern", ["*.nbi", "*.nbc", "*.pyc"])
def test_planted_code_is_not_run(pattern: str, folder: Path, tmp_path: Path) -> None:
    """Neither a pickle with a call nor byte code of the right time and size."""
    load()
    for path in (folder / "__pycache__").glob(pattern):
        code = compile(f"open({str(tmp_path / 'mark')!r}, 'w')\n" + TINY, str(path), "exec")
        evil = path.read_bytes()[:16] + marshal.dumps(code)
        path.write_bytes(evil if pattern == "*.pyc" else pickle.dumps(Evil(tmp_path / "mark")) * 2)
    load()

    assert not (tmp_path / "mark").exists()


def link_to_itself(path: Path) -> None:
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved"))


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.skipif(os.name != "posix", reason="modes, links and pipes are those of POSIX")
@pytest.mark.parametrize(
    "change", [lambda path: path.chmod(0o666), lambda path: path.chmod(0o664), link_to_itself, pipe],
    ids=["everybody", "group", "link", "pipe"],
)  # fmt: skip
def test_a_file_that_others_may_write_is_not_believed(change: Callable[[Path], None], folder: Path) -> None:
    """Nor one that is not a file; it is replaced by one that is, which nobody else may write."""
    load()
    for path in files(folder):
        change(path)
    made = load()[1]

    assert len(made) == 2
    assert {path.lstat().st_mode & 0o177777 for path in files(folder) if path.suffix != ".moved"} == {
        0o100644
    }


@pytest.mark.skipif(os.name != "posix", reason="modes say nothing on Windows")
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775])
@pytest.mark.parametrize("place", ["kernels", "kernels/__pycache__"])
def test_a_folder_that_others_may_write_is_refused(
    place: str, mode: int, folder: Path, tmp_path: Path, said: list[str]
) -> None:
    """Kernels then live in memory, nothing in the folder is touched, and a notice says why and what to do."""
    load()
    before = [path.stat().st_mtime_ns for path in files(folder)]
    (tmp_path / place).chmod(mode)

    module, made = load()

    assert (hasattr(module, "__file__"), made) == (False, [])
    assert [path.stat().st_mtime_ns for path in files(folder)] == before
    assert len(said) == 1
    for part in (
        f"users other than its owner may write {tmp_path / place}",
        "chmod go-w",
        "PELLUCID_CACHE_DIR",
    ):
        assert part in said[0]
    with pytest.raises(ExposedFolderError):
        open_folder()


@pytest.mark.skipif(os.name != "posix", reason="modes say nothing on Windows")
@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_no_umask_opens_or_closes_what_is_kept(mask: int, folder: Path) -> None:
    """The folder is the user's alone; the files in it can be read by whoever may enter it."""
    before = os.umask(mask)
    try:
        load()
    finally:
        os.umask(before)

    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "__pycache__").stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in files(folder)} == {0o644}
    assert load()[1] == []


def test_settings_of_numbas_own_cache_do_not_matter(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NUMBA_CACHE_DIR names no other folder, whose files nobody would look at."""
    monkeypatch.setattr(modules.numba.config, "CACHE_DIR", str(tmp_path / "numba"))
    load()

    assert not (tmp_path / "numba").exists()
    assert load()[1] == []


# ---- no folder, or none that can be written --------------------------------------------------------------


@pytest.mark.parametrize("path", ["file", "file/kernels", "dangling"])
def test_without_a_folder_kernels_live_in_memory(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    """A file in its place, or on the way, and a link to nowhere."""
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "dangling").symlink_to("nowhere/at/all")
    monkeypatch.setenv("PELLUCID_CACHE_DIR", str(tmp_path / path))

    assert not hasattr(load()[0], "__file__")
    assert "PELLUCID_CACHE_DIR" in said[0]


def test_without_a_home_kernels_live_in_memory(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    """Neither a variable nor an entry of this user says where home is."""

    def nobody(*_: object) -> None:
        raise KeyError("no entry")

    import pwd

    for name in ("HOME", "XDG_CACHE_HOME", "PELLUCID_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)

    assert cache_folder() is None
    assert not hasattr(load()[0], "__file__")
    assert "no home folder" in said[0]


def test_the_folder_may_be_below_home_or_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``~`` is expanded, a relative folder stays where it was first meant, and an empty name is no name."""
    monkeypatch.setenv("HOME", str(tmp_path))
    kernel_cache._absolute.cache_clear()
    found = []
    for given in ("~/kernels", "here", ""):
        monkeypatch.setenv("PELLUCID_CACHE_DIR", given)
        monkeypatch.chdir(tmp_path)
        found.append(cache_folder())
        monkeypatch.chdir("/")
        assert cache_folder() == found[-1]
    kernel_cache._absolute.cache_clear()

    assert found[:2] == [tmp_path / "kernels", tmp_path / "here"]
    assert found[2] is not None
    assert found[2].parts[-2:] == ("pellucid", "kernels")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_what_cannot_be_written_is_compiled_and_not_kept(
    number: int, folder: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    """On a full disk, over quota, read-only: the kernels work, nothing half-written stays, a notice says so."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(kernel_cache.os, "replace", refuse)
        assert len(load()[1]) == 2

    assert files(folder) == []
    assert {os.strerror(number) in message for message in said} == {True}
    assert len(load()[1]) == 2
    assert load()[1] == []


def test_a_warm_folder_serves_where_nothing_can_be_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    """It is only read."""
    load()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for name in ("replace", "mkdir", "chmod", "unlink", "fchmod"):
        monkeypatch.setattr(kernel_cache.os, name, refuse)
    monkeypatch.setattr(KernelFolder, "_put", refuse)

    assert load()[1] == []
    assert said == []


def test_a_folder_that_goes_away_is_made_again(folder: Path) -> None:
    """While the process runs, between two kernels."""
    load()
    shutil.rmtree(folder)

    assert len(load()[1]) == 2
    assert load()[1] == []


# ---- in processes of their own ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder that is warm for the fit, filled from the tests' own, and the bits of the model."""
    cache = tmp_path_factory.mktemp("warm") / "kernels"
    make_folder(cache / "__pycache__")
    bits, _, *keys = fit_of(None)
    own = cache_folder()
    assert own is not None
    for path in own.rglob("*"):
        if path.name.startswith(tuple(keys)):
            shutil.copy2(path, cache / path.relative_to(own))
    return cache, bits


@pytest.mark.slow
def test_a_damaged_folder_gives_the_same_bits_and_mends_itself(warm: tuple[Path, str]) -> None:
    """A process that meets a flip in many files trains the same model; the next one compiles nothing."""
    cache, bits = warm
    assert fit(cache) == (bits, 0)
    draw = random.Random(1)
    for path in cache.rglob("*.*"):
        if path.suffix in (".py", ".pyc") or path.name.startswith("activation"):  # those are quick to compile
            content = bytearray(path.read_bytes())
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
            path.write_bytes(content)

    assert fit(cache)[0] == bits
    assert fit(cache) == (bits, 0)


@pytest.mark.parametrize("n_rounds", [pytest.param(1, marks=pytest.mark.slow),
                                      pytest.param(10, marks=pytest.mark.campaign)])  # fmt: skip
@pytest.mark.parametrize("suffix", ["nbi", "nbc", "pyc", "py"])
def test_flips_in_every_kind_of_file(suffix: str, n_rounds: int, warm: tuple[Path, str]) -> None:
    """Processes that each meet a flip in every file of a kind: the same bits; the next compiles nothing."""
    cache, bits = warm
    draw = random.Random(suffix)
    for _ in range(n_rounds):
        for path in cache.rglob(f"*.{suffix}"):
            content = bytearray(path.read_bytes())
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
            path.write_bytes(content)
        assert fit(cache)[0] == bits
        assert fit(cache) == (bits, 0)


@pytest.mark.slow
def test_eight_processes_start_on_a_cold_folder(tmp_path: Path, warm: tuple[Path, str]) -> None:
    """All train the same model, and leave a folder that serves a ninth."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PELLUCID_CACHE_DIR": str(tmp_path / "cold")}
    command = [sys.executable, "-c", FIT]
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(8)
    ]
    found = {(process.communicate()[0].split() or [""])[0] for process in started}

    assert found == {warm[1]}
    assert fit(tmp_path / "cold") == (warm[1], 0)


@pytest.mark.slow
def test_a_process_killed_while_it_writes_leaves_no_harm(tmp_path: Path, warm: tuple[Path, str]) -> None:
    """At any moment of a cold fit; the next one trains the same model, and the one after it compiles nothing."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PELLUCID_CACHE_DIR": str(tmp_path / "cold")}
    for seconds in (2.0, 3.0, 4.0, 6.0):
        process = subprocess.Popen([sys.executable, "-c", FIT], env=environment, stdout=subprocess.DEVNULL)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()

    assert fit(tmp_path / "cold")[0] == warm[1]
    assert fit(tmp_path / "cold") == (warm[1], 0)


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="what root owns must be made by root")
def test_what_root_warms_serves_every_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an image that is built by root and run by any id."""
    load()
    monkeypatch.setattr(trust.os, "geteuid", lambda: 54321)

    assert load()[1] == []


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root gives files away")
def test_what_a_user_warms_does_not_serve_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even root: neither a folder of theirs, nor a file of theirs in a folder of one's own."""
    load()
    for path in files(folder):
        os.chown(path, 54321, 54321)
    assert len(load()[1]) == 2
    os.chown(folder, 54321, 54321)

    with pytest.raises(KernelFolderError, match="belongs to the user with the id 54321"):
        open_folder()
    monkeypatch.setenv("PELLUCID_CACHE_DIR", str(folder / "below" / "kernels"))
    with pytest.raises(KernelFolderError, match="belongs to the user with the id 54321"):
        open_folder()
    assert not (folder / "below").exists()  # root leaves nothing in a user's folder
    monkeypatch.setattr(trust.os, "geteuid", lambda: 54322)
    with pytest.raises(KernelFolderError, match="belongs to the user with the id 54321"):
        open_folder()


@pytest.mark.slow
def test_a_notice_reaches_who_ignores_warnings(tmp_path: Path) -> None:
    """A folder that everybody may write is a matter of security."""
    cache = tmp_path / "open"
    cache.mkdir()
    cache.chmod(0o777)
    code = (
        "from pellucid.engines.compiled.kernel_cache import kernel_folder\n"
        "assert kernel_folder() is None and kernel_folder() is None"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PELLUCID_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stderr.count("UserWarning") == 1
    assert str(cache) in ran.stderr
