"""``pellucid diagnose``: problems of a model and its training, with remedies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.flags import FLAGS
from pellucid.cli.model_options import OPTIONS
from pellucid.cli.options import JSON, MODEL_FILE, TRUTH, WEIGHTS, a_file, argument, flag
from pellucid.cli.printing import Printer, operand, shell
from pellucid.cli.retyped import option_words, role_words, typed
from pellucid.host.escaping import for_shell, for_terminal
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.output_files import unused

# The doctor and the report are loaded on request: they would delay every other command.
if TYPE_CHECKING:
    from pellucid.report import DiagnosedFile

__all__ = ["diagnose"]

SIGNS = {"serious": ("✖", "bold red"), "warning": ("▲", "yellow"), "note": ("●", "cyan")}


@with_dialect
def diagnose(
    model: MODEL_FILE,
    data: Annotated[str, argument("DATA", "The table that the model was trained on.")],
    validation: Annotated[
        str | None,
        a_file(help="A table that was not used in training. \\[default: the rows held out in training]"),
    ] = None,
    report: Annotated[
        Path | None, a_file(help="Write a report with pictures to this file, such as report.html.")
    ] = None,
    target: TRUTH = None,
    weight: WEIGHTS = None,
    force: Annotated[bool, flag("--force", help="Overwrite an existing report.")] = False,
    json: JSON = False,
    *,
    dialect: Dialect,
) -> None:
    """Diagnose problems of a model and its training, with causes and remedies.

    \b
    [bold]Examples[/bold]
    pellucid diagnose digits-model.safetensors digits
    pellucid diagnose houses-model.safetensors houses.csv --report houses.html
    """  # noqa: D301
    from pellucid.report import diagnose_file

    printer = Printer(machine=json)
    found = diagnose_file(
        model, data, validation=validation, target=target, weight=weight, report=report, force=force,
        changeable=OPTIONS, dialect=dialect, listener=printer,
    )  # fmt: skip
    rows, commands, n = found.rows, _next_commands(found, report), len(found.rows.examples)
    judged = "" if rows.held is None else f", and {len(rows.held):,} not used in training"
    printer.say(f"{model} on {n:,} row{'s' * (n != 1)} of {data}, target {rows.origin.target!r}{judged}")
    _show(printer, found)
    if report is not None:
        printer.say(f"\nReport written to {report}: open it in a browser; it works offline.")
    printer.suggest(commands)
    changes = [
        {"parameter": c.parameter, "option": _as_typed({c.parameter: c.after}), "before": c.before}
        | {"after": c.after, "code": c.code}
        for c in found.changes
    ]
    about = {"command": "diagnose", "model": model, "data": data, "report": report, **found.to_dict()}
    printer.result({**about, "changes": changes, "next": list(commands.values())})


# ---- what is said ---------------------------------------------------------------------------------------


def _show(printer: Printer, diagnosed: DiagnosedFile) -> None:
    """Print the findings, worst first, and the options that fix them."""
    from pellucid.report.findings import places

    found = diagnosed.diagnosis
    printer.say(f"\n{found.headline()}")
    for number, finding in enumerate(found, start=1):
        sign, style = SIGNS[finding.level]
        head = Text.assemble(f"{number}. ", (f"{sign} {finding.level}", style), f"  {finding.code}")
        said = {
            "what": finding.summary,
            "why": finding.why,
            "do": finding.remedy,
            "try": _as_typed(finding.parameters),
            "where": "; ".join(places(finding)),
            "rule": f"{finding.rule} ({finding.status}; {finding.source})",
        }
        lines = Table.grid(padding=(0, 2, 0, 0))
        lines.add_column(style="dim")
        lines.add_column(overflow="fold")
        for name, text in said.items():
            if text:
                lines.add_row(name, Text(for_terminal(text), style="cyan" if name == "try" else ""))
        printer.show(Group(head, lines))
    if diagnosed.changes:
        together = {change.parameter: change.after for change in diagnosed.changes}
        printer.say(f"\nCombined: {_as_typed(together)}")


def _as_typed(parameters: Mapping[str, Any]) -> str:
    """Return parameters as options to paste, or to leave out; one without an option is written as in Python."""
    return " ".join(
        for_shell(word) if name in OPTIONS and value is not None else word
        for name, value in parameters.items()
        for word in (["without", FLAGS[name]] if value is None and name in OPTIONS else typed(name, value))
    )


# ---- what to try ----------------------------------------------------------------------------------------


def _next_commands(found: DiagnosedFile, report: Path | None) -> dict[str, str]:
    rows, commands = found.rows, {}
    path, source = rows.trained.path, operand(rows.table.source)
    typable = found.mended is not None and not rows.trained.is_tabular
    if typable:
        anew = unused(path.with_stem(f"{path.stem}-mended"))
        options = option_words(found.mended, rows.origin, len(rows.examples), rows.examples.inputs.width)
        roles = role_words(rows.table, rows.origin)
        commands["Train again with these options:"] = shell("train", source, *roles, *options, "--out", anew)
        commands["Diagnose the new model:"] = shell("diagnose", anew, source)
    if report is None:
        out = unused(Path(f"{rows.table.stem}-report.html"))
        commands["Write a report with pictures:"] = shell("diagnose", path, source, "--report", out)
    if not typable:
        commands["Evaluate the model:"] = shell("evaluate", path, source)
    return commands
