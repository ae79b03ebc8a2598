"""``pellucid playground``: the interactive page, with Python behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.options import FORCE, JSON, a_file, argument, flag, integer, option
from pellucid.cli.printing import Printer, shell, table
from pellucid.exceptions import ParameterError, PellucidError
from pellucid.playground.checking import CheckedFile, check_file
from pellucid.playground.datasets import EXAMPLES
from pellucid.playground.doors import save_page
from pellucid.workflow.output_files import check_output

__all__ = ["playground"]


def playground(
    data: Annotated[str | None, argument("DATA", "A table to open; without it, an example.")] = None,
    target: Annotated[
        str | None, option(metavar="COLUMN", help="Column to predict. \\[default: the last]")
    ] = None,
    example: Annotated[
        str | None, option(metavar="NAME", help=f"{', '.join(EXAMPLES)}. \\[default: moons]")
    ] = None,
    save: Annotated[
        Path | None, a_file(help="Save the page as an HTML file that works offline, and open nothing.")
    ] = None,
    check: Annotated[Path | None, a_file(help="Check the answers in a hand-in file.")] = None,
    no_browser: Annotated[bool, flag("--no-browser", help="Print the address only.")] = False,
    port: Annotated[
        int | None, integer(1, 65535, metavar="N", help="Port. \\[default: a free one at random]")
    ] = None,
    force: FORCE = False,
    json: JSON = False,
) -> None:
    """Open the interactive page: watch, step, guess and edit a network on your own data.

    It is served to browsers on this computer only. Ctrl-C stops it.

    \b
    [bold]Examples[/bold]
    pellucid playground
    pellucid playground houses.csv --target price
    pellucid playground --example digits --save digits.html
    pellucid playground --check hand-in.json
    """  # noqa: D301
    printer = Printer(machine=json)
    if check is not None:
        if data is not None or example is not None or save is not None:
            raise ParameterError("--check takes a hand-in file and no other data. Leave out the others.")
        _show(printer, check, check_file(check))
        return
    if save is not None:
        check_output(save, force=force, name="save", read=[] if data is None else [data])
        save_page(save, data, target=target, example=example)
        printer.say(f"The page is in {shell(save)}. Open it in a browser; it works offline, without Python.")
        printer.result({"command": "playground", "saved": save})
        return
    try:
        from pellucid.playground.server import open_page

        server = open_page(data, target=target, example=example, port=port or 0, browser=not no_browser)
    except ImportError as error:  # says what to install
        raise PellucidError(str(error)) from error
    printer.say(f"The page is at {server.url}\nPress Ctrl-C to stop.")
    printer.result({"command": "playground", "url": server.url})
    server.wait()


def _show(printer: Printer, path: Path, found: CheckedFile) -> None:
    rows = [(a.question, a.answer, f"{a.value:.{a.digits}f}", a.verdict) for a in found.answers]
    printer.show(table("question", "answer", "number", "", n_texts=2, rows=rows))
    printer.say(f"{found.n_right} of {len(found.answers)} answers in {path} are right.")
    printer.result({"command": "playground", "file": path, **found.to_dict()})
    if found.forged:
        raise typer.Exit(1)
