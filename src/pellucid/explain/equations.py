"""Equations are written once, in Unicode with ``_{…}`` and ``^{…}``; here they become text, LaTeX and HTML."""

from __future__ import annotations

import html
import re

__all__ = ["as_html", "as_latex", "as_text"]

RAISED = re.compile(r"([_^])\{([^{}]*)\}")
WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}(?:_[a-z]+)*")

SUBSCRIPTS = dict(zip("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True))
SUPERSCRIPTS = dict(zip("0123456789+-=()T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵀ", strict=True))

LATEX = {
    "δ": r"\delta ", "φ": r"\varphi ", "ψ": r"\psi ", "θ": r"\theta ", "Θ": r"\Theta ", "σ": r"\sigma ",
    "η": r"\eta ", "ρ": r"\rho ", "γ": r"\gamma ", "β": r"\beta ", "α": r"\alpha ", "∂": r"\partial ",
    "∇": r"\nabla ", "∘": r"\circ ", "·": r"\cdot ", "×": r"\times ", "←": r"\leftarrow ", "→": r"\to ",
    "ℓ": r"\ell ", "Ω": r"\Omega ", "Σ": r"\sum ", "−": "-", "′": "'", "ŷ": r"\hat{y}", "𝕎": r"\mathbf{W}",
    "½": r"\tfrac12 ", "₀": "_0", "²": "^2", "ᵢ": "_i",
}  # fmt: skip


def as_text(equation: str) -> str:
    """Return an equation for a terminal, indexes as small letters where Unicode has them.

    Parameters
    ----------
    equation : str
        The equation.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> as_text("s^{(1)} = W^{(1)T} x^{(0)}")
    's⁽¹⁾ = W⁽¹⁾ᵀ x⁽⁰⁾'
    """

    def small(match: re.Match[str]) -> str:
        letters = SUBSCRIPTS if match[1] == "_" else SUPERSCRIPTS
        if all(letter in letters for letter in match[2]):
            return "".join(letters[letter] for letter in match[2])
        return match[1] + match[2]

    return RAISED.sub(small, equation)


def as_latex(equation: str) -> str:
    r"""Return an equation in LaTeX's mathematics, for amsmath alone.

    Parameters
    ----------
    equation : str
        The equation.

    Returns
    -------
    str
        Without dollar signs.

    Examples
    --------
    >>> as_latex("δ^{(1)}")
    '\\delta ^{(1)}'
    """
    worded = WORD.sub(lambda match: r"\mathrm{" + match[0].replace("_", r"\_") + "}", equation)
    return "".join(LATEX.get(letter, letter) for letter in worded).replace(r"\mathrm{log}", r"\log ")


def as_html(equation: str) -> str:
    """Return an equation in HTML with ``sub`` and ``sup``.

    Parameters
    ----------
    equation : str
        The equation.

    Returns
    -------
    str
        A piece of a line.

    Examples
    --------
    >>> as_html("z_{0}")
    'z<sub>0</sub>'
    """
    tags = {"_": "sub", "^": "sup"}
    return RAISED.sub(lambda m: f"<{tags[m[1]]}>{m[2]}</{tags[m[1]]}>", html.escape(equation))
