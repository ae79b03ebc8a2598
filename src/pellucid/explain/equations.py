r"""Equations are written once, in Unicode with ``_{…}`` and ``^{…}``; here they become text, LaTeX and HTML.

Sentences of a document may contain equations too. A name that the user gave (of a column, a class, a file, an
activation) and that looks like an equation is marked by :func:`literal`, so that it is shown unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pellucid.host.escaping import for_html, for_terminal, for_tex

__all__ = ["LATEX", "as_html", "as_latex", "as_text", "literal", "pieces", "unmarked"]

RAISED = re.compile(r"([_^])\{([^{}]*)\}")
INDEXES = re.compile(r"[a-z]{2}")  # two letters after a symbol are two indexes, not a word
WORD = r"(?<![A-Za-z])[A-Za-z]{2,}(?:_[a-z]+)*"
START, END = "\ufdd0", "\ufdd1"  # around a literal name: Unicode reserves them for internal use
LITERAL = re.compile(f"{START}([^{START}{END}]*){END}")

SUBSCRIPTS = dict(zip("0123456789+-=()ij", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ᵢⱼ", strict=True))
SUPERSCRIPTS = dict(zip("0123456789+-=()Til", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵀⁱˡ", strict=True))

LATEX = {
    "δ": r"\delta ", "φ": r"\varphi ", "ψ": r"\psi ", "θ": r"\theta ", "Θ": r"\Theta ", "σ": r"\sigma ",
    "η": r"\eta ", "ρ": r"\rho ", "γ": r"\gamma ", "β": r"\beta ", "α": r"\alpha ", "∂": r"\partial ",
    "∇": r"\nabla ", "∘": r"\circ ", "·": r"\cdot ", "×": r"\times ", "←": r"\leftarrow ", "→": r"\to ",
    "ℓ": r"\ell ", "Ω": r"\Omega ", "Σ": r"\sum ", "−": "-", "′": "'", "ŷ": r"\hat{y}", "𝕎": r"\mathbf{W}",
    "π": r"\pi ", "½": r"\tfrac12 ", "₀": "_0", "²": "^2", "ᵢ": "_i",
}  # fmt: skip
MATHEMATICS = {
    "\\": r"\backslash ", "~": r"\sim ", "_": r"\_", "^": r"\wedge ", **{sign: f"\\{sign}" for sign in "&%$#{}"},
}  # fmt: skip
TOKEN = re.compile(
    rf"(?P<word>{WORD})|(?P<index>[_^](?=[A-Za-z0-9]))|(?P<text>[^\x00-\x7f{''.join(LATEX)}]+)|.", re.S
)


def literal(name: str) -> str:
    """Return a name that equations and sentences show unchanged, whatever it looks like.

    Parameters
    ----------
    name : str
        The user's name for something.

    Returns
    -------
    str
        Marked if it would be read as mathematics.

    Examples
    --------
    >>> as_text(f"W_{{0}} of {literal('x_{1}')}")
    'W₀ of x_{1}'
    """
    if not re.search(f"[_^]\\{{|[{START}{END}]", name):
        return name
    return START + re.sub(f"[{START}{END}]", lambda mark: for_terminal(mark[0]), name) + END


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text, and for each whether it is a literal name."""
    end = 0
    for match in LITERAL.finditer(text):
        yield from [(text[end : match.start()], False), (match[1], True)]
        end = match.end()
    yield text[end:], False


def unmarked(text: str) -> str:
    """Return a text without the marks of names."""
    return text.replace(START, "").replace(END, "")


def as_text(equation: str) -> str:
    """Return an equation for a terminal, with indexes as small letters where Unicode has them.

    Parameters
    ----------
    equation : str
        An equation, or a sentence that contains some.

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
        ends = len(match[2]) == 1 or match[2].startswith("[")  # the end of the index is visible
        return match[1] + (match[2] if ends else f"{{{match[2]}}}")

    return "".join(
        for_terminal(piece if is_name else RAISED.sub(small, piece)) for piece, is_name in pieces(equation)
    )


def as_latex(equation: str) -> str:
    r"""Return an equation in LaTeX math mode that needs only amsmath.

    Parameters
    ----------
    equation : str
        The equation.

    Returns
    -------
    str
        Without dollar signs; it contains no commands other than those defined here.

    Examples
    --------
    >>> as_latex("δ^{(1)}")
    '\\delta ^{(1)}'
    """
    return "".join(
        rf"\text{{{for_tex(piece)}}}" if is_name else _mathematics(for_terminal(piece))
        for piece, is_name in pieces(equation)
    )


def _mathematics(equation: str) -> str:
    made, end = [], 0
    for match in RAISED.finditer(equation):
        index = match[2] if INDEXES.fullmatch(match[2]) else _symbols(match[2])
        made += [_symbols(equation[end : match.start()]), f"{match[1]}{{{index}}}"]
        end = match.end()
    return "".join([*made, _symbols(equation[end:])])


def _symbols(text: str) -> str:
    def symbol(match: re.Match[str]) -> str:
        if match["word"]:
            word = match[0].replace("_", r"\_")
            return r"\log " if word == "log" else rf"\mathrm{{{word}}}"
        if match["text"]:
            return rf"\text{{{match[0]}}}"
        return match[0] if match["index"] else LATEX.get(match[0], MATHEMATICS.get(match[0], match[0]))

    return TOKEN.sub(symbol, text)


def as_html(equation: str) -> str:
    """Return an equation in HTML with ``sub`` and ``sup``.

    Parameters
    ----------
    equation : str
        An equation, or a sentence that contains some.

    Returns
    -------
    str
        An inline fragment.

    Examples
    --------
    >>> as_html("z_{0}")
    'z<sub>0</sub>'
    """
    tags = {"_": "sub", "^": "sup"}

    def raised(match: re.Match[str]) -> str:
        return f"<{tags[match[1]]}>{match[2]}</{tags[match[1]]}>"

    return "".join(
        for_html(piece) if is_name else RAISED.sub(raised, for_html(piece))
        for piece, is_name in pieces(equation)
    )
