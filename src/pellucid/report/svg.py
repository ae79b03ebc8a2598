"""Display as SVG inside a page: its words are text, its colors follow the page, and its ids are unique."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from pellucid.plotting.style import pyplot, settings
from pellucid.report.markup import scrolling

__all__ = ["inline_svg"]

# Matplotlib's colors of lines and words, by their names in the page, which has others for the dark scheme.
PAGE_COLORS = {
    "#000000": "--ink", "#222222": "--ink", "#333333": "--ink", "#444444": "--ink", "#555555": "--soft",
    "#777777": "--soft", "#dddddd": "--line", "#b9c6cf": "--fill", "#ffffff": "--paper",
    "#0072b2": "--blue", "#d55e00": "--orange", "#009e73": "--green", "#4f93bf": "--blue-2", "#8fb3cc": "--blue-3",
}  # fmt: skip
FONT = re.compile(r"'[^;]*sans-serif")
WIDEST = 5.4  # inches, so that words are legible when a phone shows the whole picture
ENLARGED = 1.15 / 12.0  # from points to rem, where there is room


def inline_svg(display: Any, key: str, label: str, *, on_paper: bool) -> Element:
    """Draw a display and return it as part of a page.

    Parameters
    ----------
    display : display
        A display of :mod:`pellucid.plotting`, not yet drawn.
    key : str
        Prefix of its ids, different for each picture of a page.
    label : str
        A description for screen readers.
    on_paper : bool
        True if it keeps a white background in the dark scheme, as a map of filled cells must.

    Returns
    -------
    Element
        The picture in a box that scrolls if a screen is too narrow for its words.
    """
    plt, buffer = pyplot(), StringIO()
    look = {"svg.fonttype": "none", "svg.hashsalt": key, "text.color": "#222222", "savefig.transparent": True}
    with settings({**look, "text.usetex": False}):
        figure = display.plot().figure_
        width, height = figure.get_size_inches()
        if width > WIDEST:
            figure.set_size_inches(WIDEST, height * (WIDEST / width) ** 0.5)
        try:
            figure.savefig(
                buffer, format="svg", bbox_inches="tight", pad_inches=0.05, metadata={"Date": None}
            )
        finally:
            plt.close(figure)
    svg = fromstring(buffer.getvalue())
    _plain(svg)
    for part in svg.iter():
        _belong(part, key)
        if not on_paper and "style" in part.attrib:
            part.set("style", re.sub(r"#[0-9a-f]{6}", _page_color, part.attrib["style"]))
    width = ENLARGED * float(svg.attrib.pop("width").removesuffix("pt"))
    del svg.attrib["height"], svg.attrib["version"]
    svg.attrib |= {"role": "img", "aria-label": label, "style": f"width: {width:.1f}rem"}
    box = scrolling(svg, label)
    box.set("class", "picture paper" if on_paper else "picture")
    return box


def _plain(svg: Element) -> None:
    """Remove what HTML does not need: namespaces, metadata, and styles that would affect the whole page."""
    for parent in svg.iter():
        parent.tag = parent.tag.rpartition("}")[2]
        for child in list(parent):
            if child.tag.rpartition("}")[2] == "metadata":
                parent.remove(child)
            elif child.tag.rpartition("}")[2] == "style":
                child.text = ""
        for name in [name for name in parent.attrib if name.startswith("{")]:
            parent.set(name.rpartition("}")[2], parent.attrib.pop(name))


def _belong(part: Element, key: str) -> None:
    """Make an element's id and references unique to this picture."""
    for name, value in part.attrib.items():
        if name == "id":
            part.set(name, f"{key}-{value}")
        elif name == "href" and value.startswith("#"):
            part.set(name, f"#{key}-{value[1:]}")
        else:
            part.set(name, FONT.sub("system-ui, sans-serif", value.replace("url(#", f"url(#{key}-")))


def _page_color(found: re.Match[str]) -> str:
    name = PAGE_COLORS.get(found[0])
    return found[0] if name is None else f"var({name})"
