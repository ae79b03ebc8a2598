"""A command in its terminal: how it was called, and its standard streams from its start to its end."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
import warnings
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pellucid.host.escaping import for_terminal
from pellucid.host.streams import STDERR, STDOUT

__all__ = ["called_as", "make_python_visible", "settle_streams", "until_written"]


def called_as() -> list[str]:
    """Return how this program was called, so that the commands it suggests work when pasted."""
    called = sys.argv[0]
    if Path(called).name == "__main__.py":
        return [sys.executable, "-m", "pellucid.cli"]
    found = shutil.which("pellucid")
    if Path(called).stem != "pellucid" or (found and Path(found).resolve() == Path(called).resolve()):
        return ["pellucid"]
    return [called]


def settle_streams() -> None:
    """Have streams that can be written to, whatever characters come."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed before the program began
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def until_written(in_files: Container[str]) -> Iterator[None]:
    """Run a command until its output is written, and exit with 1 where it is lost, as on a full disk.

    A reader that goes away, as that of ``| head -1``, and a stream that is closed want no more of it.

    Parameters
    ----------
    in_files : container of str
        The commands whose result is a file, as it is with ``--out``; of others it is what they print.

    Yields
    ------
    None
        While the command runs.
    """
    code: Any = None
    lost: OSError | None = None
    try:
        yield
    except SystemExit as ended:
        code = ended.code
    except BrokenPipeError:
        pass
    except OSError as error:  # those of files have been told
        lost = error
    finally:
        lost = _flushed() or lost
    lost = lost or (None if _is_in_file(sys.argv[1:], in_files) else STDOUT.lost)
    if lost is not None and not code:
        STDERR.write(f"Error: {lost.filename or 'standard output'}: {lost.strerror or lost}.\n")
        code = 1
    sys.exit(code)


def _is_in_file(words: Sequence[str], in_files: Container[str]) -> bool:
    return bool(words) and (words[0] in in_files or any(word.startswith("--out") for word in words))


def _flushed() -> OSError | None:
    """Flush standard output, and forget what cannot be written: Python would complain of it when it ends."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return None if isinstance(error, BrokenPipeError) else error
    return None


def make_python_visible() -> None:
    """Let warnings and tracebacks of Python's own show what they quote, and leave the terminal alone."""
    formatted = warnings.formatwarning

    def warning(*words: Any, **more: Any) -> str:
        return for_terminal(formatted(*words, **more), lines=True)

    def hook(*error: Any) -> None:
        STDERR.write(for_terminal("".join(traceback.format_exception(*error)), lines=True))

    warnings.formatwarning, sys.excepthook = warning, hook
