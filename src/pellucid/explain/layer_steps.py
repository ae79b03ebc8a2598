"""Steps of a document for layers with a calculation of their own: input layers and parametric activations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from string import Template

import numpy as np

from pellucid.core.layers.worked import Names, Quantity, Worked
from pellucid.explain.canon import Array
from pellucid.explain.entries import Entry, Step
from pellucid.explain.equations import literal
from pellucid.explain.finite_differences import Differences
from pellucid.explain.layer_names import names_around
from pellucid.explain.notation import Notation
from pellucid.explain.phrases import phrase
from pellucid.explain.traced import BlockTrace, LayerTrace, TraceRecord

__all__ = ["SHORT", "LayerPages", "layers_compared"]

SHORT = 18  # characters of a name that may stand for the number of a unit
Compared = Mapping[str, Callable[[LayerTrace, str], Array | None]]


def layers_compared(
    differences: Differences | None, trace: TraceRecord, by_hand: TraceRecord | None
) -> dict[str, Callable[[LayerTrace, str], Array | None]]:
    """Return what the numbers of layers are compared with.

    Parameters
    ----------
    differences : Differences or None
        Finite differences.
    trace, by_hand : TraceRecord
        The trace, and the one that was calculated by hand, or None.

    Returns
    -------
    dict of str to callable
        As :class:`LayerPages` takes it.
    """
    found: dict[str, Callable[[LayerTrace, str], Array | None]] = {}
    if differences is not None:
        views = trace.network.parameter_views(differences.gradient)

        def numerical(layer: LayerTrace, name: str) -> Array | None:
            if name == "to_x" and layer.position < len(differences.inputs):
                return differences.inputs[layer.position]
            parameter = name.removeprefix("to_")
            return views[layer.position][parameter] if name != parameter in layer.trained else None

        found[phrase("finite_difference")] = numerical
    if by_hand is not None:
        bends = [block.bending for block in by_hand.blocks if block.bending is not None]
        others = {layer.position: layer for layer in (*by_hand.input_layers, *bends)}
        found[phrase("by_hand")] = lambda layer, name: others[layer.position].values[name]
    return found


def short_names(trace: TraceRecord) -> list[Names]:
    """Return the names around the input layers, as labels: long ones lose their middle.

    Parameters
    ----------
    trace : TraceRecord
        The trace.

    Returns
    -------
    list of Names
        One more than there are input layers.
    """
    if not trace.input_layers:
        return names_around(trace, literal)
    return names_around(trace, lambda name: literal(_short(name)))


def _short(name: str) -> str:
    return name if len(name) <= SHORT else f"{name[: SHORT - 8]}…{name[-7:]}"


@dataclass(frozen=True)
class LayerPages:
    """The common part of the steps of input layers and parametric activations.

    Parameters
    ----------
    trace : TraceRecord
        The trace.
    notation : Notation
        The notation.
    factor : float
        Losses and derivatives of the notation over those of the record.
    compared : dict of str to callable
        From the caption of a comparison to what gives the other numbers of a layer's quantity, or None.
    """

    trace: TraceRecord
    notation: Notation
    factor: float
    compared: Compared

    @cached_property
    def names(self) -> list[Names]:
        """The names around the input layers."""
        return short_names(self.trace)

    # ---- input layers ---------------------------------------------------------------------------------------

    def forward(self, i: int) -> Step:
        """Return the step forward through input layer i."""
        layer = self.trace.input_layers[i]
        each = _Layer(self, layer, self.names[i], self._letters(i), i)
        entries = [each.entry("x", self.input_symbol(i), phrase("inputs"), ("sample", "input"))] * (i == 0)
        entries += [each.parameter(name) for name in layer.trained]
        entries += [each.quantity(quantity) for quantity in each.worked.forward]
        notes = [each.write(remark) for remark in each.worked.remarks]
        notes += [*each.notes_on_rows(), *(self._codes() if i == 0 else [])]
        return Step(
            "forward",
            self._title("forward_step", i),
            each.equations(forward=True),
            tuple(entries),
            tuple(notes),
        )

    def backward(self, i: int) -> Step:
        """Return the step backward through input layer i."""
        layer, n = self.trace.input_layers[i], self.notation
        each = _Layer(self, layer, self.names[i], self._letters(i), i)
        upstream = each.entry(
            "to_y",
            f"∂{n.loss}/∂{each.letters['y']}",
            phrase("upstream"),
            ("sample", "output"),
            self.names[i + 1],
        )
        entries = [upstream, *(each.quantity(quantity) for quantity in each.worked.backward)]
        equations = each.equations(forward=False)
        if i == len(self.trace.input_layers) - 1:
            above = n.write(n.backward, -1, len(self.trace.blocks))
            dropped = " without row 0" * (n.placeholder and n.has_biases)
            equations = (above + dropped, *equations)
        notes = [each.write(remark) for remark in each.worked.remarks_back]
        if len(self.trace.X) > 1 and any("Σ" in equation for equation in equations):
            notes.append(phrase("over_samples"))
        if i == len(self.trace.input_layers) - 1 and "+ input" in self.trace.blocks[0].extras:
            notes.append(phrase("residual_above"))
        return Step("backward", self._title("backward_step", i), equations, tuple(entries), tuple(notes))

    def updates(self) -> tuple[list[str], list[Entry]]:
        """Return the equations and the entries of the step for the parameters of input layers."""
        equations, entries = [], []
        for i, layer in enumerate(self.trace.input_layers):
            each = _Layer(self, layer, self.names[i], self._letters(i), i)
            equations += each.updates()
            entries += [each.updated(name) for name in layer.trained]
        return equations, entries

    def kinds(self) -> tuple[str, ...]:
        """Return a line on each input layer: its kind, its widths, its parameters."""
        return tuple(
            phrase("own_parameters", label=self._place(i), count=f"{_size(layer):,}")
            for i, layer in enumerate(self.trace.input_layers)
        )

    @property
    def n_parameters(self) -> int:
        """The number of parameters of all input layers."""
        return sum(map(_size, self.trace.input_layers))

    def input_symbol(self, i: int) -> str:
        """Return the symbol of what input layer i receives; behind the last stands that of the first block."""
        if i == len(self.trace.input_layers):
            return self.notation.symbol("layer", 0)
        return self.notation.inputs + "′" * i

    def _letters(self, i: int) -> dict[str, str]:
        return {"x": self.input_symbol(i), "y": self.input_symbol(i + 1)}

    def _place(self, i: int) -> str:
        number = str(i + self.notation.first_unit)
        return phrase("input_layer_place", number=number, layer=self.trace.input_layers[i].label)

    def _title(self, step: str, i: int) -> str:
        return phrase(step, place=self._place(i))

    def _codes(self) -> list[str]:
        """Return what the codes of these samples stand for."""
        notes, trace = [], self.trace
        first = trace.X.shape[1] - len(trace.categories)
        for k, categories in enumerate(self.names[0].categories):
            codes = np.unique(trace.X[:, first + k]).astype(int)
            told = [phrase("code_of", code=str(code), category=categories[code]) for code in codes]
            notes.append(phrase("coded", name=self.names[0].inputs[first + k], codes=", ".join(told)))
        return notes

    # ---- parametric activations -------------------------------------------------------------------------------

    def bend(self, block: BlockTrace) -> _Layer:
        """Return the activation of a block that has parameters of its own."""
        n, k = self.notation, block.index
        assert block.bending is not None
        last = len(self.trace.blocks) - 1
        drop = {role: n.drop if n.has_top(role, k, last) else "" for role in ("slope", "upstream")}
        letters = {
            "x": n.symbol("signal", k),
            "phi": literal(block.activation.name),
            "slope": n.symbol("slope", k) + drop["slope"],
            "y": f"{n.write(n.activation, k)}({n.symbol('signal', k)})",
            "to_y": n.symbol("upstream", k) + drop["upstream"],
        }
        return _Layer(self, block.bending, Names(()), letters, k)

    def bent_forward(self, block: BlockTrace) -> tuple[tuple[str, ...], list[Entry]]:
        """Return the equations and entries of a parametric activation on the way forward."""
        each = self.bend(block)
        parts = [each.quantity(quantity) for quantity in each.worked.forward if quantity.name != "y"]
        return each.equations(forward=True), [each.parameter(name) for name in each.layer.trained] + parts

    def bent_backward(self, block: BlockTrace) -> tuple[tuple[str, ...], list[Entry], list[Entry]]:
        """Return the equations of a parametric activation on the way back, entries before and behind the slope."""
        each, trained = self.bend(block), block.bending.trained if block.bending else ()
        gradients = [f"to_{name}" for name in trained]
        before = [
            each.quantity(q) for q in each.worked.backward if q.name not in ("slope", "to_x", *gradients)
        ]
        return (
            each.equations(forward=False),
            before,
            [each.quantity(each.worked.by_name[name]) for name in gradients],
        )

    def bent_updates(self, block: BlockTrace) -> tuple[list[str], list[Entry]]:
        """Return the equations and entries of the step for a parametric activation."""
        each = self.bend(block)
        return each.updates(), [each.updated(name) for name in each.layer.trained]


def _size(layer: LayerTrace) -> int:
    return sum(parameter.value.size for parameter in layer.parameters.values())


class _Layer:
    """One layer in a notation.

    Parameters
    ----------
    pages : LayerPages
        The common part of the layers of a document.
    layer : LayerTrace
        The layer.
    names : Names
        Those of its inputs.
    letters : dict of str to str
        The symbols of its input and output, and what else its equations name.
    number : int
        That of its entries.
    """

    def __init__(
        self, pages: LayerPages, layer: LayerTrace, names: Names, letters: dict[str, str], number: int
    ) -> None:
        self.pages, self.layer, self.names, self.number = pages, layer, names, number
        n, trace = pages.notation, pages.trace
        worked = trace.network.layers[layer.position].worked()
        assert worked is not None
        self.worked: Worked = worked
        own = {name: n.letters.get(shown.letter, shown.letter) for name, shown in worked.parameters.items()}
        self.letters = {"J": n.loss, "S": "Σ " if len(trace.X) > 1 else "", **own, **letters}

    def write(self, template: str) -> str:
        """Return a letter, an equation or a remark in the notation."""
        return Template(template).safe_substitute(self.letters)

    def equations(self, *, forward: bool) -> tuple[str, ...]:
        """Return the equations of one way."""
        quantities = self.worked.forward if forward else self.worked.backward
        written = [self.write(quantity.equation) for quantity in quantities if quantity.equation]
        n = self.pages.notation
        symbol = self.letters["y"]
        if forward and n.bias_unit and symbol == n.symbol("layer", 0):  # the block receives a 1 on top of it
            start = f"{symbol} = "
            written = [f"{start}[1; {e.removeprefix(start)}]" if e.startswith(start) else e for e in written]
        return tuple(written)

    def updates(self) -> list[str]:
        """Return the equations of the step."""
        n = self.pages.notation
        return [self.write(f"${name} ← ${name} − {n.rate} ∂$J/∂${name}") for name in self.layer.trained]

    def notes_on_rows(self) -> list[str]:
        """Return notes on parameters of which a part is shown."""
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
        names = self.pages.names[self.number + 1] if quantity.name == "y" and self.names.inputs else None
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
            With finite differences and what was calculated by hand.
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
