"""Sentences of a trace: for each quantity, a function that shows in numbers where one of its values comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.core.layers.worked import Names
from pellucid.exceptions import ParameterError
from pellucid.explain.canon import parts
from pellucid.explain.hand import rounded
from pellucid.explain.layer_sentences import gradient_of, origin_of, updated
from pellucid.explain.phrases import phrase
from pellucid.explain.traced import LayerTrace
from pellucid.explain.written import Numbers

__all__ = ["QUANTITIES", "from_above"]

# ---- gradients ------------------------------------------------------------------------------------------


def _matrix(n: Numbers, k: int, row: int, column: int) -> tuple[float, str]:
    return _bias(n, k, column) if row == 0 else _weight(n, k, row - 1, column)


def _weight(n: Numbers, k: int, row: int, column: int) -> tuple[float, str]:
    t, block = n.trace, n.trace.blocks[k]
    a, d = block.inputs[:, row], block.delta_linear[:, column]
    names = {"input": n.name_of_input(k, row), "sensitivity": n.sensitivity(k)}
    data = rounded(float(a @ d), t.digits)

    def line(i: int, product: float) -> str:
        return phrase("weight_gradient", **names, a=n(a[i]), delta=n.scaled(d[i]), value=n.scaled(product))

    text = line(0, data) if len(a) == 1 else _summed(n, line, a * d, data)
    value = block.weights.gradient[row, column]
    return n.factor * float(value), text + _penalty(n, block.weights.value[row, column], value)


def _summed(n: Numbers, line: Callable[[int, float], str], values: Any, total: float) -> str:
    """Return a line for each sample's part of a sum, and one with the sum."""
    lines = [phrase("of_sample", sample=str(i), line=line(i, value)) for i, value in enumerate(values)]
    count = f"{len(lines)}"
    return "\n".join(
        [
            *n.named(lines, n.factor * values, "other_samples"),
            phrase("sum", count=count, value=n.scaled(total)),
        ]
    )


def _penalty(n: Numbers, w: float, total: float) -> str:
    t, parts, value = n.trace, [], 0.0
    if t.l2:
        parts.append(phrase("l2", strength=n.scaled(t.l2), weight=n(w)))
        value += t.l2 * w
    if t.l1:
        parts.append(phrase("l1", strength=n.scaled(t.l1), sign=n(np.sign(w))))
        value += t.l1 * np.sign(w)
    if not parts:
        return ""
    penalty = phrase("penalty_gradient", terms=" + ".join(parts), value=n.scaled(value))
    return "\n".join(["", penalty, phrase("together", value=n.scaled(total))])


def _bias(n: Numbers, k: int, column: int) -> tuple[float, str]:
    block = n.trace.blocks[k]
    d, value, moved = block.delta_linear[:, column], block.biases.gradient[column], n.sensitivity(k)

    def line(i: int, part: float) -> str:
        return phrase("bias_gradient", sensitivity=moved, delta=n.scaled(part))

    if len(d) == 1:
        return n.factor * value, phrase("equals", terms=line(0, d[0]), value=n.scaled(value))
    return n.factor * value, _summed(n, line, d, value)


# ---- forward --------------------------------------------------------------------------------------------


def _signal(n: Numbers, k: int, column: int, sample: int | None) -> tuple[float, str]:
    block = n.trace.blocks[k]
    W, b = block.weights.value[:, column], block.biases.value[column]

    def line(i: int) -> str:
        x = block.inputs[i]
        products = [
            phrase("product", input=n.name_of_input(k, j), a=n(x[j]), weight=n(W[j])) for j in range(len(W))
        ]
        terms = [phrase("bias", value=n(b)), *n.named(products, x * W)]
        text = phrase("equals", terms=" + ".join(terms), value=n(block.linear[i, column]))
        if block.normalized is not None:
            scale, shift = (n(block.others[name].value[column]) for name in ("scale", "shift"))
            normalized, z = n(block.normalized[i, column]), n(block.z[i, column])
            text += phrase("normalized", normalized=normalized, scale=scale, shift=shift, value=z)
        return text

    return _value(block.z, sample, column), n.per_sample(sample, line)


