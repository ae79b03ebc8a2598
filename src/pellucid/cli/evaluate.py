"""``pellucid evaluate``: how good a model is on a table that holds the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.console import Printer
from pellucid.cli.judge import open_model
from pellucid.cli.report import score, show_scores
from pellucid.cli.tables import read_table

__all__ = ["evaluate"]


def evaluate(
    model: Annotated[Path, typer.Argument(help="A model file of `pellucid train`.", show_default=False)],
    data: Annotated[
        str, typer.Argument(help="A table with the target column.", show_default=False)
    ],
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column with the truth. \\[default: as in training]")
    ] = None,
    weight: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="A column of row weights. \\[default: as in training]")
    ] = None,
    held_out: Annotated[
        bool,
        typer.Option("--held-out", help="DATA is what the model was trained on: judge by the held-out rows only."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge a model on a table that holds the truth.

    [bold]Examples[/bold]

    \b
    pellucid evaluate digits-model.safetensors digits --held-out
    pellucid evaluate houses-model.safetensors new-houses.csv
    """
    printer = Printer(machine=json)
    trained = open_model(model)
    table = read_table(data)
    origin = _origin(trained, table, target, weight, printer)
    examples = _examples(trained, table, origin, printer)
    learned = _learned_rows(trained, table)
    if held_out:
        examples = _held_out(trained, table, examples)
    elif learned is not None:
        printer.note(
            f"The model has learned from {learned:,} of these rows, so its scores on them say little. "
            "--held-out judges by the others."
        )
    found = score(trained.model, origin, examples)
    which = "held-out rows" if held_out else "rows"
    printer.say(f"{model} on {len(examples):,} {which} of {data}, target {origin.target!r}")
    show_scores(printer, origin, {"this data": found})
    printer.result(
        {"command": "evaluate", "model": model, "data": data, "target": origin.target, "task": origin.task,
         "held_out": held_out, **found}
    )  # fmt: skip
