"""Answers as arrays, read from nested lists or from texts by entry, whatever they contain."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from reprlib import Repr
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.courses.exercises.marking import Reading
from pellucid.courses.exercises.problem import Field, Problem
from pellucid.exceptions import DataError
from pellucid.explain.digits import with_hyphens

__all__ = ["number", "read_answers"]

Array = NDArray[np.floating]
NUMBER = re.compile(r"[+-]?(\d{1,15}([.,]\d{0,20})?|[.,]\d{1,20})(e[+-]?\d{1,2})?", re.ASCII)
FRACTION = re.compile(r"([+-]?\d{1,9})/(\d{1,9})", re.ASCII)
LARGEST = 1e9
SHORT = Repr()


def number(text: Any) -> float | str | None:
    """Return a number, None for an empty text, or the reason why a text is not a number.

    Parameters
    ----------
    text : Any
        A number, or a text such as ``"−0.060"``, ``"1,5"``, ``"2e-3"`` or ``"3/4"``.

    Returns
    -------
    float, None or str
        The number, or what is wrong with the text.

    Examples
    --------
    >>> number("−0.060"), number(" "), number("3/4")
    (-0.06, None, 0.75)
    >>> number("=1+1")
    "'=1+1' is not a number"
    """
    if isinstance(text, bool) or not isinstance(text, int | float | str | type(None)):
        return f"{_short(text)} is not a number"
    if isinstance(text, str):
        plain = with_hyphens(text.strip()).replace("\u2009", "").lower()
        if plain in ("", "-", "?"):
            return None
        fraction = FRACTION.fullmatch(plain)
        if fraction and int(fraction[2]):
            return int(fraction[1]) / int(fraction[2])
        if not NUMBER.fullmatch(plain):
            return f"{_short(text)} is not a number"
        text = plain.replace(",", ".")
    if text is None:
        return None
    try:
        value = float(text)
    except OverflowError:
        return f"{_short(text)} is too large"
    if not np.isfinite(value):
        return f"{value} is not a finite number"
    return value if abs(value) <= LARGEST else f"{_short(text)} is too large"


def read_answers(problem: Problem, given: Any) -> Reading:
    """Return answers in the shapes of the fields.

    Parameters
    ----------
    problem : Problem
        The exercise.
    given : dict
        By the keys of fields, a number or nested lists in the shape on the sheet; or by entry, such as
        ``"delta1[2]"``, a number or text.

    Returns
    -------
    Reading
        Arrays with NaN for what is missing, and remarks on what could not be read.

    Raises
    ------
    DataError
        If a key is unknown, an entry is given twice, or an array has another shape; the message says which fits.
    """
    if not isinstance(given, Mapping):
        raise DataError(
            f"'answers' must be a dict from keys such as 'delta1' to numbers; got {_short(given)}."
        )
    fields = {field.key.lower(): field for field in problem.fields}
    places = {
        _plain(field.entry(*p)): (field, p) for field in problem.fields for p in np.ndindex(*field.shape)
    }
    arrays = {field.key: np.full(field.shape, np.nan) for field in problem.fields}
    remarks: dict[str, str] = {}
    turned, seen = set(), set()

    def write(field: Field, place: tuple[int, ...], value: Any) -> None:
        entry = field.entry(*place)
        if entry in seen:
            raise DataError(f"{entry} is given twice. Give each entry once.")
        seen.add(entry)
        found = number(value)
        if isinstance(found, str):
            remarks[entry] = found
        elif found is not None:
            arrays[field.key][place] = found

    for key, value in given.items():
        plain = _plain(key)
        if plain in places and not isinstance(value, list | tuple | np.ndarray):
            write(*places[plain], value)
            continue
        field = fields.get(plain)
        if field is None:
            raise DataError(_unknown(str(key), problem))
        values, is_turned = _shaped(field, value)
        turned |= {field.key} if is_turned else set()
        for place in np.ndindex(*field.shape):
            write(field, place, values[place])
    return Reading(arrays, remarks, frozenset(turned))


def _shaped(field: Field, value: Any) -> tuple[Any, bool]:
    """Return an array of objects in the field's shape, and whether it came transposed."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    rows = (
        [list(row) if isinstance(row, list | tuple) else row for row in value]
        if isinstance(value, list | tuple)
        else value
    )
    cells: Any = None
    if not isinstance(rows, list):
        cells = np.array([[None]], dtype=object)
        cells[0, 0] = rows
    elif rows and all(isinstance(row, list) for row in rows):
        if len({len(row) for row in rows}) == 1 and len(rows) * len(rows[0]) <= 1000:
            cells = _objects([cell for row in rows for cell in row]).reshape(len(rows), -1)
    elif rows and not any(isinstance(row, list) for row in rows) and len(rows) <= 1000:
        flat = _objects(rows)  # a vector may come without inner brackets
        cells = flat.reshape(-1, 1) if field.shape[1] == 1 else flat.reshape(1, -1)
    if cells is not None:
        if cells.shape == field.shape:
            return cells, False
        top = (
            (field.shape[0] + 1, field.shape[1]) if field.is_turned else (field.shape[0], field.shape[1] + 1)
        )
        if field.has_top and cells.shape == top:  # the notation's own array has an entry for the bias unit
            return (cells[1:] if field.is_turned else cells[:, 1:]), False
        if cells.shape == field.shape[::-1]:
            return cells.T, 1 not in field.shape
    got = "something else" if cells is None else f"{cells.shape[0]} × {cells.shape[1]} of them"
    raise DataError(
        f"{field.key} must be {field.shape[0]} × {field.shape[1]} numbers, as on the sheet; got {got}."
    )


def _objects(cells: list[Any]) -> Any:
    array = np.empty(len(cells), dtype=object)
    for i, cell in enumerate(cells):
        array[i] = cell
    return array


def _plain(key: Any) -> str:
    return re.sub(r"\s+", "", str(key)).lower().replace(";", ",")


def _unknown(key: str, problem: Problem) -> str:
    entries = [entry for field in problem.fields for entry in (field.key, *field.entries)]
    near = get_close_matches(key, entries, 2)
    meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    keys = ", ".join(field.key for field in problem.fields)
    return f"{_short(key)} is not asked for in this exercise.{meant} It asks for {keys}."


def _short(value: Any) -> str:
    try:
        text = SHORT.repr(value)
    except ValueError:  # an integer of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}..."
