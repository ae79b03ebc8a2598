"""``pellucid diagnose``: what is wrong with a model and its training, and what to try."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Group
from rich.table import Table as RichTable
from rich.text import Text

from pellucid.cli.columns import plain, shown
from pellucid.cli.console import Printer, operand, shell
from pellucid.cli.dialect import Dialect
from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.evaluate import roles
from pellucid.cli.examples import Examples, Origin
from pellucid.cli.judge import Trained, open_model
from pellucid.cli.noting import noting
from pellucid.cli.options import OPTIONS, flag, in_flags, option
from pellucid.cli.outputs import check_output, unused
from pellucid.cli.retyped import option_words, role_words, typed
from pellucid.cli.tables import Table
from pellucid.cli.target import CLASSIFICATION
from pellucid.exceptions import DataError
from pellucid.host.escaping import for_shell, for_terminal

# The doctor and the report are loaded when they are asked for: they would delay every other command.
if TYPE_CHECKING:
    from pellucid.diagnostics import Change, Diagnosis, Finding

__all__ = ["diagnose"]

STYLES = {"serious": "bold red", "warning": "yellow", "note": "cyan"}
SIGNS = {"serious": "✖", "warning": "▲", "note": "●"}


@dataclass(frozen=True)
class Rows:
    """The rows that are examined, and those to judge by.

    Parameters
    ----------
    examples : Examples
        Those of training, where they are known.
    held : Examples or None
        Those that training did not see.
    names : sequence
        How the file calls the rows of ``examples``: by the identifier, or by their numbers from 1.
    """

    examples: Examples
    held: Examples | None
    names: Sequence[Any]


@with_dialect
def diagnose(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A model file of `pellucid train`.", show_default=False)
    ],
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="The table that it was trained on.", show_default=False)
    ],
    validation: Annotated[
        str | None,
        option(
            metavar="FILE",
            help="A table that training did not see. \\[default: the rows that training held out]",
        ),
    ] = None,
    page: Annotated[
        Path | None,
        option("--report", metavar="FILE", help="Write a page with pictures here, such as report.html."),
    ] = None,
    target: Annotated[
        str | None,
        option(metavar="COLUMN", help="The column with the truth. \\[default: as in training]"),
    ] = None,
    weight: Annotated[
        str | None,
        option(metavar="COLUMN", help="A column of row weights. \\[default: as in training]"),
    ] = None,
    force: Annotated[bool, flag("--force", help="Write over a report that exists.")] = False,
    json: Annotated[bool, flag("--json", help="Print one JSON object.")] = False,
    *,
    dialect: Dialect,
) -> None:
    """Say what is wrong with a model and its training, why, and what to try.

    \b
    [bold]Examples[/bold]
    pellucid diagnose digits-model.safetensors digits
    pellucid diagnose houses-model.safetensors houses.csv --report houses.html
    """  # noqa: D301
    from pellucid.diagnostics import mend

    printer = Printer(machine=json)
    trained = open_model(model)
    table = trained.table(data, dialect, printer)
    if page is not None:
        check_output(page, force=force, option="--report", read=[data, model, validation or data])
    origin = roles(trained, table, target, weight, printer)
    table = origin.judged(table)
    rows = _rows(trained, table, origin, validation, dialect, printer)
    with noting(printer):
        found = _examine(trained, rows, page, f"{model} on {data}")
    found = _in_words_of_the_file(found, rows.names)
    mended, changes = (None, []) if trained.is_tabular else mend(trained.model, found)
    changes = [change for change in changes if change.parameter in OPTIONS]
    commands = _next_commands(trained, table, origin, rows, mended if changes else None, page)

    n, held = len(rows.examples), rows.held
    judged = "" if held is None else f", and {len(held):,} that training did not see"
    printer.say(f"{model} on {n:,} rows of {data}, target {origin.target!r}{judged}")
    _show(printer, found, changes)
    if page is not None:
        printer.say(f"\nReport written to {page}: open it in a browser, it needs no network.")
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
                {
                    "parameter": c.parameter,
                    "option": _as_typed({c.parameter: c.after}),
                    "before": c.before,
                }
                | {"after": c.after, "code": c.code}
                for c in changes
            ],
            "next": list(commands.values()),
        }
    )


def _rows(
    trained: Trained, table: Table, origin: Origin, validation: str | None, dialect: Dialect, printer: Printer
) -> Rows:
    """Return the rows of training, where the table is that of training, else all; and those to judge by."""
    examples = trained.examples(table, origin, printer)
    names = list(range(1, len(examples) + 1))
    if origin.identifier is not None and origin.identifier in table.frame.columns:
        names = plain(table, origin.identifier).to_list()
    held = None
    if origin.is_of(examples):
        parts = origin.split(examples)
        kept = parts.training
        held = examples[parts.held_out] if len(parts.held_out) else None
    else:
        printer.note(
            f"{table.source} is not the table that the model was trained on: what is said of training is said of "
            "all its rows."
        )
        kept = _known(trained, table, examples, printer)
    if validation is not None:
        other = origin.judged(trained.table(validation, dialect, printer))
        held = trained.examples(other, replace(origin, weight=None, group=None, time=None), printer)
        held = held[_known(trained, other, held, printer)]
    return Rows(examples[kept], held, [names[row] for row in kept])


def _known(trained: Trained, table: Table, examples: Examples, printer: Printer) -> NDArray[np.intp]:
    """Return the rows of classes that the model knows; others have no loss."""
    if trained.task != CLASSIFICATION:
        return np.arange(len(examples))
    known = np.isin(examples.y, trained.model.classes_)
    names = shown(map(str, np.unique(examples.y[~known])))
    if not known.any():
        raise DataError(
            f"No row of {table.source} is of a class that the model knows: it knows "
            f"{shown(map(str, trained.model.classes_))}; the rows are of {names}. Name the column with the truth "
            "with --target."
        )
    if not known.all():
        printer.note(
            f"{(~known).sum():,} rows of {table.source} are left out: the model has no class {names}."
        )
    return np.flatnonzero(known)


def _examine(trained: Trained, rows: Rows, page: Path | None, title: str) -> Diagnosis:
    examples, held = rows.examples, rows.held
    X_val, y_val = (None, None) if held is None else (held.inputs, held.y)
    if page is None:
        from pellucid.diagnostics import diagnose as ask_the_doctor

        return ask_the_doctor(
            trained.model, examples.inputs, examples.y, X_val, y_val, sample_weight=examples.weight
        )
    from pellucid.report import report

    return report(
        trained.model,
        examples.inputs,
        examples.y,
        page,
        X_val=X_val,
        y_val=y_val,
        sample_weight=examples.weight,
        row_names=rows.names,
        title=title,
    )


def _in_words_of_the_file(found: Diagnosis, names: Sequence[Any]) -> Diagnosis:
    """Return findings whose rows are those of the file, and whose parameters are options."""
    from pellucid.report.findings import in_names

    def turned(finding: Finding) -> Finding:
        where = dict(finding.where)
        if isinstance(where.get("rows"), list):
            where["rows"] = [names[row] for row in where["rows"]]

        def said(words: str) -> str:
            return in_flags(in_names(words, names))

        return replace(
            finding,
            where=where,
            summary=said(finding.summary),
            why=said(finding.why),
            remedy=said(finding.remedy),
        )

    return replace(found, findings=tuple(map(turned, found)))


# ---- what is said ---------------------------------------------------------------------------------------


def _show(printer: Printer, found: Diagnosis, changes: list[Change]) -> None:
    """Print the findings, worst first, and the options that mend them."""
    from pellucid.report.findings import places

    counts = Counter(finding.level for finding in found)
    levels = [
        f"{counts[level]} {level}{'s' * (level != 'serious' and counts[level] > 1)}"
        for level in SIGNS
        if counts[level]
    ]
    order = ", worst first" * (len(found) > 1)
    printer.say(
        f"\nLooked for {len(found.checked)} illnesses. Found: {', '.join(levels) or 'nothing'}{order}"
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
        lines = RichTable.grid(padding=(0, 2, 0, 0))
        lines.add_column(style="dim")
        lines.add_column(overflow="fold")
        for name, text in said.items():
            if text:
                lines.add_row(name, Text(for_terminal(text), style="cyan" if name == "try" else ""))
        printer.show(Group(head, lines))
    if changes:
        together = {change.parameter: change.after for change in changes}
        printer.say(f"\nPut together: {_as_typed(together)}")


def _as_typed(parameters: Mapping[str, Any]) -> str:
    """Return parameters as options that can be pasted; one that is no option as in Python."""
    return " ".join(
        for_shell(word) if name in OPTIONS else word
        for name, value in parameters.items()
        for word in typed(name, value)
    )


# ---- what to try ----------------------------------------------------------------------------------------


def _next_commands(
    trained: Trained, table: Table, origin: Origin, rows: Rows, mended: Any, page: Path | None
) -> dict[str, str]:
    commands = {}
    if mended is not None:
        path = unused(trained.path.with_stem(f"{trained.path.stem}-mended"))
        options = option_words(mended, origin, len(rows.examples), rows.examples.inputs.width)
        commands["Train anew with these options:"] = shell(
            "train", operand(table.source), *role_words(table, origin), *options, "--out", path
        )
        commands["Diagnose it again:"] = shell("diagnose", path, operand(table.source))
    if page is None:
        out = unused(Path(f"{table.stem}-report.html"))
        commands["See it in pictures, as a page:"] = shell(
            "diagnose", trained.path, operand(table.source), "--report", out
        )
    if mended is None:
        commands["Judge the model:"] = shell("evaluate", trained.path, operand(table.source))
    return commands
