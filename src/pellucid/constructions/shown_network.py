"""Texts of a logic network for a narrow screen: its units, its weights, the rows of its truth table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pellucid.constructions.logic_networks import LogicNetwork
from pellucid.core import Network

__all__ = ["ShownTable", "shown_rows", "shown_units", "shown_weights"]

WIDEST = 12  # columns of a matrix, or units of a layer, that are shown
LONGEST = 48  # characters of a unit's formula


@dataclass(frozen=True)
class ShownTable:
    """Table of texts.

    Parameters
    ----------
    title : str
        A line above the table; may be empty.
    columns : list of str
        Names of the columns.
    rows : list of list of str
        The cells.
    n_texts : int, default=1
        The number of first columns that hold words, not numbers.
    """

    title: str
    columns: list[str]
    rows: list[list[str]]
    n_texts: int = 1


def shown_units(made: LogicNetwork) -> ShownTable:
    """Return each unit with its formula and bias."""
    rows = []
    for names, units, b in zip(made.unit_names[1:], made.units, made.network.biases, strict=True):
        each = zip(names[:WIDEST], units, b, strict=False)
        rows += [[name, _cut(unit), f"{bias:g}"] for name, unit, bias in each]
        rows += [[f"and {len(units) - WIDEST:,} more", "", ""]] * (len(units) > WIDEST)
    return ShownTable("", ["unit", "is true where", "bias"], rows, 2)


def shown_weights(made: LogicNetwork, network: Network) -> Iterator[ShownTable]:
    """Yield each block's matrix of weights, with the row of biases on top."""
    for k, (W, b) in enumerate(zip(network.weights, network.biases, strict=True)):
        above, units = made.unit_names[k], made.unit_names[k + 1]
        named = zip(["bias", *above][: WIDEST + 1], [b, *W], strict=False)
        rows = [[name, *(f"{v:g}" for v in row[:WIDEST])] for name, row in named]
        title = f"block {k}, ({W.shape[0]} + 1) × {W.shape[1]}, the row of biases first"
        columns = ["", *units[:WIDEST], *["…"] * (len(units) > WIDEST)]
        yield ShownTable(title, columns, rows + [["…"]] * (len(above) > WIDEST))


def shown_rows(made: LogicNetwork, softened: Network | None, n_shown: int, *, signals: bool) -> ShownTable:
    """Return rows of the truth table with the output of every unit, and the soft output next to it.

    Parameters
    ----------
    made : LogicNetwork
        A network with its truth table.
    softened : Network or None
        The network of smooth units, if there is one.
    n_shown : int
        The number of rows.
    signals : bool
        True to also show the signal of each unit.

    Returns
    -------
    ShownTable
        Without hidden units if there are too many.
    """
    names, parts = made.table(n_shown, signals=signals)
    if sum(map(len, names)) > 2 * WIDEST:
        names, parts = [names[0], list(made.unit_names[-1])], [parts[0], made.targets[:n_shown]]
    columns = [name for layer in names for name in layer]
    rows = [[f"{v:g}" for v in row] for row in np.hstack(parts)]
    if softened is not None:
        columns.append("soft")
        rows = [[*row, f"{v:.4f}"] for row, v in zip(rows, softened.predict(parts[0])[:, 0], strict=True)]
    n_all = 2 ** len(made.variables)
    title = "truth table" + (f", the first {n_shown:,} of {n_all:,} rows" if n_all > n_shown else "")
    return ShownTable(title, columns, rows, 0)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
