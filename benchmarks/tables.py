"""A table that is printed by Rich and written as Markdown, and the file of results."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable


@dataclass
class Table:
    """A heading, columns, rows of text, notes below."""

    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        self.rows.append([str(cell) for cell in cells])

    def show(self, console: Console) -> None:
        table = RichTable(*self.columns, title=self.title, title_justify="left")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)
        for note in self.notes:
            console.print(note, markup=False)

    def markdown(self) -> str:
        lines = [f"### {self.title}", ""]
        lines += [_row(self.columns), _row(["---", *["---:"] * (len(self.columns) - 1)])]
        lines += [_row(row) for row in self.rows]
        return "\n".join([*lines, *[f"\n{note}" for note in self.notes], ""])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write_section(path: Path, name: str, text: str) -> None:
    """Put a text between the markers of its section, or at the end where there are none yet."""
    whole = path.read_text(encoding="utf-8") if path.exists() else ""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    block = f"{begin}\n\n{text.strip()}\n\n{end}"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    found = pattern.search(whole)
    whole = (
        whole[: found.start()] + block + whole[found.end() :] if found else f"{whole.rstrip()}\n\n{block}\n"
    )
    path.write_text(whole.lstrip(), encoding="utf-8")


def verdict(value: float, floor: float, *, at_least: bool = True) -> str:
    """Say whether a floor was held."""
    held = value >= floor if at_least else value <= floor
    return f"{'✓' if held else '✗'} {'≥' if at_least else '≤'} {floor:g}"


def micro(seconds: float) -> str:
    """Return microseconds to three digits."""
    value = 1e6 * seconds
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