def _activation(n: Numbers, k: int, column: int, sample: int | None) -> tuple[float, str]:
    block = n.trace.blocks[k]

    def line(i: int) -> str:
        if block.bending is not None:
            return origin_of(n, block.bending, Names(()), "y", (i, column))
        signal = phrase("signal", value=n(block.z[i, column]))
        if block.slope is None:
            signals = ", ".join(n(z) for z in block.z[i])
            signal = phrase("signal_among", value=n(block.z[i, column]), signals=signals)
        value = n(block.a[i, column])
        return phrase("activation_of", activation=block.activation.name, signal=signal, value=value)

    return _value(block.a, sample, column), n.per_sample(sample, line)


def _output(n: Numbers, k: int, column: int, sample: int | None) -> tuple[float, str]:
    block = n.trace.blocks[k]

    def line(i: int) -> str:
        text = phrase("activation", value=n(block.a[i, column]))
        for extra in block.extras:
            if extra == "+ signal":
                text += phrase("plus_signal", value=n(block.z[i, column]))
            elif extra == "+ input":
                text += phrase("plus_input", value=n(block.inputs[i, column]))
            elif block.mask is not None and extra.startswith("dropout"):
                text = f"({text})" if "+" in text else text
                text += phrase("times_dropout", value=n(block.mask[i, column]))
        return phrase("equals", terms=text, value=n(block.outputs[i, column])) if block.extras else text

    return _value(block.outputs, sample, column), n.per_sample(sample, line)


# ---- backward -------------------------------------------------------------------------------------------


def _sensitivity(n: Numbers, k: int, column: int, sample: int | None) -> tuple[float, str]:
    t, block = n.trace, n.trace.blocks[k]
    of_block = _last_sensitivity if k == len(t.blocks) - 1 else _hidden_sensitivity

    def line(i: int) -> str:
        return phrase("equals", terms=of_block(n, k, column, i), value=n.scaled(block.delta[i, column]))

    return n.factor * _value(block.delta, sample, column), n.per_sample(sample, line)


def from_above(n: Numbers, k: int, column: int, i: int) -> str:
    """Return the derivative with respect to an input of block k as a sum over the weights it passes through."""
    following = n.trace.blocks[k]
    W, d, moved = following.weights.value[column], following.delta_linear[i], n.sensitivity(k)
    terms = n.named(
        [
            phrase("term", weight=n(w), sensitivity=moved, delta=n.scaled(delta))
            for w, delta in zip(W, d, strict=True)
        ],
        n.factor * W * d,
    )
    if "+ input" in following.extras and following.arriving is not None:
        terms.append(phrase("along_residual", value=n.scaled(following.arriving[i, column])))
    return " + ".join(terms)


def _hidden_sensitivity(n: Numbers, k: int, column: int, i: int) -> str:
    block = n.trace.blocks[k]
    of_slope = "slope_and_signal" if "+ signal" in block.extras else "slope"
    slope = "" if block.slope is None else phrase(of_slope, value=n(block.slope[i, column]))
    dropout = "" if block.mask is None else phrase("times_dropout", value=n(block.mask[i, column]))
    return phrase("hidden_sensitivity", slope=slope, dropout=dropout, terms=from_above(n, k + 1, column, i))


def _slope(n: Numbers, k: int, column: int, sample: int | None) -> tuple[float, str]:
    block = n.trace.blocks[k]
    slope = block.slope
    if slope is None:
        raise ParameterError(
            f"Block {k} has no 'slope': {block.activation.name} depends on all signals of its row. Use 'delta'."
        )

    def line(i: int) -> str:
        if block.bending is not None:
            return origin_of(n, block.bending, Names(()), "slope", (i, column))
        return phrase(
            "slope_of",
            activation=block.activation.name,
            signal=phrase("signal", value=n(block.z[i, column])),
            output=phrase("activation", value=n(block.a[i, column])),
            value=n(slope[i, column]),
        )

    return _value(slope, sample, column), n.per_sample(sample, line)


def _last_sensitivity(n: Numbers, k: int, column: int, i: int) -> str:
    t, block = n.trace, n.trace.blocks[k]
    share = t.sample_weight[i] / t.sample_weight.sum()
    a, y = block.a[i, column], t.Y[i, column]
    if np.isclose(block.delta[i, column], share * (a - y), rtol=1e-9, atol=1e-12):
        difference = phrase("difference", output=n(a), target=n(y))
        factors = [*_share(n, share), *[f"{n.factor:g}"] * (n.factor != 1.0)]
        return " × ".join([*factors, f"({difference})"]) if factors else difference
    if block.slope is None:
        derivatives = ", ".join(map(n.scaled, t.output_gradient[i]))
        return phrase("row_sensitivity", activation=block.activation.name, derivatives=derivatives)
    derivative = n.scaled(t.output_gradient[i, column])
    return phrase("output_sensitivity", slope=n(block.slope[i, column]), derivative=derivative)


