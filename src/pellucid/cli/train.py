"""``pellucid train``: from a table to a model file, and how good it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer

from pellucid import save
from pellucid.cli.console import Printer, shell
from pellucid.cli.examples import Origin
from pellucid.cli.fit import NotedCheckpoint, fit
from pellucid.cli.options import FLAGS, with_model_options
from pellucid.cli.outputs import check_default_output, check_output, previous, stand_aside, unused
from pellucid.cli.plan import GOES_ON, Plan, anew, resumed
from pellucid.cli.report import beats_guessing, score, show_scores
from pellucid.cli.tables import BUNDLED, Table, read_table
from pellucid.cli.target import decide
from pellucid.exceptions import ParameterError

__all__ = ["train"]

TEST_FRACTION = 0.25
COLUMNS, RUN, FILES = "Columns", "The run", "Files"


@with_model_options
def train(
    data: Annotated[
        str,
        typer.Argument(help=f"A CSV or Parquet file, or one of: {', '.join(BUNDLED)}.", show_default=False),
    ],
    target: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column to predict.", rich_help_panel=COLUMNS),
    ] = None,
    identifier: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="COLUMN", help="A column that names the rows: no input.", rich_help_panel=COLUMNS
        ),
    ] = None,
    weight: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="A column of row weights >= 0: no input.", rich_help_panel=COLUMNS
        ),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN", help="A column to leave out; can be repeated.", rich_help_panel=COLUMNS
        ),
    ] = None,
    task: Annotated[
        Literal["classification", "regression"] | None,
        typer.Option(help="What to learn, where the target leaves doubt.", rich_help_panel=RUN),
    ] = None,
    test_fraction: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=0.99,
            metavar="NUMBER",
            help=f"The share of rows held out to judge by. \\[default: {TEST_FRACTION}]",
            rich_help_panel=RUN,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=2**32 - 1,
            metavar="INTEGER",
            help="Seeds the split and the training: the same seed, the same model. \\[default: 0]",
            rich_help_panel=RUN,
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Go on from this checkpoint.", rich_help_panel=RUN),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The model file. \\[default: DATA-model.safetensors, here]",
            rich_help_panel=FILES,
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Save here during training.", rich_help_panel=FILES),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="INTEGER", help="Epochs between checkpoints. \\[default: 1]", rich_help_panel=FILES
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that exist.", rich_help_panel=FILES)
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object.", rich_help_panel=FILES)
    ] = False,
    **model: Any,
) -> None:
    r"""Train a network on a table, judge it on held-out rows, and save it.

    [bold]Examples[/bold]

    \b
    pellucid train digits
    pellucid train houses.csv --target price --id house_id
    pellucid train houses.csv --target price --hidden 64,32 --epochs 200 --seed 1
    """
    printer = Printer(machine=json)
    if every is not None and checkpoint is None:
        raise ParameterError("--every says how often --checkpoint saves; give both, or none.")
    if resume is not None:
        said = {"--target": target, "--id": identifier, "--weight": weight, "--drop": drop, "--task": task,
                "--test-fraction": test_fraction, "--seed": seed}  # fmt: skip
        said |= {FLAGS[name]: value for name, value in model.items() if name not in GOES_ON}
        _refuse_beside_resume([flag for flag, value in said.items() if value is not None])
        as_text: set[str] = set()
    else:
        as_text = {identifier} if identifier is not None else set()
    table = read_table(data, as_text=as_text)
    path = _output(table, out, force=force)
    if checkpoint is not None:
        check_output(checkpoint, force=force or checkpoint == resume, option="--checkpoint")

    if resume is not None:
        plan = resumed(table, resume, model)
        printer.say(f"Going on from {resume}: {len(plan.model.history_)} of {plan.n_epochs} epochs are done.")
    else:
        origin = _origin(
            table, target, identifier, weight, drop or [], task,
            TEST_FRACTION if test_fraction is None else test_fraction, seed or 0, printer,
        )  # fmt: skip
        plan = anew(table, origin, model)
    _introduce(printer, plan)
    saver = None
    if checkpoint is not None:
        saver = NotedCheckpoint(checkpoint, every=every or 1, notes=plan.origin.notes)
    seconds = fit(plan.model, plan.training, printer, saver)
    plan.model.set_params(warm_start=False, max_iter=plan.n_epochs)
    _conclude(printer, plan, table, path, seconds, keep_earlier=out is None and not force)


def _refuse_beside_resume(flags: list[str]) -> None:
    if flags:
        raise ParameterError(
            f"--resume goes on with the columns, split and options of the checkpoint; {', '.join(flags)} cannot "
            f"change them. Only {', '.join(FLAGS[name] for name in sorted(GOES_ON))} can."
        )


def _output(table: Table, out: Path | None, *, force: bool) -> Path:
    path = Path(f"{table.stem}-model.safetensors") if out is None else out
    if out is None and not force:
        check_default_output(path)
    else:
        check_output(path, force=force)
    return path


def _origin(
    table: Table,
    target: str | None,
    identifier: str | None,
    weight: str | None,
    drop: list[str],
    task: str | None,
    test_fraction: float,
    seed: int,
    printer: Printer,
) -> Origin:
    """Return the roles of the columns, each of which has one only, and the task."""
    chosen = table.target if target is None else target
    if chosen is None:
        columns = ", ".join(map(repr, table.frame.columns[:20]))
        raise ParameterError(
            f"Say with --target which column of {table.source} to predict. It has: {columns}."
        )
    roles = {"--target": chosen, "--id": identifier, "--weight": weight}
    roles |= {f"--drop {name}": name for name in drop}
    given = [name for name in roles.values() if name is not None]
    for name in given:
        if given.count(name) > 1:
            flags = " and ".join(flag for flag, column in roles.items() if column == name)
            raise ParameterError(f"Column {name!r} is given as {flags}; it can be one of them.")
    asked = Origin(table.source, chosen, task or "", identifier, weight, drop, test_fraction, seed)
    asked.check_columns(table)
    decided = decide(table, chosen, task)
    printer.say(f"{table.source}: {table.frame.height:,} rows; {decided.reason} → {decided.name}")
    return replace(asked, task=decided.name)


def _introduce(printer: Printer, plan: Plan) -> None:
    """Say what is about to be trained on what."""
    n_training, n_held_out = len(plan.split.training), len(plan.split.held_out)
    how = f"held out {n_held_out:,} to judge by (seed {plan.origin.seed})" if n_held_out else "none held out"
    printer.say(f"Training on {n_training:,} rows with {plan.examples.inputs.width} inputs; {how}")
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

    network = model.network_
    layers = " → ".join(map(str, network.layer_sizes))
    best = ""
    if model.early_stopping and model.validation_scores_:
        best = f"; best on the validation rows after epoch {1 + int(np.nanargmax(model.validation_scores_))}"
    printer.say(
        f"Trained {layers} ({network.n_parameters:,} parameters): {len(model.history_)} epochs, {seconds:.1f} s{best}"
    )
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
            "epochs": len(model.history_),
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
        "Predict every row:": shell("predict", path, table.source, "--out", predictions),
    }
