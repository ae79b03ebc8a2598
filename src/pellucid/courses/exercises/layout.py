"""Arrays of a network as a notation lays them out on a sheet: printed numbers and blanks."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from pellucid.courses.exercises.problem import Field, Given
from pellucid.courses.exercises.spec import Spec

__all__ = ["Layout"]

Array = NDArray[np.floating]

KEYS = {
    "layer": "layer", "signal": "signal", "slope": "slope", "delta": "delta", "gradient": "grad",
    "bias_gradient": "grad_b", "updated": "new_W", "updated_biases": "new_b", "weights": "W", "biases": "b",
}  # fmt: skip
STEPS = {"signal": "z", "layer": "a", "slope": "slope", "delta": "delta"}
CAPTIONS = {
    "signal": "signals", "layer": "activations", "slope": "slopes", "delta": "sensitivities",
    "gradient": "gradient", "bias_gradient": "gradient, bias", "updated": "new weights",
    "updated_biases": "new bias", "weights": "weights", "biases": "bias",
}  # fmt: skip
WITH_BIAS = {"weights": "biases", "gradient": "bias_gradient", "updated": "updated_biases"}


class Layout:
    """Layout of an exercise in its notation.

    Parameters
    ----------
    spec : Spec
        The exercise.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec, self.n, self.setting = spec, spec.profile, spec.setting
        self.last = self.setting.n_blocks - 1

    # ---- names ----------------------------------------------------------------------------------------

    def key(self, role: str, k: int) -> str:
        """Return the name of an array in a file of answers, numbered as in the notation."""
        numbers = re.findall(r"\d+", self.n.symbol(role, k))
        number = numbers[-1 if "bias" in role else 0] if numbers else k
        return f"{KEYS[role]}{number}"

    def symbol(self, role: str, k: int) -> str:
        """Return the symbol; where the notation has a mark for it, without the entry of the bias unit."""
        symbol = self.n.symbol(role, k)
        if self.n.drop and self.has_top(role, k):
            return symbol.replace("^{", f"{self.n.drop}^{{", 1)
        return symbol

    def has_top(self, role: str, k: int) -> bool:
        """Return whether the notation's own array has an entry for the bias unit, which is not asked for."""
        return role in STEPS and self.n.has_top(role, k, self.last)

    def units(self, layer: int, n: int, *, top: bool = False) -> tuple[str, ...]:
        """Return the numbers of a layer's units, and of the row of the bias above them."""
        first = self.n.first_unit
        return (*(("bias",) if first == 0 else ("0",)) * top, *(str(i + first) for i in range(n)))

    def samples(self) -> tuple[str, ...]:
        """Return the names of the samples; none if there is one."""
        n = self.spec.n_samples
        return () if n == 1 else tuple(f"sample {i + 1}" for i in range(n))

    def asks_for_signals(self) -> bool:
        """Return whether the notation has a symbol for the signals, not only a product."""
        return " " not in self.n.signal

    # ---- per sample -----------------------------------------------------------------------------------

    def field(self, role: str, k: int, caption: str = "") -> Field:
        """Return the blanks for the signals, activations, slopes or sensitivities of block k."""
        layer = k + 1
        width, n = self.spec.sizes[layer], self.spec.n_samples
        where = k + 1 if role == "layer" else k
        top = self.has_top(role, where)
        words = caption or self._caption(role, k) + (", without the bias unit" if top else "")
        turned = self.n.samples == "columns"
        sides = (self.units(layer, width), self.samples())
        shape = (width, n)
        return Field(
            self.key(role, where),
            self.symbol(role, where),
            words,
            f"{STEPS[role]}{layer}",
            shape if turned else shape[::-1],
            is_turned=turned,
            rows=sides[0] if turned else sides[1],
            columns=sides[1] if turned else sides[0],
            has_top=self.n.bias_unit if role == "layer" else self.n.placeholder,
        )

    def _caption(self, role: str, k: int) -> str:
        if role == "layer":
            return "outputs" if k == self.last else f"activations of hidden layer {k + 1}"
        where = "the outputs" if k == self.last else f"hidden layer {k + 1}"
        return f"{CAPTIONS[role]} of {where}"

    def per_sample(self, role: str, k: int, array: Array, symbol: str, caption: str) -> Given:
        """Return an array with a row per sample as the notation prints it."""
        units = self.units(k, array.shape[1])
        if self.n.samples == "columns":
            return Given(symbol, caption, array.T, units, self.samples())
        return Given(symbol, caption, array, self.samples(), units)

    # ---- matrices -------------------------------------------------------------------------------------

    def matrix_fields(self, role: str, k: int, step: str, *, biases: bool = True) -> list[Field]:
        """Return the blanks for a matrix of block k, with its bias on top, separate or absent."""
        fields = []
        for name, part in self._parts(role, biases=biases):
            rows, columns = self._sides(name, part, k)
            turned = self._is_turned(name)
            labels = (columns, rows) if turned else (rows, columns)
            shape = (len(labels[0]) or 1, len(labels[1]) or 1)
            fields.append(
                Field(
                    self.key(name, k),
                    self.n.symbol(name, k),
                    self._matrix_caption(name, part),
                    step,
                    shape,
                    part,
                    turned,
                    *labels,
                )
            )
        return fields

    def matrices(self, arrays: list[Array]) -> list[Given]:
        """Return the weights of all blocks as the notation prints them."""
        found = []
        for k, M in enumerate(arrays):
            for name, part in self._parts("weights", biases=self.spec.has_biases):
                rows, columns = self._sides(name, part, k)
                turned, array = self._is_turned(name), M[part]
                labels = (columns, rows) if turned else (rows, columns)
                shown = array.T if turned else array
                symbol = self.n.symbol(name, k)
                found.append(Given(symbol, self._matrix_caption(name, part), shown, *labels))
        return found

    def _parts(self, role: str, *, biases: bool) -> list[tuple[str, slice]]:
        if not (biases and self.spec.has_biases):
            return [(role, slice(1, None))]
        if self.n.bias_apart:
            return [(role, slice(1, None)), (WITH_BIAS[role], slice(0, 1))]
        return [(role, slice(None))]

    def _sides(self, name: str, part: slice, k: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the labels of the canonical rows and columns."""
        n_in, n_out = self.spec.sizes[k : k + 2]
        units = self.units(k + 1, n_out)
        if part.stop == 1:
            return (), units
        return self.units(k, n_in, top=part.start is None), units

    def _is_turned(self, name: str) -> bool:
        return self.n.samples == "columns" if "bias" in name else self.n.transposed

    def _matrix_caption(self, name: str, part: slice) -> str:
        side = "column" if self.n.transposed else "row"
        return CAPTIONS[name] + (f", bias {side} first" if part.start is None and part.stop is None else "")
