"""Notations, phrases and letters of ``explain`` as a JavaScript module: the page does not write them again.

``python -m pellucid.playground.notations FOLDER`` writes ``generated.js`` into a folder.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pellucid.core import ACTIVATIONS
from pellucid.core.layers import NORMALIZATIONS
from pellucid.explain import equations, written
from pellucid.explain.bias_unit import slope_at_one
from pellucid.explain.json_ import SCHEMA
from pellucid.explain.layer_steps import SHORT
from pellucid.explain.notation import Notation
from pellucid.explain.phrases import PHRASES
from pellucid.explain.profiles import NOTATIONS
from pellucid.host import escaping
from pellucid.host.files import replace_file
from pellucid.playground.literals import Code, constants

__all__ = ["module", "tables"]

HEAD = """\
// Written by pellucid.playground.notations from the tables of explain: change those, then `make page`.
"""


def tables() -> dict[str, Any]:
    """Return what the calculation view takes over from ``explain``.

    Returns
    -------
    dict
        By the names of the module's constants: ``NOTATIONS``, ``PHRASES``, the letters of equations and their
        LaTeX, the labels of normalizations, and limits.

    Examples
    --------
    >>> tables()["NOTATIONS"]["lfd"]["delta"]
    'δ^{($l)}'
    """
    return {
        "NOTATIONS": {
            name: _without_letters(asdict(row)) | {"own": _of_blocks(row), "first_layer": row.first_layer}
            for name, row in NOTATIONS.items()
        },
        "PHRASES": PHRASES,
        "SUBSCRIPTS": equations.SUBSCRIPTS,
        "SUPERSCRIPTS": equations.SUPERSCRIPTS,
        "LATEX": equations.LATEX,
        "MATHEMATICS": equations.MATHEMATICS,
        "TEX": escaping.TEX,
        "HIDDEN": escaping.HIDDEN.pattern,
        "LABELS": {name: row.example.label for name, row in NORMALIZATIONS.items()},
        "SLOPE_AT_ONE": {name: slope_at_one(row) for name, row in ACTIVATIONS.items()},
        "MANY": written.MANY,
        "NAMED": written.NAMED,
        "SHORT": SHORT,
        "SCHEMA": SCHEMA,
    }


def _without_letters(row: dict[str, Any]) -> dict[str, Any]:
    """Return a notation without its letters for input layers, which the page does not have."""
    return {name: value for name, value in row.items() if name != "letters"}


def _of_blocks(row: Notation) -> dict[str, str]:
    """Return the symbols of normalization and dropout, for which no course has a letter."""
    return {name: template for name, template in row.templates.items() if name != "alpha"}


def module() -> str:
    """Return the JavaScript module.

    Returns
    -------
    str
        Its text.
    """
    given = tables()
    rows = given["NOTATIONS"]
    first = rows.pop("pellucid")
    others = {
        name: {"...": Code("PELLUCID")} | {key: value for key, value in row.items() if value != first[key]}
        for name, row in rows.items()
    }
    given |= {
        "NOTATIONS": {"pellucid": Code("PELLUCID")} | others,
        "HIDDEN": Code(json.dumps(given["HIDDEN"])),  # the pattern of hidden characters would hide itself
    }
    return HEAD + constants({"PELLUCID": first, **given})


if __name__ == "__main__":
    replace_file(Path(sys.argv[1], "generated.js"), module().encode())
