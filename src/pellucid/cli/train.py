"""``pellucid train``: from a table to a model file, and how good it is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from pellucid.cli.columns_shown import show_columns
from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.model_options import with_model_options
from pellucid.cli.options import (
    SEED,
    TASK,
    TIME_BUDGET,
    TRAINING_DATA,
    between,
    numbers_or_none,
    one_of,
    option,
    with_columns,
)
from pellucid.cli.printing import Printer, operand, shell
from pellucid.cli.score_tables import show_scores
from pellucid.host.escaping import for_terminal
from pellucid.tabular import ParquetSource
from pellucid.tabular.estimator_settings import choices_of
from pellucid.workflow.dataset import Dataset
from pellucid.workflow.dialect import Dialect
from pellucid.workflow.origin import MODELS, TABULAR, Origin
from pellucid.workflow.output_files import unused
from pellucid.workflow.roles import TEST_FRACTION, Roles
from pellucid.workflow.target import CLASSIFICATION
from pellucid.workflow.training import TrainedFile, train_file
from pellucid.workflow.training_plan import TrainingPlan

__all__ = ["train"]

RUN, FILES, TABLES = "The run", "Files", "For --model tabular"
of_tables = partial(option, metavar="NAME", rich_help_panel=TABLES)
of_run = partial(option, metavar="NAME", rich_help_panel=RUN)
of_files = partial(option, metavar="FILE", rich_help_panel=FILES)
PRESETS = choices_of("preset")
USUAL_MODEL = (
    "tabular for files: columns of any kind, missing values, tuned defaults. mlp for the data sets of "
    "scikit-learn, and if an option is given that only an MLP has, such as --solver"
)


@with_dialect
@with_model_options
@with_columns(time="Hold out the last rows by this column instead of random rows.", panel=TABLES)
def train(
    data: TRAINING_DATA,
    *,
    columns: Roles,
    preset: Annotated[
        Any, of_tables(parser=one_of(PRESETS), help=f"The recipe: {', '.join(PRESETS)}. \\[default: default]")
    ] = None,
    members: Annotated[
        Any,
        of_tables(
            parser=between(int, 1, 1000),
            metavar="INTEGER",
            help="Number of networks that vote; each learns from a different part of the rows. "
            "\\[default: set by the preset]",
        ),
    ] = None,
    time_budget: Annotated[
        Any,
        TIME_BUDGET(
            help="Time limit of training; schedules adapt to it. \\[default: none]",
            rich_help_panel=TABLES,
        ),
    ] = None,
    calibrate: Annotated[
        bool,
        of_tables("--calibrate", metavar="", help="Calibrate probabilities on held-out rows."),
    ] = False,
    sentinels: Annotated[
        Any,
        of_tables(
            parser=numbers_or_none,
            metavar="NUMBERS",
            help="Numbers that encode something else, such as -999 for missing; none if there are none. "
            "\\[default: repeated numbers far from all others]",
        ),
    ] = None,
    kind: Annotated[
        Any,
        of_run("--model", parser=one_of(MODELS), help=f"{' or '.join(MODELS)}. \\[default: {USUAL_MODEL}]"),
    ] = None,
    task: Annotated[Any, TASK(rich_help_panel=RUN)] = None,
    test_fraction: Annotated[
        Any,
        of_run(
            parser=between(float, 0.0, 0.99),
            metavar="NUMBER",
            help=f"Share of rows held out for evaluation. \\[default: {TEST_FRACTION}]",
        ),
    ] = None,
    seed: Annotated[
        Any,
        SEED(
            help="Seed of the split and the training; the same seed gives the same model. \\[default: 0]",
            rich_help_panel=RUN,
        ),
    ] = None,
    resume: Annotated[Path | None, of_run(metavar="FILE", help="Continue from this checkpoint.")] = None,
    memory: Annotated[
        str | None,
        of_run(
            metavar="SIZE",
            help="Read Parquet files in parts, in so much memory, such as 400MB. \\[default: 2GB for a "
            "pattern such as 'big/*.parquet', else all rows at once]",
        ),
    ] = None,
    out: Annotated[
        Path | None, of_files(help="The model file. \\[default: DATA-model.safetensors, here]")
    ] = None,
    checkpoint: Annotated[
        Path | None, of_files(help="Save checkpoints to this file during training.")
    ] = None,
    every: Annotated[
        Any,
        of_files(
            parser=between(int, 1, 999_999_999),
            metavar="INTEGER",
            help="Epochs between checkpoints. \\[default: 1]",
        ),
    ] = None,
    force: Annotated[bool, of_files("--force", metavar="", help="Overwrite existing files.")] = False,
    json: Annotated[bool, of_files("--json", metavar="", help="Print one JSON object.")] = False,
    model: dict[str, Any],
    dialect: Dialect,
) -> None:
    """Train a network on a table, evaluate it on held-out rows, and save it.

    \b
    [bold]Examples[/bold]
    pellucid train digits
    pellucid train houses.csv --target price --id house_id
    pellucid train houses.csv --target price --members 5 --time-budget 60
    pellucid train houses.csv --target price --model mlp --hidden 64,32
    pellucid train 'big/*.parquet' --target price --memory 400MB
    """  # noqa: D301
    printer = _Announcer(machine=json)
    for_tables = {"preset": preset, "n_members": members, "time_budget": time_budget}
    for_tables |= {"calibrate": calibrate or None, "sentinels": sentinels}
    given = {name: value for name, value in for_tables.items() if value is not None}
    trained = train_file(
        data, replace(columns, task=task, test_fraction=test_fraction, seed=seed), out=out, model=kind,
        checkpoint=checkpoint, every=every, resume=resume, force=force, dialect=dialect,
        memory=memory, listener=printer,
        **given, **model,
    )  # fmt: skip
    _conclude(printer, trained)


class _Announcer(Printer):
    """Listener that describes the training about to start."""

    def streamed(self, source: ParquetSource, origin: Origin, reason: str) -> None:
        """Print the files and the task."""
        files = f"{len(source.files):,} file{'s' * (len(source.files) != 1)}"
        self.say(f"{source.n_rows:,} rows in {files}; {reason} → {origin.task}")
        width = len(source.columns)
        self.say(
            f"Reading {width} input{'s' * (width != 1)} in parts, in {source.memory / 1e6:,.0f} MB of memory"
        )

    def task(self, table: Dataset, origin: Origin, reason: str, why: str = "") -> None:
        """Print the task, and the kind of estimator if it is not the usual one."""
        self.say(f"{table.source}: {table.frame.height:,} rows; {reason} → {origin.task}")
        if why:
            self.say(f"Model: {origin.model}, since {why}")

    def resumed(self, checkpoint: Path, plan: TrainingPlan) -> None:
        """Print the progress of the training to be continued."""
        self.say(f"Continuing from {checkpoint}: {plan.done}")

    def planned(self, plan: TrainingPlan) -> None:
        """Print the split of the rows, and an estimator's treatment of the columns."""
        n_training, n_held_out = len(plan.split.training), len(plan.split.held_out)
        origin, width = plan.origin, plan.examples.inputs.width
        by = f"seed {origin.seed}"
        if origin.time is not None:
            by = f"the last by {origin.time!r}"
        elif origin.group is not None:
            by = f"whole groups of {origin.group!r}, {by}"
        how = f"held out {n_held_out:,} for evaluation ({by})" if n_held_out else "none held out"
        self.say(f"Training on {n_training:,} rows with {width} input{'s' * (width != 1)}; {how}")
        if plan.encoder is None:
            return
        if origin.task == CLASSIFICATION:
            self.say(f"Classes: {_counted(plan.training.y)}")
        show_columns(self, plan.encoder)
        self.say()


