"""``pellucid export``: a model as ONNX, C or Python, with proof that it predicts the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.options import JSON, MODEL_FILE, between, flag, one_of, option
from pellucid.cli.printing import Printer
from pellucid.exports import TARGETS
from pellucid.exports.targets import target_of
from pellucid.workflow.dialect import Dialect
from pellucid.workflow.exports import export_file

__all__ = ["export"]

KINDS = "; ".join(f"{row.name} ({row.says})" for row in TARGETS.values())


@with_dialect
def export(
    model: MODEL_FILE,
    out: Annotated[
        Path | None,
        option(
            metavar="FILE",
            help="The file to write. \\[default: the model's name with the suffix of the kind]",
        ),
    ] = None,
    to: Annotated[
        str | None,
        option(
            parser=one_of(list(TARGETS)),
            metavar="NAME",
            help=f"{KINDS}. \\[default: by the suffix of --out, else onnx]",
        ),
    ] = None,
    check: Annotated[
        str | None,
        option(
            metavar="DATA",
            help="A table to compare the export with the model on. \\[default: rows made from the model's "
            "summaries of columns]",
        ),
    ] = None,
    coverage: Annotated[
        Any,
        option(
            parser=between(float, 0.01, 0.999),
            metavar="NUMBER",
            help="For regression with --model tabular: also export the bounds of intervals with this coverage.",
        ),
    ] = None,
    part: Annotated[
        str | None,
        option(
            parser=one_of(("model", "network")),
            metavar="NAME",
            help="For onnx: network leaves out the preprocessing, for runtimes without ai.onnx.ml. "
            "\\[default: model]",
        ),
    ] = None,
    inputs: Annotated[
        str | None,
        option(
            parser=one_of(("columns", "matrix")),
            metavar="NAME",
            help="For onnx: an input per column, or one matrix of all. \\[default: columns with --model "
            "tabular, else matrix]",
        ),
    ] = None,
    standard_library: Annotated[
        bool, flag("--standard-library", help="For python: one row at a time, without NumPy.")
    ] = False,
    force: Annotated[bool, flag("--force", help="Overwrite an existing file.")] = False,
    json: JSON = False,
    *,
    dialect: Dialect,
) -> None:
    """Export a model to ONNX, C or Python, and check that it predicts the same.

    \b
    [bold]Examples[/bold]
    pellucid export houses-model.safetensors --to onnx --check houses.csv
    pellucid export digits-model.safetensors --out digits.c
    """  # noqa: D301
    printer = Printer(machine=json)
    to = to if to is not None or out is not None else "onnx"
    out = model.with_suffix(target_of(to, model).suffix) if out is None else out
    options = {"part": part, "inputs": inputs, "standard_library": standard_library or None}
    report = export_file(
        model, out, to=to, check=check, coverage=coverage, force=force, dialect=dialect, listener=printer,
        **{name: value for name, value in options.items() if value is not None},
    )  # fmt: skip
    printer.say(str(report))
    printer.say(f"{model} written to {out}")
    printer.result({"command": "export", "model": model, "out": out, **report.to_dict()})
