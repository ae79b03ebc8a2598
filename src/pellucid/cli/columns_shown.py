"""Treatment of the columns of a table, shown column by column."""

from __future__ import annotations

from pellucid.cli.printing import Printer, cell, table
from pellucid.tabular import TableEncoder
from pellucid.workflow.columns_found import column_texts

__all__ = ["show_columns"]


def show_columns(printer: Printer, encoder: TableEncoder) -> None:
    """Print a line per column: its kind, categories, missing values, and what the network gets of it."""
    lines, rest = column_texts(encoder)
    shown = table("column", "kind", "categories", "missing", "the network gets", n_texts=2)
    shown.columns[-1].justify = "left"
    for is_used, texts in lines:
        shown.add_row(*map(cell, texts), style="" if is_used else "dim")
    printer.show(shown)
    if rest:
        printer.say(rest)
