r"""A document in LaTeX: sections of equations and matrices, for ``amsmath`` alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pellucid.explain.canon import Array
from pellucid.explain.digits import Precision, check_precision, write, write_all
from pellucid.explain.entries import Document, Entry, shown
from pellucid.explain.equations import LATEX, as_latex, pieces
from pellucid.host.escaping import for_tex
from pellucid.host.moved import forwarding

__all__ = ["set_latex", "words"]

__getattr__ = forwarding(__name__, {"render_latex": "pellucid.explain.Trace.to_latex"})

LONG = (12, 7)  # what a page holds; a matrix of amsmath takes ten columns at most
LINE = 52  # digits on a line of an article, less the symbol before them
EQUATION = re.compile(rf"\S*[_^]\{{[^{{}}]*\}}\S*|[{''.join(LATEX)}]+")
TYPESET = {"–": "--", "…": r"\dots{}", "‘": "`", "’": "'", "“": "``", "”": "''"}
WHOLE = r"""\documentclass{article}
\usepackage{amsmath}
\setlength{\parindent}{0pt}
\addtolength{\topmargin}{-4\baselineskip}
\addtolength{\textheight}{8\baselineskip}
\begin{document}
%s\end{document}
"""


def set_latex(page: Document, *, precision: Precision = 3, standalone: bool = False) -> str:
    r"""Return a document in LaTeX.

    Parameters
    ----------
    page : Document
        The document.
    precision : int or "full", default=3
        Decimals.
    standalone : bool, default=False
        True to include ``\documentclass`` and the preamble, ready to compile.

    Returns
    -------
    str
        LaTeX that needs ``\usepackage{amsmath}``.
    """
    check_precision(precision)
    lines = [rf"\section*{{{words(page.title)}}}", *(words(note) + r"\par" for note in page.remarks)]
    for step in page.steps:
        lines.append(rf"\subsection*{{{words(step.title)}}}")
        lines += _flow(as_latex(equation) for equation in step.equations)
        lines += [_shapes(entry) for entry in step.entries if entry.role == "shape"]
        pairs = zip(step.entries, step.numbers, strict=True)
        lines += _flow(
            piece for entry, numbers in pairs if entry.role != "shape"
            for piece in _entry(entry, precision, numbers)
        )  # fmt: skip
        lines += [words(note) + r"\par" for note in step.remarks]
        lines += [f"{{[}}{n}{{]}} {words(note)}\\par" for n, note in enumerate(step.footnotes, 1)]
    body = "\n".join(lines) + "\n"
    return WHOLE % body if standalone else body


def _flow(formulas: Iterable[str]) -> list[str]:
    """Return formulas side by side, as many as a line holds."""
    boxes = [rf"\mbox{{$\displaystyle {formula}$}}" for formula in formulas]
    return (
        [r"{\raggedright\lineskip=1ex\lineskiplimit=1ex", "\\qquad\n".join(boxes), r"\par\smallskip}"]
        if boxes
        else []
    )


def _entry(entry: Entry, precision: Precision, numbers: str) -> list[str]:
    note = f" {numbers}" if numbers else ""
    symbol = as_latex(entry.symbol)
    kinds = [(entry.caption + note, "=", _array(entry.array, precision))]
    for name, other in entry.compared.items():
        kinds.append((f"{entry.caption}, {name}", r"\approx", _array(other, precision)))
    if entry.printed is not None:
        says, sign = ("printed, wrong where marked ×", r"\ne") if entry.marked else ("printed", r"\approx")
        kinds.append((says + note, sign, _array(entry.printed, "full", entry.wrong)))
    return [
        rf"\underset{{\text{{{words(caption)}}}}}{{{symbol} {sign} {numbers}}}"
        for caption, sign, numbers in kinds
    ]


def _array(array: Array, precision: Precision, wrong: Any = None) -> str:
    if array.ndim == 0:
        return _number(write(float(array), precision)) + (r"^{\times}" if wrong is not None and wrong else "")
    rows, columns = shown(array.shape[0], LONG[0]), shown(array.shape[1], LONG[1])
    if None in columns:  # a matrix that is cut anyway is cut to fit the line
        widest = max(map(len, write_all(array.ravel(), precision)))
        columns = shown(array.shape[1], min(LONG[1], max(2, LINE // (widest + 3) - 1)))
    lines = []
    places = [(i, j) for i in rows for j in columns if i is not None and j is not None]
    texts = dict(zip(places, write_all([array[place] for place in places], precision), strict=True))
    for i in rows:
        if i is None:
            lines.append(" & ".join([r"\vdots"] * len(columns)))
            continue
        cells = [
            r"\cdots" if j is None
            else _number(texts[i, j]) + (r"^{\times}" if wrong is not None and wrong[i, j] else "")
            for j in columns
        ]  # fmt: skip
        lines.append(" & ".join(cells))
    size = rf"_{{{array.shape[0]} \times {array.shape[1]}}}" if None in rows or None in columns else ""
    return "\\begin{pmatrix}\n" + " \\\\\n".join(lines) + "\n\\end{pmatrix}" + size


def _number(text: str) -> str:
    if "e" in text:
        digits, _, power = text.partition("e")
        return rf"{digits} \cdot 10^{{{int(power)}}}"
    return {"–": r"\text{--}", "inf": r"\infty", "-inf": r"-\infty"}.get(text, text)


def _shapes(entry: Entry) -> str:
    lines = [" & ".join(["", *map(words, entry.columns)]) + r" \\ \hline"]
    for label, row in zip(entry.rows, entry.array, strict=True):
        lines.append(" & ".join([f"${as_latex(label)}$", *(str(int(value)) for value in row)]) + r" \\")
    return "\n".join([rf"\begin{{tabular}}{{l{'r' * len(entry.columns)}}}", *lines, r"\end{tabular}\par"])


def words(text: str) -> str:
    """Return words as LaTeX text, with mathematics between dollar signs."""
    return "".join(for_tex(piece) if is_name else _sentence(piece) for piece, is_name in pieces(text))


def _sentence(text: str) -> str:
    made, end = [], 0
    for match in EQUATION.finditer(text):
        made += [for_tex(text[end : match.start()]), f"${as_latex(match[0])}$"]
        end = match.end()
    words = "".join([*made, for_tex(text[end:])])
    return "".join(TYPESET.get(letter, letter) for letter in words)
