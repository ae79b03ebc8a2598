"""Scores on the terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table as RichTable

from pellucid.cli.printing import Printer, cell, table
from pellucid.host.escaping import for_terminal
from pellucid.workflow.score_texts import LABELS, mistakes, number_text, score_text

__all__ = ["show_scores"]

WIDEST_CLASS = 14  # characters of a class name in the confusion table
MOST_MISTAKES = 8
OF_TWO_CLASSES = ("auc", "average_precision")


def show_scores(printer: Printer, parts: dict[str, dict[str, Any]]) -> None:
    """Print scores side by side, and the confusion table of the first.

    Parameters
    ----------
    printer : Printer
        The printer of this command.
    parts : dict of str to dict
        Scores from :func:`pellucid.workflow.scores.score`, by the name of the rows; the first ones count.
    """
    judged = next(iter(parts.values()))
    guess = judged.get("baseline")
    columns = [*parts, *([] if guess is None else [f"always {cell(_short(_guess(guess['predicts'])))}"])]
    scored = [*parts.values(), *([guess] if guess else [])]
    shown = table("", *columns)
    for name, label in LABELS.items():
        if name in judged and (judged[name] is not None or name not in OF_TWO_CLASSES):
            cells = [score_text(name, part.get(name)) for part in scored]
            shown.add_row(label, f"[bold green]{cells[0]}[/]", *cells[1:])
    shown.add_row("rows", *(f"{part['rows']:,}" for part in parts.values()), style="dim")
    printer.show(shown)
    if "confusion" in judged:
        printer.show(_confusion_table(judged["confusion"], printer.out.width - 2))
    else:
        printer.show(
            "[dim]RMSE and MAE: in units of the target. R²: 1 at best, 0 for predicting the mean.[/]"
        )


def _guess(value: Any) -> str:
    return number_text(value) if isinstance(value, float) else str(value)


def _short(text: str) -> str:
    text = for_terminal(text)
    return text if len(text) <= WIDEST_CLASS else text[: WIDEST_CLASS - 1] + "…"


def _confusion_table(found: dict[str, Any], width: int) -> RichTable:
    """Return the table of true and predicted classes, or if it is too wide, the most frequent mistakes."""
    names = [cell(_short(str(name))) for name in found["classes"]]
    counts = found["counts"]
    cells = [[f"{count:g}" for count in row] for row in counts]
    widths = [2 + max(len(name), *(len(row[j]) for row in cells)) for j, name in enumerate(names)]
    if max(map(len, names), default=0) + 20 + sum(widths) > width:
        return _mistakes(found)
    shown = table("true ↓  predicted →", *names, "right")
    for i, row in enumerate(cells):
        total = sum(counts[i])
        marked = [
            f"[green]{cell}[/]" if i == j else "[dim]·[/]" if cell == "0" else f"[red]{cell}[/]"
            for j, cell in enumerate(row)
        ]
        share = f"{100.0 * counts[i][i] / total:.0f} %" if total else "–"
        shown.add_row(names[i], *marked, f"[dim]{share}[/]")
    return shown


def _mistakes(found: dict[str, Any]) -> RichTable:
    shown = table("most frequent mistakes: true", "predicted as", "rows")
    for count, *names in mistakes(found)[:MOST_MISTAKES]:
        shown.add_row(*(cell(_short(str(name))) for name in names), f"[red]{count:g}[/]")
    if not shown.rows:
        shown.add_row("none", "", "")
    return shown
