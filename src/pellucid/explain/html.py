"""A document as a page of HTML that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.explain.canon import Array
from pellucid.explain.digits import Precision, check_precision, write_all
from pellucid.explain.entries import Document, Entry, Step, shown
from pellucid.explain.equations import as_html, as_text
from pellucid.host.escaping import for_html
from pellucid.host.moved import forwarding

__all__ = ["set_html"]

__getattr__ = forwarding(__name__, {"render_html": "pellucid.explain.Trace.to_html"})

LONG = (120, 40)  # keeps the page of a large network quick to open
# Every rule starts with .pellucid: in a notebook it must not touch the page around it. A negative number
# has its minus sign; the color only helps.
STYLE = """
.pellucid { --ink: #1d2433; --soft: #5b6475; --paper: #ffffff; --line: #d5dae3; --head: #f1f4f8;
  --minus: #6b3fa0; --bad: #b3261e; --wrong: #fde3df; --accent: #1f5fa8;
  color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif; padding: 1rem; }
@media (prefers-color-scheme: dark) { .pellucid { --ink: #e4e8f0; --soft: #a3adbf; --paper: #14181f;
  --line: #39414f; --head: #1e242e; --minus: #cdb0f5; --bad: #ff9d8f; --wrong: #55251f; --accent: #86b8f5; } }
.pellucid > * { max-width: 66rem; margin-left: auto; margin-right: auto; }
.pellucid h1 { font-size: 1.35rem; margin: 0 auto .25rem; }
.pellucid h2 { font-size: 1.05rem; margin: 0 0 .5rem; color: var(--accent); }
.pellucid section { border-top: 1px solid var(--line); padding: .9rem 0; margin-top: .5rem; break-inside: avoid; }
.pellucid p { color: var(--soft); }
.pellucid > p { margin: 0 auto .2rem; }
.pellucid section p { margin: .4rem 0 0; }
.pellucid .equations { margin: 0 0 .8rem; padding: 0; list-style: none; }
.pellucid .equations li { font: italic 1.05rem/1.9 "STIX Two Math", "Cambria Math", Georgia, serif; }
.pellucid .entries { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: flex-start; }
.pellucid .entry { display: flex; flex-wrap: wrap; gap: .5rem .8rem; max-width: 100%; }
.pellucid figure { margin: 0; max-width: 100%; }
.pellucid figcaption { font-size: .85rem; color: var(--soft); }
.pellucid figcaption b, .pellucid th i { font: italic 1.05rem Georgia, serif; color: var(--ink); }
.pellucid .scroll { overflow-x: auto; max-height: 32rem; }
.pellucid table { border-collapse: collapse; font-variant-numeric: tabular-nums; background: none; }
.pellucid th { font-weight: 500; font-size: .8rem; color: var(--soft); background: var(--head); }
.pellucid td, .pellucid th { border: 1px solid var(--line); padding: .15rem .5rem; text-align: right;
  white-space: nowrap; }
.pellucid .shape th { white-space: normal; }
.pellucid th[scope=row] { position: sticky; left: 0; }
.pellucid td.minus { color: var(--minus); }
.pellucid td.wrong { background: var(--wrong); outline: 2px solid var(--bad); outline-offset: -2px; }
.pellucid sub, .pellucid sup { font-size: .7em; line-height: 0; }
@media print { .pellucid { --ink: #000; --paper: #fff; --soft: #333; --line: #999; --head: #eee; --minus: #000;
  --bad: #000; --accent: #000; --wrong: #eee; font-size: 9pt; padding: 0; min-height: 0 !important; }
  .pellucid .scroll { overflow: visible; max-height: none; }
  .pellucid section { padding: .3rem 0; margin-top: .3rem; }
  .pellucid .equations { display: flex; flex-wrap: wrap; column-gap: 2rem; margin-bottom: .3rem; }
  .pellucid .equations li { line-height: 1.4; }
  .pellucid .entries { gap: .4rem 1.2rem; }
  .pellucid td, .pellucid th { padding: 0 .35rem; } }
"""

WHOLE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>html, body {{ margin: 0; }} .pellucid {{ min-height: 100vh; box-sizing: border-box; }}</style>
</head>
<body>
{body}
</body>
</html>
"""


def set_html(page: Document, *, precision: Precision = 3, standalone: bool = True) -> str:
    """Return a document as HTML.

    Parameters
    ----------
    page : Document
        The document.
    precision : int or "full", default=3
        Decimals.
    standalone : bool, default=True
        True for a whole page; False for the fragment that a notebook shows.

    Returns
    -------
    str
        HTML without script and without references.
    """
    check_precision(precision)
    body = "\n".join(
        [
            '<article class="pellucid">',
            f"<style>{STYLE}</style>",
            f"<h1>{as_html(page.title)}</h1>",
            f"<p>notation: {for_html(page.notation)}</p>",
            *(f"<p>{as_html(note)}</p>" for note in page.remarks),
            *(_step(step, precision) for step in page.steps),
            "</article>",
        ]
    )
    return WHOLE.format(title=for_html(as_text(page.title)), body=body) if standalone else body


def _step(step: Step, precision: Precision) -> str:
    equations = "".join(f"<li>{as_html(equation)}</li>" for equation in step.equations)
    entries = zip(step.entries, step.numbers, strict=True)
    notes = [*step.remarks, *(f"[{n}] {note}" for n, note in enumerate(step.footnotes, 1))]
    return "\n".join(
        [
            f'<section class="{step.kind}">',
            f"<h2>{as_html(step.title)}</h2>",
            *([f'<ul class="equations">{equations}</ul>'] if equations else []),
            '<div class="entries">',
            *(_group(entry, precision, numbers) for entry, numbers in entries),
            "</div>",
            *(f"<p>{as_html(note)}</p>" for note in notes),
            "</section>",
        ]
    )


def _group(entry: Entry, precision: Precision, numbers: str) -> str:
    figures = [_figure(entry, entry.array, f"{entry.caption} {numbers}", precision)]
    for name, other in entry.compared.items():
        gap = np.abs(other - entry.array)
        off = f"{name}, off by {gap[np.isfinite(gap)].max(initial=0.0):.1e}"
        figures.append(_figure(entry, other, off, precision))
    if entry.printed is not None:
        caption = "printed, ✗ = wrong" if entry.marked else "printed"
        figures.append(_figure(entry, entry.printed, f"{caption} {numbers}", "full", entry.wrong))
    return "\n".join(['<div class="entry">', *figures, "</div>"])


def _figure(entry: Entry, array: Array, caption: str, precision: Precision, wrong: Any = None) -> str:
    values = np.atleast_2d(array)
    marks = np.zeros(values.shape, bool) if wrong is None else np.atleast_2d(wrong)
    counts = entry.role == "shape"
    rows, columns = shown(values.shape[0], LONG[0]), shown(values.shape[1], LONG[1])
    lines = []
    if entry.columns:
        corner = "<th></th>" if entry.rows else ""
        labels = "".join(
            f'<th scope="col">{"…" if j is None else as_html(entry.columns[j])}</th>' for j in columns
        )
        lines.append(f"<tr>{corner}{labels}</tr>")
    places = [(i, j) for i in rows for j in columns if i is not None and j is not None]
    numbers = [values[place] for place in places]
    written = [str(int(n)) for n in numbers] if counts else write_all(numbers, precision)
    texts = dict(zip(places, written, strict=True))
    for i in rows:
        label = "⋮" if i is None else as_html(entry.rows[i]) if entry.rows else ""
        cells = "".join(
            "<td>…</td>" if i is None or j is None else _cell(texts[i, j], marks[i, j]) for j in columns
        )
        head = f'<th scope="row">{label}</th>' if entry.rows else ""
        lines.append(f"<tr>{head}{cells}</tr>")
    if None in rows or None in columns:
        caption += f" {array.shape[0]:,} × {array.shape[1]:,}"
    symbol = f"<b>{as_html(entry.symbol)}</b> " if entry.symbol else ""
    return (
        f'<figure class="{entry.role}"><figcaption>{symbol}{as_html(caption.strip())}</figcaption>'
        f'<div class="scroll"><table>\n{chr(10).join(lines)}\n</table></div></figure>'
    )


def _cell(text: str, wrong: Any) -> str:
    kinds = " ".join(["minus"] * text.startswith("-") + ["wrong"] * bool(wrong))
    start = f'<td class="{kinds}">' if kinds else "<td>"
    return f"{start}{text.replace('-', '−') if text != '–' else text}{' ✗' if wrong else ''}</td>"
