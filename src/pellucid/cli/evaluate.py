"""``pellucid evaluate``: scores of a model on a table with the true targets."""

from __future__ import annotations

from typing import Annotated

import typer

from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.options import JSON, MODEL_FILE, TRUTH, WEIGHTS, flag
from pellucid.cli.printing import Printer
from pellucid.cli.score_tables import show_scores
from pellucid.workflow.evaluation import evaluate_file
from pellucid.workflow.input_files.dialect import Dialect

__all__ = ["evaluate"]


@with_dialect
def evaluate(
    model: MODEL_FILE,
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A table with the target column.", show_default=False)
    ],
    target: TRUTH = None,
    weight: WEIGHTS = None,
    held_out: Annotated[
        bool, flag("--held-out", help="DATA is the training data: evaluate on the held-out rows only.")
    ] = False,
    json: JSON = False,
    *,
    dialect: Dialect,
) -> None:
    """Evaluate a model on a table with the true targets.

    \b
    [bold]Examples[/bold]
    pellucid evaluate digits-model.safetensors digits --held-out
    pellucid evaluate houses-model.safetensors new-houses.csv
    """  # noqa: D301
    printer = Printer(machine=json)
    found = evaluate_file(
        model, data, target=target, weight=weight, held_out=held_out, dialect=dialect, listener=printer
    )
    which = "held-out rows" if held_out else "rows"
    printer.say(f"{model} on {found.n_rows:,} {which} of {data}, target {found.target!r}")
    show_scores(printer, {"held out" if held_out else "all rows": found.scores})
    about = {"command": "evaluate", "model": model, "data": data, "target": found.target, "task": found.task}
    printer.result({**about, "only_held_out": held_out, **found.scores})
