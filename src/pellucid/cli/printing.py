"""Output of the commands: tables and sentences for people, or a single JSON object for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from pellucid.exceptions import DataError
from pellucid.host.command_streams import called_as
from pellucid.host.escaping import for_json, for_shell, for_terminal
from pellucid.host.plain_json import plain_json
from pellucid.host.streams import STDERR, STDOUT
from pellucid.workflow.listening import Listener

__all__ = [
    "Printer", "Terminal", "cell", "in_json", "operand", "shell", "table", "write_exactly",
]  # fmt: skip


class Terminal(Console):
    """Rich console on which only Rich controls the terminal: hidden characters are made visible."""

    def __init__(self, *, stderr: bool = False, **options: Any) -> None:
        file: Any = STDERR if stderr else STDOUT  # which never fail
        # A name such as :x: is not an emoji.
        super().__init__(highlight=False, emoji=False, file=file, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Return a text of Rich, laid out for what will be seen."""
        return super().render_str(for_terminal(text, lines=True), **options)

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        """Yield pieces of text; also what came as a ``Text`` of Rich is made visible."""
        for piece in super().render(renderable, options):
            yield piece if piece.control else piece._replace(text=for_terminal(piece.text, lines=True))


def cell(name: object) -> str:
    """Return a name for a cell of a table: on one line, and no markup of Rich."""
    return escape(for_terminal(str(name)))


def in_json(found: dict[str, Any]) -> str:
    """Return one JSON object on one line, in ASCII where standard output does not have every character."""
    is_unicode = STDOUT.encoding.lower().startswith("utf")
    return for_json(json.dumps(plain_json(found), ensure_ascii=not is_unicode, allow_nan=False))


def table(*columns: str, n_texts: int = 1, rows: Iterable[Sequence[object]] = ()) -> Table:
    """Return a table in the house style: so many columns of text first, then numbers."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, name in enumerate(columns):
        made.add_column(name, justify="left" if number < n_texts else "right", header_style="dim")
    for row in rows:
        made.add_row(*map(cell, row))
    return made


def operand(source: str | Path) -> str:
    """Return the name of a file as an argument that no command takes for an option."""
    return f"./{source}" if str(source).startswith("-") else str(source)


def shell(*words: object) -> str:
    """Return a command of this program, quoted for the shell."""
    typed = (operand(word) if isinstance(word, Path) else str(word) for word in words)
    return " ".join(map(for_shell, [*called_as(), *typed]))


class Printer(Listener):
    """Printer of messages for people, and of a single JSON object for machines.

    Parameters
    ----------
    machine : bool
        True if ``--json`` was given.
    """

    def __init__(self, *, machine: bool) -> None:
        super().__init__()
        self.machine = machine
        self.out = Terminal()
        self.err = Terminal(stderr=True)

    def say(self, message: str = "") -> None:
        """Print a sentence on standard output."""
        if not self.machine:
            self.out.print(escape(message), soft_wrap=not self.out.is_terminal)

    def show(self, renderable: Any) -> None:
        """Print a table on standard output."""
        if not self.machine:
            self.out.print()
            self.out.print(Padding(renderable, (0, 0, 0, 2), expand=False))

    @property
    def has_bar(self) -> bool:
        """True if a bar shows the progress of a fit, which needs a terminal on standard error."""
        return not self.machine and sys.stderr.isatty()

    def note(self, text: str) -> None:
        """Print a note on standard error; in JSON it is under ``notes``."""
        super().note(text)
        if not self.machine:
            self.err.print(f"[yellow]Note:[/yellow] {escape(text)}", soft_wrap=not self.err.is_terminal)

    def suggest(self, commands: dict[str, str]) -> None:
        """Print commands to try next, each on its own line, which is never broken."""
        if not self.machine:
            self.out.print("\n[bold]What next[/bold]")
            for purpose, command in commands.items():
                self.out.print(f"  {escape(purpose)}")
                self.out.print(f"    [cyan]{escape(command)}[/cyan]", soft_wrap=True)

    def result(self, found: dict[str, Any]) -> None:
        """Print the JSON object if one was requested."""
        if self.machine:
            print(in_json({**found, "notes": self.notes}))


def write_exactly(text: str) -> None:
    """Write to standard output what another program is to read: no character in the place of another."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError as error:
        raise DataError(
            f"The encoding of standard output, {sys.stdout.encoding}, cannot represent {text[error.start]!r}. "
            "Write to a file with --out, or set PYTHONIOENCODING=utf-8."
        ) from error
    sys.stdout.write(text)
