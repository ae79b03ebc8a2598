"""``pellucid explain``: the contributions of a table's columns to single predictions."""

from __future__ import annotations

from typing import Annotated, Any

from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.options import JSON, MODEL_FILE, argument, flag, option
from pellucid.cli.printing import Printer, table
from pellucid.workflow.dialect import Dialect
from pellucid.workflow.explained import explain_rows

__all__ = ["explain"]

CLASS = "The class. \\[default: the second of two, else the most probable one]"
BACKGROUND = "Rows to compare with. \\[default: those of DATA]"


@with_dialect
def explain(
    model: MODEL_FILE,
    data: Annotated[str, argument("DATA", "A table with the model's inputs.")],
    row: Annotated[list[int] | None, option(metavar="N", help="Row, from 1; can be repeated.")] = None,
    output: Annotated[str | None, option("--class", metavar="LABEL", help=CLASS)] = None,
    background: Annotated[str | None, option(metavar="DATA", help=BACKGROUND)] = None,
    log_odds: Annotated[bool, flag("--log-odds", help="Explain log-odds, not the probability.")] = False,
    json: JSON = False,
    *,
    dialect: Dialect,
) -> None:
    """Explain predictions by the contributions of the columns.

    \b
    [bold]Examples[/bold]
    pellucid explain houses-model.safetensors houses.csv --row 17
    """  # noqa: D301
    printer, scale = Printer(machine=json), "log-odds" if log_odds else "prediction"
    options: dict[str, Any] = {"background": background, "output": output, "scale": scale, "dialect": dialect}
    found = explain_rows(model, data, row or [], listener=printer, **options)
    for at, sentence in enumerate(found.sentences):
        printer.say(sentence)
        printer.show(table("column", "cell", "contribution", n_texts=2, rows=found.texts(at)))
    printer.result({"command": "explain", "model": model, "data": data, **found.to_dict()})
