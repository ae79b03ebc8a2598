"""Scores on the terminal."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Table as RichTable

from pellucid.cli.console import Printer, table
from pellucid.cli.examples import Examples, Origin
from pellucid.cli.fit import Model
from pellucid.cli.scores import Baseline, confusion, measure
from pellucid.cli.target import CLASSIFICATION

__all__ = ["score", "show_scores"]

LABELS = {"accuracy": "accuracy", "rmse": "RMSE", "mae": "MAE", "r2": "R²"}
WIDEST_CLASS = 14  # characters of a class name in the confusion table
MOST_MISTAKES = 8


def score(model: Model, origin: Origin, examples: Examples) -> dict[str, Any]:
    """Return the scores of a model on some rows, with the confusion table, and those of the baseline.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        Fitted.
    origin : Origin
        Its task and baseline.
    examples : Examples
        The rows.

    Returns
    -------
    dict
        ``rows``, the scores, ``confusion`` for classes, ``baseline``.
    """
    predicted = model.predict(examples.inputs)
    y, weight = examples.y, examples.weight
    found = {"rows": len(examples)} | measure(y, predicted, origin.task, weight)
    if origin.task == CLASSIFICATION:
        found["confusion"] = confusion(y, predicted, model.classes_, weight)
    return found | {"baseline": Baseline(origin.baseline).measure(y, origin.task, weight)}


def show_scores(
    printer: Printer, origin: Origin, held_out: dict[str, Any] | None, training: dict[str, Any] | None
) -> None:
    """Print the scores side by side: held-out rows, training rows, and a guess without inputs."""
    judged = held_out or training
    if judged is None:
        return
    guess = judged["baseline"]
    parts = {"held out": held_out, "training": training}
    columns = {name: part for name, part in parts.items() if part is not None}
    always = guess["predicts"]
    always = f"{always:.4g}" if isinstance(always, float) else f"{always!s}"
    shown = table("", *columns, f"always {_short(always)}")
    for name, label in LABELS.items():
        if name in judged:
            cells = [_number(name, part[name]) for part in columns.values()]
            shown.add_row(label, f"[bold green]{cells[0]}[/]", *cells[1:], _number(name, guess[name]))
    shown.add_row("rows", *(f"{part['rows']:,}" for part in columns.values()), style="dim")
    printer.show(shown)
    if "confusion" in judged:
        printer.show(_confusion_table(judged["confusion"], printer.out.width - 2))
    if held_out is None:
        printer.note("No rows were held out: these scores are of rows that the model has learned from.")
    elif not _better(held_out):
        printer.note("On the held-out rows the model is no better than always guessing the same.")


def _better(found: dict[str, Any]) -> bool:
    guess = found["baseline"]
    if "accuracy" in found:
        return bool(found["accuracy"] > guess["accuracy"])
    return bool(found["rmse"] < guess["rmse"])


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{100.0 * value:.1f} %" if name == "accuracy" else f"{value:.3f}" if name == "r2" else f"{value:.4g}"


def _short(text: str) -> str:
    return text if len(text) <= WIDEST_CLASS else text[: WIDEST_CLASS - 1] + "…"


def _confusion_table(found: dict[str, Any], width: int) -> RichTable:
    """Return the table of true and predicted classes, or where it is too wide, the most frequent mistakes."""
    names = [escape(_short(str(name))) for name in found["classes"]]
    counts = found["counts"]
    cells = [[f"{count:g}" for count in row] for row in counts]
    needed = max(map(len, names), default=0) + 20 + sum(
        2 + max(len(name), *(len(row[j]) for row in cells)) for j, name in enumerate(names)
    )
    if needed > width:
        return _mistakes(names, counts)
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


def _mistakes(names: list[str], counts: list[list[float]]) -> RichTable:
    wrong = [
        (count, names[i], names[j])
        for i, row in enumerate(counts)
        for j, count in enumerate(row)
        if i != j and count
    ]
    shown = table("most frequent mistakes: true", "predicted as", "rows")
    for count, true, predicted in sorted(wrong, key=lambda mistake: -mistake[0])[:MOST_MISTAKES]:
        shown.add_row(true, predicted, f"[red]{count:g}[/]")
    if not wrong:
        shown.add_row("none", "", "")
    return shown
