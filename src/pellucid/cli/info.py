"""``pellucid info``: what a model file holds, without running code of it, and what a network costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid import Network
from pellucid.cli.info_tables import about_tabular
from pellucid.cli.options import flag, option
from pellucid.cli.printing import Printer, cell, table
from pellucid.cli.provenance import history_table, listed, say_chosen
from pellucid.core.cost import BlockCost, Cost, cost
from pellucid.core.layers import Dense, Layer
from pellucid.exceptions import ParameterError
from pellucid.persistence import read_header
from pellucid.persistence.networks import unpack_architecture
from pellucid.workflow.origin import Origin
from pellucid.workflow.parameters_chosen import different_parameters
from pellucid.workflow.trained import check_is_file

__all__ = ["info"]

TABLES = ("TabularClassifier", "TabularRegressor")


def info(
    model: Annotated[
        Path | None, typer.Argument(metavar="[MODEL]", help="A model file.", show_default=False)
    ] = None,
    sizes: Annotated[
        str | None,
        option(metavar="N,N,…", help="Instead of a file: the layer sizes of a network, inputs first."),
    ] = None,
    json: Annotated[bool, flag("--json", help="Print one JSON object.")] = False,
) -> None:
    """Describe a model file: layers, cost, options, history and origin.

    \b
    [bold]Examples[/bold]
    pellucid info digits-model.safetensors
    pellucid info --sizes 784,100,10
    """  # noqa: D301
    printer = Printer(machine=json)
    if (model is None) == (sizes is None):
        raise ParameterError(
            "Give either a model file or the layer sizes of a network: `pellucid info MODEL`, or "
            "`pellucid info --sizes 784,100,10`."
        )
    if model is None:
        _about_sizes(printer, _read_sizes(str(sizes)))
    else:
        _about_model(printer, model)


def _about_sizes(printer: Printer, sizes: list[int]) -> None:
    """Print the parameters and the cost of a network of these layer sizes."""
    counted = cost(sizes)
    layers = _described([Dense(*widths) for widths in pairwise(sizes)], dict(enumerate(counted.blocks)))
    n_parameters = sum(layer["parameters"] for layer in layers)
    printer.say(f"{' → '.join(map(str, sizes))}: {n_parameters:,} parameters")
    printer.show(_layer_table(layers))
    _say_cost(printer, counted)
    about = {"command": "info", "layer_sizes": sizes, "n_parameters": n_parameters, "layers": layers}
    printer.result({**about, "multiply_adds": _sums(counted)})


def _about_model(printer: Printer, model: Path) -> None:
    """Print the contents of a file."""
    check_is_file(model)
    header = read_header(model)
    if header["class"] in TABLES:
        about_tabular(printer, model, header)
        return
    layers, counted = layers_of(header["network"])
    n_parameters = sum(layer["parameters"] for layer in layers)
    options = different_parameters(header["class"], header.get("parameters") or {})
    history = header.get("history") or []
    origin = Origin.of(header, model)

    sizes = header["network"]["layer_sizes"]
    widths, dtype = " → ".join(map(str, sizes)), header["network"]["dtype"]
    printer.say(f"{model}: {header['class']}, {widths}, {n_parameters:,} parameters in {dtype}")
    printer.say(f"written by pellucid {header['pellucid_version']}, file format {header['format_version']}")
    printer.show(_layer_table(layers))
    _say_cost(printer, counted)
    say_chosen(printer, origin, options)
    if history:
        seconds = sum(float(row.get("seconds") or 0) for row in history)
        printer.say(f"\nHistory of {len(history)} epochs, {seconds:.1f} s")
        printer.show(history_table(history))
    if header.get("classes") is not None:
        printer.say(f"\n{len(header['classes'])} classes: {listed(header['classes'])}")
    names = header.get("feature_names")
    if "n_features" in header:
        n_inputs, named = header["n_features"], "" if names is None else f": {listed(names)}"
        printer.say(f"{n_inputs} input{'s' * (n_inputs != 1)}{named}")
    printer.result(
        {
            "command": "info",
            "model": model,
            **{name: header[name] for name in ("class", "format_version", "pellucid_version")},
            "layer_sizes": sizes,
            "dtype": header["network"]["dtype"],
            "n_parameters": n_parameters,
            "layers": layers,
            "multiply_adds": _sums(counted),
            "parameters": header.get("parameters"),
            "classes": header.get("classes"),
            "n_features": header.get("n_features", sizes[0]),
            "feature_names": names,
            "epochs": len(history),
            "history": history,
            "training": None if origin is None else origin.about,
        }
    )


def _read_sizes(text: str) -> list[int]:
    """Return the widths in a text such as 784,100,10."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ParameterError(
            f"--sizes must be integers separated by commas, inputs first, such as 784,100,10; got {text!r}."
        ) from None


def layers_of(network: dict[str, Any]) -> tuple[list[dict[str, Any]], Cost]:
    """Return the layers that the header of a file describes, with shapes and parameters, and multiply-adds.

    An activation of the user's own appears under its name; what it computes does not matter here.
    """
    architecture, dtype = unpack_architecture(network)
    built = Network.from_architecture(architecture, initializer="zeros", dtype=dtype)
    counted = cost(built)
    begins = zip(built.a_positions, counted.blocks, strict=False)  # the layers that blocks begin with
    return _described(built.layers, dict(begins)), counted


def _described(layers: Iterable[Layer], costs: Mapping[int, BlockCost]) -> list[dict[str, Any]]:
    """Return what the layers are, and what those cost that have a matrix."""
    described = []
    for i, layer in enumerate(layers):
        shapes = {spec.name: list(spec.shape) for spec in layer.parameters()}
        count = sum(prod(shape) for shape in shapes.values())
        row = {"layer": layer.label, "shapes": shapes, "parameters": count}
        if i in costs and shapes["biases"] == shapes["weights"][1:]:
            row["with_bias_row"] = [shapes["weights"][0] + 1, *shapes["biases"]]
        row |= asdict(costs[i]) if i in costs else {}
        described.append(row)
    return described


def _layer_table(layers: list[dict[str, Any]]) -> Any:
    shown = table("layer", "shape", "parameters", "forward", "backward", n_texts=2)
    for layer in layers:
        shapes = ", ".join(f"{name} {' × '.join(map(str, shape))}" for name, shape in layer["shapes"].items())
        counts = [f"{layer['parameters']:,}" if shapes else ""]
        if "forward" in layer:
            if "with_bias_row" in layer:
                n_rows, n_columns = layer["with_bias_row"]
                shapes = f"({n_rows - 1} + 1) × {n_columns}"
            counts += [f"{layer['forward']:,}", f"{layer['gradient'] + layer['delta']:,}"]
        shown.add_row(cell(layer["layer"]), shapes, *counts)
    sums = [
        sum(layer["parameters"] for layer in layers),
        sum(layer.get("forward", 0) for layer in layers),
        sum(layer.get("gradient", 0) + layer.get("delta", 0) for layer in layers),
    ]
    shown.add_row("all", "", *(f"{total:,}" for total in sums), style="bold")
    return shown


def _sums(counted: Cost) -> dict[str, int]:
    return {"forward": counted.forward, "backward": counted.backward, "training": counted.training}


def _say_cost(printer: Printer, counted: Cost) -> None:
    """Explain the columns, and print the cost of training."""
    printer.say(
        "\n+ 1 is the row of biases. Forward and backward are multiply-adds per row of data: the backward pass "
        f"costs {counted.backward / counted.forward:.2f} forward passes, a training step "
        f"{counted.training / counted.forward:.2f} predictions."
    )
