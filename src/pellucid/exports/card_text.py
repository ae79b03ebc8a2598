"""Model cards as text: sections as Markdown with metadata in front, and as one page of HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pellucid.host.escaping import for_html, for_markdown, visible

__all__ = ["Bullets", "Rows", "Section", "as_html", "as_markdown", "as_yaml"]

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}table{border-collapse:collapse;display:block;overflow-x:auto}th,td{border-bottom:1px solid "
    "#ccc;padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top}h2{margin-top:2rem}"
    "@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#16181c}th,td{border-color:#444}}"
)


@dataclass(frozen=True)
class Rows:
    """A table: names of columns, and rows of texts."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A heading with paragraphs, lists and tables.

    Parameters
    ----------
    title : str
        The heading.
    blocks : tuple of str, Bullets or Rows
        The contents, as plain text: the renderers escape it.
    """

    title: str
    blocks: tuple[str | Bullets | Rows, ...]


def as_markdown(title: str, sections: Sequence[Section], metadata: Mapping[str, Any]) -> str:
    """Return a card in Markdown, its metadata in front as YAML.

    Parameters
    ----------
    title : str
        The heading.
    sections : sequence of Section
        The contents.
    metadata : mapping
        Of the card, in the names that Hugging Face reads.

    Returns
    -------
    str
        A text file.
    """
    lines = ["---", as_yaml(metadata).rstrip("\n"), "---", "", f"# {for_markdown(title)}"]
    for section in sections:
        lines += ["", f"## {for_markdown(section.title)}"]
        for block in section.blocks:
            lines += ["", *_markdown(block)]
    return "\n".join(lines) + "\n"


def _markdown(block: str | Bullets | Rows) -> list[str]:
    if isinstance(block, str):
        return [for_markdown(block)]
    if isinstance(block, Bullets):
        return [f"- {for_markdown(item)}" for item in block.items]
    return [_row(block.head), _row(("---",) * len(block.head), raw=True), *map(_row, block.rows)]


def _row(cells: Sequence[str], *, raw: bool = False) -> str:
    return f"| {' | '.join(cell if raw else for_markdown(cell) for cell in cells)} |"


def as_html(title: str, sections: Sequence[Section]) -> str:
    """Return a card as one page that loads nothing.

    Parameters
    ----------
    title : str
        The heading.
    sections : sequence of Section
        The contents.

    Returns
    -------
    str
        HTML.
    """
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{for_html(title)}</title><style>{STYLE}</style></head><body><main><h1>{for_html(title)}</h1>"
    ]
    for section in sections:
        parts.append(f"<section><h2>{for_html(section.title)}</h2>")
        parts += [_html(block) for block in section.blocks]
        parts.append("</section>")
    return "\n".join([*parts, "</main></body></html>"]) + "\n"


def _html(block: str | Bullets | Rows) -> str:
    if isinstance(block, str):
        return f"<p>{for_html(block)}</p>"
    if isinstance(block, Bullets):
        return f"<ul>{''.join(f'<li>{for_html(item)}</li>' for item in block.items)}</ul>"
    head = "".join(f'<th scope="col">{for_html(cell)}</th>' for cell in block.head)
    rows = "".join(
        f'<tr><th scope="row">{for_html(row[0])}</th>'
        + "".join(f"<td>{for_html(c)}</td>" for c in row[1:])
        + "</tr>"
        for row in block.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def as_yaml(value: Any, indent: int = 0) -> str:
    r"""Return plain data as YAML; every text is quoted, so that none is read as anything else.

    Parameters
    ----------
    value : dict, list, str, int, float, bool or None
        Plain data.
    indent : int, default=0
        Spaces before each line.

    Returns
    -------
    str
        YAML 1.2.

    Examples
    --------
    >>> print(as_yaml({"tags": ["no", "a: b"], "n": 3}))
    tags:
      - "no"
      - "a: b"
    n: 3
    """
    space = " " * indent
    if isinstance(value, Mapping) and value:
        lines = []
        for key, held in value.items():
            lines.append(f"{space}{key}:{_held(held, indent)}")
        return "\n".join(lines)
    if isinstance(value, list | tuple) and value:
        return "\n".join(f"{space}- {as_yaml(held, indent + 2).lstrip(' ')}" for held in value)
    return space + _scalar(value)


def _held(value: Any, indent: int) -> str:
    is_long = isinstance(value, Mapping | list | tuple) and bool(value)
    return f"\n{as_yaml(value, indent + 2)}" if is_long else f" {_scalar(value)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(visible(value), ensure_ascii=False)
    return json.dumps(value)
