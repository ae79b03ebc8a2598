"""Layers of a network as a table: shapes, parameters, and multiply-adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import prod
from typing import Any

from pellucid import Network
from pellucid.core.cost import BlockCost, Cost, cost
from pellucid.core.layers import Dense, Layer
from pellucid.exceptions import ParameterError
from pellucid.workflow.wording import option

__all__ = ["LayerTable", "arrows", "layers_of", "layers_of_sizes", "read_sizes"]


@dataclass(frozen=True)
class LayerTable:
    """Layers of a network, with their parameters and their cost.

    Parameters
    ----------
    rows : list of dict
        A dict for each layer: its name, the shapes of its parameters, their number, and multiply-adds per row.
    cost : Cost
        Multiply-adds of all blocks.
    """

    rows: list[dict[str, Any]]
    cost: Cost

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return sum(row["parameters"] for row in self.rows)

    @property
    def texts(self) -> list[list[str]]:
        """For each layer: name, shapes, parameters, multiply-adds forward and backward, if there are any."""
        lines = []
        for row in self.rows:
            shapes = ", ".join(f"{name} {' × '.join(map(str, n))}" for name, n in row["shapes"].items())
            counts = [f"{row['parameters']:,}" if shapes else ""]
            if "forward" in row:
                counts += [f"{row['forward']:,}", f"{row['gradient'] + row['delta']:,}"]
            if "with_bias_row" in row:
                n_rows, n_columns = row["with_bias_row"]
                shapes = f"({n_rows - 1} + 1) × {n_columns}"
            lines.append([row["layer"], shapes, *counts])
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return the layers and the sums as plain data."""
        sums = {name: getattr(self.cost, name) for name in ("forward", "backward", "training")}
        return {"n_parameters": self.n_parameters, "layers": self.rows, "multiply_adds": sums}


def layers_of(network: Network) -> LayerTable:
    """Return the layers of a network, in order."""
    counted = cost(network)
    begins = zip(network.a_positions, counted.blocks, strict=False)  # the layers that blocks begin with
    return LayerTable(_described(network.layers, dict(begins)), counted)


def layers_of_sizes(sizes: list[int]) -> LayerTable:
    """Return the dense layers of a network of these widths, inputs first.

    Parameters
    ----------
    sizes : list of int
        The widths.

    Returns
    -------
    LayerTable
        Parameters and cost.

    Raises
    ------
    ParameterError
        If the widths are not integers >= 1, or fewer than two.
    """
    counted = cost(sizes)
    dense = [Dense(*widths) for widths in pairwise(sizes)]
    return LayerTable(_described(dense, dict(enumerate(counted.blocks))), counted)


def read_sizes(text: str) -> list[int]:
    """Return the widths in a text.

    Examples
    --------
    >>> read_sizes("784,100,10")
    [784, 100, 10]
    """
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ParameterError(
            f"{option('sizes')} must be integers separated by commas, inputs first, such as 784,100,10; got "
            f"{text!r}."
        ) from None


def arrows(sizes: Iterable[Any]) -> str:
    """Return widths in the order of the signals, such as ``4 → 3 → 2``."""
    return " → ".join(map(str, sizes))


def _described(layers: Iterable[Layer], costs: Mapping[int, BlockCost]) -> list[dict[str, Any]]:
    """Return the layers, and the cost of those that have a matrix."""
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
