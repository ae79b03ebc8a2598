"""``pellucid compare``: comparison of MLPs with other models on a table, with its uncertainty."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.options import (
    COUNT,
    JSON,
    SEED,
    TASK,
    TIME_BUDGET,
    TRAINING_DATA,
    choice,
    number,
    option,
    with_columns,
)
from pellucid.cli.printing import Printer, cell, operand, shell, table
from pellucid.cli.retyped import role_words
from pellucid.tabular.metrics import METRICS
from pellucid.workflow.comparing import N_SPLITS, TEST_SHARE, ComparedFile, compare_file
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.origin import Origin
from pellucid.workflow.roles import Roles
from pellucid.workflow.score_texts import LABELS

__all__ = ["compare"]

fraction = partial(number, 0.01, 0.5)


@with_dialect
@with_columns(time="Evaluate on the rows that come last by this column.")
def compare(
    data: TRAINING_DATA,
    *,
    columns: Roles,
    task: Annotated[Any, TASK()] = None,
    metric: Annotated[
        Any,
        choice(
            tuple(METRICS),
            help=f"Metric that ranks the models: {', '.join(METRICS)}. \\[default: accuracy, log_loss if a "
            "class is rare, or rmse]",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        option(
            metavar="NAME",
            help="A model to compare, such as pellucid, linear, hist or catboost; can be repeated. "
            "\\[default: all installed models]",
        ),
    ] = None,
    seeds: Annotated[
        Any, COUNT(help=f"Number of splits, each with its own seed. \\[default: {N_SPLITS}]")
    ] = N_SPLITS,
    test_fraction: Annotated[
        Any, fraction(help=f"Fraction of rows held out for evaluation. \\[default: {TEST_SHARE}]")
    ] = None,
    test_share: Annotated[Any, fraction(hidden=True)] = None,
    time_budget: Annotated[
        Any, TIME_BUDGET(help="Time limit for each fit of pellucid. \\[default: none]")
    ] = None,
    seed: Annotated[Any, SEED(help="Seed of the first split. \\[default: 0]")] = None,
    json: JSON = False,
    dialect: Dialect,
) -> None:
    """Compare pellucid with linear models and boosted trees on a table, on the same splits.

    LightGBM, CatBoost and XGBoost take part if they are installed. Each has the defaults of its library.

    \b
    [bold]Examples[/bold]
    pellucid compare houses.csv --target price
    pellucid compare houses.csv --target price --seeds 10 --time-budget 20
    """  # noqa: D301
    with _Comparing(machine=json) as printer:
        if test_share is not None:
            printer.note(
                "--test-share is now called --test-fraction. The next release accepts the new name only."
            )
        share = test_share if test_fraction is None else test_fraction
        compared = compare_file(
            data, replace(columns, task=task, test_fraction=share, seed=seed), models=only, metric=metric,
            n_splits=seeds, time_budget=time_budget, dialect=dialect, listener=printer,
        )  # fmt: skip
    found = compared.found
    _show(printer, compared)
    for said in compared.missing:
        printer.note(said)
    command = shell("train", operand(data), *role_words(compared.table, compared.origin))
    printer.suggest({"Train on this table:": command})
    about = {"command": "compare", "data": data, "target": compared.origin.target}
    printer.result({**about, **found, "next": [command]})


class _Comparing(Printer):
    """Listener that prints the table, and shows a bar on a terminal while the models are fitted."""

    def __enter__(self) -> _Comparing:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        self.progress = Progress(*columns, console=self.err, transient=True, disable=not self.has_bar)
        return self

    def __exit__(self, *error: object) -> None:
        self.progress.stop()

    def task(self, table: Dataset, origin: Origin, reason: str, why: str = "") -> None:
        """Print the task."""
        self.say(f"{table.source}: {table.frame.height:,} rows; {reason} → {origin.task}")
        self.progress.start()
        self.progress.add_task("warming up", total=None)

    def compared(self, done: int, n_fits: int, label: str) -> None:
        """Print the models to be fitted."""
        self.progress.update(self.progress.task_ids[0], completed=done, total=n_fits, description=label)


def _show(printer: Printer, compared: ComparedFile) -> None:
    """Print the tables and the verdict."""
    label, (others, rows) = LABELS[compared.found["metric"]], compared.other_scores
    shown = table("", label, "behind", "95 % interval", "fit", "predict")
    more = table("", *others, rows=rows)
    for place, cells in enumerate(compared.scores):
        shown.add_row(*map(cell, cells), style="" if place else "bold green")
    printer.show(shown)
    printer.show(more)
    printer.say()
    for line in compared.basis:
        printer.say(f"  {line}")
    printer.say()
    for sentence in compared.found["verdict"]:
        printer.say(sentence)
