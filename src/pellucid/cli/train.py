"""``pellucid train``: training from a table to a model file, with its scores."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pellucid.cli.columns_shown import show_columns
from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.model_options import with_model_options
from pellucid.cli.options import (
    COUNT,
    SEED,
    TASK,
    TIME_BUDGET,
    TRAINING_DATA,
    choice,
    in_place_of,
    integer,
    number,
    option,
    parsed,
    with_columns,
)
from pellucid.cli.printing import Printer, operand, shell
from pellucid.cli.provenance import say_tried
from pellucid.cli.score_tables import show_scores
from pellucid.host.counted import counted
from pellucid.tabular import ParquetSource
from pellucid.tabular.estimator_settings import choices_of
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.origin import MODELS, TABULAR, Origin
from pellucid.workflow.output_files import unused
from pellucid.workflow.parameter_texts import read_numbers
from pellucid.workflow.rank_options import RANK_OPTIONS, ranks_of
from pellucid.workflow.roles import TEST_FRACTION, Roles
from pellucid.workflow.target import CLASSIFICATION
from pellucid.workflow.training import TrainedFile, train_file
from pellucid.workflow.training_plan import TrainingPlan

__all__ = ["train"]

RUN, FILES, TABLES = "The run", "Files", "For --model tabular"
of_tables = partial(option, metavar="NAME", rich_help_panel=TABLES)
of_run = partial(option, metavar="NAME", rich_help_panel=RUN)
of_files = partial(option, metavar="FILE", rich_help_panel=FILES)
TOGETHER = {
    k: Annotated[Any, option(parser=parsed(row.read), **row.words)] for k, row in RANK_OPTIONS.items()
}
PRESETS = choices_of("preset")
USUAL_MODEL = (
    "tabular for files: columns of any kind, missing values, tuned defaults; mlp for the data sets of "
    "scikit-learn, and if an option is given that only an MLP has, such as --solver"
)


@with_dialect
@in_place_of("ranks", TOGETHER, ranks_of)
@with_model_options
@with_columns(time="Hold out the last rows by this column instead of random rows.", panel=TABLES)
def train(
    data: TRAINING_DATA,
    *,
    columns: Roles,
    preset: Annotated[
        Any,
        choice(
            PRESETS, help=f"The recipe: {', '.join(PRESETS)}. \\[default: default]", rich_help_panel=TABLES
        ),
    ] = None,
    members: Annotated[
        Any,
        COUNT(
            help="Number of networks to average; each learns from a different part of the rows. "
            "\\[default: set by the preset]",
            rich_help_panel=TABLES,
        ),
    ] = None,
    time_budget: Annotated[
        Any,
        TIME_BUDGET(
            help="Time limit for training; schedules adapt to it. \\[default: none; 60 with the preset best]",
            rich_help_panel=TABLES,
        ),
    ] = None,
    trials: Annotated[
        Any, COUNT(help="Most networks for the preset best. \\[default: none]", rich_help_panel=TABLES)
    ] = None,
    calibrate: Annotated[
        bool, of_tables("--calibrate", metavar="", help="Calibrate probabilities on held-out rows.")
    ] = False,
    sentinels: Annotated[
        Any,
        of_tables(
            parser=parsed(read_numbers),
            metavar="NUMBERS",
            help="Numbers that encode something else, such as -999 for missing; none if there are none. "
            "\\[default: repeated numbers far from all others]",
        ),
    ] = None,
    kind: Annotated[
        Any,
        choice(
            MODELS, "--model", help=f"{' or '.join(MODELS)}. \\[default: {USUAL_MODEL}]", rich_help_panel=RUN
        ),
    ] = None,
    task: Annotated[Any, TASK(rich_help_panel=RUN)] = None,
    test_fraction: Annotated[
        Any,
        number(
            0.0,
            0.99,
            help=f"Fraction of rows held out for evaluation. \\[default: {TEST_FRACTION}]",
            rich_help_panel=RUN,
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
            help="Read Parquet files in parts, using this much memory, such as 400MB. \\[default: 2GB for a "
            "pattern such as 'big/*.parquet', else all rows at once]",
        ),
    ] = None,
    out: Annotated[
        Path | None, of_files(help="The model file. \\[default: DATA-model.safetensors in this folder]")
    ] = None,
    checkpoint: Annotated[
        Path | None, of_files(help="Save checkpoints to this file during training.")
    ] = None,
    every: Annotated[
        Any, integer(1, 999_999_999, help="Epochs between checkpoints. \\[default: 1]", rich_help_panel=FILES)
    ] = None,
    force: Annotated[bool, of_files("--force", metavar="", help="Overwrite existing files.")] = False,
    json: Annotated[bool, of_files("--json", metavar="", help="Print one JSON object.")] = False,
    ranks: Any,
    model: dict[str, Any],
    dialect: Dialect,
) -> None:
    """Train a network on a table, evaluate it on held-out rows, and save it.

    \b
    [bold]Examples[/bold]
    pellucid train digits
    pellucid train houses.csv --target price --id house_id
    pellucid train houses.csv --target price --preset best --time-budget 60
    pellucid train houses.csv --target price --model mlp --hidden 64,32
    pellucid train 'big/*.parquet' --target price --memory 400MB
    """  # noqa: D301
    printer = _Announcer(machine=json)
    for_tables = {"preset": preset, "n_members": members, "time_budget": time_budget}
    for_tables |= {"n_trials": trials, "calibrate": calibrate or None, "sentinels": sentinels}
    given = {name: value for name, value in for_tables.items() if value is not None}
    trained = train_file(
        data, replace(columns, task=task, test_fraction=test_fraction, seed=seed), out=out, model=kind,
        checkpoint=checkpoint, every=every, resume=resume, force=force, dialect=dialect,
        memory=memory, ranks=ranks, listener=printer,
        **given, **model,
    )  # fmt: skip
    _conclude(printer, trained)


class _Announcer(Printer):
    """Listener that describes the training about to start."""

    def streamed(self, source: ParquetSource, origin: Origin, reason: str) -> None:
        """Print the files and the task."""
        files, width = len(source.files), len(source.columns)
        self.say(f"{counted(source.n_rows, 'row')} in {counted(files, 'file')}; {reason} → {origin.task}")
        parts = f"{counted(width, 'input')} in parts"
        self.say(f"Reading {parts}, in {source.memory / 1e6:,.0f} MB of memory")

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
        self.say(plan.describe())
        if plan.encoder is None:
            return
        if plan.origin.task == CLASSIFICATION:
            self.say(f"Classes: {plan.largest_classes}")
        show_columns(self, plan.encoder)
        self.say()


def _conclude(printer: Printer, trained: TrainedFile) -> None:
    """Print the result and the next commands."""
    path, held_out = trained.path, trained.held_out
    printer.say(trained.describe())
    say_tried(printer, trained.model)
    show_scores(printer, {**({"held out": held_out} if held_out else {}), "training": trained.training})
    if trained.remark:
        printer.note(trained.remark)
    printer.say()
    if not trained.is_saved:
        printer.say("Rank 0 writes the model.")
        return
    printer.say(f"Model written to {path} ({path.stat().st_size / 1024:,.0f} KB)")
    if trained.earlier:
        printer.say(f"The previous model was renamed to {trained.earlier}")
    commands = _next_commands(trained)
    printer.suggest(commands)
    printer.result({"command": "train", **trained.to_dict(), "next": list(commands.values())})


def _next_commands(trained: TrainedFile) -> dict[str, str]:
    path, source = trained.path, operand(trained.table.source)
    if not trained.origin.fingerprint:  # of files that were read in parts
        out = unused(Path("predictions.parquet"))
        predict = shell("predict", path, source, "--out", out)
        return {"Inspect the model:": shell("info", path), "Predict every row:": predict}
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
