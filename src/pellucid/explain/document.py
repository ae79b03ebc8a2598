"""Document of a trace in a notation: what is shown, in which order and under which name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pellucid.explain.additions import (
    loss_equation,
    on_the_way_back,
    on_the_way_forward,
    on_the_whole,
    rates_of_blocks,
    upstream,
)
from pellucid.explain.canon import Array, Arrays, canon, parts
from pellucid.explain.encoding_step import encoding_steps
from pellucid.explain.entries import Document, Entry, Step
from pellucid.explain.equations import literal
from pellucid.explain.finite_differences import Differences
from pellucid.explain.layer_steps import SHORT, LayerPages, layers_compared
from pellucid.explain.network_step import network_step
from pellucid.explain.notation import Notation
from pellucid.explain.phrases import phrase
from pellucid.explain.profiles import get_notation
from pellucid.explain.traced import TraceRecord
from pellucid.host.counted import counted

__all__ = ["document"]


def document(
    trace: TraceRecord,
    *,
    notation: str | Notation = "pellucid",
    differences: Differences | None = None,
    by_hand: TraceRecord | None = None,
    following: Sequence[TraceRecord] = (),
) -> Document:
    """Return the calculation of a trace in a notation.

    Parameters
    ----------
    trace : TraceRecord
        The trace.
    notation : str or Notation, default="pellucid"
        A name of :data:`~pellucid.explain.profiles.NOTATIONS`.
    differences : Differences, optional
        Finite differences, shown next to the gradients and sensitivities.
    by_hand : TraceRecord, optional
        The same calculation rounded after every operation, shown next to the numbers.
    following : sequence of TraceRecord, default=()
        The traces after one step, two steps, and so on, whose losses and outputs are listed at the end.

    Returns
    -------
    Document
        The network, the steps forward, the loss, the steps backward from the last block, the update.

    Raises
    ------
    ParameterError
        If there is no such notation.
    """
    page = _Page(trace, get_notation(notation), differences, by_hand)
    last = len(trace.blocks) - 1
    layers = range(len(trace.input_layers))
    steps = [
        network_step(trace, page.notation, page.arrays, page.pages),
        *encoding_steps(trace, page.pages),
        *map(page.pages.forward, layers),
        *map(page.forward, range(last + 1)),
        page.loss(),
    ]
    steps += [*map(page.backward, range(last, -1, -1)), *map(page.pages.backward, reversed(layers))]
    samples = phrase("one_sample") if len(trace.X) == 1 else phrase("samples", count=f"{len(trace.X):,}")
    title = phrase("title", sizes=" - ".join(map(str, trace.network.layer_sizes)), samples=samples)
    steps += [page.update(), *([page.steps([trace, *following])] if following else [])]
    return Document(title, page.notation.name, tuple(steps), on_the_whole(page.notation, trace))


def _has_biases(trace: TraceRecord) -> bool:
    """Return False if every bias is 0 before and after a step that would move it."""
    return trace.learning_rate == 0.0 or any(
        block.biases.value.any() or after["biases"].any()
        for block, after in zip(trace.blocks, parts(trace.network, trace.stepped), strict=True)
    )


class _Page:
    """State shared by the steps of one document."""

    def __init__(
        self,
        trace: TraceRecord,
        notation: Notation,
        differences: Differences | None,
        by_hand: TraceRecord | None,
    ) -> None:
        self.trace, self.by_hand = trace, by_hand
        self.after = parts(trace.network, trace.stepped)
        shown = [trace, *([] if by_hand is None else [by_hand])]
        self.notation = notation if any(map(_has_biases, shown)) else notation.without_biases()
        notation = self.notation
        self.last = len(trace.blocks) - 1
        self.factor = notation.factor(trace.loss_function)
        self.arrays = notation.arrays(trace)
        self.compared: dict[str, Arrays] = {}
        self.differences = differences
        if differences is not None:
            found = canon(trace)
            for k, (W, b, delta) in enumerate(
                zip(differences.weights, differences.biases, differences.deltas, strict=True)
            ):
                found |= {("gradient", k): W, ("bias_gradient", k): b, ("delta", k): delta}
            turned = notation.turn(found, trace)
            checked = ("gradient", "bias_gradient", "delta")
            self.compared[phrase("finite_difference")] = {
                key: turned[key] for key in turned if key[0] in checked
            }
        if by_hand is not None:
            self.compared[phrase("by_hand")] = notation.arrays(by_hand)
        self.pages = LayerPages(trace, notation, self.factor, layers_compared(differences, trace, by_hand))
        self.weighted = bool(np.ptp(trace.sample_weight) > 0)

    # ---- entries --------------------------------------------------------------------------------

    def entry(self, role: str, k: int, caption: str) -> Entry:
        rows, columns = self.labels(role, k)
        compared = {
            name: found[role, k]
            for name, found in self.compared.items()
            if (role, k) in found
            # Given arrays are not computed, so they appear once.
            and not (name == phrase("by_hand") and np.array_equal(found[role, k], self.arrays[role, k]))
        }
        symbol = self.notation.symbol(role, k)
        return Entry(role, k, symbol, self.arrays[role, k], rows, columns, caption, compared)

    def plain(self, role: str, k: int, symbol: str, rows: Array, caption: str) -> Entry:
        """Return an entry for a quantity that no course has a letter for, laid out like the samples."""
        upright = self.notation.samples == "columns"
        layer = -1 if role == "losses" else k + 1
        units, samples = self.units(layer, rows.shape[1]), self.samples(len(rows))
        if upright:
            return Entry(role, k, symbol, rows.T, units, samples, caption)
        return Entry(role, k, symbol, rows, samples, units, caption)

    def number(self, role: str, symbol: str, value: float, caption: str, hand: float | None = None) -> Entry:
        compared = {} if hand is None else {phrase("by_hand"): np.asarray(hand)}
        return Entry(role, 0, symbol, np.asarray(value), (), (), caption, compared)

    def labels(self, role: str, k: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        n_in, n_out = self.trace.blocks[min(k, self.last)].weights.value.shape
        if role in ("weights", "gradient", "updated"):
            sides = (self.units(k, n_in, top=self.notation.bias_inside), self.units(k + 1, n_out))
            return sides[::-1] if self.notation.transposed else sides
        layer = k if role == "layer" else k + 1
        width = n_in if layer <= self.last and role == "layer" else n_out
        units = self.units(layer, width, top=self.notation.has_top(role, k, self.last))
        n_samples = 1 if role in ("biases", "bias_gradient", "updated_biases") else len(self.trace.X)
        sides = (units, self.samples(n_samples))
        return sides if self.notation.samples == "columns" else sides[::-1]

    def units(self, layer: int, n: int, *, top: bool = False) -> tuple[str, ...]:
        """Return the labels of a layer's units: an estimator's names if they are short, else numbers."""
        first = self.notation.first_unit
        labels = tuple(str(i + first) for i in range(n))
        names = {0: self.pages.names[-1].inputs, self.last + 1: self.trace.output_names}.get(layer, ())
        is_named = len(names) == n and max(map(len, names), default=0) <= SHORT
        if is_named:
            labels = names if layer == 0 else tuple(map(literal, names))
        return (*((phrase("bias_label"),) if first == 0 or is_named else ("0",)) * top, *labels)

    def samples(self, n: int) -> tuple[str, ...]:
        return (
            ()
            if n == 1
            else tuple(phrase("sample_label", number=str(i + self.notation.first_unit)) for i in range(n))
        )

    def write(self, *templates: str, k: int) -> tuple[str, ...]:
        return tuple(self.notation.write(template, k, self.last + 1) for template in templates if template)

    def place(self, k: int) -> str:
        word = "block_place" if self.notation.name == "pellucid" else "weights_place"
        place = phrase(word, number=str(self.notation.layer_number(k)))
        return phrase("last_place", place=place) if k == self.last else place

    # ---- steps ----------------------------------------------------------------------------------

    def forward(self, k: int) -> Step:
        block, own = self.trace.blocks[k], self.notation.own
        entries = [self.entry("layer", k, phrase("inputs")), self.entry("weights", k, phrase("weights"))]
        if self.notation.bias_apart:
            entries.append(self.entry("biases", k, phrase("bias_vector")))
        signal = self.notation.symbol("signal", k)
        if block.normalized is not None:
            before = phrase("before_layer", layer=block.extras[0])
            entries.append(self.plain("linear", k, own("linear", k), block.linear, before))
            entries += [
                self.plain(name, k, own(name, k), other.value.reshape(1, -1), phrase(name))
                for name, other in block.others.items()
            ]
        entries.append(self.entry("signal", k, phrase("signals")))
        phi = self.write(self.notation.activation, k=k)[0]
        named: tuple[str, ...] = (f"{phi} = {literal(block.activation.name)}",)
        if block.bending is not None:
            named, bent = self.pages.bent_forward(block)
            entries += bent
        if not np.array_equal(block.a, block.outputs):
            entries.append(
                self.plain("activated", k, f"{phi}({signal})", block.a, phrase("after_activation"))
            )
        if block.mask is not None:
            entries.append(self.plain("mask", k, own("mask", k), block.mask, phrase("mask")))
        caption = phrase("outputs" if k == self.last else "activations")
        entries.append(self.entry("layer", k + 1, caption))
        templates = self.notation.forward_last if k == self.last else self.notation.forward
        equations = (*self.write(*templates, k=k), *named)
        return Step(
            "forward",
            phrase("forward_step", place=self.place(k)),
            equations,
            tuple(entries),
            on_the_way_forward(self.notation, block),
        )

    def loss(self) -> Step:
        trace, letter = self.trace, self.notation.loss
        hand = self.by_hand
        targets = self.plain("target", self.last, "y", trace.Y, phrase("targets"))
        outputs = self.entry("layer", self.last + 1, phrase("outputs"))
        entries = [targets, outputs]
        if len(trace.X) > 1:
            each = self.factor * trace.losses[:, None]
            entries.append(self.plain("losses", 0, "ℓ", each, phrase("losses")))
        entries.append(
            self.number(
                "loss",
                letter,
                self.factor * trace.loss,
                phrase("loss"),
                None if hand is None else self.factor * hand.loss,
            )
        )
        if trace.penalty:
            entries.append(self.number("penalty", "Ω", self.factor * trace.penalty, phrase("penalty")))
        return Step(
            "loss",
            phrase("loss_step", loss=literal(self.trace.loss_function.loss.name)),
            (loss_equation(self.notation, self.trace),),
            tuple(entries),
        )

    def backward(self, k: int) -> Step:
        block, n = self.trace.blocks[k], self.notation
        following = None if k == self.last else self.trace.blocks[k + 1]
        symbol, pulled = n.symbol("upstream", k), upstream(n, block)
        start = f"{n.symbol('upstream', k)} = ∂{n.loss}/∂{n.output}"
        equations = [start if k == self.last else self.write(n.backward, k=k)[0]]
        entries = []
        if block.arriving is not None and not np.array_equal(block.arriving, block.upstream):
            arriving = self.factor * block.arriving
            entries.append(self.plain("arriving", k, symbol, arriving, phrase("arriving")))
        entries.append(replace(self.entry("upstream", k, phrase("upstream")), symbol=pulled))
        if block.slope is None:
            equations.append(
                f"{n.symbol('delta', k)} = {n.symbol('upstream', k)} · ∂{literal(block.activation.name)}"
            )
        else:
            equations.append(self.write(n.pull, k=k)[0].replace(symbol, pulled))
            entries.append(self.entry("slope", k, phrase("slopes")))
            if block.bending is not None:
                bent, before_slope, after_slope = self.pages.bent_backward(block)
                equations += bent
                entries[-1:] = [*before_slope, entries[-1], *after_slope]
        entries.append(self.entry("delta", k, phrase("sensitivity")))
        if block.normalized is not None:
            linear = self.factor * block.delta_linear
            before = phrase("before_layer", layer=block.extras[0])
            entries.append(self.plain("delta_linear", k, f"∂{n.loss}/∂{n.own('linear', k)}", linear, before))
            for name, other in block.others.items():
                numbers = self.factor * other.gradient.reshape(1, -1)
                extra = self.plain(
                    f"{name}_gradient",
                    k,
                    f"∂{n.loss}/∂{n.own(name, k)}",
                    numbers,
                    phrase("gradient_of", name=phrase(name)),
                )
                if self.differences is not None:
                    numbers = self.factor * self.differences.others[k][name].reshape(1, -1)
                    numbers = numbers.T if n.samples == "columns" else numbers
                    extra = replace(extra, compared={phrase("finite_difference"): numbers})
                entries.append(extra)
        equations.append(self.write(n.outer, k=k)[0])
        entries.append(self.entry("gradient", k, phrase("gradient")))
        if n.bias_apart:
            equations += self.write(n.outer_biases, k=k)
            entries.append(self.entry("bias_gradient", k, phrase("its_gradient")))
        return Step(
            "backward",
            phrase("backward_step", place=self.place(k)),
            tuple(equations),
            tuple(entries),
            on_the_way_back(n, block, following),
        )

    def update(self) -> Step:
        n, trace, hand = self.notation, self.trace, self.by_hand
        entries, equations = [], []
        rate = trace.learning_rate / self.factor
        for k in range(self.last + 1):
            entries.append(self.entry("updated", k, phrase("new_weights")))
            symbol = n.symbol("weights", k)
            equations.append(f"{symbol} ← {symbol} − {n.rate} {n.symbol('gradient', k)}")
            if n.bias_apart:
                equations.append(
                    f"{n.symbol('biases', k)} ← {n.symbol('biases', k)} − {n.rate} {n.symbol('bias_gradient', k)}"
                )
                entries.append(self.entry("updated_biases", k, phrase("new_bias")))
            for name in trace.blocks[k].others:
                numbers = self.after[k][name].reshape(1, -1)
                entries.append(
                    self.plain(
                        f"updated_{name}", k, n.own(name, k), numbers, phrase("new", name=phrase(name))
                    )
                )
            if trace.blocks[k].bending is not None:
                bent, new = self.pages.bent_updates(trace.blocks[k])
                equations, entries = equations + bent, entries + new
        of_layers, new = self.pages.updates()
        equations, entries = of_layers + equations, new + entries
        before, after = self.factor * trace.loss, self.factor * trace.loss_after
        entries = [
            self.number("learning_rate", n.rate, rate, phrase("learning_rate")),
            *entries,
            self.number(
                "loss_before",
                n.loss,
                before,
                phrase("loss_before"),
                None if hand is None else self.factor * hand.loss,
            ),
            self.number(
                "loss_after",
                n.loss,
                after,
                phrase("loss_after"),
                None if hand is None else self.factor * hand.loss_after,
            ),
        ]
        return Step(
            "update", phrase("update_step"), tuple(equations), tuple(entries), rates_of_blocks(n, trace)
        )

    def steps(self, course: Sequence[TraceRecord]) -> Step:
        """Return the losses, and for a single sample the outputs, along several steps of gradient descent."""
        n = self.notation
        rows = tuple(phrase("step_number", number=str(i)) for i in range(len(course)))
        losses = np.array([[self.factor * each.loss] for each in course])
        entries = [Entry("steps", 0, n.loss, losses, rows, (), phrase("loss"))]
        if self.trace.is_single:
            outputs = np.vstack([each.outputs for each in course])
            units = self.units(self.last + 1, outputs.shape[1])
            entries.append(
                Entry("steps", 1, n.output, outputs, rows, units if len(units) > 1 else (), phrase("outputs"))
            )
        return Step("steps", phrase("steps_step", steps=counted(len(course) - 1, "step")), (), tuple(entries))