def _share(n: Numbers, share: float) -> list[str]:
    """Return a sample's share of the mean as a factor, unless it is the only sample."""
    return [] if share == 1.0 else [phrase("share", value=n(share))]


def _output_gradient(n: Numbers, column: int, sample: int | None) -> tuple[float, str]:
    t = n.trace
    name = t.loss_function.loss.name.replace("_", " ")

    def line(i: int) -> str:
        pair = phrase("pair", target=n(t.Y[i, column]), output=n(t.outputs[i, column]))
        factors = [
            *_share(n, t.sample_weight[i] / t.sample_weight.sum()),
            phrase("loss_slope", loss=name, pair=pair),
        ]
        return phrase("equals", terms=" × ".join(factors), value=n.scaled(t.output_gradient[i, column]))

    return n.factor * _value(t.output_gradient, sample, column), n.per_sample(sample, line)


# ---- loss and update ------------------------------------------------------------------------------------


def _loss(n: Numbers, sample: int | None) -> tuple[float, str]:
    t = n.trace
    name = t.loss_function.loss.name.replace("_", " ")

    def line(i: int) -> str:
        outputs = t.blocks[-1].outputs[i]
        pairs = [phrase("pair", target=n(y), output=n(p)) for y, p in zip(t.Y[i], outputs, strict=True)]
        return phrase("loss_of", loss=name, pairs=", ".join(pairs), value=n.scaled(t.losses[i]))

    text = n.per_sample(sample, line)
    if sample is None:
        weighted = bool((t.sample_weight != t.sample_weight[0]).any())
        of_all = "weighted_mean" if weighted else "mean"
        text += "\n" + phrase(of_all, count=f"{len(t.X)}", value=n.scaled(t.loss))
    if t.l1 or t.l2:
        objective = n.scaled(t.loss + t.penalty)
        text += "\n" + phrase("objective", penalty=n.scaled(t.penalty), value=objective)
    return n.factor * (t.loss if sample is None else float(t.losses[sample])), text


def _updated(n: Numbers, k: int, row: int, column: int) -> tuple[float, str]:
    t, block = n.trace, n.trace.blocks[k]
    what, at = ("bias", (column,)) if row == 0 else ("weight", (row - 1, column))
    parameter = block.biases if row == 0 else block.weights
    before, gradient = parameter.value[at], parameter.gradient[at]
    after = parts(t.network, t.stepped)[k]["biases" if row == 0 else "weights"][at]
    own = parts(t.network, t.network.own_rates)[k]["biases" if row == 0 else "weights"][at]
    if after != rounded(float(before) - rounded(t.learning_rate * own * float(gradient), t.digits), t.digits):
        return float(after), phrase(f"held_{what}", value=n(after))
    rate = n(t.learning_rate * own / n.factor)
    text = phrase(f"updated_{what}", before=n(before), rate=rate, gradient=n.scaled(gradient), value=n(after))
    return float(after), text


# ---- parametric activations ------------------------------------------------------------------------------


def _bending(n: Numbers, k: int) -> LayerTrace:
    bending = n.trace.blocks[k].bending
    if bending is None:
        raise ParameterError(f"Block {k} has no parametric activation. Use 'a' or 'slope'.")
    return bending


def _alpha(n: Numbers, k: int, column: int) -> tuple[float, str]:
    return gradient_of(n, _bending(n, k), Names(()), "alpha", (column,))


def _updated_alpha(n: Numbers, k: int, column: int) -> tuple[float, str]:
    return updated(n, _bending(n, k), "alpha", (column,))


def _unbent(n: Numbers, k: int, column: int, sample: int | None) -> tuple[float, str]:
    bending = _bending(n, k)
    text = n.per_sample(sample, lambda i: origin_of(n, bending, Names(()), "bent", (i, column)))
    return _value(bending.values["bent"], sample, column), text


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
    "slope": (UNIT, _slope),
    "output_gradient": (("column", "sample"), _output_gradient),
    "loss": (("sample",), _loss),
    "updated": (("block", "row", "column"), _updated),
    "alpha": (("block", "column"), _alpha),
    "unbent": (UNIT, _unbent),
    "updated_alpha": (("block", "column"), _updated_alpha),
}
