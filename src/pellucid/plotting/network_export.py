"""A drawing of a network as SVG and as TikZ."""

from __future__ import annotations

from math import atan2, degrees

from pellucid.host.escaping import for_html, for_tex
from pellucid.plotting.network_layout import RADIUS, TEXT, Drawing, Edge, Node, number
from pellucid.plotting.style import NEGATIVE, POSITIVE

__all__ = ["svg_of", "tikz_of"]

UNIT = 60.0  # pixels of an SVG

# On a dark page the page's own ink and paper can be set as --ink and --paper.
STYLE = f"""\
.network text {{ fill: var(--ink, #222); font: {UNIT * TEXT:.1f}px sans-serif; text-anchor: middle; }}
.network circle {{ fill: var(--paper, #fff); stroke: var(--ink, #333); stroke-width: 1.2; }}
.network .positive {{ stroke: {POSITIVE}; }}
.network .negative {{ stroke: {NEGATIVE}; stroke-dasharray: 8 4; }}
.network .value {{ paint-order: stroke; stroke: var(--paper, #fff); stroke-width: 4px; }}
.network .input {{ text-anchor: end; }} .network .output {{ text-anchor: start; }}
.network .caption {{ opacity: 0.7; }}"""


def svg_of(drawing: Drawing) -> str:
    """Return a drawing as one SVG element.

    Parameters
    ----------
    drawing : Drawing
        The drawing.

    Returns
    -------
    str
        Self-contained.
    """
    left, right, bottom, top = drawing.bounds
    width, height = UNIT * (right - left), UNIT * (top - bottom)

    def at(x: float, y: float) -> tuple[float, float]:
        return UNIT * (x - left), UNIT * (top - y)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="network" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" style="max-width: 100%; height: auto" '
        'role="img" aria-label="the network with its weights">',
        f"<style>{STYLE}</style>",
    ]
    parts += [
        _svg_line(edge, at(edge.source.x, edge.source.y), at(edge.target.x, edge.target.y), drawing)
        for edge in drawing.edges
    ]
    for edge in drawing.edges:
        if edge.place is not None:
            parts.append(_svg_value(edge, at(edge.source.x, edge.source.y), at(edge.target.x, edge.target.y)))
    for node in drawing.nodes:
        parts += _svg_node(node, *at(node.x, node.y), last=drawing.nodes[-1].layer)
    for x, caption in drawing.captions:
        px, py = at(x, bottom + 0.3)
        parts.append(f'<text class="caption" x="{px:.1f}" y="{py:.1f}">{for_html(caption)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _svg_line(edge: Edge, start: tuple[float, float], end: tuple[float, float], drawing: Drawing) -> str:
    share = abs(edge.weight) / drawing.largest
    sign = "positive" if edge.weight >= 0.0 else "negative"
    return (
        f'<line class="{sign}" x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" '
        f'stroke-width="{0.7 + 6.0 * share:.2f}" stroke-opacity="{0.35 + 0.65 * share:.2f}">'
        f"<title>{edge.weight!r}</title></line>"
    )


def _svg_value(edge: Edge, start: tuple[float, float], end: tuple[float, float]) -> str:
    assert edge.place is not None
    x = start[0] + edge.place * (end[0] - start[0])
    y = start[1] + edge.place * (end[1] - start[1])
    angle = degrees(atan2(end[1] - start[1], end[0] - start[0]))
    return (
        f'<text class="value" x="{x:.1f}" y="{y:.1f}" dy="0.35em" '
        f'transform="rotate({angle:.1f} {x:.1f} {y:.1f})">{number(edge.weight)}</text>'
    )


def _svg_node(node: Node, x: float, y: float, *, last: int) -> list[str]:
    if node.unit is None:
        return [f'<text x="{x:.1f}" y="{y:.1f}" dy="0.35em">⋮</text>']
    parts = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{UNIT * RADIUS:.1f}"/>']
    if node.bias is not None:
        bias = f"{number(node.bias)}<title>bias {node.bias!r}</title>"
        size = min(0.9, 4.6 / len(number(node.bias))) * UNIT * TEXT
        parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" dy="0.35em" style="font-size: {size:.1f}px">{bias}</text>'
        )
    if node.name:
        side = UNIT * (RADIUS + 0.15)
        where, px = ("input", x - side) if node.layer == 0 else ("output", x + side)
        parts.append(
            f'<text class="{where}" x="{px:.1f}" y="{y:.1f}" dy="0.35em">{for_html(node.name)}</text>'
        )
    return parts


