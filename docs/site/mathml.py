"""Equations as MathML, made while the site is built: a page needs no script and no network to show them.

The converter is docutils' own. It takes some of TeX's abbreviations otherwise, which are written out here first.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from docutils.utils.math.latex2mathml import tex2mathml

MATHML = "http://www.w3.org/1998/Math/MathML"
ElementTree.register_namespace("", MATHML)
ACCENTS = ("ˆ", "~", "¯", "_")
SHORT_FRACTION = re.compile(r"\\([td]?frac)\s*(\\[a-zA-Z]+|[^{\s\\])\s*(\\[a-zA-Z]+|[^{\s\\])")


def as_mathml(tex: str, *, block: bool) -> str:
    """Return a formula as MathML."""
    tex = SHORT_FRACTION.sub(r"\\\1{\2}{\3}", tex.strip().replace("…", r"\ldots "))
    tex = re.sub(r"\\dots\b", r"\\ldots", tex)
    tex = re.sub(r"\\[bB]igg?[lr]?(?![a-zA-Z])", "", tex)  # fences stretch by themselves
    tex = re.sub(r"\s*\n\s*\n\s*", " ", tex)
    if block and (r"\\" in tex or "&" in tex) and r"\begin" not in tex:
        tex = rf"\begin{{aligned}} {tex} \end{{aligned}}"
    return beside_accents(str(tex2mathml(tex, as_block=block)).replace("&ApplyFunction;", "\u2061"))


def beside_accents(mathml: str) -> str:
    r"""Return a formula in which the index of ``\hat y_i`` is at the right of ŷ; the converter puts it below."""
    root = ElementTree.fromstring(mathml)
    for node in root.iter(f"{{{MATHML}}}munderover"):
        base, index, accent = node
        if accent.text in ACCENTS:
            over = ElementTree.Element(f"{{{MATHML}}}mover", accent="true")
            over.extend([base, accent])
            node.tag = f"{{{MATHML}}}msub"
            node[:] = [over, index]
    return ElementTree.tostring(root, encoding="unicode")


def visit_inline(translator: Any, node: Any) -> None:
    """Write a formula in a line."""
    from docutils.nodes import SkipNode

    translator.body.append(as_mathml(node.astext(), block=False))
    raise SkipNode


def visit_block(translator: Any, node: Any) -> None:
    """Write a formula of its own."""
    from docutils.nodes import SkipNode

    translator.body.append(f'<div class="math">{as_mathml(node.astext(), block=True)}</div>\n')
    raise SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Register the renderer ``html_math_renderer = "mathml"``."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
