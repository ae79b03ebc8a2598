"""Notes on what the equations leave out: penalties, normalization, residual connections, dropout."""

from __future__ import annotations

from functools import reduce

import numpy as np

from pellucid.explain.canon import parts
from pellucid.explain.equations import literal
from pellucid.explain.notation import Notation
from pellucid.explain.phrases import phrase
from pellucid.explain.traced import BlockTrace, TraceRecord

__all__ = [
    "loss_equation",
    "on_the_way_back",
    "on_the_way_forward",
    "on_the_whole",
    "rates_of_blocks",
    "upstream",
]


def on_the_whole(notation: Notation, trace: TraceRecord) -> tuple[str, ...]:
    """Return the notes that apply to a whole trace.

    Parameters
    ----------
    notation : Notation
        The notation, which decides the factor of the squared error and the derivative of ReLU at 0.
    trace : TraceRecord
        The trace.

    Returns
    -------
    tuple of str
        Sentences; may be empty.
    """
    factor, weighted = notation.factor(trace.loss_function), np.ptp(trace.sample_weight) > 0
    found = []
    if factor != 1.0:
        found.append(phrase("without_half", factor=f"{factor:g}"))
    if len(trace.X) > 1:
        found.append(phrase("share_of_weighted_mean" if weighted else "share_of_mean"))
    strengths = {"sign(W)": factor * trace.l1, "W": factor * trace.l2}
    penalty = " + ".join(f"{strength:.4g} {of}" for of, strength in strengths.items() if strength)
    if penalty:
        found.append(phrase("penalty_in_gradient", penalty=penalty))
    found += map(literal, trace.remarks)
    if trace.target_mean is not None:
        found.append(phrase("standardized_targets"))
    if trace.input_mean is not None:
        found.append(phrase("standardized_inputs"))
    flat = {block.activation.name for block in trace.blocks if block.activation.is_flat}
    if flat:
        names = reduce(lambda a, b: phrase("and", first=a, second=b), map(literal, sorted(flat)))
        found.append(phrase("flat", activations=names))
    kinks = any(b.activation.name == "relu" and (b.z == 0.0).any() for b in trace.blocks)
    if kinks and notation.relu_at_zero != 0.0:
        found.append(phrase("kink"))
    return tuple(found)


def on_the_way_forward(notation: Notation, block: BlockTrace) -> tuple[str, ...]:
    """Return notes on what a notation's equations of the forward pass through a block leave out.

    Parameters
    ----------
    notation : Notation
        The notation, which decides the symbols.
    block : BlockTrace
        The block.

    Returns
    -------
    tuple of str
        Sentences; none for a dense layer with an activation.
    """
    if not block.extras:
        return ()
    notes = [phrase("also", layers=", ".join(block.extras))]
    if block.normalized is not None:
        own = {name: notation.own(name, block.index) for name in ("linear", "scale", "shift")}
        notes.append(phrase("before_normalization", **own))
    k, gives = block.index, (activated := activation(notation, block))
    for extra in block.extras:
        if extra == "+ signal":
            gives += f" + {notation.symbol('signal', k)}"
        elif extra == "+ input":
            gives += f" + {notation.symbol('layer', k)}"
        elif extra.startswith("dropout") and block.mask is None:
            notes.append(phrase("dropout_at_rest"))
        elif extra.startswith("dropout"):
            gives = f"({gives})" if " + " in gives else gives
            gives += f" ∘ {notation.own('mask', k)}"
    if gives != activated:
        notes.append(phrase("gives", activation=activated, outputs=gives))
    return tuple(notes)


def on_the_way_back(notation: Notation, block: BlockTrace, following: BlockTrace | None) -> tuple[str, ...]:
    """Return notes on what a notation's equations of the backward pass through a block leave out.

    Parameters
    ----------
    notation : Notation
        The notation, which decides the symbols.
    block : BlockTrace
        The block.
    following : BlockTrace or None
        The next block; None for the last.

    Returns
    -------
    tuple of str
        Sentences; none between dense layers with activations.
    """
    notes = []
    if following is not None and following.normalized is not None:
        delta = notation.symbol("delta", following.index)
        above = {"layer": following.extras[0], "linear": notation.own("linear", following.index)}
        notes.append(phrase("normalized_above", **above, loss=notation.loss, delta=delta))
    if following is not None and "+ input" in following.extras:
        notes.append(phrase("residual_above"))
    if block.mask is not None:
        mask = notation.own("mask", block.index)
        notes.append(phrase("dropout_first", upstream=upstream(notation, block), mask=mask))
    if "+ signal" in block.extras:
        slope, delta = (notation.symbol(role, block.index) for role in ("slope", "delta"))
        notes.append(phrase("signal_too", delta=delta, slope=slope))
    if block.normalized is not None:
        delta = notation.symbol("delta", block.index)
        linear = notation.own("linear", block.index)
        notes.append(phrase("with_normalization", loss=notation.loss, delta=delta, linear=linear))
    return tuple(notes)


def activation(notation: Notation, block: BlockTrace) -> str:
    """Return the symbol of the activation's output."""
    letter = notation.write(notation.activation, block.index)
    return f"{letter}({notation.symbol('signal', block.index)})"


def upstream(notation: Notation, block: BlockTrace) -> str:
    """Return the symbol of the derivative with respect to the activation, if it is not the output's."""
    if block.mask is None:
        return notation.symbol("upstream", block.index)
    return f"∂{notation.loss}/∂{activation(notation, block)}"


def rates_of_blocks(notation: Notation, trace: TraceRecord) -> tuple[str, ...]:
    """Return notes on learning rates that a parametrization reduces.

    Parameters
    ----------
    notation : Notation
        The notation.
    trace : TraceRecord
        The trace.

    Returns
    -------
    tuple of str
        One sentence, or none.
    """
    owns = [float(own["weights"].flat[0]) for own in parts(trace.network, trace.network.own_rates)]
    if all(own == 1.0 for own in owns):
        return ()
    rates = ", ".join(
        phrase("rate_of", rate=notation.rate, own=f"{own:.4g}", weights=notation.symbol("weights", k))
        for k, own in enumerate(owns)
    )
    return (phrase("own_rates", rates=rates, rate=notation.rate),)


def loss_equation(notation: Notation, trace: TraceRecord) -> str:
    """Return the equation of the loss of a trace in a notation.

    Parameters
    ----------
    notation : Notation
        The notation.
    trace : TraceRecord
        The trace.

    Returns
    -------
    str
        The loss of one sample; for several samples, their mean as well.
    """
    letter, output, name = notation.loss, notation.output, trace.loss_function.loss.name
    half = "½ " if notation.factor(trace.loss_function) == 1.0 else ""
    terms = {
        "squared_error": f"{half}({output} − y)^{{2}}",
        "absolute_error": f"|{output} − y|",
        "poisson": f"y log(y / {output}) − y + {output}",
        "tweedie": f"2 ({output}^{{1/2}} − y^{{1/2}})^{{2}} / {output}^{{1/2}}",
        "log_loss": f"−y log {output}",
    }
    term = terms.get(name, f"{literal(name)}(y, {output})")
    if name == "log_loss" and not trace.loss_function.activation.range.simplex:
        term = f"−y log {output} − (1 − y) log(1 − {output})"
    if trace.Y.shape[1] > 1:
        term = f"Σ [{term}]"
    if trace.is_single:
        return f"{letter} = {term}"
    mean = phrase("weighted_mean_of" if np.ptp(trace.sample_weight) > 0 else "mean_of", losses="ℓ_{i}")
    return f"ℓ_{{i}} = {term}, {letter} = {mean}"
