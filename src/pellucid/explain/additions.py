"""What a block does beside its equations, in sentences: batch normalization, residual connections, dropout."""

from __future__ import annotations

from pellucid.explain.notation import Notation
from pellucid.explain.record import BlockTrace

__all__ = ["on_the_way_back", "on_the_way_forward"]


def on_the_way_forward(notation: Notation, block: BlockTrace) -> tuple[str, ...]:
    """Return what a notation's equations of a block leave out.

    Parameters
    ----------
    notation : Notation
        Whose symbols.
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
        notes.append(f"Where the equation has {activated}, the block gives {gives} on.")
    return tuple(notes)


def on_the_way_back(notation: Notation, block: BlockTrace, following: BlockTrace | None) -> tuple[str, ...]:
    """Return what a notation's equations of the way back through a block leave out.

    Parameters
    ----------
    notation : Notation
        Whose symbols.
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
        notes.append(f"The block above has batch normalization: its ∂{notation.loss}/∂u stands for {delta}.")
    if following is not None and "+ input" in following.extras:
        notes.append("The block above adds its input to its output: what arrives there arrives here as well.")
    if block.mask is not None:
        notes.append(f"What arrives passes dropout first: {upstream(notation, block)} is m times that.")
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
    """Return the symbol of the derivative with respect to the activation, where it is not the output's."""
    if block.mask is None:
        return notation.symbol("upstream", block.index)
    return f"∂{notation.loss}/∂{activation(notation, block)}"
