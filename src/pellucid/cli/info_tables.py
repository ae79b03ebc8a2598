"""Contents of a file with an estimator for tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pellucid import load
from pellucid.cli.columns_shown import show_columns
from pellucid.cli.printing import Printer
from pellucid.cli.provenance import history_table, listed, say_chosen
from pellucid.workflow.columns_found import columns_data
from pellucid.workflow.origin import Origin
from pellucid.workflow.parameters_chosen import different_parameters

__all__ = ["about_tabular"]


def about_tabular(printer: Printer, path: Path, header: dict[str, Any]) -> None:
    """Print the contents of such a file: networks, columns, origin, options, history."""
    model: Any = load(path)
    name, network, origin = type(model).__name__, model.network_, Origin.of(header, path)
    n_parameters = sum(member.network.n_parameters for member in model.members_)
    layers = " → ".join(map(str, network.layer_sizes))
    many = f"{len(model.members_)} networks of " if len(model.members_) > 1 else ""
    if network.n_members > 1:
        many = f"{network.n_members} members that share weights, each "
    printer.say(f"{path}: {name}, {many}{layers}, {n_parameters:,} parameters in {network.dtype}")
    if model.linear_ is not None:
        printer.say(f"beside them a linear model, with {model.linear_.share:.0%} of each prediction")
    printer.say(f"written by pellucid {header['pellucid_version']}, file format {header['format_version']}")
    show_columns(printer, model.encoder_)
    if network.input_layers:
        inside = " → ".join(
            [*(type(layer).__name__ for layer in network.input_layers), str(network.widths[0])]
        )
        printer.say(f"\nBefore the first dense layer: {network.layer_sizes[0]} → {inside}")
    parameters = model.get_params()
    say_chosen(printer, origin, different_parameters(name, parameters))
    printer.say(f"\nHistory of {len(model.history_)} epochs, of the first network" * bool(model.history_))
    if model.history_:
        printer.show(history_table(model.history_))
    classes = getattr(model, "classes_", None)
    if classes is not None:
        printer.say(f"\n{len(classes)} classes: {listed(classes)}")
    printer.result(
        {
            "command": "info",
            "model": path,
            **{name: header[name] for name in ("class", "format_version", "pellucid_version")},
            "members": len(model.members_),
            "linear_share": 0.0 if model.linear_ is None else model.linear_.share,
            "layer_sizes": network.layer_sizes,
            "dtype": str(network.dtype),
            "n_parameters": n_parameters,
            "parameters": {key: value for key, value in parameters.items() if not callable(value)},
            "classes": classes,
            "columns": columns_data(model.encoder_),
            "epochs": len(model.history_),
            "history": model.history_,
            "training": None if origin is None else origin.about,
        }
    )
