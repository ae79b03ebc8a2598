"""Worked examples and misprints of the courses as a JavaScript module for the page.

``python -m pellucid.playground.course_data FOLDER`` writes ``courses.js`` into a folder.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.core.network import Network
from pellucid.courses import COURSES, EXAMPLES, MISPRINTS, Example, annotate
from pellucid.courses.examples import SQUARED_ERROR_WITHOUT_HALF
from pellucid.explain.canon import Array
from pellucid.explain.entries import Entry
from pellucid.host.files import replace_file
from pellucid.playground.literals import constants
from pellucid.playground.notations import HEAD

__all__ = ["examples", "misprints", "module"]


def examples() -> list[dict[str, Any]]:
    """Return the worked examples: networks, samples, steps, and the cells that the notes print.

    Returns
    -------
    list of dict
        ``setup``, ``theta``, ``x`` and ``y`` give the record of the page; ``printed`` the entries of the
        document in ``notation`` with the printed numbers, those that are wrong, and the reasons.

    Examples
    --------
    >>> next(entry["wrong"] for entry in examples()[5]["printed"] if entry["role"] == "updated")
    [[False, False], [False, False], [True, True]]
    """
    return [_example(row) for row in EXAMPLES.values()]


def misprints() -> list[dict[str, str]]:
    """Return the list of misprints, without their checks.

    Returns
    -------
    list of dict
        ``id``, ``note``, ``place``, ``printed``, ``right``, ``why`` and ``label``, the kind and the status.
    """
    fields = ("id", "note", "place", "printed", "right", "why", "label")
    return [{name: getattr(row, name) for name in fields} for row in MISPRINTS.values()]


def _example(row: Example) -> dict[str, Any]:
    trace = row.trace()
    loss, rate = trace.loss_function.loss.name, row.learning_rate
    if loss == SQUARED_ERROR_WITHOUT_HALF.name:  # the page has the library's; the notation doubles it
        loss, rate = "squared_error", 2.0 * rate
    page = annotate(trace.document(row.notation), row, trace)
    return {
        "name": row.name,
        "note": row.note,
        "title": row.title,
        "notation": row.notation,
        "setup": {"network": _network(trace.network), "loss": loss},
        "theta": trace.network.parameters.tolist(),
        "x": list(row.x),
        "y": list(row.y),
        "learningRate": rate,
        "held": {"biases": not row.has_biases, "blocks": list(row.fixed)},
        "byHand": row.by_hand,
        "remarks": list(page.remarks),
        "printed": [_printed(e) for step in page.steps for e in step.entries if e.printed is not None],
    }


def _network(network: Network) -> dict[str, Any]:
    return {
        "hidden": list(network.layer_sizes[1:-1]),
        "activation": [a.name for a in network.activation],
        "output_activation": network.output_activation.name,
        "residual": list(network.residual),
    }


def _printed(entry: Entry) -> dict[str, Any]:
    assert entry.printed is not None
    assert entry.wrong is not None
    return {
        "role": entry.role,
        "block": entry.block,
        "values": _numbers(entry.printed),
        "wrong": entry.wrong.tolist(),
        "remarks": list(entry.remarks),
    }


def _numbers(values: Array) -> Any:
    """Return nested lists in which None stands for what is not printed."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(each) for each in value]
        return value if np.isfinite(value) else None

    return plain(values.tolist())


def module() -> str:
    """Return the JavaScript module.

    Returns
    -------
    str
        Its text: ``COURSES``, ``EXAMPLES`` and ``MISPRINTS``.
    """
    rows = [_short(row) for row in examples()]
    tables = {"COURSES": COURSES, "EXAMPLES": rows, "MISPRINTS": misprints()}
    return HEAD.replace("notations from the tables of explain", "course_data from courses") + constants(
        tables
    )


def _short(row: dict[str, Any]) -> dict[str, Any]:
    """Return an example without what the page does not show, and entries without the marks of faults they lack."""
    printed = [
        {
            key: value
            for key, value in entry.items()
            if key not in ("wrong", "remarks") or np.any(entry["wrong"])
        }
        for entry in row["printed"]
    ]
    return {key: value for key, value in row.items() if key != "remarks"} | {"printed": printed}


if __name__ == "__main__":
    replace_file(Path(sys.argv[1], "courses.js"), module().encode())
