"""The default name of a model stands for a whole model at every moment, and no earlier model is lost."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pellucid.host import files
from pellucid.host.files import replace_file
from pellucid.workflow import output_files
from pellucid.workflow.output_files import stand_aside

STATES = [{"m.st": b"two", "m.previous.st": b"one"}, {"m.st": b"three", "m.previous.st": b"two"}]

KILLER = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = {paths!r}
from workflow.test_output_files import lay_out, put, watch, STATES
n, killed = 0, True
while killed:
    n += 1
    lay_out()
    child = os.fork()
    if not child:
        sys.settrace(watch(n, lambda: os.kill(os.getpid(), signal.SIGKILL)))
        put(b"three")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    there = {{p.name: p.read_bytes() for p in Path().iterdir() if not p.name.startswith(".")}}
    assert there["m.st"] in (b"two", b"three"), (n, there)
    known = set(there.values())
    assert known >= {{b"one", b"two"}} or known >= {{b"two", b"three"}}, (n, there)
assert there == STATES[1]
print(n)
"""


def lay_out() -> None:
    """Put a model and an earlier one in the current folder, and nothing else."""
    for path in Path().iterdir():
        path.unlink()
    for name, data in STATES[0].items():
        Path(name).write_bytes(data)


def put(data: bytes) -> None:
    with stand_aside(Path("m.st")):
        replace_file("m.st", data)


def watch(n: int, act):
    """Return a trace function that acts at the n-th line of ``stand_aside``, or when the new file is whole."""
    seen = 0

    def trace(frame, event, _):
        nonlocal seen
        if frame.f_code.co_filename != output_files.__file__ and frame.f_code is not files._sync.__code__:
            return None
        if event == "line":
            seen += 1
            if seen == n:
                sys.settrace(None)
                act()
        return trace

    return trace


@pytest.mark.skipif(os.name != "posix", reason="needs fork")
@pytest.mark.slow
def test_a_kill_at_any_line_loses_no_model(folder: Path) -> None:
    """The default name is never missing, and only the oldest model goes, when the newest is there."""
    code = KILLER.format(paths=[str(Path(__file__).parents[1])])
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 10


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")], ids=repr
)
def test_a_model_that_is_not_written_changes_nothing(folder: Path, error: BaseException) -> None:
    """Both models are as they were, and nothing else is there."""
    lay_out()
    with pytest.raises(type(error)), stand_aside(Path("m.st")):
        raise error
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == STATES[0]


def test_without_hard_links_the_earlier_model_is_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system that has none is no reason to lose a model."""

    def refuse(*args: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    lay_out()
    put(b"three")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == STATES[1]


def test_a_model_behind_a_link_stays_behind_it(folder: Path) -> None:
    """The link stays, its file is the new model, and the earlier one is a file."""
    lay_out()
    Path("m.st").rename("store")
    Path("m.st").symlink_to("store")
    put(b"three")

    assert Path("m.st").is_symlink()
    assert Path("store").read_bytes() == b"three"
    assert not Path("m.previous.st").is_symlink()
    assert Path("m.previous.st").read_bytes() == b"two"
