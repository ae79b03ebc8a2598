"""``pellucid info``: contents of a model file, read without running its code, and the cost of a network."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

from pellucid.cli.columns_shown import show_columns
from pellucid.cli.options import JSON, argument, option
from pellucid.cli.printing import Printer, table
from pellucid.cli.provenance import listed, say_chosen, say_history, say_tried
from pellucid.exceptions import ParameterError
from pellucid.workflow import describe_file
from pellucid.workflow.file_contents import NetworkFile, TabularFile
from pellucid.workflow.layer_tables import LayerTable, arrows, layers_of_sizes, read_sizes

__all__ = ["info"]


def info(
    model: Annotated[Path | None, argument("[MODEL]", "A model file.")] = None,
    sizes: Annotated[
        str | None,
        option(metavar="N,N,…", help="Instead of a file: the layer sizes of a network, inputs first."),
    ] = None,
    json: JSON = False,
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
        widths = read_sizes(str(sizes))
        layers = layers_of_sizes(widths)
        printer.say(f"{arrows(widths)}: {layers.n_parameters:,} parameters")
        _show_layers(printer, layers)
        printer.result({"command": "info", "layer_sizes": widths, **layers.to_dict()})
        return
    found = describe_file(model)
    if isinstance(found, TabularFile):
        _about_tabular(printer, found)
    else:
        _about_network(printer, found)
    printer.result({"command": "info", **found.to_dict()})


def _about_network(printer: Printer, found: NetworkFile) -> None:
    """Print the contents of a file with one network."""
    header = found.header
    printer.say("\n".join(found.headlines))
    _show_layers(printer, found.layers)
    say_chosen(printer, found.origin, found.options)
    if found.history:
        seconds = sum(float(row.get("seconds") or 0) for row in found.history)
        say_history(printer, found.history, f"{seconds:.1f} s")
    _say_classes(printer, header.get("classes"))
    if "n_features" in header:
        n_inputs, names = header["n_features"], header.get("feature_names")
        named = "" if names is None else f": {listed(names)}"
        printer.say(f"{n_inputs} input{'s' * (n_inputs != 1)}{named}")


def _about_tabular(printer: Printer, found: TabularFile) -> None:
    """Print the contents of a file with an estimator for tables: networks, columns, origin, options, history."""
    model, network = found.model, found.model.network_
    printer.say("\n".join(found.headlines))
    show_columns(printer, model.encoder_)
    if network.input_layers:
        inside = [*(type(layer).__name__ for layer in network.input_layers), network.widths[0]]
        printer.say(f"\nBefore the first dense layer: {network.layer_sizes[0]} → {arrows(inside)}")
    say_chosen(printer, found.origin, found.options)
    say_tried(printer, model)
    if found.history:
        say_history(printer, found.history, "of the first network")
    _say_classes(printer, getattr(model, "classes_", None))


def _say_classes(printer: Printer, classes: Collection[Any] | None) -> None:
    if classes is not None:
        printer.say(f"\n{len(classes)} classes: {listed(classes)}")


def _show_layers(printer: Printer, layers: LayerTable) -> None:
    """Print the layers with their cost, and explain the columns."""
    heads = ("layer", "shape", "parameters", "forward", "backward")
    shown = table(*heads, n_texts=2, rows=layers.texts)
    cost = layers.cost
    sums = (layers.n_parameters, cost.forward, cost.backward)
    shown.add_row("all", "", *(f"{total:,}" for total in sums), style="bold")
    printer.show(shown)
    printer.say(
        "\n+ 1 is the row of biases. Forward and backward are multiply-adds per row of data: the backward pass "
        f"costs {cost.backward / cost.forward:.2f} forward passes, a training step "
        f"{cost.training / cost.forward:.2f} predictions."
    )
