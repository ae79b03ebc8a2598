"""Pages of ``--help``, shown without the library: the options of each command are recorded in a file.

Many options are derived from the tables of the library, whose import takes seconds. ``make help-pages`` records
them in ``help_pages.json``; only a command that runs derives them again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid.version import __version__

__all__ = ["TYPES", "help_app", "read_pages", "without_commands"]

HELP_OPTIONS = ["-h", "--help"]
TYPES: dict[str, Any] = {known.__name__: known for known in (bool, list[str], Path, float, int, str)}


def without_commands(**options: Any) -> typer.Typer:
    """Return the ``pellucid`` command without its subcommands; the options are those of :class:`typer.Typer`."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": HELP_OPTIONS},
        **options,
    )
    app.callback()(_pellucid)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"pellucid {__version__}")
        raise typer.Exit


VERSION = typer.Option(
    "--version", callback=_print_version, is_eager=True, help="Print the version.", metavar=""
)


def _pellucid(version: Annotated[bool, VERSION] = False) -> None:
    """Train, evaluate and use multilayer perceptrons on tables.

    \b
    [bold]Example[/bold]
    pellucid train digits
    """  # noqa: D301


def read_pages() -> dict[str, dict[str, Any]]:
    """Return the recorded commands, by name: their ``help`` and ``parameters``."""
    pages: dict[str, dict[str, Any]] = json.loads(
        files("pellucid.cli").joinpath("help_pages.json").read_bytes()
    )
    return pages


def help_app(words: Sequence[str]) -> Any:
    """Return an application that shows the help that some words ask for.

    Parameters
    ----------
    words : sequence of str
        The arguments of ``pellucid``.

    Returns
    -------
    Typer or None
        None unless the words are only a request for help, on ``pellucid`` or on one of its commands.
    """
    *command, last = words or ["--help"]
    if last not in HELP_OPTIONS or len(command) > 1:
        return None  # without a look at the file
    pages = read_pages()
    if not set(command) <= pages.keys():
        return None
    app = without_commands()
    for name in command or pages:
        parameters = pages[name]["parameters"] if command else []  # the list of commands needs no options
        app.command(name, help=pages[name]["help"])(_with_parameters(parameters))
    return app


def _with_parameters(recorded: list[dict[str, Any]]) -> Any:
    """Return a function with these parameters, which does nothing."""

    def command(**arguments: Any) -> None:
        pass

    parameters = [_parameter(**one) for one in recorded]
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


def _parameter(name: str, kind: str, declarations: Sequence[str] = (), **shown: Any) -> Parameter:
    make = typer.Option if declarations else typer.Argument
    default = Parameter.empty if shown.pop("required", False) else False if kind == "bool" else None
    option = make(*declarations, **{"metavar": "", **shown}, show_default=False)
    annotation = Annotated[TYPES[kind], option]  # type: ignore[valid-type]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
