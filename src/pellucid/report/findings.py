"""Findings, their remedies, and everything that was checked for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pellucid.diagnostics import RULES, Diagnosis, Finding, mend
from pellucid.diagnostics.finding import STATUSES
from pellucid.report.markup import Child, details, element, facts, number, paragraph, table, text
from pellucid.report.material import Material

__all__ = ["checked", "findings", "in_names", "in_words_of_the_file", "next_steps", "places"]

LEVELS = {
    "serious": "✖ serious",
    "warning": "▲ warning",
    "note": "● note",
}  # a shape and a word, besides the color
ROWS = re.compile(r"\b(rows?) (\d+(?:, \d+)*)(?![\d.]*[%\d])")  # no share, as in "of the nearest rows 95.1%"
MOST_PLACES = 12
NEEDS = {
    "vitals": "finite numbers",
    "initial": "the network before training: an integer random_state",
    "record": "a record: pass record=",
    "history": "a history",
    "validation": "validation rows",
    "data": "rows",
}


def findings(material: Material) -> list[Child]:
    """Return one article per finding, worst first.

    Parameters
    ----------
    material : Material
        The material of the report.

    Returns
    -------
    list of Element
        The section.
    """
    if not material.diagnosis:
        return [paragraph("Nothing was found.")]
    return [_finding(finding, material) for finding in material.diagnosis]


def _finding(finding: Finding, material: Material) -> Child:
    status = f"{finding.status}: {STATUSES[finding.status]}"
    parameters = [text(f"{name}={value!r}") for name, value in finding.parameters.items()]
    return element(
        "article",
        element("h3", element("span", LEVELS[finding.level], class_="level"), f" {finding.code}"),
        paragraph(in_names(finding.summary, material.row_names), class_="said"),
        facts(
            {
                "Reason": in_names(finding.why, material.row_names) or None,
                "Remedy": finding.remedy,
                "Parameters": _joined(parameters) if parameters else None,
                "Place": "; ".join(places(finding, material.row_names)) or None,
                "Measured": _measured(finding.measured),
                "Rule": finding.rule,
                "Source": f"{finding.source} ({status})",
            }
        ),
        class_=f"finding {finding.level}",
    )


def _measured(measured: Mapping[str, Any]) -> Child:
    return element("ul", [element("li", f"{name}: {number(value)}") for name, value in measured.items()])


def _joined(parts: list[Any]) -> list[Child]:
    return [piece for part in parts for piece in (part, ", ")][:-1]


def places(finding: Finding, row_names: Any = None) -> list[str]:
    """Return the places of a finding, in words.

    Parameters
    ----------
    finding : Finding
        The finding.
    row_names : sequence, optional
        Names of the rows. Default: the names in the finding.

    Returns
    -------
    list of str
        Such as ``layer: 0`` and ``units: 1, 10, 13``.
    """
    found = []
    for name, value in finding.where.items():
        items = value if isinstance(value, list) else [value]
        if name == "rows" and row_names is not None:
            items = [row_names[item] if isinstance(item, int) else item for item in items]
        if name == "causes":  # one per unit
            items = [f"{cause} ({n})" for cause, n in Counter(items).items()]
        if len(items):
            more = f", … ({len(items):,} in all)" if len(items) > MOST_PLACES else ""
            found.append(f"{name}: {', '.join(map(str, items[:MOST_PLACES]))}{more}")
    return found


def in_names(words: str, row_names: Any) -> str:
    """Return a sentence with the numbers of rows, counted from 0, replaced by their names.

    Parameters
    ----------
    words : str
        The sentence.
    row_names : sequence
        Names of the rows.

    Returns
    -------
    str
        The same if no row is named.

    Examples
    --------
    >>> in_names("NaN in row 2, column 1 (rows 0, 2, … (9 in all)) of 3 rows", ["a", "b", "c"])
    'NaN in row c, column 1 (rows a, c, … (9 in all)) of 3 rows'
    >>> in_names("of the 10 nearest rows 15.1% agree", ["a", "b", "c"])
    'of the 10 nearest rows 15.1% agree'
    """

    def called(found: re.Match[str]) -> str:
        return f"{found[1]} {', '.join(str(row_names[int(row)]) for row in found[2].split(', '))}"

    return ROWS.sub(called, words)


def in_words_of_the_file(
    found: Diagnosis, row_names: Sequence[Any], reword: Callable[[str], str]
) -> Diagnosis:
    """Return findings in which rows are called by their names.

    Parameters
    ----------
    found : Diagnosis
        The findings.
    row_names : sequence
        Names of the rows.
    reword : callable
        Returns a sentence with the parameters named as its reader knows them.

    Returns
    -------
    Diagnosis
        The same findings for the reader of the file.
    """

    def turned(finding: Finding) -> Finding:
        where = dict(finding.where)
        if isinstance(where.get("rows"), list):
            where["rows"] = [row_names[row] for row in where["rows"]]
        said = {name: getattr(finding, name) for name in ("summary", "why", "remedy")}
        said = {name: reword(in_names(words, row_names)) for name, words in said.items()}
        return replace(finding, where=where, **said)

    return replace(found, findings=tuple(map(turned, found)))


def next_steps(material: Material) -> list[Child]:
    """Return the estimator with the remedies applied; nothing if there is none.

    Parameters
    ----------
    material : Material
        The material of the report.

    Returns
    -------
    list of Element
        The section.
    """
    if not material.is_estimator:
        return []
    mended, changes = mend(material.model, material.diagnosis)
    if not changes:
        return []
    rows = [
        {
            "parameter": text(c.parameter),
            "now": text(repr(c.before)),
            "to try": text(repr(c.after)),
            "because of": c.code,
        }
        for c in changes
    ]
    return [
        paragraph("The combined remedies; if one finding causes another, only the cause is treated."),
        table(rows, "Changes"),
        paragraph("A new estimator with these changes, to be fitted and diagnosed again:"),
        element("pre", text(" ".join(str(mended).split()))),
        paragraph("The same in Python: ", text("pellucid.diagnostics.mend(model, findings)"), "."),
    ]


def checked(material: Material) -> list[Child]:
    """Return every rule, and whether it found something, found nothing, or could not be checked.

    Parameters
    ----------
    material : Material
        The material of the report.

    Returns
    -------
    list of Element
        The section.
    """
    diagnosis, rows = material.diagnosis, []
    for rule in RULES:
        lacking = [NEEDS.get(need, need) for need in rule.needs if not material.examination.has(need)]
        found = sum(f.code == rule.code and f.rule == rule.rule for f in diagnosis)
        said = f"skipped: needs {', '.join(lacking)}" if lacking else f"{found} found" if found else "no sign"
        rows.append(
            {
                "problem": rule.code,
                "here": said,
                "rule": rule.rule,
                "source": rule.source,
                "status": rule.status,
            }
        )
    n = len(diagnosis.checked)
    return [
        paragraph(f"{n} of {len({rule.code for rule in RULES})} problems were checked for."),
        details("All rules, with their sources", table(rows, "Rules")),
    ]
