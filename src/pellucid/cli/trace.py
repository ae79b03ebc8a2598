"""``pellucid trace``: one calculation forward and backward, every number of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from rich.console import Console

from pellucid.cli.options import a_file, between, flag, option
from pellucid.cli.printing import Printer, cell, shell, table, write_exactly
from pellucid.courses.examples import EXAMPLES, Example, annotate, get_example, marked
from pellucid.courses.misprints import MISPRINTS
from pellucid.exceptions import ParameterError, PellucidError
from pellucid.explain import Trace
from pellucid.explain import trace as trace_of
from pellucid.explain.entries import Document
from pellucid.explain.equations import as_text, literal
from pellucid.explain.html import set_html
from pellucid.explain.json_ import set_json
from pellucid.explain.latex import set_latex
from pellucid.explain.profiles import NOTATIONS
from pellucid.explain.text import set_text
from pellucid.host.files import replace_file
from pellucid.workflow.chosen_rows import chosen_rows
from pellucid.workflow.output_files import check_output
from pellucid.workflow.weights_file import read_weights

__all__ = ["trace"]

SUFFIXES = {".txt": "text", ".tex": "latex", ".html": "html", ".htm": "html", ".json": "json"}
FORMATS: dict[str, Callable[..., str]]
FORMATS = {"text": set_text, "latex": set_latex, "html": set_html, "json": set_json}
WHOLE: dict[str, dict[str, Any]] = {  # options of a page that is a file of its own
    "text": {"width": 100}, "latex": {"standalone": True}, "html": {"standalone": True}, "json": {},
}  # fmt: skip
WHERE = "Choose one: --example NAME, --model FILE --row N, --weights FILE.json, or --list for the examples."


@dataclass(frozen=True)
class Calculation:
    """Trace with the notes to print about it.

    Parameters
    ----------
    trace : Trace
        The calculation.
    by_hand : Trace or None
        The same, rounded after every operation.
    title : str
        A line.
    example : Example or None
        The worked example it is.
    remarks : tuple of str
        Notes.
    """

    trace: Trace
    by_hand: Trace | None
    title: str
    example: Example | None = None
    remarks: tuple[str, ...] = ()

    def page(self, notation: str | None, *, differences: bool, steps: int = 0) -> Document:
        """Return it in a notation; without one, in the example's own, else in pellucid's."""
        own = self.example.notation if self.example else "pellucid"
        found = self.trace.document(
            notation or own, differences=differences, by_hand=self.by_hand, steps=steps
        )
        if self.example is None:
            return replace(found, title=self.title, remarks=(*found.remarks, *self.remarks))
        if found.notation == own:
            return annotate(found, self.example, self.trace)
        note = (
            f"The numbers printed in the notes appear next to the computed ones in their own notation, {own}."
        )
        return replace(found, title=self.title, remarks=(*found.remarks, note))


def trace(
    example: Annotated[str | None, option(metavar="NAME", help="A worked example of a course.")] = None,
    list_examples: Annotated[bool, flag("--list", help="List the worked examples.")] = False,
    model: Annotated[Path | None, a_file(help="A model file of `pellucid train`; with --row.")] = None,
    row: Annotated[
        list[int] | None, option(metavar="N", help="Row of the data, from 1; several rows form a batch.")
    ] = None,
    data: Annotated[
        str | None,
        option(
            metavar="DATA",
            help="The table with the row. \\[default: as in training, if that file has not changed]",
        ),
    ] = None,
    target: Annotated[
        str | None, option(metavar="COLUMN", help="Column with the true target. \\[default: as in training]")
    ] = None,
    weights: Annotated[
        Path | None,
        a_file(help="A JSON file with weights, biases, activation, output_activation, x, y, loss."),
    ] = None,
    notation: Annotated[
        str | None,
        option(metavar="NAME", help=f"{', '.join(NOTATIONS)}. \\[default: the example's, else pellucid]"),
    ] = None,
    precision: Annotated[
        str, option(metavar="N", help="Decimals, or full. \\[default: 3; in JSON full]")
    ] = "",
    by_hand: Annotated[
        int | None,
        option(
            metavar="N",
            parser=between(int, 0, 12),
            help="Also show the calculation by hand, rounded to N decimals after every operation.",
        ),
    ] = None,
    differences: Annotated[
        bool, flag("--differences", help="Also show finite differences of the gradients.")
    ] = False,
    steps: Annotated[
        int,
        option(
            metavar="N",
            parser=between(int, 0, 10_000),
            help="Also list losses and outputs of N steps of gradient descent. \\[default: 0]",
        ),
    ] = 0,
    learning_rate: Annotated[
        float | None,
        option(
            metavar="RATE",
            parser=between(float, 0.0, 1e6),
            help="Learning rate of the step. \\[default: the example's, else 1]",
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
    force: Annotated[bool, flag("--force", help="Overwrite an existing file.")] = False,
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
    _refuse_without_model(model, row=row, data=data, target=target)
    if list_examples:
        _list(Printer(machine=False))
        return
    kind, decimals = _format(format_name, out), _decimals(precision, "full" if format_name == "json" else 3)
    _check_notation(notation)
    if out is not None:
        check_output(out, force=force, read=[given for given in (model, weights, data) if given is not None])
    rate = 1.0 if learning_rate is None else learning_rate
    if example is not None:
        found = _of_example(example, learning_rate, by_hand)
    elif model is not None:
        found = _of_model(model, row or [], data, target, rate)
    else:
        found = _of_weights(Path(str(weights)), rate)
    if by_hand is not None and example is None:
        found = replace(found, by_hand=found.trace.by_hand(by_hand))
    page = found.page(notation, differences=differences, steps=steps)
    if out is not None:
        replace_file(out, FORMATS[kind](page, precision=decimals, **WHOLE[kind]).encode())
        Printer(machine=False).say(f"{as_text(page.title)}\nwritten to {out} as {kind}")
    elif kind == "text":
        _print_text(page, decimals)
    else:
        write_exactly(FORMATS[kind](page, precision=decimals) + "\n")


# ---- what is traced ---------------------------------------------------------------------------------------


def _of_example(name: str, learning_rate: float | None, by_hand: int | None) -> Calculation:
    worked = get_example(name)
    hand = None if by_hand is None else worked.trace(learning_rate=learning_rate, by_hand=by_hand)
    return Calculation(worked.trace(learning_rate=learning_rate), hand, worked.title, worked)


def _of_weights(path: Path, rate: float) -> Calculation:
    exercise = read_weights(path)
    try:
        found = trace_of(exercise.network, exercise.x, exercise.y, loss=exercise.loss, learning_rate=rate)
    except PellucidError as error:
        raise type(error)(f"{path}: {error}") from error
    return Calculation(found, None, f"The network of {literal(str(path))}")


def _of_model(path: Path, rows: list[int], data: str | None, target: str | None, rate: float) -> Calculation:
    """Return the trace of some rows of a table through a model, and what the model predicts of them."""
    chosen = chosen_rows(path, rows, data, target, listener=Printer(machine=False))
    column, answers = (
        literal(chosen.target),
        zip(rows, chosen.y.tolist(), chosen.predicted.tolist(), strict=True),
    )
    remarks = tuple(
        f"Row {number}: {column} is {literal(str(truth))}, the model predicts {_shown(answer)}."
        for number, truth, answer in answers
    )
    found = trace_of(chosen.trained.model, chosen.inputs, chosen.y, learning_rate=rate)
    which = f"Row {rows[0]}" if len(rows) == 1 else f"Rows {', '.join(map(str, rows))}"
    title = f"{which} of {literal(chosen.source)} through {literal(str(path))}"
    return Calculation(found, None, title, remarks=remarks)


def _shown(answer: Any) -> str:
    return f"{answer:.4g}" if isinstance(answer, float) else literal(str(answer))


def _refuse_without_model(model: Path | None, **given: Any) -> None:
    flags = [f"--{name}" for name, value in given.items() if value]
    if model is None and flags:
        raise ParameterError(f"{' and '.join(flags)} require --model FILE. {WHERE}")


# ---- how it is said ---------------------------------------------------------------------------------------


def _format(name: str | None, out: Path | None) -> str:
    if name is None and out is not None:
        if out.suffix.lower() not in SUFFIXES:
            raise ParameterError(
                f"--out must end in one of {', '.join(SUFFIXES)}, or come with --format; got {out}."
            )
        return SUFFIXES[out.suffix.lower()]
    kind = name or "text"
    if kind not in FORMATS:
        raise ParameterError(f"--format must be one of {', '.join(FORMATS)}; got {kind!r}.")
    return kind


def _decimals(text: str, default: int | str) -> int | str:
    if not text:
        return default
    if text == "full" or (text.isdecimal() and int(text) <= 17):
        return text if text == "full" else int(text)
    raise ParameterError(f"--precision must be a number of decimals from 0 to 17, or full; got {text!r}.")


def _check_notation(name: str | None) -> None:
    if name is not None and name not in NOTATIONS:
        raise ParameterError(f"--notation must be one of {', '.join(NOTATIONS)}; got {name!r}.")


def _print_text(page: Document, decimals: int | str) -> None:
    """Print the tables, and last what the notes print wrong, if this is one of their examples."""
    console = Console(highlight=False)
    console.out(
        FORMATS["text"](page, precision=decimals, width=console.width, color=console.is_terminal), end=""
    )
    wrong = marked(page)
    if wrong:
        n_wrong = sum(int(entry.wrong.sum()) for entry in wrong if entry.wrong is not None)
        console.print(
            f"\n[bold]{n_wrong} printed numbers are wrong[/], in {len(wrong)} places, marked ✗ above."
        )


def _list(printer: Printer) -> None:
    shown = table("example", "what it shows", "misprints", n_texts=3)
    for row in EXAMPLES.values():
        named = dict.fromkeys(p.explained for p in row.printed if p.explained in MISPRINTS)
        shown.add_row(row.name, cell(row.title), ", ".join([*named, *row.also]))
    printer.show(shown)
    printer.suggest({"one of them, in its course's notation": shell("trace", "--example", "iowa-grounded")})
