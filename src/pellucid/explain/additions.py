"""Notes on what equations and numbers leave open: penalties, normalization, residuals, dropout."""

from __future__ import annotations

import numpy as np

from pellucid.explain.equations import literal
from pellucid.explain.notation import Notation
from pellucid.explain.traced import BlockTrace, TraceRecord

__all__ = ["on_the_way_back", "on_the_way_forward", "on_the_whole", "upstream"]


def on_the_whole(notation: Notation, trace: TraceRecord) -> tuple[str, ...]:
    """Return what holds for every number of a trace.

    Parameters
    ----------
    notation : Notation
        The notation, which decides the factor of the squared error and the derivative of ReLU at 0.
    trace : TraceRecord
        The trace.

    Returns
    -------
    tuple of str
        Sentences, perhaps none.
    """
    factor, weighted = notation.factor(trace.loss_function), np.ptp(trace.sample_weight) > 0
    found = []
    if factor != 1.0:
        found.append(
            f"This notation's squared error has no ½: losses and derivatives are {factor:g} times, the "
            f"learning rate is 1/{factor:g} of pellucid's; the step is the same."
        )
    if len(trace.X) > 1:
        share = "wᵢ / Σ w of the weighted" if weighted else "1/n of the"
        found.append(f"Each sample's derivatives and sensitivity hold its share {share} mean.")
    strengths = {"sign(W)": factor * trace.l1, "W": factor * trace.l2}
    penalty = " + ".join(f"{strength:.4g} {of}" for of, strength in strengths.items() if strength)
    if penalty:
        found.append(f"The gradient of the weights holds the penalty's, {penalty}, left out of its equation.")
    if trace.target_mean is not None:
        found.append("Targets and outputs are standardized, as the estimator does before it trains.")
    if trace.input_mean is not None:
        found.append("Inputs are standardized, as the estimator does: mean 0, scale 1 in its training data.")
    flat = {block.activation.name for block in trace.blocks if block.activation.is_flat}
    if flat:
        found.append(
            f"The derivative of {' and '.join(map(literal, sorted(flat)))} is 0: no gradient comes through. "
            "A perceptron learns by its own rule."
        )
    kinks = any(b.activation.name == "relu" and (b.z == 0.0).any() for b in trace.blocks)
    if kinks and notation.relu_at_zero != 0.0:
        found.append(
            "A unit's signal is exactly 0. This course takes ReLU′(0) = 1; the numbers here are with 0."
        )
    return tuple(found)


def on_the_way_forward(notation: Notation, block: BlockTrace) -> tuple[str, ...]:
    """Return what a notation's equations of a block leave out.

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
    notes = [f"This block also has: {', '.join(block.extras)}."]
    if block.others:
        notes.append("u is the product with the weights; the signal is u normalized, times γ, plus β.")
    k, gives = block.index, (activated := activation(notation, block))
    for extra in block.extras:
        if extra == "+ signal":
            gives += f" + {notation.symbol('signal', k)}"
        elif extra == "+ input":
            gives += f" + {notation.symbol('layer', k)}"
        elif extra.startswith("dropout") and block.mask is None:
            notes.append("Dropout acts in training only; here everything passes.")
        elif extra.startswith("dropout"):
            gives = f"({gives}) ∘ m" if " + " in gives else f"{gives} ∘ m"
    if gives != activated:
        notes.append(f"In place of the equation's {activated}, the block gives {gives} on.")
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
        The one that it feeds; None for the last.

    Returns
    -------
    tuple of str
        Sentences; none between dense layers with activations.
    """
    notes = []
    if following is not None and following.others:
        delta = notation.symbol("delta", following.index)
        notes.append(
            f"The block above has {following.extras[0]}: its ∂{notation.loss}/∂u stands for {delta}."
        )
    if following is not None and "+ input" in following.extras:
        notes.append("The block above adds its input to its output: what arrives there arrives here as well.")
    if block.mask is not None:
        notes.append(f"The input passes through dropout first: {upstream(notation, block)} is m times that.")
    if "+ signal" in block.extras:
        slope, delta = (notation.symbol(role, block.index) for role in ("slope", "delta"))
        notes.append(f"The signal is added to the output too: {delta} is with {slope} + 1 for {slope}.")
    if block.others:
        delta, loss = notation.symbol("delta", block.index), notation.loss
        notes.append(f"The gradient of the weights is taken with ∂{loss}/∂u for {delta}.")
    return tuple(notes)


def activation(notation: Notation, block: BlockTrace) -> str:
    """Return the symbol of what the activation gives."""
    letter = notation.write(notation.activation, block.index)
    return f"{letter}({notation.symbol('signal', block.index)})"


def upstream(notation: Notation, block: BlockTrace) -> str:
    """Return the symbol of the derivative with respect to the activation, if it is not the output's."""
    if block.mask is None:
        return notation.symbol("upstream", block.index)
    return f"∂{notation.loss}/∂{activation(notation, block)}"
