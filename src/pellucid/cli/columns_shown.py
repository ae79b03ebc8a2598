"""Treatment of the columns of a table, shown column by column."""

from __future__ import annotations

from collections import Counter

from pellucid.cli.printing import Printer, cell, table
from pellucid.tabular import TableEncoder
from pellucid.tabular.columns import LABELED
from pellucid.workflow.columns_found import becomes, kind_of

__all__ = ["show_columns"]

MOST = 30  # columns that are shown


def show_columns(printer: Printer, encoder: TableEncoder) -> None:
    """Print a line per column: its kind, categories, missing values, and what the network gets of it."""
    columns = encoder.columns_
    shown = table("column", "kind", "categories", "missing", "the network gets", n_texts=2)
    shown.columns[-1].justify = "left"
    for column in columns[:MOST]:
        shown.add_row(
            cell(column.name),
            kind_of(column),
            f"{len(column.categories):,}" if column.kind in LABELED else "",
            f"{column.n_missing:,g}" if column.n_missing else "",
            becomes(column),
            style="dim" if column.left_out else "",
        )
    printer.show(shown)
    if len(columns) > MOST:
        kinds = Counter(kind_of(column) for column in columns[MOST:])
        rest = ", ".join(f"{count:,} of {kind}" for kind, count in kinds.items())
        printer.say(f"  and {len(columns) - MOST:,} more: {rest}")
