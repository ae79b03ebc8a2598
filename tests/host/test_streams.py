"""Standard streams that are absent, closed, broken or of few characters: lines may be lost, never the work."""

import io
import os
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

import pellucid
from pellucid import MLPClassifier, TabularClassifier
from pellucid.engines import announcer
from pellucid.engines.compiled.announcing import announce
from pellucid.host.command_streams import until_written
from pellucid.host.streams import STDERR, STDOUT, warn
from pellucid.training.console import ProgressBar, say_compiling

SOURCE = str(Path(pellucid.__file__).parents[1])
X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0.0).astype(int)


class Broken(io.StringIO):
    """A stream that fails at everything, with an error of its own."""

    def __init__(self, error: type[Exception], *, tty: bool) -> None:
        super().__init__()
        self.error, self.tty = error, tty

    def write(self, text: str) -> int:
        raise self.error

    def flush(self) -> None:
        raise self.error

    def isatty(self) -> bool:
        return self.tty


def closed() -> io.StringIO:
    """Return a stream that is closed."""
    stream = io.StringIO()
    stream.close()
    return stream


def narrow() -> io.TextIOWrapper:
    """Return a stream that knows few characters."""
    return io.TextIOWrapper(io.BytesIO(), "ascii", "strict", write_through=True)


STREAMS: dict[str, Callable[[], Any]] = {
    "in order": io.StringIO,
    "none": lambda: None,
    "closed": closed,
    "broken pipe": lambda: Broken(BrokenPipeError, tty=False),
    "a terminal that is gone": lambda: Broken(OSError, tty=True),
    "an error of its own": lambda: Broken(RuntimeError, tty=True),
    "ascii": narrow,
    "an object": object,
}


def progress() -> Any:
    return MLPClassifier((3,), max_iter=3, verbose="progress", random_state=0).fit(X, Y).coefs_[0]


def lines() -> Any:
    return MLPClassifier((3,), max_iter=3, verbose=True, random_state=0).fit(X, Y).coefs_[0]


def crew() -> Any:
    model = TabularClassifier("fast", n_members=2, max_iter=2, verbose="progress", random_state=0)
    return model.fit(X, Y).predict_proba(X)


def compiling() -> Any:
    with announcer(say_compiling), announce("something_new"):
        return np.ones(1)


def warning() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warn("… is lost", stacklevel=1)
    return np.ones(1)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("show", [progress, lines, crew, compiling, warning])
def test_no_stream_decides(show: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever becomes of the lines, the result is that of a fit with streams in order."""
    found: dict[str, Any] = {}
    for name, make in STREAMS.items():
        with monkeypatch.context() as patch:
            # pytest catches warnings; the program's own hook writes them.
            patch.setattr(warnings, "_showwarnmsg_impl", PYTHONS)
            patch.setattr(sys, "stdout", make())
            patch.setattr(sys, "stderr", make())
            found[name] = show()
    for name in STREAMS:
        assert np.array_equal(found[name], found["in order"]), name


PYTHONS = warnings._showwarnmsg_impl  # type: ignore[attr-defined]


@pytest.mark.parametrize("show", [progress, compiling])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_programs_own_output_stays_where_it_goes(
    show: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal too, nobody puts another stream in the place of sys.stdout, and no thread draws."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(sys, "stdout", out := Terminal())
    seen: list[tuple[Any, int]] = []
    n_threads = threading.active_count()
    monkeypatch.setattr(
        sys.stderr, "write", lambda text: seen.append((sys.stdout, threading.active_count())) or len(text)
    )
    show()

    assert seen
    assert {stream for stream, _ in seen} == {out}
    assert {n for _, n in seen} == {n_threads}
    assert out.getvalue() == ""


def test_characters_that_a_stream_lacks_are_spelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is there, with escapes."""
    monkeypatch.setattr(sys, "stdout", stream := narrow())
    STDOUT.write("z₁ → 1\n")

    assert stream.buffer.getvalue() == b"z\\u2081 \\u2192 1\n"  # type: ignore[attr-defined]


def test_a_warning_that_is_an_error_is_raised() -> None:
    """Warning filters apply to a notice; the line that it names is the caller's."""
    with pytest.raises(UserWarning, match="an error"):
        warn("an error", UserWarning)
    with pytest.warns(FutureWarning) as heard:
        warn("here", FutureWarning)
    assert heard[0].filename == __file__


def test_an_interrupt_while_something_is_shown_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is not an error of a stream; after the last epoch, it leaves the finished model."""

    class Pressed(io.StringIO):
        def write(self, text: str) -> int:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stderr", Pressed())
    with pytest.raises(KeyboardInterrupt):
        STDERR.write("line")
    with pytest.warns(ConvergenceWarning):  # the bar writes where it is taken away
        model = MLPClassifier((3,), max_iter=3).set_callbacks(ProgressBar()).fit(X, Y)
    assert model.n_iter_ == 3


@pytest.mark.thorough
@pytest.mark.skipif(os.name != "posix", reason="numbers of files are passed on otherwise here")
def test_nothing_is_written_to_a_file_that_got_the_number_of_a_stream(tmp_path: Path) -> None:
    """After os.close(1) and os.close(2) the next files that are opened have these numbers."""
    script = f"""
        import os, numpy as np
        os.close(1), os.close(2)
        files = [open({str(tmp_path)!r} + "/" + name, "w") for name in ("a", "b")]
        assert [file.fileno() for file in files] == [1, 2]
        from pellucid import MLPClassifier
        X = np.random.default_rng(0).normal(size=(60, 3))
        for verbose in (True, "progress"):
            MLPClassifier((3,), max_iter=3, engine="reference", verbose=verbose).fit(X, X[:, 0] > 0)
        os._exit(7)
    """
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": SOURCE},
        timeout=120,
        check=False,
    )

    assert ran.returncode == 7
    assert [(tmp_path / name).read_text() for name in ("a", "b")] == ["", ""]


def test_a_reader_that_went_away_is_no_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where Python writes every line at once, so that the command notices it (``PYTHONUNBUFFERED``)."""
    monkeypatch.setattr(STDOUT, "lost", None)  # by other tests
    with pytest.raises(SystemExit) as ended, until_written(in_files=()):
        raise BrokenPipeError(32, "Broken pipe")
    assert not ended.value.code
    assert capsys.readouterr().err == ""
