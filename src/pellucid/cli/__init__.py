"""The command line: parse, call, print. It comes with the extra ``pellucid[cli]``."""

import os
import sys
import traceback
import warnings
from importlib.util import find_spec
from typing import Any

from pellucid.host.escaping import for_terminal
from pellucid.host.streams import STDERR
from pellucid.version import __version__

__all__ = ["main"]


def main() -> None:
    """Run the ``pellucid`` command, or say what to install where its libraries are missing."""
    _settle_streams()
    if sys.argv[1:] == ["--version"]:  # at once: the subcommands load all of the library
        print(f"pellucid {__version__}")
        return
    missing = [name for name in ("typer", "polars") if find_spec(name) is None]
    if missing:
        print(
            f'The pellucid command needs {" and ".join(missing)}: pip install "pellucid[cli]"',
            file=sys.stderr,
        )
        sys.exit(2)
    _make_python_visible()
    try:
        from pellucid.cli.app import app
    except KeyboardInterrupt:  # later ones are Typer's, and the fit's
        sys.exit(130)
    try:
        app()
    finally:
        _let_go()


def _settle_streams() -> None:
    """Have streams that can be written to, whatever characters come."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed before the program began
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _let_go() -> None:
    """Forget what nobody reads: Python would complain of a broken pipe when it ends."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _make_python_visible() -> None:
    """Let warnings and tracebacks of Python's own show what they quote, and leave the terminal alone."""
    formatted = warnings.formatwarning

    def warning(*words: Any, **more: Any) -> str:
        return for_terminal(formatted(*words, **more), lines=True)

    def hook(*error: Any) -> None:
        STDERR.write(for_terminal("".join(traceback.format_exception(*error)), lines=True))

    warnings.formatwarning, sys.excepthook = warning, hook
