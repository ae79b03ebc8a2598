"""``pellucid export``: a model as ONNX, C or Python, with proof that it predicts the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.options import COVERAGE, FORCE, JSON, MODEL_FILE, a_file, choice, flag, option
from pellucid.cli.printing import Printer
from pellucid.exports import TARGETS
from pellucid.exports.targets import target_of
from pellucid.workflow.exports import export_file
from pellucid.workflow.input_files.dialect import Dialect

__all__ = ["export"]

KINDS = "; ".join(f"{row.name} ({row.says})" for row in TARGETS.values())


@with_dialect
def export(
    model: MODEL_FILE,
    out: Annotated[
        Path | None,
        a_file(help="The file to write. \\[default: the model's name with the kind's suffix]"),
    ] = None,
    to: Annotated[
        str | None, choice(list(TARGETS), help=f"{KINDS}. \\[default: by the suffix of --out, else onnx]")
    ] = None,
    check: Annotated[
        str | None,
        option(
            metavar="DATA",
            help="A table for comparing the export with the model. \\[default: rows made from the model's "
            "summaries of columns]",
        ),
    ] = None,
    coverage: Annotated[
        Any,
        COVERAGE(
            help="For regression with --model tabular: also export the bounds of intervals with this coverage."
        ),
    ] = None,
    part: Annotated[
        str | None,
        choice(
            ("model", "network"),
            help="For onnx: network leaves out the preprocessing, for runtimes without ai.onnx.ml. "
            "\\[default: model]",
        ),
    ] = None,
    inputs: Annotated[
        str | None,
        choice(
            ("columns", "matrix"),
            help="For onnx: an input per column, or one matrix of all. \\[default: columns with --model "
            "tabular, else matrix]",
        ),
    ] = None,
    standard_library: Annotated[
        bool, flag("--standard-library", help="For python: one row at a time, without NumPy.")
    ] = False,
    license: Annotated[
        str | None,
        option(metavar="NAME", help="For card: an identifier such as bsd-3-clause. \\[default: not stated]"),
    ] = None,
    description: Annotated[
        str | None, option(metavar="TEXT", help="For card: what the model is for.")
    ] = None,
    force: FORCE = False,
    json: JSON = False,
    *,
    dialect: Dialect,
) -> None:
    """Export a model to ONNX, C or Python, and check that the predictions agree; or write a model card.

    \b
    [bold]Examples[/bold]
    pellucid export houses-model.safetensors --to onnx --check houses.csv
    pellucid export digits-model.safetensors --out digits.c
    pellucid export houses-model.safetensors --to card --license bsd-3-clause
    """  # noqa: D301
    printer = Printer(machine=json)
    to = to if to is not None or out is not None else "onnx"
    out = model.with_suffix(target_of(to, model).suffix) if out is None else out
    report = export_file(
        model, out, to=to, check=check, coverage=coverage, force=force, dialect=dialect, listener=printer,
        part=part, inputs=inputs, standard_library=standard_library or None, license=license,
        description=description,
    )  # fmt: skip
    is_card = target_of(to, out).of_model
    if not is_card:
        printer.say(str(report))
    printer.say(f"{'Card of ' * is_card}{model} written to {out}")
    printer.result({"command": "export", "model": model, "out": out, **report.to_dict()})
