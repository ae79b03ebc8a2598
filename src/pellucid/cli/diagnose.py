"""``pellucid diagnose``: what is wrong with a model and its training, and what to try."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.flags import in_flags
from pellucid.cli.model_options import OPTIONS
from pellucid.cli.options import JSON, MODEL_FILE, TRUTH, WEIGHTS, flag, option
from pellucid.cli.printing import Printer, operand, shell
from pellucid.cli.retyped import option_words, role_words, typed
from pellucid.host.escaping import for_shell, for_terminal
from pellucid.workflow.dialect import Dialect
from pellucid.workflow.examined_rows import ExaminedRows, examined_rows
from pellucid.workflow.noting import noting
from pellucid.workflow.output_files import check_output, unused
from pellucid.workflow.trained import check_is_file

# The doctor and the report are loaded when they are asked for: they would delay every other command.
if TYPE_CHECKING:
    from pellucid.diagnostics import Change, Diagnosis

__all__ = ["diagnose"]

STYLES = {"serious": "bold red", "warning": "yellow", "note": "cyan"}
SIGNS = {"serious": "✖", "warning": "▲", "note": "●"}


@with_dialect
def diagnose(
    model: MODEL_FILE,
    data: Annotated[
        str,
        typer.Argument(metavar="DATA", help="The table that the model was trained on.", show_default=False),
    ],
    validation: Annotated[
        str | None,
        option(
            metavar="FILE",
            help="A table that was not used in training. \\[default: the rows held out in training]",
        ),
    ] = None,
    page: Annotated[
        Path | None,
        option(
            "--report", metavar="FILE", help="Write a report with pictures to this file, such as report.html."
        ),
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
    from pellucid.diagnostics import mend
    from pellucid.report.findings import in_words_of_the_file

    printer = Printer(machine=json)
    if page is not None:
        check_is_file(model)
        check_output(page, force=force, name="report", read=[data, model, validation or data])
    rows = examined_rows(
        model, data, validation=validation, target=target, weight=weight, dialect=dialect, listener=printer
    )
    trained, origin = rows.trained, rows.origin
    with noting(printer.note):
        found = _examine(rows, page, f"{model} on {data}")
    found = in_words_of_the_file(found, rows.names, in_flags)
    mended, changes = (None, []) if trained.is_tabular else mend(trained.model, found)
    changes = [change for change in changes if change.parameter in OPTIONS]
    commands = _next_commands(rows, mended if changes else None, page)

    n, held = len(rows.examples), rows.held
    judged = "" if held is None else f", and {len(held):,} not used in training"
    printer.say(f"{model} on {n:,} rows of {data}, target {origin.target!r}{judged}")
    _show(printer, found, changes)
    if page is not None:
        printer.say(f"\nReport written to {page}: open it in a browser; it works offline.")
    printer.suggest(commands)
    printer.result(
        {
            "command": "diagnose",
            "model": model,
            "data": data,
            "target": origin.target,
            "task": origin.task,
            "report": page,
            "validation_rows": None if held is None else len(held),
            **found.to_dict(),
            "changes": [
                {"parameter": c.parameter, "option": _as_typed({c.parameter: c.after}), "before": c.before}
                | {"after": c.after, "code": c.code}
                for c in changes
            ],
            "next": list(commands.values()),
        }
    )


def _examine(rows: ExaminedRows, page: Path | None, title: str) -> Diagnosis:
    model, data = rows.trained.model, rows.data
    if page is None:
        from pellucid.diagnostics import diagnose as ask_the_doctor

        return ask_the_doctor(model, **data)
    from pellucid.report import report

    return report(model, data.pop("X"), data.pop("y"), page, **data, row_names=rows.names, title=title)


# ---- what is said ---------------------------------------------------------------------------------------


def _show(printer: Printer, found: Diagnosis, changes: list[Change]) -> None:
    """Print the findings, worst first, and the options that fix them."""
    from pellucid.report.findings import places

    counts = Counter(finding.level for finding in found)
    levels = [
        f"{counts[level]} {level}{'s' * (level != 'serious' and counts[level] > 1)}"
        for level in SIGNS
        if counts[level]
    ]
    order = ", worst first" * (len(found) > 1)
    printer.say(
        f"\nChecked for {len(found.checked)} problems. Found: {', '.join(levels) or 'nothing'}{order}"
    )
    for number, finding in enumerate(found, start=1):
        head = Text.assemble(
            f"{number}. ",
            (f"{SIGNS[finding.level]} {finding.level}", STYLES[finding.level]),
            f"  {finding.code}",
        )
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
    if changes:
        together = {change.parameter: change.after for change in changes}
        printer.say(f"\nCombined: {_as_typed(together)}")


def _as_typed(parameters: Mapping[str, Any]) -> str:
    """Return parameters as options that can be pasted; one without an option is written as in Python."""
    return " ".join(
        for_shell(word) if name in OPTIONS else word
        for name, value in parameters.items()
        for word in typed(name, value)
    )


# ---- what to try ----------------------------------------------------------------------------------------


def _next_commands(rows: ExaminedRows, mended: Any, page: Path | None) -> dict[str, str]:
    path, source = rows.trained.path, operand(rows.table.source)
    commands = {}
    if mended is not None:
        anew = unused(path.with_stem(f"{path.stem}-mended"))
        options = option_words(mended, rows.origin, len(rows.examples), rows.examples.inputs.width)
        roles = role_words(rows.table, rows.origin)
        commands["Train again with these options:"] = shell("train", source, *roles, *options, "--out", anew)
        commands["Diagnose the new model:"] = shell("diagnose", anew, source)
    if page is None:
        out = unused(Path(f"{rows.table.stem}-report.html"))
        commands["Write a report with pictures:"] = shell("diagnose", path, source, "--report", out)
    if mended is None:
        commands["Evaluate the model:"] = shell("evaluate", path, source)
    return commands
