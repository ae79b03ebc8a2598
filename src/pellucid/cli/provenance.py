"""Provenance of a model: the options of its training, its history, its data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pellucid.cli.flags import FLAGS, flag_of
from pellucid.cli.printing import Printer, cell, table
from pellucid.host.escaping import for_terminal
from pellucid.workflow.choice import ONLY_TABULAR
from pellucid.workflow.file_contents import excerpt_texts
from pellucid.workflow.origin import Origin
from pellucid.workflow.tried_recipes import TRIED_HEADS, tried_texts

__all__ = ["listed", "say_chosen", "say_history", "say_tried"]

MOMENTS = 6  # of the history, that are shown
LONGEST = 200  # characters of a value that are shown


def _option_table(options: dict[str, Any]) -> Any:
    """Return options with their values, a line each."""
    shown = table("option", "value", n_texts=2)
    for name, value in options.items():
        text = ",".join(map(str, value[:LONGEST])) if isinstance(value, tuple | list) else str(value)
        text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        flag = flag_of(name) if name in FLAGS or name in ONLY_TABULAR else name
        shown.add_row(f"{flag} ({name})", cell(text))
    return shown


def say_history(printer: Printer, history: list[dict[str, Any]], said: str) -> None:
    """Print some epochs of the history, evenly spaced, the first and the last among them."""
    printer.say(f"\nHistory of {len(history)} epoch{'s' * (len(history) != 1)}, {said}")
    columns, rows = excerpt_texts(history, MOMENTS)
    printer.show(table("epoch", *columns, rows=rows))


def say_tried(printer: Printer, model: Any) -> None:
    """Print what the preset "best" tried, if it is that of a model."""
    if rows := tried_texts(model):
        printer.say("\nRecipes tried")
        printer.show(table(*TRIED_HEADS, rows=rows))


def listed(values: Iterable[Any], most: int = 12) -> str:
    """Return values for a sentence, and not too many."""
    held = [for_terminal(str(value)) for value in values]
    return ", ".join(held[:most]) + (f" and {len(held) - most} more" if len(held) > most else "")


def say_chosen(printer: Printer, origin: Origin | None, options: dict[str, Any]) -> None:
    """Print the training data of a model and its options other than the defaults."""
    if origin is not None:
        printer.say(f"\n{origin.describe()}")
    if options:
        printer.say("\nOptions that differ from the estimator's defaults")
        printer.show(_option_table(options))
