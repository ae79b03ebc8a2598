"""``pellucid predict``: a model's answers for new rows, as a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from pellucid.cli.columns import require
from pellucid.cli.console import Printer
from pellucid.cli.judge import Trained, open_model
from pellucid.cli.options import between, flag, option
from pellucid.cli.outputs import check_output, check_table_suffix, write_table
from pellucid.cli.tables import Table, read_table
from pellucid.cli.target import CLASSIFICATION
from pellucid.exceptions import DataError, ParameterError

__all__ = ["predict"]

PREDICTION = "prediction"


def predict(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A model file of `pellucid train`.", show_default=False)
    ],
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A table with the model's inputs.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        option(metavar="FILE", help="A .csv or .parquet file. \\[default: CSV on standard output]"),
    ] = None,
    identifier: Annotated[
        str | None,
        option("--id", metavar="COLUMN", help="A column to keep. \\[default: as in training]"),
    ] = None,
    proba: Annotated[bool, flag("--proba", help="Add the probability of each class.")] = False,
    interval: Annotated[
        Any,
        option(
            parser=between(float, 0.01, 0.999),
            metavar="NUMBER",
            help="For numbers of --model tabular: add the ends of intervals that hold this share, such as 0.9.",
        ),
    ] = None,
    force: Annotated[bool, flag("--force", help="Write over a file that exists.")] = False,
    json: Annotated[bool, flag("--json", help="Print one JSON object.")] = False,
) -> None:
    """Predict the target of new rows.

    \b
    [bold]Examples[/bold]
    pellucid predict digits-model.safetensors digits --out predictions.csv
    pellucid predict houses-model.safetensors new.csv --id house_id > prices.csv
    """  # noqa: D301
    printer = Printer(machine=json)
    if out is not None:
        check_table_suffix(out)
        check_output(out, force=force, read=[model, data])
    trained = open_model(model)
    if proba and trained.task != CLASSIFICATION:
        raise ParameterError(f"--proba is for classes; {model} predicts numbers.")
    if proba and not hasattr(trained.model, "predict_proba"):
        raise ParameterError(f"{model} is a {type(trained.model).__name__}, which gives no probabilities.")
    if interval is not None and not hasattr(trained.model, "predict_interval"):
        raise ParameterError(
            f"--interval is for numbers of an estimator for tables; {model} has no intervals."
        )
    table = read_table(data, as_text=_identifiers(trained, identifier))
    answers = _answers(trained, table, identifier, proba=proba, interval=interval, printer=printer)

    found = {
        "command": "predict",
        "model": model,
        "data": data,
        "rows": answers.height,
        "columns": answers.columns,
    }
    if out is not None:
        write_table(answers, out)
        printer.say(f"{answers.height:,} predictions written to {out}: {', '.join(answers.columns)}")
        printer.result({**found, "out": out})
    elif json:
        printer.result({**found, "out": None, "predictions": answers.to_dicts()})
    else:
        sys.stdout.write(answers.write_csv())


def _identifiers(trained: Trained, identifier: str | None) -> set[str]:
    noted = trained.origin.identifier if trained.origin else None
    return {name for name in (identifier, noted) if name is not None}


def _answers(
    trained: Trained,
    table: Table,
    identifier: str | None,
    *,
    proba: bool,
    interval: float | None,
    printer: Printer,
) -> pl.DataFrame:
    """Return the identifiers, the predictions, and the probabilities or intervals if wanted."""
    columns = []
    if identifier is not None:
        require(table, [identifier], "--id")
    else:
        identifier = next(iter(_identifiers(trained, None)), None)
        if identifier is not None and identifier not in table.frame.columns:
            printer.note(
                f"{table.source} has no column {identifier!r}, the id of training; predictions go without."
            )
            identifier = None
    if identifier is not None:
        columns.append(table.frame[identifier])
    inputs = trained.inputs(table, {identifier} - {None}, printer)  # type: ignore[arg-type]

    predicted = trained.model.predict(inputs)
    if predicted.ndim == 1:
        columns.append(pl.Series(PREDICTION, predicted))
    else:
        columns += [pl.Series(f"{PREDICTION}_{j}", predicted[:, j]) for j in range(predicted.shape[1])]
    if proba:
        probabilities = trained.model.predict_proba(inputs)
        names = [f"probability_{name}" for name in trained.model.classes_]
        columns += [pl.Series(name, probabilities[:, j]) for j, name in enumerate(names)]
    if interval is not None:
        ends: Any = trained.model
        ends = ends.predict_interval(inputs, coverage=interval)
        columns += [pl.Series("lower", ends[:, 0]), pl.Series("upper", ends[:, 1])]
    if len({held.name for held in columns}) < len(columns):
        raise DataError(
            f"The id column {identifier!r} has the name of a column of predictions. Rename it, or name "
            "another with --id."
        )
    return pl.DataFrame(columns)
