"""``pellucid train``: from a table to a model file, and how good it is."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import save
from pellucid.cli.asked import TEST_FRACTION, Asked, refuse_beside_resume
from pellucid.cli.choice import FLAGS_FOR_TABLES, RULE, choose
from pellucid.cli.columns_shown import columns_data, show_columns
from pellucid.cli.console import Printer, operand, shell
from pellucid.cli.dialect import Dialect
from pellucid.cli.dialect_options import with_dialect
from pellucid.cli.examples import MODELS, TABULAR
from pellucid.cli.fit import NotedCheckpoint, fit
from pellucid.cli.noted import file_of
from pellucid.cli.options import (
    between,
    flag,
    in_flags,
    numbers_or_none,
    one_of,
    option,
    with_model_options,
)
from pellucid.cli.outputs import check_default_output, check_output, previous, stand_aside, unused
from pellucid.cli.plan import Plan, anew, encoder_of, resumed
from pellucid.cli.report import score, show_scores
from pellucid.cli.tables import BUNDLED, Table, read_table
from pellucid.cli.target import CLASSIFICATION, TASKS
from pellucid.exceptions import ParameterError
from pellucid.host.escaping import for_terminal
from pellucid.tabular.recipe import RECIPES
from pellucid.tabular.text_dates import ORDERS

__all__ = ["train"]

COLUMNS, RUN, FILES, TABLES = "Columns", "The run", "Files", "For --model tabular"
PRESETS = tuple(dict.fromkeys(name for name, _ in RECIPES))


@with_dialect
@with_model_options
def train(
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
            rich_help_panel=TABLES,
        ),
    ] = None,
    numeric: Annotated[
        list[str] | None,
        option(
            metavar="COLUMN",
            help="A column in which what is no number is missing; can be repeated.",
            rich_help_panel=TABLES,
        ),
    ] = None,
    dates: Annotated[
        Any,
        option(
            parser=one_of(ORDERS),
            metavar="ORDER",
            help="The order in dates such as 3/4/2024: mdy, dmy or ymd. \\[default: as a column shows]",
            rich_help_panel=TABLES,
        ),
    ] = None,
    group: Annotated[
        str | None,
        option(
            metavar="COLUMN",
            help="Rows with the same value here are held out together or not at all; no input.",
            rich_help_panel=TABLES,
        ),
    ] = None,
    time: Annotated[
        str | None,
        option(
            metavar="COLUMN",
            help="Hold out the last rows by this column, in place of rows drawn at random.",
            rich_help_panel=TABLES,
        ),
    ] = None,
    preset: Annotated[
        Any,
        option(
            parser=one_of(PRESETS),
            metavar="NAME",
            help=f"The recipe: {', '.join(PRESETS)}. \\[default: default]",
            rich_help_panel=TABLES,
        ),
    ] = None,
    members: Annotated[
        Any,
        option(
            parser=between(int, 1, 1000),
            metavar="INTEGER",
            help="How many networks vote; each learns from another part of the rows. \\[default: by the preset]",
            rich_help_panel=TABLES,
        ),
    ] = None,
    time_budget: Annotated[
        Any,
        option(
            parser=between(float, 0.1, 1e9),
            metavar="SECONDS",
            help="The time that training may take; its schedules hurry. \\[default: none]",
            rich_help_panel=TABLES,
        ),
    ] = None,
    calibrate: Annotated[
        bool,
        flag(
            "--calibrate",
            help="Scale probabilities so that held-out rows are most likely.",
            rich_help_panel=TABLES,
        ),
    ] = False,
    sentinels: Annotated[
        Any,
        option(
            parser=numbers_or_none,
            metavar="NUMBERS",
            help="Numbers that stand for something else, such as -999 for missing; none: there are none. "
            "\\[default: those that are repeated and far from all others]",
            rich_help_panel=TABLES,
        ),
    ] = None,
    kind: Annotated[
        Any,
        option(
            "--model",
            parser=one_of(MODELS),
            metavar="NAME",
            help=f"{' or '.join(MODELS)}. \\[default: {RULE}]",
            rich_help_panel=RUN,
        ),
    ] = None,
    task: Annotated[
        Any,
        option(
            parser=one_of(TASKS),
            metavar="NAME",
            help=f"{' or '.join(TASKS)}, where the target leaves doubt.",
            rich_help_panel=RUN,
        ),
    ] = None,
    test_fraction: Annotated[
        Any,
        option(
            parser=between(float, 0.0, 0.99),
            metavar="NUMBER",
            help=f"The share of rows held out to judge by. \\[default: {TEST_FRACTION}]",
            rich_help_panel=RUN,
        ),
    ] = None,
    seed: Annotated[
        Any,
        option(
            parser=between(int, 0, 999_999_999),
            metavar="INTEGER",
            help="Seeds the split and the training: the same seed, the same model. \\[default: 0]",
            rich_help_panel=RUN,
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        option(metavar="FILE", help="Go on from this checkpoint.", rich_help_panel=RUN),
    ] = None,
    out: Annotated[
        Path | None,
        option(
            metavar="FILE",
            help="The model file. \\[default: DATA-model.safetensors, here]",
            rich_help_panel=FILES,
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        option(metavar="FILE", help="Save here during training.", rich_help_panel=FILES),
    ] = None,
    every: Annotated[
        Any,
        option(
            parser=between(int, 1, 999_999_999),
            metavar="INTEGER",
            help="Epochs between checkpoints. \\[default: 1]",
            rich_help_panel=FILES,
        ),
    ] = None,
    force: Annotated[
        bool, flag("--force", help="Write over files that exist.", rich_help_panel=FILES)
    ] = False,
    json: Annotated[bool, flag("--json", help="Print one JSON object.", rich_help_panel=FILES)] = False,
    *,
    dialect: Dialect,
    **model: Any,
) -> None:
    """Train a network on a table, judge it on held-out rows, and save it.

    \b
    [bold]Examples[/bold]
    pellucid train digits
    pellucid train houses.csv --target price --id house_id
    pellucid train houses.csv --target price --members 5 --time-budget 60
    pellucid train houses.csv --target price --model mlp --hidden 64,32
    """  # noqa: D301
    printer = Printer(machine=json)
    if every is not None and checkpoint is None:
        raise ParameterError("--every says how often --checkpoint saves; give both, or none.")
    asked = Asked(
        target, task, identifier, weight, drop or [], test_fraction, seed, group, time, categorical or [],
        numeric or [], dates, drop_missing_target,
    )  # fmt: skip
    for_tables = {
        "preset": preset, "n_members": members, "time_budget": time_budget, "calibrate": calibrate,
        "sentinels": sentinels,
    }  # fmt: skip
    for_tables = {name: value for name, value in for_tables.items() if value not in (None, False)}
    if resume is not None:
        refuse_beside_resume(asked, {**model, **for_tables})
    table = read_table(data, as_text=[] if identifier is None else [identifier], dialect=dialect)
    table, dropped = asked.without_missing_target(table)
    path = _output(table, out, force=force)
    if checkpoint is not None:
        may_replace = force or checkpoint == resume
        check_output(checkpoint, force=may_replace, option="--checkpoint", read=[table.source])

    if resume is not None:
        plan = resumed(table, resume, model)
        printer.say(f"Going on from {resume}: {_done(plan)}")
    else:
        flags = [FLAGS_FOR_TABLES[name] for name in for_tables]
        for_one = [*asked.for_tables, *flags]
        chosen, why = choose(kind, data, model, for_one, saves=checkpoint is not None)
        origin, reason = asked.origin(table, chosen)
        origin = replace(origin, **file_of(table.source))
        printer.say(f"{table.source}: {table.frame.height:,} rows; {reason} → {origin.task}")
        if why:
            printer.say(f"Model: {chosen}, since {why}")
        plan = anew(table, origin, model, for_tables)
    for note in filter(None, (*table.notes, dropped)):
        printer.note(note)
    _introduce(printer, plan)
    saver = None
    if checkpoint is not None:
        saver = NotedCheckpoint(checkpoint, every=every or 1, notes=plan.origin.notes)
    seconds = fit(plan.model, plan.training, printer, saver)
    plan.model.set_params(warm_start=False, max_iter=plan.n_epochs)
    _conclude(printer, plan, table, path, seconds, keep_earlier=out is None and not force)


def _done(plan: Plan) -> str:
    """Say how far a training was that goes on."""
    members = getattr(plan.model, "members_", None)
    if members is None:
        return f"{len(plan.model.history_)} of {plan.n_epochs} epochs are done"
    over = sum(member.outcome.reason != "interrupted" for member in members)
    return f"{over} of its networks {'is' if over == 1 else 'are'} trained, {len(members) - over} in training"


def _output(table: Table, out: Path | None, *, force: bool) -> Path:
    path = Path(f"{table.stem}-model.safetensors") if out is None else out
    if out is None and not force:
        check_default_output(path)
    else:
        check_output(path, force=force, read=[table.source])
    return path


def _introduce(printer: Printer, plan: Plan) -> None:
    """Say what is about to be trained on what, and what an estimator for tables makes of the columns."""
    n_training, n_held_out = len(plan.split.training), len(plan.split.held_out)
    origin, width = plan.origin, plan.examples.inputs.width
    by = f"seed {origin.seed}"
    if origin.time is not None:
        by = f"the last by {origin.time!r}"
    elif origin.group is not None:
        by = f"whole groups of {origin.group!r}, {by}"
    how = f"held out {n_held_out:,} to judge by ({by})" if n_held_out else "none held out"
    printer.say(f"Training on {n_training:,} rows with {width} input{'s' * (width != 1)}; {how}")
    is_drawn = origin.time is None and origin.group is None
    if origin.task == CLASSIFICATION and n_held_out and is_drawn and not plan.split.is_stratified:
        printer.note(
            "Some classes have too few rows to be held out in the same share; rows were drawn at random."
        )
    if origin.model != TABULAR:
        return
    encoder = encoder_of(plan)
    if origin.task == CLASSIFICATION:
        printer.say(f"Classes: {_counted(plan.training.y)}")
    show_columns(printer, encoder)
    printer.say()
    for note in encoder.notes_:
        printer.note(in_flags(note))


def _counted(y: Any, most: int = 8) -> str:
    """Return how often each class is there."""
    classes, counts = np.unique(y, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:most]
    said = ", ".join(f"{for_terminal(str(classes[i]))} {counts[i]:,}" for i in order)
    return said + (f" and {len(classes) - most} more" if len(classes) > most else "")


def _conclude(
    printer: Printer, plan: Plan, table: Table, path: Path, seconds: float, *, keep_earlier: bool
) -> None:
    """Score the model, save it, and say what came out and what to do next."""
    model, origin = plan.model, plan.origin
    held_out = score(model, origin, plan.examples[plan.split.held_out]) if len(plan.split.held_out) else None
    training = score(model, origin, plan.training)
    origin = replace(
        origin,
        scores={
            k: v for k, v in (held_out or {}).items() if k not in ("confusion", "baseline", "beats_guessing")
        },
    )
    with stand_aside(path) if keep_earlier else nullcontext(False) as kept:
        save(model, path, notes=origin.notes)

    network, n_epochs = model.network_, len(model.history_)
    layers, n_parameters = " → ".join(map(str, network.layer_sizes)), network.n_parameters
    if origin.model == TABULAR and len(model.members_) > 1:
        n_parameters = sum(member.network.n_parameters for member in model.members_)
        layers = f"{len(model.members_)} networks of {layers}"
    best = ""
    if (scores := _validation_scores(model)) is not None:
        best = f"; best on validation rows after epoch {1 + int(np.nanargmax(scores))}"
    epochs = f"{n_epochs} epoch{'s' * (n_epochs != 1)}, {seconds:.1f} s"
    printer.say(f"Trained {layers} ({n_parameters:,} parameters): {epochs}{best}")
    show_scores(
        printer, {"training": training} if held_out is None else {"held out": held_out, "training": training}
    )
    if held_out is None:
        printer.note("No rows were held out: these scores are of rows that the model has learned from.")
    elif not held_out["beats_guessing"]:
        printer.note(
            f"On the {held_out['rows']:,} held-out rows the model cannot be told from always guessing the same: "
            "what it gains is within the chance of so few rows."
        )
    printer.say()
    printer.say(f"Model written to {path} ({path.stat().st_size / 1024:,.0f} KB)")
    if kept:
        printer.say(f"The model that was there is now {previous(path)}")
    commands = _next_commands(table, path, has_held_out=held_out is not None, is_mlp=origin.model != TABULAR)
    printer.suggest(commands)
    printer.result(
        {
            "command": "train",
            "data": origin.data,
            "target": origin.target,
            "task": origin.task,
            "model": path,
            "earlier_model": previous(path) if kept else None,
            "layer_sizes": network.layer_sizes,
            "n_parameters": n_parameters,
            "estimator": origin.model,
            "epochs": n_epochs,
            "seconds": seconds,
            "held_out": held_out,
            "training": training,
            **({"columns": columns_data(model.encoder_)} if origin.model == TABULAR else {}),
            "next": list(commands.values()),
        }
    )


def _validation_scores(model: Any) -> Any:
    """Return the score of each epoch on rows that were held out of it, where there are any."""
    if getattr(model, "early_stopping", False):
        return model.validation_scores_ or None
    scores = [row["validation_score"] for row in model.history_]
    return None if None in scores or not np.isfinite(scores).any() else scores


def _next_commands(table: Table, path: Path, *, has_held_out: bool, is_mlp: bool) -> dict[str, str]:
    predictions = unused(Path(f"{table.stem}-predictions.csv"))
    held_out = ["--held-out"] if has_held_out else []
    return {
        "Look inside the model:": shell("info", path),
        "Judge it again on the held-out rows:" if has_held_out else "Judge it:": shell(
            "evaluate", path, operand(table.source), *held_out
        ),
        "Ask what is wrong with it:": shell("diagnose", path, operand(table.source)),
        **(
            {
                "See every number for its first row, forward and backward:": shell(
                    "trace", "--model", path, "--row", 1
                )
            }
            if is_mlp
            else {}
        ),
        "Predict every row:": shell("predict", path, operand(table.source), "--out", predictions),
    }
