"""``pellucid compare``: is an MLP the right choice for this table, and how sure is that."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.options import (
    JSON,
    SEED,
    TASK,
    TIME_BUDGET,
    TRAINING_DATA,
    between,
    one_of,
    option,
    with_columns,
)
from pellucid.cli.printing import Printer, cell, operand, shell, table
from pellucid.cli.retyped import role_words
from pellucid.cli.score_tables import number
from pellucid.tabular.metrics import METRICS
from pellucid.workflow.comparing import N_SPLITS, TEST_SHARE, compare_file
from pellucid.workflow.dataset import Dataset
from pellucid.workflow.dialect import Dialect
from pellucid.workflow.origin import Origin
from pellucid.workflow.roles import Roles

__all__ = ["compare"]

FRACTION = between(float, 0.01, 0.5)


@with_dialect
@with_columns(time="Evaluate on the rows that come last by this column.")
def compare(
    data: TRAINING_DATA,
    *,
    columns: Roles,
    task: Annotated[Any, TASK()] = None,
    metric: Annotated[
        Any,
        option(
            parser=one_of(tuple(METRICS)),
            metavar="NAME",
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
        Any,
        option(
            parser=between(int, 1, 1000),
            metavar="INTEGER",
            help=f"Number of splits, each with its own seed. \\[default: {N_SPLITS}]",
        ),
    ] = N_SPLITS,
    test_fraction: Annotated[
        Any,
        option(
            parser=FRACTION,
            metavar="NUMBER",
            help=f"Share of rows held out for the evaluation. \\[default: {TEST_SHARE}]",
        ),
    ] = None,
    test_share: Annotated[Any, option(parser=FRACTION, hidden=True)] = None,
    time_budget: Annotated[
        Any, TIME_BUDGET(help="Time limit of each training by pellucid. \\[default: none]")
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
    _show(printer, found, time_budget)

    from pellucid.tabular.contenders import CONTENDERS

    for name, why in found["failed"].items():
        printer.note(f"{CONTENDERS[name].label} failed: {why}")
    if found["absent"]:
        labels = ", ".join(CONTENDERS[name].label for name in found["absent"])
        modules = " ".join(CONTENDERS[name].module for name in found["absent"])
        printer.note(f"Not compared because not installed: {labels} (pip install {modules})")
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


def _show(printer: Printer, found: dict[str, Any], time_budget: float | None) -> None:
    """Print the table and the verdict."""
    metric = found["metric"]
    measured = found["models"][0]["metrics"]
    others = [name for name in measured if name != metric and measured[name] is not None]
    shown = table("", METRICS[metric].label, "behind", "95 % interval", "fit", "predict")
    more = table("", *(METRICS[name].label for name in others))
    for place, row in enumerate(found["models"]):
        style = "" if place else "bold green"
        ends = "" if row["low"] is None else f"{_gap(metric, row['low'])} … {_gap(metric, row['high'])}"
        shown.add_row(
            cell(row["label"]),
            number(metric, row["mean"]),
            _gap(metric, row["difference"]) if place else "–",
            ends,
            _seconds(row["fit_seconds"]),
            _seconds(row["predict_seconds"]),
            style=style,
        )
        more.add_row(cell(row["label"]), *(number(name, row["metrics"][name]) for name in others))
    printer.show(shown)
    printer.show(more)
    n, n_training, n_test = found["n_splits"], found["n_training"], found["n_test"]
    share = f"{n_training:,} training rows and {n_test:,} test rows"
    printer.say(f"\n  Means of {n} split{'s' * (n != 1)}, {share}.")
    if n > 1:
        printer.say(
            "  Intervals: Student's t, widened because splits share rows, including the variance of the test rows;"
        )
        printer.say("  all hold simultaneously with a probability of 95 %.")
    if time_budget is not None:
        printer.say(
            f"  Trainings by pellucid had {time_budget:g} s at most; the other models had no time limit."
        )
    printer.say()
    for sentence in found["verdict"]:
        printer.say(sentence)


def _gap(metric: str, value: float) -> str:
    if metric == "accuracy":
        return f"{100.0 * value:.1f}"
    return f"{value:,.0f}" if abs(value) >= 1e3 else f"{value:.3g}"


def _seconds(value: float) -> str:
    return f"{value:.3f} s" if value < 0.1 else f"{value:.1f} s"
