"""A document as tables for a terminal."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.explain.canon import Array
from pellucid.explain.digits import Precision, check_precision, write, write_all
from pellucid.explain.entries import Document, Entry, Step, rows_shown, shown
from pellucid.explain.equations import as_text
from pellucid.host.moved import forwarding

__all__ = ["LONG", "MARK", "set_text"]

__getattr__ = forwarding(__name__, {"render_text": "pellucid.explain.Trace.to_text"})

MARK = "✗"
LONG = (12, 8)  # rows and columns beyond which the middle of a table is left out


def set_text(
    page: Document, *, precision: Precision = 3, width: int | None = None, color: bool = False
) -> str:
    """Return a document as tables of text.

    Parameters
    ----------
    page : Document
        The document.
    precision : int or "full", default=3
        Decimals.
    width : int, optional
        Characters per line; default: the terminal's, 80 if there is none.
    color : bool, default=False
        True to include the terminal's control sequences.

    Returns
    -------
    str
        The text; a long table leaves out its middle and says so.
    """
    from rich.console import Console, Group
    from rich.padding import Padding
    from rich.rule import Rule
    from rich.text import Text

    check_precision(precision)
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=color,
        force_jupyter=False,  # there Rich would display the text and leave the file empty
        no_color=not color,
        highlight=False,
        emoji=False,
    )
    console.print(Text(as_text(page.title), style="bold"))
    console.print(Text(as_text(f"notation: {page.notation}"), style="dim"))
    for remark in page.remarks:
        console.print(Text(as_text(remark), style="dim"))
    for step in page.steps:
        console.print()
        console.print(Rule(Text(as_text(step.title), style="bold"), align="left"))
        console.print(Padding(Group(*_body(step, precision, console.width - 2)), (0, 0, 0, 2)))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _body(step: Step, precision: Precision, width: int) -> list[Any]:
    from rich.columns import Columns
    from rich.text import Text

    pieces = [
        piece
        for entry, numbers in zip(step.entries, step.numbers, strict=True)
        for piece in _pieces(entry, precision, numbers, width)
    ]
    tables = [piece for piece in pieces if not isinstance(piece, Text)]
    notes = [*step.remarks, *(f"[{n}] {note}" for n, note in enumerate(step.footnotes, 1))]
    return [
        *(Text(as_text(equation), style="italic") for equation in step.equations),
        *((Text(), Columns(tables, padding=(0, 3))) if tables else ()),
        *(piece for piece in pieces if isinstance(piece, Text)),
        *(Text(as_text(note)) for note in notes),
    ]


def _pieces(entry: Entry, precision: Precision, notes: str, width: int) -> list[Any]:
    from rich.text import Text

    symbol = as_text(entry.symbol)
    if entry.array.ndim == 0:
        others = [f"{name} {write(float(value), precision)}" for name, value in entry.compared.items()]
        if entry.printed is not None:
            printed = write(float(entry.printed), "full")
            others.append(f"printed {printed}{' ' + MARK if entry.marked else ''}")
        beside = f"   ({', '.join(others)})" if others else ""
        number = write(float(entry.array), precision)
        return [Text(f"{as_text(entry.caption)}: {symbol} = {number}{beside} {notes}".rstrip())]
    tables = [_table(entry, entry.array, f"{as_text(entry.caption)} {notes}", precision, width)]
    for name, other in entry.compared.items():
        tables.append(_table(entry, other, f"{as_text(name)}\n{_gap(entry, other)}", precision, width))
    if entry.printed is not None:
        caption = f"printed, {MARK} = wrong" if entry.marked else "printed"
        tables.append(_table(entry, entry.printed, f"{caption} {notes}", "full", width, entry.wrong))
    return tables


def _gap(entry: Entry, other: Array) -> str:
    gap = np.abs(other - entry.array)
    return f"off by {gap[np.isfinite(gap)].max(initial=0.0):.1e}"


def _table(
    entry: Entry, array: Array, caption: str, precision: Precision, width: int, wrong: Any = None
) -> Any:
    from rich.console import Group
    from rich.text import Text

    rows, columns = rows_shown(entry, LONG[0]), shown(array.shape[1], LONG[1])
    labels = [[("⋮" if i is None else as_text(entry.rows[i]))] if entry.rows else [] for i in rows]
    heads, cells = _heads(entry, columns), _cells(entry, array, rows, columns, precision, wrong)
    widths = [max(map(len, column)) + 3 for column in zip(heads, *cells, strict=True)]
    room = width - max((len(label[0]) + 3 for label in labels if label), default=0)
    fit = len(columns) if sum(widths) <= room + 3 else max(1, room // max(widths))
    if None in columns and fit < len(columns):  # cut to fit what is cut anyway; break the rest into parts
        columns = shown(array.shape[1], max(fit - 1, 2))
        heads, cells = _heads(entry, columns), _cells(entry, array, rows, columns, precision, wrong)
    pieces = [
        _grid(heads[at : at + fit], labels, [row[at : at + fit] for row in cells])
        for at in range(0, len(columns), fit)
    ]
    size = f" {array.shape[0]:,} × {array.shape[1]:,}" if None in rows or None in columns else ""
    title = Text.assemble((as_text(entry.symbol), "bold"), "  ", (f"{caption.rstrip()}{size}", "dim"))
    return Group(title, *pieces, Text())


def _heads(entry: Entry, columns: list[int | None]) -> list[str]:
    if not entry.columns:
        return [""] * len(columns)
    return ["…" if j is None else as_text(entry.columns[j]) for j in columns]


def _cells(
    entry: Entry,
    array: Array,
    rows: list[int | None],
    columns: list[int | None],
    precision: Precision,
    wrong: Any,
) -> list[list[str]]:
    places = [(i, j) for i in rows for j in columns if i is not None and j is not None]
    numbers = [array[place] for place in places]
    counts = entry.role == "shape"
    written = [str(int(n)) for n in numbers] if counts else write_all(numbers, precision)
    texts = dict(zip(places, written, strict=True))

    def cell(i: int | None, j: int | None) -> str:
        if i is None or j is None:
            return "…"
        return texts[i, j] + (f" {MARK}" if wrong is not None and wrong[i, j] else "")

    return [[cell(i, j) for j in columns] for i in rows]


def _grid(heads: Sequence[str], labels: list[list[str]], cells: list[list[str]]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    headed = any(heads)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, show_header=headed, pad_edge=False, padding=(0, 1))
    if labels[0]:
        table.add_column("", style="dim", no_wrap=True)
    for head in heads:
        table.add_column(Text(head), justify="right", no_wrap=True)
    for label, row in zip(labels, cells, strict=True):
        table.add_row(*map(Text, label), *map(Text, row))  # a str would be read as Rich's markup
    return table
