"""Code that is bound to one system has a counterpart or a fallback elsewhere, simulated here."""

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from pellucid.engines.compiled import session
from pellucid.host import files, trust
from pellucid.host.files import replace_file
from pellucid.workflow.input_files import parquet_trial

TEMPORARY = f".pellucid-{'0' * 16}"


def refuse(*_: object, **__: object) -> None:
    raise OSError("not on this system")


@pytest.mark.parametrize(
    ("system", "library", "name"), [("posix", None, "sched_yield"), ("nt", "kernel32", "SwitchToThread")]
)
def test_a_thread_yields_by_the_function_of_its_system(
    system: str, library: str | None, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 0)
    known = {library: SimpleNamespace(**{name: function})}
    monkeypatch.setattr(session, "os", SimpleNamespace(name=system))
    monkeypatch.setattr(ctypes, "CDLL", known.__getitem__)

    assert session._address_of_yield() == ctypes.cast(function, ctypes.c_void_p).value


@pytest.mark.parametrize("load", [refuse, lambda _: SimpleNamespace()], ids=["no library", "no function"])
def test_without_a_function_that_yields_there_is_no_address(
    load: Callable[[object], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parity tests show that training then gives the same bits."""
    monkeypatch.setattr(ctypes, "CDLL", load)

    assert session._address_of_yield() == 0


def test_without_locks_a_file_is_replaced_and_only_old_temporaries_are_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A temporary that may belong to a living writer stays for a minute."""
    monkeypatch.setattr(files, "fcntl", None)
    young, old = tmp_path / TEMPORARY, tmp_path / TEMPORARY.replace("0", "1")
    young.touch()
    old.touch()
    os.utime(old, (time.time() - 120.0,) * 2)

    replace_file(tmp_path / "table", b"old")
    replace_file(tmp_path / "table", b"new")

    assert (tmp_path / "table").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == [young.name, "table"]


def test_where_no_folder_can_be_synced_a_file_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: refuse() if Path(f"/proc/self/fd/{handle}").is_dir() else sync(handle)
    )

    replace_file(tmp_path / "table", b"new")

    assert (tmp_path / "table").read_bytes() == b"new"


def test_where_modes_say_nothing_a_folder_is_taken_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setattr(trust, "IS_POSIX", False)

    assert trust.weak_point(tmp_path) is None
    assert trust.is_ours(tmp_path.stat())


def test_without_limits_of_memory_a_file_is_still_tried_in_a_process_of_its_own() -> None:
    code = (
        "import sys; sys.modules['resource'] = None\n"
        f"import runpy; runpy.run_path({parquet_trial.__file__!r}, run_name='__main__')"
    )
    command = [sys.executable, "-c", code, str(1 << 33), "read_parquet"]
    tried = subprocess.run(command, input=b"PAR1 is not enough", capture_output=True, check=False)

    assert tried.returncode == parquet_trial.REFUSED, tried.stderr
