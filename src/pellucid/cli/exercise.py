"""``pellucid exercise``: worksheets with generated numbers, solutions, and the key for checking answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pellucid.cli.options import JSON, argument, choice, flag, integer, number, option
from pellucid.cli.printing import Printer, shell, table
from pellucid.courses.exercises import KINDS
from pellucid.courses.exercises.exercise import FORMATS, MOST_VARIANTS
from pellucid.courses.exercises.handouts import GRADERS, folder_of, handouts, made_exercises, write_handouts
from pellucid.explain import NOTATIONS
from pellucid.host.counted import counted

__all__ = ["exercise"]

FEW = 8  # files that are listed one by one


def exercise(
    sizes: Annotated[
        str | None, argument("[SIZES]", "Units of every layer, inputs first, such as 2-3-1.")
    ] = None,
    kind: Annotated[
        str, choice(list(KINDS), metavar="KIND", help=f"{', '.join(KINDS)}. Default: backward.")
    ] = "backward",
    activation: Annotated[
        str | None,
        option(metavar="NAME", help="Hidden units: identity, relu, logistic or tanh. Default: logistic."),
    ] = None,
    output_activation: Annotated[
        str | None, option(metavar="NAME", help="Output: one of these, or softmax. Default: suits the loss.")
    ] = None,
    loss: Annotated[
        str | None,
        option(metavar="squared|log", help="Loss. Default: squared for identity and ReLU units, else log."),
    ] = None,
    notation: Annotated[
        str | None, option(metavar="NAME", help=f"{', '.join(NOTATIONS)}. Default: pellucid.")
    ] = None,
    seed: Annotated[
        int, integer(0, 10**9, metavar="N", help="The same seed gives the same numbers. Default: 0.")
    ] = 0,
    digits: Annotated[int | None, integer(0, 8, metavar="N", help="Decimals to ask for. Default: 3.")] = None,
    samples: Annotated[int | None, integer(1, 4, metavar="N", help="Number of samples. Default: 1.")] = None,
    learning_rate: Annotated[
        float | None, number(0.001, 1000.0, metavar="RATE", help="Learning rate. Default: 0.5.")
    ] = None,
    no_biases: Annotated[bool, flag("--no-biases", help="A network without biases.")] = False,
    variants: Annotated[
        int, integer(1, MOST_VARIANTS, metavar="N", help="Number of variants, one per student. Default: 1.")
    ] = 1,
    example: Annotated[
        str | None,
        option(metavar="NAME", help="Use the numbers of a worked example; see pellucid trace --list."),
    ] = None,
    format_name: Annotated[
        str | None,
        option(
            "--format",
            metavar="A,B,…",
            help=f"{', '.join((*FORMATS, *GRADERS))}. Default: the first four; html for several variants.",
        ),
    ] = None,
    list_kinds: Annotated[bool, flag("--list", help="List the kinds.")] = False,
    out: Annotated[
        Path | None, option(metavar="FOLDER", help="A new folder. Default: the name of the exercise.")
    ] = None,
    force: Annotated[bool, flag("--force", help="Overwrite files in an existing folder.")] = False,
    json: JSON = False,
) -> None:
    """Write an exercise with its solution: a worksheet for students, and a key for grading.

    \b
    [bold]Examples[/bold]
    pellucid exercise 2-3-1 --activation relu --seed 7 --kind backward
    pellucid exercise 2-2-1 --kind update --variants 30 --out hw5
    pellucid exercise --example iowa-grounded --kind backward
    """  # fmt: skip  # noqa: D301
    printer = Printer(machine=json)
    if list_kinds:
        _list(printer)
        return
    made = made_exercises(
        sizes, example=example, variants=variants,
        kind=kind, activation=activation, output_activation=output_activation, loss=loss, notation=notation,
        seed=seed or None, digits=digits, n_samples=samples, learning_rate=learning_rate,
        has_biases=False if no_biases else None,
    )  # fmt: skip
    default = ",".join(FORMATS) if len(made) == 1 else "html"
    files = handouts(made, [name.strip() for name in (format_name or default).split(",")])
    folder = out or folder_of(made)
    write_handouts(files, folder, force=force)

    first = made[0]
    count = "" if len(made) == 1 else f", {len(made)} variants"
    printer.say(f"{first.problem.title}: {counted(first.problem.n_entries, 'entry', 'entries')}{count}.")
    printer.say(f"Written to {folder}: students/ to hand out, teacher/ with the solution and the key.")
    for name in sorted(files) if len(files) <= 2 * FEW else []:
        printer.say(f"  {name}")
    command = shell("check", "handed-in", "--exercise", folder / "teacher" / "key.json")
    printer.suggest({"Check the answers in a folder:": command})
    ids = [one.identifier for one in made]
    printer.result({"command": "exercise", "folder": folder, "exercises": ids, "files": sorted(files)})


def _list(printer: Printer) -> None:
    rows = [(row.name, row.title) for row in KINDS.values()]
    printer.show(table("kind", "the student", n_texts=2, rows=rows))
    printer.suggest({"Try one of them:": shell("exercise", "--kind", "update", "--seed", 7)})
