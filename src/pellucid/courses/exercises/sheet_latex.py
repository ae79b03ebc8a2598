r"""A sheet in LaTeX: one page, for ``amsmath`` alone."""

from __future__ import annotations

from pellucid.courses.exercises.sheet import Item, Sheet
from pellucid.explain.equations import as_latex
from pellucid.explain.latex import words
from pellucid.host.escaping import for_tex

__all__ = ["set_latex"]

WHOLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage{amsmath}
\setlength{\parindent}{0pt}
\setlength{\oddsidemargin}{-8mm}
\setlength{\textwidth}{176mm}
\setlength{\topmargin}{-20mm}
\setlength{\textheight}{262mm}
\setlength{\tabcolsep}{4pt}
\pagestyle{empty}
\raggedright
\renewcommand{\arraystretch}{1.15}
\newcommand{\blank}{\hspace*{13mm}}
\begin{document}
%s
\end{document}
"""


def set_latex(sheet: Sheet) -> str:
    r"""Return a sheet in LaTeX, ready to compile.

    Parameters
    ----------
    sheet : Sheet
        The sheet.

    Returns
    -------
    str
        LaTeX that needs ``\usepackage{amsmath}``.
    """
    name = "solution" if sheet.is_solution else r"name: \rule{60mm}{0.4pt}"
    lines = [
        rf"\textbf{{\large {words(sheet.title)}}}\par",
        rf"{{\small exercise \texttt{{{for_tex(sheet.identifier)}}}\hfill {name}}}\par\medskip",
        *(words(sentence) + r"\par" for sentence in sheet.task),
    ]
    if sheet.given:
        lines += [r"\par\medskip\textbf{Given}\par\smallskip", *map(_item, sheet.given)]
    lines += [rf"\par\medskip\textbf{{{'Results' if sheet.is_solution else 'Fill in'}}}\par\smallskip"]
    lines += map(_item, sheet.asked)
    if sheet.formulas:
        lines += [r"\par\medskip\textbf{Formulas}\par\smallskip"]
        lines += [_formula(formula) for formula in sheet.formulas]
    return WHOLE % "\n".join(lines)


def _item(item: Item) -> str:
    symbol = f"${as_latex(item.symbol)}$ " if item.symbol else ""
    key = rf" \texttt{{{for_tex(item.key)}}}" if item.key else ""
    tag = f"{for_tex(item.tag)} " if item.tag else ""
    rows = [rf"{tag}{symbol}{{\footnotesize {words(item.caption)}{key}}}", _table(item)]
    inner = r" \\ ".join(rows)
    return rf"\begin{{tabular}}[t]{{@{{}}l@{{}}}}{inner}\end{{tabular}}\hspace{{7mm plus 2mm minus 3mm}}"


def _table(item: Item) -> str:
    cells = item.cells
    width = len(cells[0])
    side = "r" if item.rows else ""
    lines = []
    if item.columns:
        heads = " & ".join(rf"\multicolumn{{1}}{{c}}{{\scriptsize {words(label)}}}" for label in item.columns)
        lines.append(f"{'& ' * bool(item.rows)}{heads} \\\\")
    rule = rf"\cline{{{1 + bool(item.rows)}-{width + bool(item.rows)}}}"
    for i, row in enumerate(cells):
        label = rf"{{\scriptsize {words(item.rows[i])}}} & " if item.rows else ""
        hands = item.hand[i] if item.hand else ("",) * len(row)
        lines.append(rule + label + " & ".join(map(_number, row, hands)) + r" \\")
    body = "".join(lines) + rule
    return rf"\begin{{tabular}}[t]{{{side}|{'r|' * width}}}{body}\end{{tabular}}"


def _number(text: str, hand: str) -> str:
    if not text:
        return r"\blank"
    return f"${text}$" + (rf" {{\scriptsize$({hand})$}}" if hand else "")


def _formula(formula: str) -> str:
    is_sentence = formula.startswith(("line", "slope of", "gradient ="))
    return (words(formula) + r"\par") if is_sentence else rf"${as_latex(formula)}$\quad "
