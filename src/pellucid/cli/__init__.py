"""The command line: parse, call, print. It comes with the extra ``pellucid[cli]``."""

import sys
from importlib.util import find_spec

from pellucid.host.command_streams import make_python_visible, settle_streams, until_written
from pellucid.version import __version__

__all__ = ["main"]


def main() -> None:
    """Run the ``pellucid`` command; if its libraries are missing, print what to install."""
    settle_streams()
    if sys.argv[1:] == ["--version"]:  # at once: the subcommands load all of the library
        with until_written(in_files=()):
            print(f"pellucid {__version__}")
    missing = [name for name in ("typer", "polars") if find_spec(name) is None]
    if missing:
        needed = f'The pellucid command needs {" and ".join(missing)}: pip install "pellucid[cli]"'
        print(needed, file=sys.stderr)
        sys.exit(2)
    make_python_visible()
    try:
        from pellucid.cli.help_pages import help_app

        app = help_app(sys.argv[1:])
        if app is None:
            from pellucid.cli.app import app
    except KeyboardInterrupt:  # later ones are Typer's, and the fit's
        sys.exit(130)
    with until_written(in_files=("train", "export", "exercise")):
        app()
