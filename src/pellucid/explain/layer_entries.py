"""One layer of a trace in a notation: its letters, its equations and the entries of its arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from string import Template

import numpy as np

from pellucid.core.layers.worked import Names, Quantity, Worked
from pellucid.explain.canon import Array
from pellucid.explain.entries import Entry
from pellucid.explain.notation import Notation
from pellucid.explain.phrases import phrase
from pellucid.explain.traced import LayerTrace, TraceRecord

__all__ = ["Compared", "LayerEntries", "Pages", "letters_of", "worked_of"]

Compared = Mapping[str, Callable[[LayerTrace, str], Array | None]]


@dataclass(frozen=True)
class Pages:
    """The common part of the layers of a document.

    Parameters
    ----------
    trace : TraceRecord
        The trace.
    notation : Notation
        The notation.
    factor : float
        Losses and derivatives of the notation over those of the record.
    compared : dict of str to callable
        From the caption of a comparison to a function that returns the values to compare with, or None.
    """

    trace: TraceRecord
    notation: Notation
    factor: float
    compared: Compared


def worked_of(trace: TraceRecord, layer: LayerTrace) -> Worked:
    """Return the calculation of a layer, number by number."""
    worked = trace.network.layers[layer.position].worked()
    assert worked is not None
    return worked


def letters_of(trace: TraceRecord, notation: Notation, inputs: Iterable[str]) -> list[dict[str, str]]:
    """Return the letters of each input layer, so that each letter has one meaning in a document.

    A letter that the notation, an input or an earlier layer already uses gets primes.

    Parameters
    ----------
    trace : TraceRecord
        The trace.
    notation : Notation
        The notation.
    inputs : iterable of str
        The symbols of the input of each layer.

    Returns
    -------
    list of dict of str to str
        By the names of parameters and of other symbols.
    """
    taken = {*notation.taken, *inputs}
    found = []
    for layer in trace.input_layers:
        worked = worked_of(trace, layer)
        own = {name: shown.letter for name, shown in worked.parameters.items()} | dict(worked.symbols)
        letters = {name: notation.letters.get(letter, letter) for name, letter in own.items()}
        for name in own:
            while letters[name] in taken:
                letters[name] += "′"
            taken.add(letters[name])
        found.append(letters)
    return found


class LayerEntries:
    """Equations and entries of one layer in a notation.

    Parameters
    ----------
    pages : Pages
        The common part of the layers of a document.
    layer : LayerTrace
        The layer.
    names : Names
        The names of its inputs.
    letters : dict of str to str
        The symbols of its input, its output, its parameters and anything else in its equations.
    number : int
        The number that its entries carry.
    behind : Names, optional
        The names of its outputs.
    """

    def __init__(
        self,
        pages: Pages,
        layer: LayerTrace,
        names: Names,
        letters: Mapping[str, str],
        number: int,
        behind: Names | None = None,
    ) -> None:
        self.pages, self.layer, self.names, self.number, self.behind = pages, layer, names, number, behind
        self.worked: Worked = worked_of(pages.trace, layer)
        self.letters = {
            "J": pages.notation.loss,
            "S": "Σ " if len(pages.trace.X) > 1 else "",
            **letters,
        }

    def write(self, template: str) -> str:
        """Return a letter, an equation or a remark in the notation."""
        return Template(template).safe_substitute(self.letters)

    def equations(self, *, forward: bool) -> tuple[str, ...]:
        """Return the equations of one direction."""
        quantities = self.worked.forward if forward else self.worked.backward
        written = [self.write(quantity.equation) for quantity in quantities if quantity.equation]
        n = self.pages.notation
        symbol = self.letters["y"]
        if forward and n.bias_unit and symbol == n.symbol("layer", 0):  # the block receives a 1 on top of it
            start = f"{symbol} = "
            written = [f"{start}[1; {e.removeprefix(start)}]" if e.startswith(start) else e for e in written]
        return tuple(written)

    def updates(self) -> list[str]:
        """Return the equations of the update."""
        n = self.pages.notation
        return [self.write(f"${name} ← ${name} − {n.rate} ∂$J/∂${name}") for name in self.layer.trained]

    def notes_on_rows(self) -> list[str]:
        """Return notes on parameters that are shown in part."""
        notes = []
        for name, shown in self.worked.parameters.items():
            if shown.used is not None:
                used, count = len(shown.used(self.layer.values)), len(self.layer.values[name])
                if used < count:
                    letter = self.letters[name]
                    notes.append(phrase("some_rows", count=f"{count:,}", letter=letter, used=f"{used:,}"))
        return notes

    # ---- entries ------------------------------------------------------------------------------------------------

    def quantity(self, quantity: Quantity) -> Entry:
        """Return the entry of a quantity."""
        symbol = self.letters["y"] if quantity.name == "y" else self.write(quantity.letter)
        names = self.behind if quantity.name == "y" else None
        is_topped = quantity.name == "y" and self.pages.notation.has_top("layer", 0, 0)
        is_last = symbol == self.pages.notation.symbol("layer", 0)
        caption = (
            phrase("without_one", caption=quantity.caption) if is_topped and is_last else quantity.caption
        )
        return self.entry(quantity.name, symbol, caption, quantity.axes, names)

    def parameter(self, name: str) -> Entry:
        """Return the entry of a parameter."""
        shown = self.worked.parameters[name]
        return self.entry(name, self.letters[name], shown.caption, shown.axes)

    def updated(self, name: str) -> Entry:
        """Return the entry of a parameter after the step."""
        trace, shown = self.pages.trace, self.worked.parameters[name]
        after = trace.network.parameter_views(trace.stepped)[self.layer.position][name]
        found = self.parameter(name)
        array, rows, columns = self._table(name, after, shown.axes, None)
        caption = phrase("new_parameter", name=shown.caption)
        return replace(
            found,
            role=f"updated_{name}",
            array=array,
            rows=rows,
            columns=columns,
            caption=caption,
            compared={},
        )

    def entry(
        self, name: str, symbol: str, caption: str, axes: tuple[str, ...], names: Names | None = None
    ) -> Entry:
        """Return the entry of an array of the layer.

        Parameters
        ----------
        name : str
            Its name among the values.
        symbol, caption : str
            The text before it.
        axes : tuple of str
            The names of its axes.
        names : Names, optional
            The names of the units, if they are not those of the layer's inputs.

        Returns
        -------
        Entry
            With finite differences and values calculated by hand.
        """
        scale = self.pages.factor if name.startswith("to_") else 1.0
        values = self.layer.values[name]
        array, rows, columns = self._table(name, scale * values, axes, names)
        compared = {}
        for what, find in self.pages.compared.items():
            other = find(self.layer, name)
            if other is not None and not np.array_equal(other, values):
                compared[what] = self._table(name, scale * other, axes, names)[0]
        return Entry(name, self.number, symbol, array, rows, columns, caption, compared)

    def _table(
        self, name: str, values: Array, axes: tuple[str, ...], names: Names | None
    ) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
        """Return an array of two dimensions with labels: the last axis along a row, all others down."""
        labels = [self._labels(axis, size, names) for axis, size in zip(axes, values.shape, strict=True)]
        shown = self.worked.parameters.get(name.removeprefix("to_"))
        if shown is not None and shown.used is not None:
            used = shown.used(self.layer.values)
            values, labels[0] = values[used], tuple(labels[0][i] for i in used)
        rows = tuple(", ".join(filter(None, each)) for each in product(*labels[:-1]))
        if rows and not any(rows):
            rows = ()
        array, columns = values.reshape(-1, values.shape[-1]), labels[-1]
        is_row_per_sample = len(axes) == 1 or (len(axes) == 2 and axes[0] == "sample" and axes[1] != "wave")
        if is_row_per_sample and self.pages.notation.samples == "columns":
            return array.T, columns, rows
        return array, rows, columns

    def _labels(self, axis: str, size: int, names: Names | None) -> tuple[str, ...]:
        first = self.pages.notation.first_unit
        if axis == "sample":
            if size == 1:
                return ("",)
            return tuple(phrase("sample_label", number=str(i + first)) for i in range(size))
        if axis in ("number", "wave"):
            return self.worked.labels(axis, self.names)
        found = names.inputs if names is not None else self.worked.labels(axis, self.names)
        return found if len(found) == size else tuple(str(i + first) for i in range(size))
