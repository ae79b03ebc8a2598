"""Provenance of a model: the options of its training, its history, its data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pellucid.cli.flags import FLAGS, flag_of
from pellucid.cli.printing import Printer, cell, table
from pellucid.cli.score_tables import LABELS, number
from pellucid.host.escaping import for_terminal
from pellucid.workflow.choice import ONLY_TABULAR
from pellucid.workflow.origin import Origin

__all__ = ["history_table", "listed", "say_chosen"]

MOMENTS = 6  # of the history, that are shown
LONGEST = 200  # characters of a value that are shown
LOSS, SCORE = "validation_loss", "validation_score"
COLUMNS = ("loss", LOSS, SCORE, "learning_rate", "gradient_norm")


def _option_table(options: dict[str, Any]) -> Any:
    """Return options with their values, a line each."""
    shown = table("option", "value", n_texts=2)
    for name, value in options.items():
        text = ",".join(map(str, value[:LONGEST])) if isinstance(value, tuple | list) else str(value)
        text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        flag = flag_of(name) if name in FLAGS or name in ONLY_TABULAR else name
        shown.add_row(f"{flag} ({name})", cell(text))
    return shown


def history_table(history: list[dict[str, Any]]) -> Any:
    """Return some epochs of the history, evenly spaced, the first and the last among them."""
    columns = [name for name in COLUMNS if any(row.get(name) is not None for row in history)]
    if all(row[LOSS] is None or row[SCORE] == -row[LOSS] for row in history):
        columns = [name for name in columns if name != SCORE]  # it says the same as the loss
    shown = table("epoch", *(name.replace("_", " ") for name in columns))
    places = sorted({round(i * (len(history) - 1) / (MOMENTS - 1)) for i in range(MOMENTS)})
    for row in (history[place] for place in places):
        cells = (row.get(name) for name in columns)
        shown.add_row(str(row.get("epoch", "")), *("" if cell is None else f"{cell:.4g}" for cell in cells))
    return shown


def listed(values: Iterable[Any], most: int = 12) -> str:
    """Return values for a sentence, and not too many."""
    held = [for_terminal(str(value)) for value in values]
    return ", ".join(held[:most]) + (f" and {len(held) - most} more" if len(held) > most else "")


def say_chosen(printer: Printer, origin: Origin | None, options: dict[str, Any]) -> None:
    """Print the training data of a model and its options other than the defaults."""
    if origin is not None:
        _say_origin(printer, origin)
    if options:
        printer.say("\nOptions that differ from the estimator's defaults")
        printer.show(_option_table(options))


def _say_origin(printer: Printer, origin: Origin) -> None:
    """Print the training data and the scores of a model."""
    held_out = f", {100.0 * origin.test_fraction:g} % of them held out (seed {origin.seed})"
    printer.say(
        f"\nTrained for {origin.task} of {origin.target!r} on {origin.data}: {origin.n_rows:,} rows"
        + (held_out if origin.test_fraction else "")
    )
    if origin.scores:
        scores = [
            f"{LABELS[name]} {number(name, origin.scores[name])}" for name in LABELS if name in origin.scores
        ]
        printer.say(f"On the held-out rows: {', '.join(scores)}")
