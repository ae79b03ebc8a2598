"""``pellucid train``: from a table to a model file, and how good it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import save
from pellucid.cli.asked import TEST_FRACTION, Asked, refuse_beside_resume
from pellucid.cli.console import Printer, shell
from pellucid.cli.fit import NotedCheckpoint, fit
from pellucid.cli.options import between, flag, option, with_model_options
from pellucid.cli.outputs import check_default_output, check_output, previous, stand_aside, unused
from pellucid.cli.plan import Plan, anew, resumed
from pellucid.cli.report import beats_guessing, score, show_scores
from pellucid.cli.tables import BUNDLED, Table, read_table
from pellucid.cli.target import TASKS
from pellucid.exceptions import ParameterError

__all__ = ["train"]

COLUMNS, RUN, FILES = "Columns", "The run", "Files"


def _task(text: str) -> str:
    if text not in TASKS:
        raise typer.BadParameter(f"{text!r} is not accepted. It takes {' or '.join(TASKS)}.")
    return text


@with_model_options
def train(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            show_default=False,
            help=f"A CSV or Parquet file, or one of: {', '.join(BUNDLED)}.",
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
    task: Annotated[
        Any,
        option(
            parser=_task,
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
    **model: Any,
) -> None:
    """Train a network on a table, judge it on held-out rows, and save it.

    \b
    [bold]Examples[/bold]
    pellucid train digits
    pellucid train houses.csv --target price --id house_id
    pellucid train houses.csv --target price --hidden 64,32 --epochs 200 --seed 1
    """  # noqa: D301
    printer = Printer(machine=json)
    if every is not None and checkpoint is None:
        raise ParameterError("--every says how often --checkpoint saves; give both, or none.")
    asked = Asked(target, task, identifier, weight, drop or [], test_fraction, seed)
    if resume is not None:
        refuse_beside_resume(asked, model)
    table = read_table(data, as_text=[] if identifier is None else [identifier])
    path = _output(table, out, force=force)
    if checkpoint is not None:
        may_replace = force or checkpoint == resume
        check_output(checkpoint, force=may_replace, option="--checkpoint", read=[table.source])

    if resume is not None:
        plan = resumed(table, resume, model)
        printer.say(f"Going on from {resume}: {len(plan.model.history_)} of {plan.n_epochs} epochs are done")
    else:
        origin, reason = asked.origin(table)
        printer.say(f"{table.source}: {table.frame.height:,} rows; {reason} → {origin.task}")
        plan = anew(table, origin, model)
    _introduce(printer, plan)
    saver = None
    if checkpoint is not None:
        saver = NotedCheckpoint(checkpoint, every=every or 1, notes=plan.origin.notes)
    seconds = fit(plan.model, plan.training, printer, saver)
    plan.model.set_params(warm_start=False, max_iter=plan.n_epochs)
    _conclude(printer, plan, table, path, seconds, keep_earlier=out is None and not force)


def _output(table: Table, out: Path | None, *, force: bool) -> Path:
    path = Path(f"{table.stem}-model.safetensors") if out is None else out
    if out is None and not force:
        check_default_output(path)
    else:
        check_output(path, force=force, read=[table.source])
    return path


def _introduce(printer: Printer, plan: Plan) -> None:
    """Say what is about to be trained on what."""
    n_training, n_held_out = len(plan.split.training), len(plan.split.held_out)
    how = f"held out {n_held_out:,} to judge by (seed {plan.origin.seed})" if n_held_out else "none held out"
    width = plan.examples.inputs.width
    printer.say(f"Training on {n_training:,} rows with {width} input{'s' * (width != 1)}; {how}")
    if plan.origin.task == "classification" and n_held_out and not plan.split.is_stratified:
        printer.note(
            "Some classes have too few rows to be held out in the same share; rows were drawn at random."
        )


def _conclude(
    printer: Printer, plan: Plan, table: Table, path: Path, seconds: float, *, keep_earlier: bool
) -> None:
    """Score the model, save it, and say what came out and what to do next."""
    model, origin = plan.model, plan.origin
    held_out = score(model, origin, plan.examples[plan.split.held_out]) if len(plan.split.held_out) else None
    training = score(model, origin, plan.training)
    origin = replace(
        origin, scores={k: v for k, v in (held_out or {}).items() if k not in ("confusion", "baseline")}
    )
    kept = keep_earlier and stand_aside(path)
    save(model, path, notes=origin.notes)

    network, n_epochs = model.network_, len(model.history_)
    layers = " → ".join(map(str, network.layer_sizes))
    best = ""
    if model.early_stopping and model.validation_scores_:
        best = f"; best on validation rows after epoch {1 + int(np.nanargmax(model.validation_scores_))}"
    epochs = f"{n_epochs} epoch{'s' * (n_epochs != 1)}, {seconds:.1f} s"
    printer.say(f"Trained {layers} ({network.n_parameters:,} parameters): {epochs}{best}")
    show_scores(
        printer, {"training": training} if held_out is None else {"held out": held_out, "training": training}
    )
    if held_out is None:
        printer.note("No rows were held out: these scores are of rows that the model has learned from.")
    elif not beats_guessing(held_out):
        printer.note("On the held-out rows the model is no better than always guessing the same.")
    printer.say()
    printer.say(f"Model written to {path} ({path.stat().st_size / 1024:,.0f} KB)")
    if kept:
        printer.say(f"The model that was there is now {previous(path)}")
    commands = _next_commands(table, path, has_held_out=held_out is not None)
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
            "n_parameters": network.n_parameters,
            "epochs": n_epochs,
            "seconds": seconds,
            "held_out": held_out,
            "training": training,
            "next": list(commands.values()),
        }
    )


def _next_commands(table: Table, path: Path, *, has_held_out: bool) -> dict[str, str]:
    predictions = unused(Path(f"{table.stem}-predictions.csv"))
    held_out = ["--held-out"] if has_held_out else []
    return {
        "Look inside the model:": shell("info", path),
        "Judge it again on the held-out rows:" if has_held_out else "Judge it:": shell(
            "evaluate", path, table.source, *held_out
        ),
        "Ask what is wrong with it:": shell("diagnose", path, table.source),
        "See every number for its first row, forward and backward:": shell(
            "trace", "--model", path, "--row", 1
        ),
        "Predict every row:": shell("predict", path, table.source, "--out", predictions),
    }
