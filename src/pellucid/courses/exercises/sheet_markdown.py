"""A sheet in Markdown: a table for each array."""

from __future__ import annotations

import re

from pellucid.courses.exercises.sheet import Item, Sheet
from pellucid.explain.equations import as_text

__all__ = ["set_markdown"]

SPECIAL = re.compile(r"([\\|*_`<>\[\]])")


def set_markdown(sheet: Sheet) -> str:
    """Return a sheet in Markdown with tables.

    Parameters
    ----------
    sheet : Sheet
        The sheet.

    Returns
    -------
    str
        Markdown.
    """
    name = "Solution" if sheet.is_solution else "Name: ____________________"
    lines = [f"# {_plain(sheet.title)}", "", f"Exercise `{sheet.identifier}`. {name}", ""]
    lines += [f"{_plain(sentence)}\n" for sentence in sheet.task]
    lines += ["## Given", ""] if sheet.given else []
    for item in sheet.given:
        lines += _item(item)
    lines += ["## Results" if sheet.is_solution else "## Fill in", ""]
    for item in sheet.asked:
        lines += _item(item)
    if sheet.formulas:
        lines += ["## Formulas", "", *(f"- {_plain(formula)}" for formula in sheet.formulas), ""]
    return "\n".join(lines)


def _item(item: Item) -> list[str]:
    symbol = f"**{_plain(item.symbol)}** " if item.symbol else ""
    key = f" (`{item.key}`)" if item.key else ""
    lines = [f"{f'{item.tag} ' if item.tag else ''}{symbol}{_plain(item.caption)}{key}", ""]
    return [*lines, *_table(item), ""]


def _table(item: Item) -> list[str]:
    cells = item.cells
    heads = list(item.columns) or [""] * len(cells[0])
    corner = [""] * bool(item.rows)
    lines = [_row([*corner, *heads]), _row(["---"] * (len(heads) + len(corner)))]
    for i, row in enumerate(cells):
        label = [f"**{item.rows[i]}**"] if item.rows else []
        hands = item.hand[i] if item.hand else ("",) * len(row)
        numbers = [
            f"{text} ({hand})" if hand else text or "   " for text, hand in zip(row, hands, strict=True)
        ]
        lines.append(_row([*label, *(number.replace("-", "−") for number in numbers)]))
    return lines


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    return SPECIAL.sub(r"\\\1", as_text(text))
