"""``pellucid trace``: one calculation forward and backward, with every number."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from rich.console import Console

from pellucid.cli.options import FORCE, TRUTH, a_file, choice, flag, integer, number, option, parsed
from pellucid.cli.printing import Printer, shell, table, write_exactly
from pellucid.courses import EXAMPLES, example_page
from pellucid.courses.examples.marks import said_of_wrong
from pellucid.exceptions import ParameterError
from pellucid.explain import NOTATIONS
from pellucid.explain.digits import Precision, read_precision
from pellucid.explain.entries import Document
from pellucid.explain.equations import as_text
from pellucid.explain.text import set_text
from pellucid.workflow import trace_rows, trace_weights
from pellucid.workflow.output_files import check_output
from pellucid.workflow.traced_files import page_format, write_page

__all__ = ["trace"]

WHERE = "Choose one: --example NAME, --model FILE --row N, --weights FILE.json, or --list for the examples."


def trace(
    example: Annotated[str | None, option(metavar="NAME", help="A worked example of a course.")] = None,
    list_examples: Annotated[bool, flag("--list", help="List the worked examples.")] = False,
    model: Annotated[Path | None, a_file(help="A model file of `pellucid train`; with --row.")] = None,
    row: Annotated[
        list[int] | None, option(metavar="N", help="Row of the data, from 1; several form a batch.")
    ] = None,
    member: Annotated[str | None, option(metavar="N", help="Network of a model, from 0, or linear.")] = None,
    data: Annotated[
        str | None,
        option(
            metavar="DATA",
            help="The table with the row. \\[default: as in training, if that file has not changed]",
        ),
    ] = None,
    target: TRUTH = None,
    weights: Annotated[
        Path | None,
        a_file(help="A JSON file with weights, biases, activation, output_activation, x, y, loss."),
    ] = None,
    notation: Annotated[
        str | None,
        choice(list(NOTATIONS), help=f"{', '.join(NOTATIONS)}. \\[default: the example's, else pellucid]"),
    ] = None,
    precision: Annotated[
        Any,
        option(
            metavar="N", parser=parsed(read_precision), help="Decimals, or full. \\[default: 3; in JSON full]"
        ),
    ] = None,
    by_hand: Annotated[
        int | None,
        integer(
            0,
            12,
            metavar="N",
            help="Also show the calculation by hand, rounded to N decimals after every operation.",
        ),
    ] = None,
    differences: Annotated[
        bool, flag("--differences", help="Also show finite differences of the gradients.")
    ] = False,
    steps: Annotated[
        int,
        integer(
            0,
            10_000,
            metavar="N",
            help="Also list losses and outputs of N steps of gradient descent. \\[default: 0]",
        ),
    ] = 0,
    learning_rate: Annotated[
        float | None,
        number(
            0.0, 1e6, metavar="RATE", help="Learning rate of the step. \\[default: the example's, else 1]"
        ),
    ] = None,
    format_name: Annotated[
        str | None,
        option(
            "--format",
            metavar="FORMAT",
            help="text, latex, html or json. \\[default: text, or by the suffix of FILE]",
        ),
    ] = None,
    out: Annotated[Path | None, a_file(help="Write to this file: .txt, .tex, .html or .json.")] = None,
    force: FORCE = False,
) -> None:
    """Show a calculation forward and backward, with every number.

    \b
    [bold]Examples[/bold]
    pellucid trace --list
    pellucid trace --example iowa-grounded
    pellucid trace --model digits-model.safetensors --row 17
    """  # noqa: D301
    asked = [example is not None, list_examples, model is not None, weights is not None]
    if sum(asked) != 1:
        raise ParameterError(
            f"There is {'nothing' if not any(asked) else 'more than one thing'} to trace. {WHERE}"
        )
    chosen: dict[str, Any] = {"data": data, "target": target, "member": member}
    _refuse_without_model(model, row=row, **chosen)
    if list_examples:
        _list(Printer(machine=False))
        return
    kind = page_format(format_name, out)
    decimals = ("full" if format_name == "json" else 3) if precision is None else precision
    if out is not None:
        check_output(out, force=force, read=[given for given in (model, weights, data) if given is not None])
    shown: dict[str, Any] = {"differences": differences, "by_hand": by_hand, "steps": steps}
    rate = 1.0 if learning_rate is None else learning_rate
    if example is not None:
        page = example_page(example, notation, learning_rate=learning_rate, **shown)
    elif model is not None:
        found = trace_rows(model, row or [], **chosen, learning_rate=rate, listener=Printer(machine=False))
        page = found.document(notation or "pellucid", **shown)
    else:
        page = trace_weights(str(weights), learning_rate=rate).document(notation or "pellucid", **shown)
    if out is not None:
        write_page(page, out, kind, precision=decimals)
        Printer(machine=False).say(f"{as_text(page.title)}\nwritten to {out} as {kind.name}")
    elif kind.name == "text":
        _print_text(page, decimals)
    else:
        write_exactly(kind.render(page, precision=decimals) + "\n")


def _refuse_without_model(model: Path | None, **given: Any) -> None:
    flags = [f"--{name}" for name, value in given.items() if value]
    if model is None and flags:
        raise ParameterError(f"{' and '.join(flags)} require --model FILE. {WHERE}")


def _print_text(page: Document, decimals: Precision) -> None:
    """Print the tables, and last what the notes print wrong, if this is one of their examples."""
    console = Console(highlight=False)
    console.out(set_text(page, precision=decimals, width=console.width, color=console.is_terminal), end="")
    if said := said_of_wrong(page):
        console.print(f"\n[bold]{said}[/], marked ✗ above.")


def _list(printer: Printer) -> None:
    rows = [(row.name, row.title, ", ".join(row.misprints)) for row in EXAMPLES.values()]
    printer.show(table("example", "what it shows", "misprints", n_texts=3, rows=rows))
    printer.suggest({"Try one, in its course's notation:": shell("trace", "--example", "iowa-grounded")})
