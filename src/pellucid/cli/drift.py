"""``pellucid drift``: how new rows differ from those that a model was trained on."""

from __future__ import annotations

from typing import Annotated

import typer

from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.options import JSON, MODEL_FILE, argument, choice
from pellucid.cli.printing import Printer, cell, table
from pellucid.tabular.encoding.histograms import LEVELS
from pellucid.workflow.drifts import drift_file
from pellucid.workflow.input_files.dialect import Dialect

__all__ = ["drift"]

STYLES = {"not recorded": "dim", "moderate": "yellow", "major": "red"}
FAILED = 1


@with_dialect
def drift(
    model: MODEL_FILE,
    data: Annotated[str, argument("DATA", "New rows with the model's inputs.")],
    fail_on: Annotated[
        str | None,
        choice(
            LEVELS[2:],
            metavar="LEVEL",
            help="Exit with 1 from this level: moderate or major. \\[default: exit with 0]",
        ),
    ] = None,
    json: JSON = False,
    *,
    dialect: Dialect,
) -> None:
    """Compare new rows with the rows a model was trained on.

    \b
    [bold]Examples[/bold]
    pellucid drift houses-model.safetensors new-houses.csv
    pellucid drift houses-model.safetensors new-houses.csv --fail-on major
    """  # noqa: D301
    printer = Printer(machine=json)
    found = drift_file(model, data, dialect=dialect, listener=printer)
    every, n = (*found.columns, *found.predictions), found.n_rows
    printer.say(f"{n:,} row{'s' * (n != 1)} of {data} beside those in the training of {model}: {found.level}")
    shown = table("", "level", "PSI", "by chance", "unknown", "outside", "missing", "in training", n_texts=2)
    for one in every:
        shown.add_row(*map(cell, one.texts), style=STYLES.get(one.level, ""))
    printer.show(shown)
    said = [f"{one.name}: {text}" for one in every if one.level in LEVELS[2:] for text in one.remarks]
    for text in ["", *said] if said else []:
        printer.say(text)
    printer.result({"command": "drift", "model": model, "data": data, **found.to_dict()})
    if fail_on is not None and LEVELS.index(found.level) >= LEVELS.index(fail_on):
        raise typer.Exit(FAILED)
