"""``pellucid info``: what a model file holds, without running code of it."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from pellucid import MLPClassifier, MLPRegressor, Network
from pellucid.cli.console import Printer, table
from pellucid.cli.examples import Origin
from pellucid.cli.judge import check_is_file
from pellucid.cli.options import FLAGS, flag
from pellucid.cli.report import LABELS, number
from pellucid.core import ACTIVATIONS
from pellucid.core.layers import Activate, BatchNorm, Dense, Dropout, Layer, Residual
from pellucid.persistence import read_header

__all__ = ["info"]

ESTIMATORS = {cls.__name__: cls for cls in (MLPClassifier, MLPRegressor)}
MOMENTS = 6  # of the history, that are shown
LOSS, SCORE = "validation_loss", "validation_score"
COLUMNS = ("loss", LOSS, SCORE, "learning_rate", "gradient_norm")


def info(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model file.", show_default=False)],
    json: Annotated[bool, flag("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what a model file holds: layers, options, history, where it came from.

    \b
    [bold]Example[/bold]
    pellucid info digits-model.safetensors
    """  # noqa: D301
    printer = Printer(machine=json)
    check_is_file(model)
    header = read_header(model)
    layers = layers_of(header["network"])
    n_parameters = sum(layer["parameters"] for layer in layers)
    options = _chosen(header)
    history = header.get("history") or []
    origin = Origin.of(header)

    sizes = header["network"]["layer_sizes"]
    printer.say(
        f"{model}: {header['class']}, {' → '.join(map(str, sizes))}, {n_parameters:,} parameters in "
        f"{header['network']['dtype']}"
    )
    printer.say(f"written by pellucid {header['pellucid_version']}, file format {header['format_version']}")
    printer.show(_layer_table(layers))
    if origin is not None:
        _say_origin(printer, origin)
    if options:
        printer.say("\nOptions that differ from the estimator's defaults")
        printer.show(_option_table(options))
    if history:
        printer.say(f"\nHistory of {len(history)} epochs, {sum(row['seconds'] for row in history):.1f} s")
        printer.show(_history_table(history))
    if header.get("classes") is not None:
        printer.say(f"\n{len(header['classes'])} classes: {_listed(header['classes'])}")
    names = header.get("feature_names")
    if "n_features" in header:
        n_inputs = header["n_features"]
        printer.say(
            f"{n_inputs} input{'s' * (n_inputs != 1)}" + ("" if names is None else f": {_listed(names)}")
        )
    printer.result(
        {
            "command": "info",
            "model": model,
            "class": header["class"],
            "format_version": header["format_version"],
            "pellucid_version": header["pellucid_version"],
            "layer_sizes": sizes,
            "dtype": header["network"]["dtype"],
            "n_parameters": n_parameters,
            "layers": layers,
            "parameters": header.get("parameters"),
            "classes": header.get("classes"),
            "n_features": header.get("n_features", sizes[0]),
            "feature_names": names,
            "epochs": len(history),
            "history": history,
            "training": None if origin is None else origin.about,
        }
    )


def layers_of(network: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the layers that the header of a file describes, with the shapes of their arrays.

    An activation of the user's own appears under its name; what it computes does not matter here.
    """
    names = [*network["activation"], network["output_activation"]]
    known = [name if name in ACTIVATIONS else "identity" for name in names]
    options = {**network, "activation": known[:-1], "output_activation": known[-1]}
    remaining = iter(names)
    described = []
    for layer in Network(**options, initializer="zeros").layers:
        what = next(remaining) if isinstance(layer, Activate) else _words(layer)
        shapes = {spec.name: list(spec.shape) for spec in layer.parameters()}
        count = sum(prod(shape) for shape in shapes.values())
        described.append({"layer": what, "shapes": shapes, "parameters": count})
    return described


def _words(layer: Layer) -> str:
    match layer:
        case Dense(n_in=n_in, n_out=n_out):
            return f"dense {n_in} → {n_out}"
        case Dropout(rate=rate):
            return f"dropout {rate:g}"
        case BatchNorm():
            return "batch normalization"
        case Residual():
            return "+ earlier value (residual)"
    return type(layer).__name__


def _layer_table(layers: list[dict[str, Any]]) -> Any:
    shown = table("layer", "arrays", "parameters", n_texts=2)
    for layer in layers:
        shapes = ", ".join(f"{name} {' × '.join(map(str, shape))}" for name, shape in layer["shapes"].items())
        shown.add_row(escape(layer["layer"]), shapes, f"{layer['parameters']:,}" if shapes else "")
    shown.add_row("all", "", f"{sum(layer['parameters'] for layer in layers):,}", style="bold")
    return shown


def _chosen(header: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that differ from the estimator's defaults."""
    if header["class"] not in ESTIMATORS:
        return {}
    defaults = ESTIMATORS[header["class"]]().get_params()
    return {name: value for name, value in header["parameters"].items() if value != defaults.get(name)}


def _option_table(options: dict[str, Any]) -> Any:
    shown = table("option", "value", n_texts=2)
    for name, value in options.items():
        text = ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
        shown.add_row(f"{FLAGS.get(name, name)} ({name})", escape(text))
    return shown


def _history_table(history: list[dict[str, Any]]) -> Any:
    """Return some epochs of the history, evenly spaced, the first and the last among them."""
    columns = [name for name in COLUMNS if any(row.get(name) is not None for row in history)]
    if all(row[LOSS] is None or row[SCORE] == -row[LOSS] for row in history):
        columns = [name for name in columns if name != SCORE]  # it says the same as the loss
    shown = table("epoch", *(name.replace("_", " ") for name in columns))
    places = sorted({round(i * (len(history) - 1) / (MOMENTS - 1)) for i in range(MOMENTS)})
    for row in (history[place] for place in places):
        shown.add_row(str(row["epoch"]), *(f"{row[name]:.4g}" for name in columns))
    return shown


def _listed(values: Iterable[Any], most: int = 12) -> str:
    held = [str(value) for value in values]
    return ", ".join(held[:most]) + (f" and {len(held) - most} more" if len(held) > most else "")


def _say_origin(printer: Printer, origin: Origin) -> None:
    held_out = f", {100.0 * origin.test_fraction:g} % of them held out (seed {origin.seed})"
    printer.say(
        f"\nTrained for {origin.task} of {origin.target!r} on {origin.data}: {origin.n_rows:,} rows"
        + (held_out if origin.test_fraction else "")
    )
    if origin.scores:
        scores = [
            f"{LABELS[name]} {number(name, origin.scores[name])}" for name in LABELS if name in origin.scores
        ]
        printer.say(f"On the held-out rows: {', '.join(scores)}")
