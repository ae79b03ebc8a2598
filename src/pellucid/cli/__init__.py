"""The command line: parse, call, print. It comes with the extra ``pellucid[cli]``."""

import sys
import traceback
import warnings
from importlib.util import find_spec
from typing import Any

from pellucid.host.escaping import for_terminal

__all__ = ["main"]


def main() -> None:
    """Run the ``pellucid`` command, or say what to install where its libraries are missing."""
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
    app()


def _make_python_visible() -> None:
    """Let warnings and tracebacks of Python's own show what they quote, and leave the terminal alone."""
    formatted = warnings.formatwarning

    def warning(*words: Any, **more: Any) -> str:
        return for_terminal(formatted(*words, **more), lines=True)

    def hook(*error: Any) -> None:
        print(for_terminal("".join(traceback.format_exception(*error)), lines=True), end="", file=sys.stderr)

    warnings.formatwarning, sys.excepthook = warning, hook
