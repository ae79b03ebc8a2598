"""``pellucid compare``: is an MLP the right choice for this table, and how sure is that."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import numpy as np
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pellucid.cli.asked import Asked
from pellucid.cli.console import Printer, cell, operand, shell, table
from pellucid.cli.dialect import Dialect
from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.examples import TABULAR
from pellucid.cli.options import between, flag, one_of, option
from pellucid.cli.report import number
from pellucid.cli.retyped import role_words
from pellucid.cli.tables import BUNDLED, read_table
from pellucid.cli.target import TASKS
from pellucid.exceptions import ParameterError
from pellucid.tabular.metrics import METRICS
from pellucid.tabular.text_dates import ORDERS

__all__ = ["compare"]

COLUMNS = "Columns"
SPLITS, TEST_SHARE = 3, 0.2


@with_dialect
def compare(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            show_default=False,
            help="A CSV, JSON lines, Parquet, Arrow or Excel file, also packed; - for standard input; or one of: "
            f"{', '.join(BUNDLED)}.",
        ),
    ],
    target: Annotated[
        str | None,
        option(metavar="COLUMN", help="The column to predict.", rich_help_panel=COLUMNS),
    ] = None,
    identifier: Annotated[
        str | None,
        option(
            "--id", metavar="COLUMN", help="A column that names the rows: no input.", rich_help_panel=COLUMNS
        ),
    ] = None,
    weight: Annotated[
        str | None,
        option(metavar="COLUMN", help="A column of row weights >= 0: no input.", rich_help_panel=COLUMNS),
    ] = None,
    drop: Annotated[
        list[str] | None,
        option(metavar="COLUMN", help="A column to leave out; can be repeated.", rich_help_panel=COLUMNS),
    ] = None,
    drop_missing_target: Annotated[
        bool,
        flag(
            "--drop-missing-target",
            help="Leave out rows in which the target is missing.",
            rich_help_panel=COLUMNS,
        ),
    ] = False,
    categorical: Annotated[
        list[str] | None,
        option(
            metavar="COLUMN",
            help="A column of numbers that are names of categories; can be repeated.",
            rich_help_panel=COLUMNS,
        ),
    ] = None,
    numeric: Annotated[
        list[str] | None,
        option(
            metavar="COLUMN",
            help="A column in which what is no number is missing; can be repeated.",
            rich_help_panel=COLUMNS,
        ),
    ] = None,
    dates: Annotated[
        Any,
        option(
            parser=one_of(ORDERS),
            metavar="ORDER",
            help="The order in dates such as 3/4/2024: mdy, dmy or ymd. \\[default: as a column shows]",
            rich_help_panel=COLUMNS,
        ),
    ] = None,
    group: Annotated[
        str | None,
        option(
            metavar="COLUMN",
            help="Rows with the same value here are held out together or not at all; no input.",
            rich_help_panel=COLUMNS,
        ),
    ] = None,
    time: Annotated[
        str | None,
        option(
            metavar="COLUMN",
            help="Judge by rows that come later by this column than those learned from.",
            rich_help_panel=COLUMNS,
        ),
    ] = None,
    task: Annotated[
        Any,
        option(
            parser=one_of(TASKS),
            metavar="NAME",
            help=f"{' or '.join(TASKS)}, where the target leaves doubt.",
        ),
    ] = None,
    metric: Annotated[
        Any,
        option(
            parser=one_of(tuple(METRICS)),
            metavar="NAME",
            help=f"What ranks the models: {', '.join(METRICS)}. \\[default: accuracy, log_loss where classes are "
            "rare, or rmse]",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        option(
            metavar="NAME",
            help="A model to compare, such as pellucid, linear, hist or catboost; can be repeated. "
            "\\[default: all that are installed]",
        ),
    ] = None,
    seeds: Annotated[
        Any,
        option(
            parser=between(int, 1, 1000),
            metavar="INTEGER",
            help=f"How many splits, each with a seed of its own. \\[default: {SPLITS}]",
        ),
    ] = SPLITS,
    test_share: Annotated[
        Any,
        option(
            "--test-share",
            "--test-fraction",
            parser=between(float, 0.01, 0.5),
            metavar="NUMBER",
            help=f"The share of rows that judge. \\[default: {TEST_SHARE}]",
        ),
    ] = TEST_SHARE,
    time_budget: Annotated[
        Any,
        option(
            parser=between(float, 0.1, 1e9),
            metavar="SECONDS",
            help="The time that each training of pellucid's may take. \\[default: none]",
        ),
    ] = None,
    seed: Annotated[
        Any,
        option(parser=between(int, 0, 999_999_999), metavar="INTEGER", help="The first seed. \\[default: 0]"),
    ] = None,
    json: Annotated[bool, flag("--json", help="Print one JSON object.")] = False,
    *,
    dialect: Dialect,
) -> None:
    """Compare pellucid with linear models and boosted trees on a table, on the same splits.

    LightGBM, CatBoost and XGBoost take part where they are installed. Each has the defaults of its library.

    \b
    [bold]Examples[/bold]
    pellucid compare houses.csv --target price
    pellucid compare houses.csv --target price --seeds 10 --time-budget 20
    """  # noqa: D301
    printer = Printer(machine=json)
    asked = Asked(
        target, task, identifier, weight, drop or [], None, seed, group, time, categorical or [],
        numeric or [], dates, drop_missing_target,
    )  # fmt: skip
    rows = read_table(data, as_text=[] if identifier is None else [identifier], dialect=dialect)
    rows, dropped = asked.without_missing_target(rows)
    origin, reason = asked.origin(rows, TABULAR)
    examples = origin.examples(rows)
    if examples.time is not None:
        examples = examples[np.argsort(examples.time, kind="stable")]
    printer.say(f"{rows.source}: {rows.frame.height:,} rows; {reason} → {origin.task}")
    for note in filter(None, (*rows.notes, dropped)):
        printer.note(note)

    from pellucid.tabular.comparison import compare as compared  # it loads much that others do not need
    from pellucid.tabular.contenders import CONTENDERS

    for name in only or ():
        if name not in CONTENDERS:
            raise ParameterError(f"--only takes one of {', '.join(CONTENDERS)}; got {name!r}.")
    with _Bar(printer) as bar:
        found = compared(
            examples.inputs,
            examples.y,
            task=origin.task,
            models=only,
            metric=metric,
            n_splits=seeds,
            test_fraction=test_share,
            categorical_features=origin.categorical or "auto",
            sample_weight=examples.weight,
            groups=examples.groups,
            in_time=examples.time is not None,
            time_budget=time_budget,
            random_state=origin.seed,
            watch=bar.show,
        )
    _show(printer, found, time_budget)
    for name, why in found["failed"].items():
        printer.note(f"{CONTENDERS[name].label} could not do it: {why}")
    if found["absent"]:
        labels = ", ".join(CONTENDERS[name].label for name in found["absent"])
        modules = " ".join(CONTENDERS[name].module for name in found["absent"])
        printer.note(f"Not installed, so not compared: {labels} (pip install {modules})")
    command = shell("train", operand(data), *role_words(rows, origin))
    printer.suggest({"Train on this table:": command})
    about = {"command": "compare", "data": data, "target": origin.target}
    printer.result({**about, **found, "next": [command]})


class _Bar:
    """A bar on standard error while the models are fitted, on a terminal."""

    def __init__(self, printer: Printer) -> None:
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=printer.err,
            transient=True,
            disable=printer.machine or not sys.stderr.isatty(),
        )

    def __enter__(self) -> _Bar:
        self.progress.start()
        self.task = self.progress.add_task("warming up", total=None)
        return self

    def __exit__(self, *error: object) -> None:
        self.progress.stop()

    def show(self, done: int, total: int, label: str) -> None:
        """Say what is fitted."""
        self.progress.update(self.task, completed=done, total=total, description=label)


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
    n, share = (
        found["n_splits"],
        f"{found['n_training']:,} rows to learn from and {found['n_test']:,} to judge by",
    )
    printer.say(f"\n  Means of {n} split{'s' * (n != 1)}, {share}.")
    if n > 1:
        printer.say(
            "  Intervals: Student's t, widened since splits share rows, with the chance of the test rows;"
        )
        printer.say("  all hold together with a probability of 95 %.")
    if time_budget is not None:
        printer.say(
            f"  Trainings of pellucid's had {time_budget:g} s at most, the others all the time they took."
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
