"""The command line within the process of the tests."""

from functools import cache
from typing import Any

import typer.main
from click.testing import CliRunner, Result

from pellucid.cli.app import app

__all__ = ["invoke"]


@cache
def command() -> Any:
    """Return the command; to make it of its declarations takes far longer than to run it."""
    return typer.main.get_command(app)


def invoke(*words: object, **options: Any) -> Result:
    """Run the command with some words; the options are those of the runner."""
    return CliRunner(**options).invoke(command(), [str(word) for word in words])
