"""A command in its terminal: how it was called, and its standard streams from its start to its end."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

from pellucid.host.escaping import for_terminal
from pellucid.host.streams import STDERR

__all__ = ["called_as", "let_go", "make_python_visible", "settle_streams"]


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


def let_go() -> None:
    """Forget what nobody reads: Python would complain of a broken pipe when it ends."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def make_python_visible() -> None:
    """Let warnings and tracebacks of Python's own show what they quote, and leave the terminal alone."""
    formatted = warnings.formatwarning

    def warning(*words: Any, **more: Any) -> str:
        return for_terminal(formatted(*words, **more), lines=True)

    def hook(*error: Any) -> None:
        STDERR.write(for_terminal("".join(traceback.format_exception(*error)), lines=True))

    warnings.formatwarning, sys.excepthook = warning, hook
