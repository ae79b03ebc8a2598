"""Exercises as questions of PrairieLearn: a folder with info.json, question.html and server.py."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from hashlib import sha256

from pellucid.courses.exercises.exercise import Exercise
from pellucid.courses.exercises.notebooks import pack_key
from pellucid.courses.exercises.problem import Field
from pellucid.courses.exercises.sheet_html import items_html
from pellucid.exceptions import ParameterError
from pellucid.explain.equations import as_html, as_text
from pellucid.host.escaping import for_html

__all__ = ["prairielearn_question"]

SERVER = '''"""Marks of a question of pellucid. If it is not installed, PrairieLearn's own comparison applies."""

KEYS = {keys}
ENTRIES = {entries}
ANSWERS = {answers}
SHEETS = {sheets}


def generate(data):
    which = int(data["variant_seed"]) % len(KEYS)
    data["params"]["which"] = which
    data["params"]["sheet"] = SHEETS[which]
    data["correct_answers"].update(ANSWERS[which])


def grade(data):
    try:
        from pellucid.courses import unpack_key
    except ImportError:
        return
    given = data["submitted_answers"]
    answers = {{entry: given.get(name) for name, entry in ENTRIES.items()}}
    marks = unpack_key(KEYS[data["params"]["which"]]).check(
        {{entry: value if isinstance(value, (int, float, str)) else None for entry, value in answers.items()}}
    )
    by_entry = {{mark.entry: mark for mark in marks.marks}}
    for name, entry in ENTRIES.items():
        mark = by_entry[entry]
        data["partial_scores"][name] = {{"score": mark.points, "weight": 1, "feedback": mark.remark}}
    data["score"] = marks.points / marks.possible
'''


def prairielearn_question(exercises: Sequence[Exercise], topic: str = "Neural networks") -> dict[str, str]:
    """Return the files of a question; each student gets one of the variants.

    Parameters
    ----------
    exercises : sequence of Exercise
        One exercise, or the variants of :func:`class_set`.
    topic : str, default="Neural networks"
        A topic of the course.

    Returns
    -------
    dict of str to str
        ``info.json``, ``question.html`` and ``server.py``.

    Raises
    ------
    ParameterError
        If there are no exercises, or they do not ask for the same entries.

    References
    ----------
    https://docs.prairielearn.com/question/overview/

    Examples
    --------
    >>> from pellucid.courses import class_set, prairielearn_question
    >>> sorted(prairielearn_question(class_set(2, "2-1", kind="forward", seed=1)))
    ['info.json', 'question.html', 'server.py']
    """
    forms = {tuple(_names(made).items()) for made in exercises}
    if len(forms) != 1:
        raise ParameterError(
            "exercises of a PrairieLearn question must be one or more that ask for the same entries; got "
            f"{len(exercises)} with {len(forms)} different forms."
        )
    first = exercises[0]
    digest = sha256("".join(made.identifier for made in exercises).encode()).digest()
    info = {
        "uuid": str(uuid.UUID(bytes=digest[:16], version=4)),
        "title": as_text(first.problem.title),
        "topic": topic,
        "tags": [first.spec.kind],
        "type": "v3",
        "singleVariant": len(exercises) == 1,
    }
    server = SERVER.format(
        keys=_literal([pack_key(made) for made in exercises]),
        entries=_literal(_names(first)),
        answers=_literal([_correct(made) for made in exercises]),
        sheets=_literal([_sheet(made) for made in exercises]),
    )
    return {
        "info.json": json.dumps(info, ensure_ascii=False, indent=2) + "\n",
        "question.html": _question(first),
        "server.py": server,
    }


def _names(made: Exercise) -> dict[str, str]:
    """Return the entries by names that PrairieLearn takes."""
    return {_name(entry): entry for field in made.problem.fields for entry in field.entries}


def _name(entry: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", entry).strip("_")


def _correct(made: Exercise) -> dict[str, float]:
    solution = made.solution
    return {
        _name(entry): float(value)
        for field in made.problem.fields
        for entry, value in zip(field.entries, solution[field.key].ravel().tolist(), strict=True)
    }


def _sheet(made: Exercise) -> str:
    sheet = made.sheet()
    lines = [f"<p>{as_html(sentence)}</p>" for sentence in sheet.task]
    return "\n".join([*lines, *items_html(sheet.given)])


def _question(made: Exercise) -> str:
    digits = made.problem.calculation.digits
    lines = ["<pl-question-panel>", "{{{params.sheet}}}", "</pl-question-panel>"]
    for field in made.problem.fields:
        symbol = f"<i>{as_html(field.symbol)}</i> " if field.symbol else ""
        lines.append(f"<p>{symbol}{as_html(field.caption)}</p>")
        lines += [_input(entry, field, digits) for entry in field.entries]
    return "\n".join(lines) + "\n"


def _input(entry: str, field: Field, digits: int) -> str:
    tolerance = 0.5 * 10.0 ** -(digits if field.decimals is None else field.decimals)
    return (
        f'<pl-number-input answers-name="{_name(entry)}" label="{for_html(entry)}" comparison="relabs" rtol="0" '
        f'atol="{tolerance:g}" allow-blank="true" blank-value="" show-help-text="false"></pl-number-input>'
    )


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, indent=1)
