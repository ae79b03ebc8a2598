"""Numbers of a trace as they are written in its sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.core.layers.worked import Names
from pellucid.explain.digits import Precision, write
from pellucid.explain.layer_names import names_around
from pellucid.explain.phrases import phrase
from pellucid.explain.traced import TraceRecord
from pellucid.host.escaping import for_terminal

__all__ = ["MANY", "NAMED", "Numbers"]

MANY = 12  # number of terms from which on only the largest are listed one by one
NAMED = 8


class Numbers:
    """A trace whose numbers are written at one precision, derivatives and losses at the notation's scale.

    Parameters
    ----------
    trace : TraceRecord
        The record.
    precision : int or "full"
        As for :func:`pellucid.explain.digits.write`.
    factor : float, default=1.0
        Losses and derivatives of the notation over those of the record.
    """

    def __init__(self, trace: TraceRecord, precision: Precision, factor: float = 1.0) -> None:
        self.trace, self.precision, self.factor = trace, precision, factor
        self.names: list[Names] = names_around(trace, for_terminal)

    def __call__(self, value: Any) -> str:
        """Return a number as it is written."""
        return write(float(value), self.precision).replace("-", "−")

    def scaled(self, derivative: Any) -> str:
        """Return a derivative or a loss at the notation's scale."""
        return self(self.factor * derivative)

    def named(self, texts: Sequence[str], values: Any, others: str = "others") -> list[str]:
        """Return the terms of a sum; of many, only the largest in their order, and the total of the others."""
        values = np.asarray(values, dtype=float)
        if len(values) <= MANY:
            return list(texts)
        largest = np.sort(np.argsort(-np.abs(values), kind="stable")[:NAMED])
        rest = self(values.sum() - values[largest].sum())
        return [*(texts[i] for i in largest), phrase(others, count=f"{len(values) - NAMED:,}", rest=rest)]

    def per_sample(self, sample: int | None, line: Callable[[int], str]) -> str:
        """Return the line of one sample, or the lines of all; of many, only the first."""
        if sample is not None:
            return line(sample)
        count = len(self.trace.X)
        shown = count if count <= MANY else NAMED
        lines = [phrase("of_sample", sample=str(i), line=line(i)) for i in range(shown)]
        return "\n".join(lines + [phrase("more_samples", count=f"{count - shown:,}")] * (count > shown))

    def name_of_input(self, k: int, unit: int) -> str:
        """Return what goes into a block: ``input signal``, with the name that an estimator knows."""
        name = self.named_input(self.names[-1], unit) if k == 0 else phrase("input")
        return phrase("standardized", input=name) if k == 0 and self.trace.input_mean is not None else name

    def named_input(self, names: Names, unit: int) -> str:
        """Return what goes into a layer: ``input signal``, with its name if it has one."""
        return phrase("named_input", name=names.inputs[unit]) if names.inputs else phrase("input")

    def sensitivity(self, k: int) -> str:
        """Return the sensitivity of a W + b, which equals z except in normalized blocks."""
        block = self.trace.blocks[k]
        is_plain = block.normalized is None
        return phrase("sensitivity") if is_plain else phrase("sensitivity_before", layer=block.extras[0])
