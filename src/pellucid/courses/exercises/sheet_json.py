"""A sheet as JSON: what is printed on it, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from pellucid.courses.exercises.sheet import Item, Sheet
from pellucid.explain.equations import as_latex, as_text
from pellucid.host.escaping import for_json

__all__ = ["SCHEMA", "set_json"]

SCHEMA = "pellucid.sheet/1"


def set_json(sheet: Sheet) -> str:
    """Return a sheet as JSON; blanks are null.

    Parameters
    ----------
    sheet : Sheet
        The sheet.

    Returns
    -------
    str
        JSON with ``schema``, ``id``, ``title``, ``task``, ``given`` and ``asked``.
    """
    whole = {
        "schema": SCHEMA,
        "id": sheet.identifier,
        "title": as_text(sheet.title),
        "solution": sheet.is_solution,
        "task": [as_text(sentence) for sentence in sheet.task],
        "given": [_item(item) for item in sheet.given],
        "asked": [_item(item) for item in sheet.asked],
        "formulas": [as_text(formula) for formula in sheet.formulas],
    }
    return for_json(json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1))


def _item(item: Item) -> dict[str, Any]:
    found: dict[str, Any] = {"key": item.key} if item.key else {}
    found |= {"tag": item.tag} if item.tag else {}
    found |= {
        "symbol": as_text(item.symbol),
        "latex": as_latex(item.symbol),
        "caption": as_text(item.caption),
    }
    found |= {"rows": list(item.rows), "columns": list(item.columns), "values": _numbers(item.cells)}
    if not item.hand:
        return found
    # A blank of the rounded numbers is one that does not differ.
    rows = [[h or c for h, c in zip(*pair, strict=True)] for pair in zip(item.hand, item.cells, strict=True)]
    return found | {"rounded_on_the_way": _numbers(rows)}


def _numbers(cells: Any) -> list[list[float | None]]:
    return [[float(text) if text else None for text in row] for row in cells]
