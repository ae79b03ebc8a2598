"""``pellucid predict``: a model's answers for new rows, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import typer

from pellucid.cli.columns import plain, require
from pellucid.cli.console import Printer, write_exactly
from pellucid.cli.dialect import Dialect
from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.judge import Trained, open_model
from pellucid.cli.noting import noting
from pellucid.cli.options import between, flag, option
from pellucid.cli.outputs import check_output, check_table_suffix, write_table
from pellucid.cli.tables import Table
from pellucid.cli.target import CLASSIFICATION
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.escaping import for_csv, for_terminal

__all__ = ["predict"]

PREDICTION = "prediction"


@with_dialect
def predict(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A model file of `pellucid train`.", show_default=False)
    ],
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A table with the model's inputs.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        option(
            metavar="FILE",
            help="A .csv or .parquet file. \\[default: CSV on standard output, where control characters are made "
            "visible]",
        ),
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
    quote_formulas: Annotated[
        bool,
        flag(
            "--quote-formulas",
            help="Put an apostrophe before texts that a spreadsheet would take for a formula, such as =1+1.",
        ),
    ] = False,
    force: Annotated[bool, flag("--force", help="Write over a file that exists.")] = False,
    json: Annotated[bool, flag("--json", help="Print one JSON object.")] = False,
    *,
    dialect: Dialect,
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
    if quote_formulas and (json or (out is not None and out.suffix.lower() != ".csv")):
        raise ParameterError("--quote-formulas is for CSV. Leave it out, or write a .csv file.")
    trained = open_model(model)
    if proba and trained.task != CLASSIFICATION:
        raise ParameterError(f"--proba is for classes; {model} predicts numbers.")
    if proba and not hasattr(trained.model, "predict_proba"):
        raise ParameterError(f"{model} is a {type(trained.model).__name__}, which gives no probabilities.")
    if interval is not None and not hasattr(trained.model, "predict_interval"):
        raise ParameterError(
            f"--interval is for numbers of an estimator for tables; {model} has no intervals."
        )
    table = trained.table(data, dialect, printer, as_text=_identifiers(trained, identifier))
    with noting(printer):
        answers = _answers(trained, table, identifier, proba=proba, interval=interval, printer=printer)
    if quote_formulas:
        answers = _without_formulas(answers)

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
        write_exactly(for_terminal(answers.write_csv(), lines=True))


def _encodable(labels: Any) -> Any:
    """Return labels that UTF-8 can hold: of a lone surrogate, its number."""
    if labels.dtype.kind not in "OU":
        return labels
    whole = [
        label.encode("utf-8", "backslashreplace").decode() if isinstance(label, str) else label
        for label in labels.ravel().tolist()
    ]
    return np.array(whole, labels.dtype if labels.dtype == object else str).reshape(labels.shape)


def _without_formulas(answers: pl.DataFrame) -> pl.DataFrame:
    """Return a table in which no name of a column and no text begins like a formula of a spreadsheet."""
    columns = []
    for held in answers:
        if held.dtype in (pl.String, pl.Categorical, pl.Enum):
            texts = held.cast(pl.String).to_list()
            held = pl.Series(
                held.name, [None if text is None else for_csv(text) for text in texts], pl.String
            )
        columns.append(held.rename(for_csv(held.name)))
    return pl.DataFrame(columns)


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
        columns.append(plain(table, identifier))
    inputs = trained.inputs(table, {identifier} - {None}, printer)  # type: ignore[arg-type]

    predicted = _encodable(trained.model.predict(inputs))
    if predicted.ndim == 1:
        columns.append(pl.Series(PREDICTION, predicted))
    else:
        columns += [pl.Series(f"{PREDICTION}_{j}", predicted[:, j]) for j in range(predicted.shape[1])]
    if proba:
        probabilities = trained.model.predict_proba(inputs)
        names = [f"probability_{name}" for name in _encodable(trained.model.classes_)]
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
