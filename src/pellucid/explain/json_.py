"""A document as JSON: plain numbers at full precision, and back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from pellucid.exceptions import DataError
from pellucid.explain.canon import Array
from pellucid.explain.digits import check_precision
from pellucid.explain.entries import Document, Entry, Step
from pellucid.explain.equations import as_latex, as_text, unmarked
from pellucid.host.escaping import for_json
from pellucid.host.moved import forwarding

__all__ = ["SCHEMA", "read_json", "set_json"]

__getattr__ = forwarding(__name__, {"render_json": "pellucid.explain.Trace.to_json"})

SCHEMA = "pellucid.trace/1"


def set_json(page: Document, *, precision: int | str = "full") -> str:
    """Return a document as JSON.

    Parameters
    ----------
    page : Document
        The document.
    precision : int or "full", default="full"
        Decimals to round to; ``"full"`` reads back as the same numbers.

    Returns
    -------
    str
        JSON with ``schema``, ``title``, ``notation``, ``remarks`` and ``steps``.

    See Also
    --------
    read_json : The inverse.
    """
    check_precision(precision)
    steps = [
        {
            "kind": step.kind,
            "title": step.title,
            "equations": [
                {"source": equation, "text": as_text(equation), "latex": as_latex(equation)}
                for equation in step.equations
            ],
            "entries": [_entry(entry, precision) for entry in step.entries],
            "remarks": list(step.remarks),
        }
        for step in page.steps
    ]
    whole = {"schema": SCHEMA, "title": page.title, "notation": page.notation, "remarks": list(page.remarks)}
    text = json.dumps(whole | {"steps": steps}, ensure_ascii=False, allow_nan=False, indent=1)
    return for_json(unmarked(text))


def read_json(text: str) -> Document:
    """Return the document that :func:`set_json` wrote.

    Parameters
    ----------
    text : str
        JSON.

    Returns
    -------
    Document
        The document.

    Raises
    ------
    DataError
        If it is not JSON of this schema.
    """
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"'text' must be JSON written by to_json; {error}.") from None
    schema = whole.get("schema") if isinstance(whole, dict) else None
    if schema != SCHEMA:
        raise DataError(f"'text' must have the schema {SCHEMA!r}; got {schema!r}.")
    try:
        return Document(
            whole["title"], whole["notation"], tuple(map(_read_step, whole["steps"])), tuple(whole["remarks"])
        )
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise DataError(
            f"'text' must be whole JSON written by to_json; this part is not: {error}."
        ) from error


def _read_step(step: dict[str, Any]) -> Step:
    return Step(
        step["kind"],
        step["title"],
        tuple(equation["source"] for equation in step["equations"]),
        tuple(map(_read_entry, step["entries"])),
        tuple(step["remarks"]),
    )


def _entry(entry: Entry, precision: int | str) -> dict[str, Any]:
    return {
        "role": entry.role,
        "block": entry.block,
        "symbol": {
            "source": entry.symbol,
            "text": as_text(entry.symbol),
            "latex": as_latex(entry.symbol),
        },
        "caption": entry.caption,
        "rows": list(entry.rows),
        "columns": list(entry.columns),
        "values": _plain(entry.array, precision),
        "compared": {name: _plain(other, precision) for name, other in entry.compared.items()},
        "printed": None if entry.printed is None else _plain(entry.printed, "full"),
        "wrong": None if entry.wrong is None else entry.wrong.tolist(),
        "remarks": list(entry.remarks),
    }


def _read_entry(entry: dict[str, Any]) -> Entry:
    return Entry(
        entry["role"],
        entry["block"],
        entry["symbol"]["source"],
        np.array(entry["values"], dtype=float),
        tuple(entry["rows"]),
        tuple(entry["columns"]),
        entry["caption"],
        {name: np.array(other, dtype=float) for name, other in entry["compared"].items()},
        None if entry["printed"] is None else np.array(entry["printed"], dtype=float),
        None if entry["wrong"] is None else np.array(entry["wrong"], dtype=bool),
        tuple(entry["remarks"]),
    )


def _plain(array: Array, precision: int | str) -> Any:
    """Return nested lists of numbers; values that JSON lacks become null (NaN) or a string ("inf")."""
    rounded = array if precision == "full" else np.round(array, int(precision))

    def number(value: Any) -> Any:
        if isinstance(value, list):
            return [number(one) for one in value]
        return value if np.isfinite(value) else (None if np.isnan(value) else str(value))

    return number(np.asarray(rounded, dtype=float).tolist())
