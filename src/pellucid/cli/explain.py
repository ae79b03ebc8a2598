"""``pellucid explain``: the importance of a table's columns, and their contributions to single predictions."""

from __future__ import annotations

from typing import Annotated, Any

from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.options import JSON, MODEL_FILE, argument, flag, option
from pellucid.cli.printing import Printer, table
from pellucid.workflow.explained import explain_rows
from pellucid.workflow.important_columns import explain_model
from pellucid.workflow.input_files.dialect import Dialect

__all__ = ["explain"]

CLASS = "The class. \\[default: the second of two, else the most probable one]"
BACKGROUND = "Rows to compare with. \\[default: those of DATA]"


@with_dialect
def explain(
    model: MODEL_FILE,
    data: Annotated[str, argument("DATA", "A table with the model's inputs.")],
    row: Annotated[
        list[int] | None, option(metavar="N", help="Explain this row, from 1; can be repeated.")
    ] = None,
    output: Annotated[str | None, option("--class", metavar="LABEL", help=CLASS)] = None,
    background: Annotated[str | None, option(metavar="DATA", help=BACKGROUND)] = None,
    log_odds: Annotated[bool, flag("--log-odds", help="Explain log-odds, not probabilities.")] = False,
    json: JSON = False,
    *,
    dialect: Dialect,
) -> None:
    """Explain a model by the importance of its columns, or predictions by their contributions.

    \b
    [bold]Examples[/bold]
    pellucid explain houses-model.safetensors houses.csv
    pellucid explain houses-model.safetensors houses.csv --row 17
    """  # noqa: D301
    printer, scale = Printer(machine=json), "log-odds" if log_odds else "prediction"
    options: dict[str, Any] = {"background": background, "output": output, "scale": scale}
    found: Any
    if row or output or background or log_odds:
        found = explain_rows(model, data, row or [], dialect=dialect, listener=printer, **options)
    else:
        found = explain_model(model, data, dialect=dialect, listener=printer)
    for sentence, columns, lines in found.parts():
        printer.say(sentence)
        printer.show(table(*columns, n_texts=len(columns) - 1, rows=lines))
    printer.result({"command": "explain", "model": model, "data": data, **found.to_dict()})