def _counted(y: Any, most: int = 8) -> str:
    """Return the number of rows of each class."""
    classes, counts = np.unique(y, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:most]
    said = ", ".join(f"{for_terminal(str(classes[i]))} {counts[i]:,}" for i in order)
    return said + (f" and {len(classes) - most} more" if len(classes) > most else "")


def _conclude(printer: Printer, trained: TrainedFile) -> None:
    """Print the result and the next commands."""
    model, path, held_out = trained.model, trained.path, trained.held_out
    sizes, n_epochs = model.network_.layer_sizes, len(model.history_)
    layers = " → ".join(map(str, sizes))
    if trained.n_members > 1:
        layers = f"{trained.n_members} networks of {layers}"
    best = "" if trained.best_epoch is None else f"; best on validation rows after epoch {trained.best_epoch}"
    epochs = f"{n_epochs} epoch{'s' * (n_epochs != 1)}, {trained.seconds:.1f} s"
    printer.say(f"Trained {layers} ({trained.n_parameters:,} parameters): {epochs}{best}")
    show_scores(printer, {**({"held out": held_out} if held_out else {}), "training": trained.training})
    if held_out is None:
        printer.note("No rows were held out: these scores are on the training rows.")
    elif not held_out["beats_guessing"]:
        printer.note(
            f"On the {held_out['rows']:,} held-out rows the model is not measurably better than a constant "
            "prediction: with so few rows, the gain may be chance."
        )
    printer.say()
    printer.say(f"Model written to {path} ({path.stat().st_size / 1024:,.0f} KB)")
    if trained.earlier:
        printer.say(f"The previous model was renamed to {trained.earlier}")
    commands = _next_commands(trained)
    printer.suggest(commands)
    printer.result({"command": "train", **trained.to_dict(), "next": list(commands.values())})


def _next_commands(trained: TrainedFile) -> dict[str, str]:
    path, source = trained.path, operand(trained.table.source)
    if not trained.origin.fingerprint:  # of files that were read in parts
        return {
            "Inspect the model:": shell("info", path),
            "Predict every row:": shell(
                "predict", path, source, "--out", unused(Path("predictions.parquet"))
            ),
        }
    judge = ("evaluate", path, source)
    first_row = ("trace", "--model", path, "--row", 1)
    commands = {"Inspect the model:": shell("info", path)}
    if trained.held_out is None:
        commands["Judge it:"] = shell(*judge)
    else:
        commands["Evaluate it again on the held-out rows:"] = shell(*judge, "--held-out")
    commands["Diagnose problems:"] = shell("diagnose", path, source)
    if trained.origin.model != TABULAR:
        commands["Trace its first row, forward and backward:"] = shell(*first_row)
    predictions = unused(Path(f"{trained.table.stem}-predictions.csv"))
    return {**commands, "Predict every row:": shell("predict", path, source, "--out", predictions)}
