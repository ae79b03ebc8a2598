"""``pellucid evaluate``: how good a model is on a table that holds the truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from pellucid.cli.columns import columns_of, require, shown
from pellucid.cli.console import Printer
from pellucid.cli.dialect import Dialect
from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.examples import Examples, Origin
from pellucid.cli.judge import Trained, open_model
from pellucid.cli.noting import noting
from pellucid.cli.options import flag, option
from pellucid.cli.report import score, show_scores
from pellucid.cli.tables import Table
from pellucid.cli.target import CLASSIFICATION
from pellucid.exceptions import DataError, ParameterError

__all__ = ["evaluate"]


@with_dialect
def evaluate(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A model file of `pellucid train`.", show_default=False)
    ],
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A table with the target column.", show_default=False)
    ],
    target: Annotated[
        str | None,
        option(metavar="COLUMN", help="The column with the truth. \\[default: as in training]"),
    ] = None,
    weight: Annotated[
        str | None,
        option(metavar="COLUMN", help="A column of row weights. \\[default: as in training]"),
    ] = None,
    held_out: Annotated[
        bool,
        flag("--held-out", help="DATA is what the model was trained on: judge by the held-out rows only."),
    ] = False,
    json: Annotated[bool, flag("--json", help="Print one JSON object.")] = False,
    *,
    dialect: Dialect,
) -> None:
    """Judge a model on a table that holds the truth.

    \b
    [bold]Examples[/bold]
    pellucid evaluate digits-model.safetensors digits --held-out
    pellucid evaluate houses-model.safetensors new-houses.csv
    """  # noqa: D301
    printer = Printer(machine=json)
    trained = open_model(model)
    table = trained.table(data, dialect, printer)
    origin = roles(trained, table, target, weight, printer)
    table = origin.judged(table)
    examples = trained.examples(table, origin, printer)
    if held_out:
        origin.refuse_other_data(table, examples, "--held-out needs the same rows in the same order.")
        if not origin.test_fraction:
            raise DataError(f"{model} was trained with --test-fraction 0: no rows were held out.")
        examples = examples[origin.split(examples).held_out]
    elif origin.is_of(examples):
        n_learned = len(origin.split(examples).training)
        printer.note(
            f"The model has learned from {n_learned:,} of these {len(examples):,} rows, so that its scores here "
            "flatter it." + (" --held-out judges by the others." if origin.test_fraction else "")
        )
    _note_unknown_classes(trained, examples, printer)
    with noting(printer):
        found = score(trained.model, origin, examples)
    which = "held-out rows" if held_out else "rows"
    printer.say(f"{model} on {len(examples):,} {which} of {data}, target {origin.target!r}")
    show_scores(printer, {"held out" if held_out else "all rows": found})
    about = {
        "command": "evaluate",
        "model": model,
        "data": data,
        "target": origin.target,
        "task": origin.task,
    }
    printer.result({**about, "only_held_out": held_out, **found})


def roles(trained: Trained, table: Table, target: str | None, weight: str | None, printer: Printer) -> Origin:
    """Return the roles of training, with those that the user changes, where the table has such columns."""
    noted = trained.origin or Origin("", "", trained.task, None, None, [], 0.0, 0)
    chosen = target or noted.target or table.target
    if not chosen:
        raise ParameterError(
            f"{trained.path} does not say what its target is called. Say with --target which column of "
            f"{table.source} holds the truth. {columns_of(table)}"
        )
    require(table, [chosen], "--target" if target else "the model")
    if weight is not None:
        require(table, [weight], "--weight")
    elif noted.weight is not None and noted.weight not in table.frame.columns:
        printer.note(
            f"{table.source} has no column {noted.weight!r}, the weights of training; all rows count 1."
        )
    else:
        weight = noted.weight
    return replace(noted, target=chosen, weight=weight)


def _note_unknown_classes(trained: Trained, examples: Examples, printer: Printer) -> None:
    if trained.task == CLASSIFICATION:
        unknown = ~np.isin(examples.y, trained.model.classes_)
        names = shown(map(str, np.unique(examples.y[unknown])))
        if unknown.all():
            raise DataError(
                f"No row is of a class that the model knows. It knows {shown(map(str, trained.model.classes_))}; "
                f"the rows are of {names}. Name the column with the truth with --target."
            )
        if unknown.any():
            printer.note(
                f"{unknown.sum():,} rows are of classes that the model does not know, which count as mistakes: "
                f"{names}."
            )