def tikz_of(drawing: Drawing) -> str:
    """Return a drawing as a TikZ picture.

    Parameters
    ----------
    drawing : Drawing
        The drawing.

    Returns
    -------
    str
        A ``tikzpicture`` environment.
    """
    lines = [
        r"\begin{tikzpicture}[",
        f"  unit/.style={{circle, draw, fill=white, minimum size={2 * RADIUS:g}cm, inner sep=0pt, font=\\tiny}},",
        r"  value/.style={sloped, fill=white, inner sep=1pt, font=\tiny},",
        f"  positive/.style={{draw={_latex_color(POSITIVE)}}},",
        f"  negative/.style={{draw={_latex_color(NEGATIVE)}, dash pattern=on 5pt off 3pt}},",
        r"  caption/.style={gray, font=\small, anchor=base}]",
    ]
    for i, node in enumerate(drawing.nodes):
        lines.append(_tikz_node(i, node, last=drawing.nodes[-1].layer))
    index = {id(node): i for i, node in enumerate(drawing.nodes)}
    ends = [(index[id(edge.source)], index[id(edge.target)]) for edge in drawing.edges]
    for edge, (i, j) in zip(drawing.edges, ends, strict=True):
        sign = "positive" if edge.weight >= 0.0 else "negative"
        width = 0.3 + 2.7 * abs(edge.weight) / drawing.largest
        lines.append(f"  \\draw[{sign}, line width={width:.2f}pt] (n{i}) -- (n{j}); % {edge.weight!r}")
    for edge, (i, j) in zip(drawing.edges, ends, strict=True):  # over all lines
        if edge.place is not None:
            value = f"node[value, pos={edge.place:.2f}] {{${_latex_number(edge.weight)}$}}"
            lines.append(f"  \\path (n{i}.center) -- {value} (n{j}.center);")
    for x, caption in drawing.captions:
        lines.append(f"  \\node[caption] at ({x:.2f}, {drawing.bounds[2] + 0.3:.2f}) {{{for_tex(caption)}}};")
    return "\n".join([*lines, r"\end{tikzpicture}"]) + "\n"


def _tikz_node(i: int, node: Node, *, last: int) -> str:
    where = f"at ({node.x:.2f}, {node.y:.2f})"
    if node.unit is None:
        return f"  \\node (n{i}) {where} {{$\\vdots$}};"
    bias = "" if node.bias is None else _latex_bias(node.bias)
    label = ""
    if node.name:
        label = f", label={'left' if node.layer == 0 else 'right'}:{{{for_tex(node.name)}}}"
    return f"  \\node[unit{label}] (n{i}) {where} {{{bias}}};"


def _latex_bias(value: float) -> str:
    """Return a number that fits its circle: TikZ would enlarge the circle."""
    shown = number(value)
    share = min(1.0, 5.4 / (len(shown) + 3 * ("e" in shown)))
    return f"\\scalebox{{{share:.2f}}}{{${_latex_number(value)}$}}"


def _latex_color(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"{{rgb,255:red,{red};green,{green};blue,{blue}}}"


def _latex_number(value: float) -> str:
    mantissa, _, exponent = number(value).replace("−", "-").partition("e")
    return f"{mantissa} \\cdot 10^{{{exponent}}}" if exponent else mantissa
