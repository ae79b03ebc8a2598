"""Origin of one number of a trace, in words and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.exceptions import ParameterError
from pellucid.explain.digits import Precision, check_precision, write
from pellucid.explain.hand import rounded
from pellucid.explain.traced import TraceRecord
from pellucid.host.escaping import for_terminal

__all__ = ["QUANTITIES", "Explanation", "explain"]

MANY = 12  # terms, from which on only the largest are named one by one
NAMED = 8


@dataclass(frozen=True)
class Explanation:
    """Number with an explanation of its origin in words.

    Parameters
    ----------
    quantity : str
        The name of the quantity, such as ``"W"``.
    value : float
        The number.
    text : str
        One or more lines; ``str()`` gives them.

    Examples
    --------
    >>> from pellucid import Network, trace
    >>> t = trace(Network([1, 1], weights=[[[2.0]]], biases=[[1.0]]), [3.0], 5.0)
    >>> said = t.explain("W", block=0, row=1, column=0)
    >>> said.value, str(said)
    (6.0, 'input signal 3.000 × sensitivity 2.000 = 6.000')
    """

    quantity: str
    value: float
    text: str

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def explain(
    trace: TraceRecord, quantity: str, place: Mapping[str, int | None], precision: Precision = 3
) -> Explanation:
    """Explain the origin of one number of a trace; see :meth:`pellucid.explain.Trace.explain`.

    Parameters
    ----------
    trace : TraceRecord
        The trace.
    quantity : str
        A key of :data:`QUANTITIES`.
    place : dict
        ``block``, ``row``, ``column`` and ``sample``, None for those that are not given.
    precision : int or "full", default=3
        Decimals.

    Returns
    -------
    Explanation
        The number and its origin.
    """
    check_precision(precision)
    if quantity not in QUANTITIES:
        raise ParameterError(f"'quantity' must be one of {list(QUANTITIES)}; got {quantity!r}.")
    needs, sentence = QUANTITIES[quantity]
    located = _located(trace, quantity, needs, place)
    value, text = sentence(Numbers(trace, precision), *(located[name] for name in needs))
    return Explanation(quantity, float(value), for_terminal(text, lines=True))


def _located(
    trace: TraceRecord, quantity: str, needs: tuple[str, ...], given: Mapping[str, int | None]
) -> dict[str, Any]:
    """Return the indices that a quantity has, each checked; the only place that knows their ranges."""
    n_samples = len(trace.X)
    counts = {"block": len(trace.blocks), "sample": n_samples}
    place: dict[str, Any] = {}
    for name, index in given.items():
        if name not in needs:
            if index is not None:
                raise ParameterError(
                    f"{quantity!r} has no {name}; it takes {list(needs)}. Got {name}={index!r}."
                )
            continue
        if name == "sample" and index is None:
            place[name] = 0 if n_samples == 1 else None
            continue
        if name == "block" and index is not None:
            place[name] = _in_range(name, index, counts[name], quantity)
            n_in, n_out = trace.blocks[place[name]].weights.value.shape
            counts |= {"row": n_in + (quantity == "W"), "column": n_out}
            continue
        note = " (0 is the bias row)" if name == "row" and quantity == "W" else ""
        place[name] = _in_range(name, index, counts.get(name, len(trace.blocks)), quantity, note)
    return place


def _in_range(name: str, index: Any, count: int, quantity: str, note: str = "") -> int:
    whole = isinstance(index, int | np.integer) and not isinstance(index, bool)
    if not (whole and 0 <= index < count):
        raise ParameterError(f"{name} of {quantity!r} must lie in 0..{count - 1}{note} here; got {index!r}.")
    return int(index)


class Numbers:
    """A trace whose numbers are written at one precision.

    Parameters
    ----------
    trace : TraceRecord
        The record.
    precision : int or "full"
        As for :func:`pellucid.explain.digits.write`.
    """

    def __init__(self, trace: TraceRecord, precision: Precision) -> None:
        self.trace, self.precision = trace, precision

    def __call__(self, value: Any) -> str:
        return write(float(value), self.precision).replace("-", "−")

    def named(self, texts: Sequence[str], values: Any, others: str = "others") -> list[str]:
        """Return the terms of a sum; of many only the largest, in their order, and what the others make."""
        values = np.asarray(values, dtype=float)
        if len(values) <= MANY:
            return list(texts)
        largest = np.sort(np.argsort(-np.abs(values), kind="stable")[:NAMED])
        rest = self(values.sum() - values[largest].sum())
        return [*(texts[i] for i in largest), f"{len(values) - NAMED:,} {others} {rest}"]

    def per_sample(self, sample: int | None, line: Callable[[int], str]) -> str:
        """Return the line of one sample, or those of all, of many the first."""
        if sample is not None:
            return line(sample)
        count = len(self.trace.X)
        shown = count if count <= MANY else NAMED
        lines = [f"sample {i}: {line(i)}" for i in range(shown)]
        return "\n".join(lines + [f"… and {count - shown:,} more samples"] * (count > shown))

    def name_of_input(self, k: int, unit: int) -> str:
        """Return what goes into a block: ``input signal``, with the name that an estimator knows."""
        names = self.trace.feature_names
        name = f"input signal '{for_terminal(names[unit])}'" if k == 0 and names else "input signal"
        return f"{name} (standardized)" if k == 0 and self.trace.input_mean is not None else name

    def sensitivity(self, k: int) -> str:
        """Return the sensitivity of a W + b, which equals z except in normalized blocks."""
        normalized = self.trace.blocks[k].normalized is not None
        return f"sensitivity before {self.trace.blocks[k].extras[0]}" if normalized else "sensitivity"


# ---- gradients ------------------------------------------------------------------------------------------


def _matrix(n: Numbers, k: int, row: int, column: int) -> tuple[float, str]:
    return _bias(n, k, column) if row == 0 else _weight(n, k, row - 1, column)


def _weight(n: Numbers, k: int, row: int, column: int) -> tuple[float, str]:
    t, block = n.trace, n.trace.blocks[k]
    a, d = block.inputs[:, row], block.delta_linear[:, column]
    name, moved = n.name_of_input(k, row), n.sensitivity(k)
    data = rounded(float(a @ d), t.digits)
    if len(a) == 1:
        text = f"{name} {n(a[0])} × {moved} {n(d[0])} = {n(data)}"
    else:
        products = a * d
        lines = [
            f"sample {i}: {name} {n(a[i])} × {moved} {n(d[i])} = {n(product)}"
            for i, product in enumerate(products)
        ]
        text = "\n".join(
            [*n.named(lines, products, "other samples:"), f"sum over {len(a)} samples: {n(data)}"]
        )
    value = block.weights.gradient[row, column]
    return float(value), text + _penalty(n, block.weights.value[row, column], value)


def _penalty(n: Numbers, w: float, total: float) -> str:
    t, parts, value = n.trace, [], 0.0
    if t.l2:
        parts.append(f"L2 {n(t.l2)} × weight {n(w)}")
        value += t.l2 * w
    if t.l1:
        parts.append(f"L1 {n(t.l1)} × sign of the weight {n(np.sign(w))}")
        value += t.l1 * np.sign(w)
    return f"\npenalty: {' + '.join(parts)} = {n(value)}\ntogether: {n(total)}" if parts else ""


def _bias(n: Numbers, k: int, column: int) -> tuple[float, str]:
    block = n.trace.blocks[k]
    d, value, moved = block.delta_linear[:, column], block.biases.gradient[column], n.sensitivity(k)
    if len(d) == 1:
        return value, f"bias input 1 × {moved} {n(d[0])} = {n(value)}"
    lines = [f"sample {i}: bias input 1 × {moved} {n(d[i])}" for i in range(len(d))]
    return value, "\n".join([*n.named(lines, d, "other samples:"), f"sum over {len(d)} samples: {n(value)}"])


# ---- forward --------------------------------------------------------------------------------------------


def _signal(n: Numbers, k: int, column: int, sample: int | None) -> tuple[float, str]:
    block = n.trace.blocks[k]
    W, b = block.weights.value[:, column], block.biases.value[column]

    def line(i: int) -> str:
        x = block.inputs[i]
        products = [f"{n.name_of_input(k, j)} {n(x[j])} × weight {n(W[j])}" for j in range(len(W))]
        terms = [f"bias {n(b)}", *n.named(products, x * W)]
        text = f"{' + '.join(terms)} = {n(block.linear[i, column])}"
        if block.normalized is not None:
            scale, shift = (block.others[name].value[column] for name in ("scale", "shift"))
            text += (
                f"; normalized {n(block.normalized[i, column])} × scale {n(scale)} + shift {n(shift)} = "
                f"{n(block.z[i, column])}"
            )
        return text

    return _value(block.z, sample, column), n.per_sample(sample, line)


def _activation(n: Numbers, k: int, column: int, sample: int | None) -> tuple[float, str]:
    block = n.trace.blocks[k]
    phi = block.activation

    def line(i: int) -> str:
        signal = f"signal {n(block.z[i, column])}"
        if block.slope is None:
            signal += f" among ({', '.join(n(z) for z in block.z[i])})"
        return f"{phi.name} of {signal} = {n(block.a[i, column])}"

    return _value(block.a, sample, column), n.per_sample(sample, line)


def _output(n: Numbers, k: int, column: int, sample: int | None) -> tuple[float, str]:
    block = n.trace.blocks[k]

    def line(i: int) -> str:
        text = f"activation {n(block.a[i, column])}"
        for extra in block.extras:
            if extra == "+ signal":
                text += f" + signal {n(block.z[i, column])}"
            elif extra == "+ input":
                text += f" + input of the block {n(block.inputs[i, column])}"
            elif block.mask is not None and extra.startswith("dropout"):
                text = f"({text})" if "+" in text else text
                text += f" × dropout {n(block.mask[i, column])}"
        return f"{text} = {n(block.outputs[i, column])}" if block.extras else text

    return _value(block.outputs, sample, column), n.per_sample(sample, line)


# ---- backward -------------------------------------------------------------------------------------------


def _sensitivity(n: Numbers, k: int, column: int, sample: int | None) -> tuple[float, str]:
    t, block = n.trace, n.trace.blocks[k]
    of_block = _last_sensitivity if k == len(t.blocks) - 1 else _hidden_sensitivity

    def line(i: int) -> str:
        return f"{of_block(n, k, column, i)} = {n(block.delta[i, column])}"

    return _value(block.delta, sample, column), n.per_sample(sample, line)


def _hidden_sensitivity(n: Numbers, k: int, column: int, i: int) -> str:
    block, following = n.trace.blocks[k], n.trace.blocks[k + 1]
    W, d, moved = following.weights.value[column], following.delta_linear[i], n.sensitivity(k + 1)
    terms = n.named([f"weight {n(W[j])} × {moved} {n(d[j])}" for j in range(len(W))], W * d)
    if "+ input" in following.extras and following.arriving is not None:
        terms.append(f"along the residual connection {n(following.arriving[i, column])}")
    slope = "" if block.slope is None else f"slope {n(block.slope[i, column])}"
    if "+ signal" in block.extras:
        slope = f"(1 + {slope})"
    dropped = "" if block.mask is None else f" × dropout {n(block.mask[i, column])}"
    return f"{slope}{dropped} × ({' + '.join(terms)})"


def _last_sensitivity(n: Numbers, k: int, column: int, i: int) -> str:
    t, block = n.trace, n.trace.blocks[k]
    share = t.sample_weight[i] / t.sample_weight.sum()
    a, y = block.a[i, column], t.Y[i, column]
    share_text = "" if share == 1.0 else f"share of the sample {n(share)} × "
    if np.isclose(block.delta[i, column], share * (a - y), rtol=1e-9, atol=1e-12):
        difference = f"output {n(a)} − target {n(y)}"
        return f"{share_text}({difference})" if share_text else difference
    to_output = n(t.output_gradient[i, column])
    if block.slope is None:
        return f"{block.activation.name}'s derivatives × ∂loss/∂output ({', '.join(map(n, t.output_gradient[i]))})"
    return f"slope {n(block.slope[i, column])} × ∂loss/∂output {to_output}"


# ---- loss -----------------------------------------------------------------------------------------------


def _loss(n: Numbers, sample: int | None) -> tuple[float, str]:
    t = n.trace
    name = t.loss_function.loss.name.replace("_", " ")

    def line(i: int) -> str:
        outputs = t.blocks[-1].outputs[i]
        pairs = [f"(target {n(y)}, output {n(p)})" for y, p in zip(t.Y[i], outputs, strict=True)]
        return f"{name} of {', '.join(pairs)} = {n(t.losses[i])}"

    text = n.per_sample(sample, line)
    if sample is None:
        weighted = bool((t.sample_weight != t.sample_weight[0]).any())
        text += f"\n{'weighted mean' if weighted else 'mean'} over {len(t.X)} samples: {n(t.loss)}"
    if t.l1 or t.l2:
        text += f"\npenalty: {n(t.penalty)}; objective: {n(t.loss + t.penalty)}"
    return t.loss if sample is None else t.losses[sample], text


def _value(values: Any, sample: int | None, column: int) -> float:
    return float("nan") if sample is None else values[sample, column]


UNIT = ("block", "column", "sample")
QUANTITIES: dict[str, tuple[tuple[str, ...], Callable[..., tuple[float, str]]]] = {
    "W": (("block", "row", "column"), _matrix),
    "weights": (("block", "row", "column"), _weight),
    "b": (("block", "column"), _bias),
    "z": (UNIT, _signal),
    "a": (UNIT, _activation),
    "outputs": (UNIT, _output),
    "delta": (UNIT, _sensitivity),
    "loss": (("sample",), _loss),
}
