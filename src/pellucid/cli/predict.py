"""``pellucid predict``: predictions of a model for new rows, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.options import COVERAGE, FORCE, JSON, MODEL_FILE, NEW_DATA, a_file, flag, of_column
from pellucid.cli.printing import Printer, write_exactly
from pellucid.exceptions import ParameterError
from pellucid.host.escaping import for_terminal
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.streamed_predictions import predict_any

__all__ = ["predict"]


@with_dialect
def predict(
    model: MODEL_FILE,
    data: NEW_DATA,
    out: Annotated[
        Path | None,
        a_file(
            help="A .csv or .parquet file. \\[default: CSV on standard output, where control characters are "
            "escaped]"
        ),
    ] = None,
    identifier: Annotated[
        str | None, of_column("--id", help="A column to keep. \\[default: as in training]")
    ] = None,
    proba: Annotated[bool, flag("--proba", help="Add the probability of each class.")] = False,
    interval: Annotated[
        Any,
        COVERAGE(
            help="For --model tabular: add the bounds of prediction intervals, or the set of classes, with "
            "this coverage, such as 0.9."
        ),
    ] = None,
    quote_formulas: Annotated[
        bool,
        flag(
            "--quote-formulas",
            help="Put an apostrophe before text that a spreadsheet would read as a formula, such as =1+1.",
        ),
    ] = False,
    force: FORCE = False,
    json: JSON = False,
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
    if quote_formulas and json:
        raise ParameterError("--quote-formulas applies to CSV only. Leave it out, or write a .csv file.")
    options: dict[str, Any] = {"identifier": identifier, "proba": proba, "interval": interval, "force": force}
    options |= {"quote_formulas": quote_formulas, "listener": printer}
    n_rows, columns, answers = predict_any(model, data, out=out, dialect=dialect, **options)
    about = {"command": "predict", "model": model, "data": data, "rows": n_rows}
    found = {**about, "columns": columns, "out": out}
    if out is not None:
        printer.say(f"{n_rows:,} predictions written to {out}: {', '.join(columns)}")
        printer.result(found)
    elif json:
        printer.result({**found, "predictions": answers.to_dicts()})
    else:
        write_exactly(for_terminal(answers.write_csv(), lines=True))
