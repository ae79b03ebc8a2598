"""Steps of a document for layers with a calculation of their own: input layers and parametric activations."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from pellucid.core.layers.worked import Names
from pellucid.explain.canon import Array
from pellucid.explain.entries import Entry, Step
from pellucid.explain.equations import literal
from pellucid.explain.finite_differences import Differences
from pellucid.explain.layer_entries import LayerEntries, Pages, letters_of
from pellucid.explain.layer_names import names_around
from pellucid.explain.phrases import phrase
from pellucid.explain.traced import BlockTrace, LayerTrace, TraceRecord

__all__ = ["SHORT", "LayerPages", "layers_compared"]

SHORT = 18  # length of a name that may replace the number of a unit


def layers_compared(
    differences: Differences | None, trace: TraceRecord, by_hand: TraceRecord | None
) -> dict[str, Callable[[LayerTrace, str], Array | None]]:
    """Return the values with which the numbers of layers are compared.

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


class LayerPages(Pages):
    """The steps of input layers and parametric activations."""

    @cached_property
    def names(self) -> list[Names]:
        """The names around the input layers."""
        return short_names(self.trace)

    @cached_property
    def letters(self) -> list[dict[str, str]]:
        """The letters of each input layer."""
        inputs = map(self.input_symbol, range(len(self.trace.input_layers)))
        return letters_of(self.trace, self.notation, inputs)

    # ---- input layers ---------------------------------------------------------------------------------------

    def forward(self, i: int) -> Step:
        """Return the step forward through input layer i."""
        layer = self.trace.input_layers[i]
        each = self._entries(i)
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
        n, each = self.notation, self._entries(i)
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
        for each in map(self._entries, range(len(self.trace.input_layers))):
            equations += each.updates()
            entries += [each.updated(name) for name in each.layer.trained]
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
        """Return the symbol of what input layer i receives; after the last layer, that of the first block."""
        if i == len(self.trace.input_layers):
            return self.notation.symbol("layer", 0)
        return self.notation.inputs + "′" * i

    def _entries(self, i: int) -> LayerEntries:
        letters = {**self.letters[i], "x": self.input_symbol(i), "y": self.input_symbol(i + 1)}
        return LayerEntries(self, self.trace.input_layers[i], self.names[i], letters, i, self.names[i + 1])

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

    def bend(self, block: BlockTrace) -> LayerEntries:
        """Return the activation of a block that has parameters of its own."""
        n, k = self.notation, block.index
        assert block.bending is not None
        last = len(self.trace.blocks) - 1
        drop = {role: n.drop if n.has_top(role, k, last) else "" for role in ("slope", "upstream")}
        letters = {
            "x": n.symbol("signal", k),
            "alpha": n.own("alpha", k),
            "phi": literal(block.activation.name),
            "slope": n.symbol("slope", k) + drop["slope"],
            "y": f"{n.write(n.activation, k)}({n.symbol('signal', k)})",
            "to_y": n.symbol("upstream", k) + drop["upstream"],
        }
        return LayerEntries(self, block.bending, Names(()), letters, k)

    def bent_forward(self, block: BlockTrace) -> tuple[tuple[str, ...], list[Entry]]:
        """Return the equations and entries of a parametric activation in the forward pass."""
        each = self.bend(block)
        parts = [each.quantity(quantity) for quantity in each.worked.forward if quantity.name != "y"]
        return each.equations(forward=True), [each.parameter(name) for name in each.layer.trained] + parts

    def bent_backward(self, block: BlockTrace) -> tuple[tuple[str, ...], list[Entry], list[Entry]]:
        """Return the backward equations of a parametric activation, and entries before and after the slope."""
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
