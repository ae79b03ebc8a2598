"""HTML as a tree of elements: text stays text whatever it contains, and every element is closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from numbers import Integral, Real
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from pellucid.host.escaping import visible

__all__ = [
    "Child",
    "as_html",
    "details",
    "element",
    "facts",
    "number",
    "paragraph",
    "scrolling",
    "table",
    "text",
]

Child = Any  # an element, a text, None, or an iterable of these
LONGEST = 1000  # rows of a table; more are thinned, so that the page of a long training opens quickly
NOTHING = "–"


def element(tag: str, *children: Child, **attributes: Any) -> Element:
    """Return an element.

    Parameters
    ----------
    tag : str
        Its name.
    *children : Element, str, None, or iterables of these
        The children; None adds nothing.
    **attributes : object
        Its attributes: ``class_`` is ``class``, ``aria_label`` is ``aria-label``; None leaves one out.

    Returns
    -------
    Element
        The element.

    Examples
    --------
    >>> as_html(element("p", "1 < 2, ", element("b", "yes"), class_="note"))
    '<p class="note">1 &lt; 2, <b>yes</b></p>'
    """
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), visible(str(value), lines=True))
    _fill(made, children)
    return made


def _fill(parent: Element, children: Iterable[Child]) -> None:
    for child in children:
        if isinstance(child, Element):
            parent.append(child)
        elif isinstance(child, str) and len(parent):
            parent[-1].tail = (parent[-1].tail or "") + visible(child, lines=True)
        elif isinstance(child, str):
            parent.text = (parent.text or "") + visible(child, lines=True)
        elif child is not None:
            _fill(parent, child)


def as_html(tree: Element) -> str:
    """Return an element as text.

    Parameters
    ----------
    tree : Element
        The element.

    Returns
    -------
    str
        HTML.
    """
    return tostring(tree, encoding="unicode", method="html")


def number(value: Any) -> str:
    """Return a number as people read it; anything else is returned unchanged.

    Parameters
    ----------
    value : object
        A number, a text, None.

    Returns
    -------
    str
        Four significant digits; a dash for None and NaN.

    Examples
    --------
    >>> number(1234), number(-0.123456), number(2.0), number(float("nan")), number("a")
    ('1,234', '−0.1235', '2', '–', 'a')
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool) or not isinstance(value, Real):
        return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    if isinstance(value, Integral):
        written = f"{int(value):,}"
    else:
        size = float(value)
        if not isfinite(size):
            return NOTHING if size != size else "∞" if size > 0 else "−∞"
        is_plain = abs(size) < 1e6 and (abs(size) >= 1e4 or size == round(size))
        written = f"{size:,.0f}" if is_plain else f"{size:.4g}"
    return written.replace("-", "−")


def paragraph(*children: Child, **attributes: Any) -> Element:
    """Return a paragraph."""
    return element("p", *children, **attributes)


def text(*children: Child) -> Element:
    """Return a piece of code, or a name from it."""
    return element("code", *children)


def facts(rows: Mapping[str, Child]) -> Element:
    """Return names with a description of each.

    Parameters
    ----------
    rows : mapping
        From a name to its description; None leaves a row out.

    Returns
    -------
    Element
        A description list.
    """
    made = element("dl")
    for name, said in rows.items():
        if said is not None:
            made.append(element("div", element("dt", name), element("dd", said)))
    return made


def table(rows: Sequence[Mapping[str, Any]], caption: str, *, heads: int = 1) -> Element:
    """Return rows as a table, in a box that scrolls if it is too wide.

    Parameters
    ----------
    rows : sequence of mapping
        All with the same keys, which head the columns.
    caption : str
        The caption.
    heads : int, default=1
        Number of first columns that name their row.

    Returns
    -------
    Element
        At most 1,000 rows, evenly spread, always with the first and the last.
    """
    step = max(1, -(-len(rows) // LONGEST))
    kept = [*range(0, len(rows), step)]
    if rows and kept[-1] != len(rows) - 1:
        kept.append(len(rows) - 1)
    if step > 1:
        caption += f" ({len(kept):,} of {len(rows):,} rows)"
    made = element("table", element("caption", caption))
    names = list(rows[0]) if rows else []
    _cells(SubElement(SubElement(made, "thead"), "tr"), [element("th", name, scope="col") for name in names])
    body = SubElement(made, "tbody")
    for i in kept:
        cells = []
        for j, value in enumerate(rows[i].values()):
            kind = "number" if isinstance(value, Real) and not isinstance(value, bool) else None
            said = value if isinstance(value, Element) else number(value)
            head = {"scope": "row"} if j < heads else {}
            cells.append(element("th" if head else "td", said, class_=kind, **head))
        _cells(SubElement(body, "tr"), cells)
    return scrolling(made, caption)


def _cells(row: Element, cells: Iterable[Element]) -> None:
    row.extend(cells)


def scrolling(child: Element, label: str) -> Element:
    """Return a box that scrolls sideways, with the keyboard too.

    Parameters
    ----------
    child : Element
        The element that may be too wide.
    label : str
        The label for screen readers.

    Returns
    -------
    Element
        The box.
    """
    return element("div", child, class_="scroll", tabindex=0, role="region", aria_label=label)


def details(summary: str, *children: Child) -> Element:
    """Return a box whose contents are shown when the reader opens it.

    Parameters
    ----------
    summary : str
        The summary, visible while closed.
    *children : Element
        The contents.

    Returns
    -------
    Element
        The box.
    """
    return element("details", element("summary", summary), *children)
