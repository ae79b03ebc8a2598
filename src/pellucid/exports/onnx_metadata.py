"""Metadata of an ONNX model: descriptions of its inputs and outputs."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pellucid.exports.names import graph_names
from pellucid.exports.program import Input, Program
from pellucid.version import __version__

__all__ = ["input_names", "metadata"]


def input_names(program: Program) -> list[str]:
    """Return the name of each column in the graph.

    Parameters
    ----------
    program : Program
        A fitted model.

    Returns
    -------
    list of str
        The user's names, changed where an output or another column has them.
    """
    first = program.inputs[0]
    names = [one.name for one in program.inputs]
    if first.kind == "matrix":
        names = list(first.names) or [f"x{k}" for k in range(first.width)]
    return graph_names(names, program.finish.outputs)


def metadata(program: Program, part: str) -> dict[str, str]:
    """Return facts about a model: columns with their kinds, units and marks of missing values, classes, versions.

    Parameters
    ----------
    program : Program
        A fitted model.
    part : {"model", "network"}
        The part that is written.

    Returns
    -------
    dict of str to str
        Texts and JSON by key, with a digest of all.
    """
    columns = [_described(one) for one in program.inputs]
    if program.inputs[0].kind != "matrix":
        columns = [
            {"input": name, **facts} for name, facts in zip(input_names(program), columns, strict=True)
        ]
    facts = {
        "pellucid_version": __version__,
        "pellucid_estimator": program.estimator,
        "pellucid_task": program.task,
        "pellucid_part": part,
        "pellucid_columns": json.dumps(columns),
        "pellucid_classes": json.dumps(list(program.classes)),
        "pellucid_encoded": json.dumps(list(program.names)),
    }
    if program.coverage is not None:
        facts["pellucid_coverage"] = repr(program.coverage)
    text = json.dumps(facts, sort_keys=True)
    return {**facts, "pellucid_digest": hashlib.sha256(text.encode()).hexdigest()}


def _described(one: Input) -> dict[str, Any]:
    missing = None if one.kind in ("number", "boolean", "matrix") else one.missing
    facts = {"name": one.name, "kind": one.kind, "missing": "NaN" if missing is None else missing}
    if one.unit:
        facts["unit"] = one.unit
    if one.kind == "date":
        facts["unit"] = f"microseconds since 1970-01-01{one.unit and ' 00:00 ' + one.unit}"
    if one.kind == "matrix":
        facts |= {"width": one.width, "names": list(one.names)}
    if one.categories:
        facts["categories"] = list(one.categories)
    if one.reading:
        facts["read_from_text_as"] = one.reading
    return facts
