"""Columns of a model as JSON: a schema for each, the check of a value, and its conversion to a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.encoding.features import Column
from pellucid.tabular.reading.identity import is_code, reads_as_number
from pellucid.tabular.reading.readings import Reading, is_mark

__all__ = ["JsonColumn", "columns_of_model"]

LARGEST = 8e307  # keeps the distance of two numbers finite
LONGEST = 10_000  # characters of a text
MOST_EXAMPLES = 20
WORDS = {"number": "a number", "boolean": "true or false", "text": "a text", "date": "a date as text",
         "duration": "a duration as text"}  # fmt: skip


@dataclass(frozen=True)
class JsonColumn:
    """A column as a JSON value.

    Parameters
    ----------
    name : str
        Its name.
    kind : {"number", "boolean", "text", "date", "duration", "unused"}
        The kind of its values; anything where the model does not use it.
    may_be_null : bool, default=True
        True if a value may be missing.
    reading : Reading or None, default=None
        The reading of its text.
    takes_numbers : bool, default=False
        True if a number may name a category.
    examples : tuple, default=()
        Values for the documentation: categories.
    low, high : float or None, default=None
        The range in fit, rounded outwards, for the documentation.
    """

    name: str
    kind: str
    may_be_null: bool = True
    reading: Reading | None = None
    takes_numbers: bool = False
    examples: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def is_required(self) -> bool:
        """True if the model uses it."""
        return self.kind != "unused"

    @property
    def words(self) -> str:
        """The values that it takes, in words."""
        said = WORDS[self.kind]
        if self.takes_numbers:
            said += " or a number"
        elif self.reading is not None and self.kind in ("number", "boolean"):
            said += f", or text of {self.reading.words}"
        return f"{said}, or null where it is missing" if self.may_be_null else said

    def schema(self) -> dict[str, Any]:
        """Return its JSON schema.

        Returns
        -------
        dict
            For an OpenAPI document.
        """
        if self.kind == "unused":
            return {"description": "Not used by the model."}
        types = {"number": ["number"], "boolean": ["boolean"]}.get(self.kind, ["string"])
        if self.reading is not None and self.kind in ("number", "boolean"):
            types.append("string")
        if self.takes_numbers:
            types.append("number")
        made: dict[str, Any] = {
            "type": [*types, "null"] if self.may_be_null else types,
            "description": self._about(),
        }
        if "number" in types:
            made |= {"minimum": -LARGEST, "maximum": LARGEST}
        if "string" in types:
            made["maxLength"] = LONGEST
        if self.examples:
            made["examples"] = list(self.examples)
        return made

    def _about(self) -> str:
        said = self.words[0].upper() + self.words[1:] + "."
        if self.low is not None and self.high is not None and self.kind == "number":
            said += f" In training from about {self.low:g} to {self.high:g}."
        return said

    def problems(self, values: Sequence[Any]) -> dict[int, str]:
        """Return the JSON values that cannot be cells of the column, and why.

        Parameters
        ----------
        values : sequence
            Values of ``json.loads``.

        Returns
        -------
        dict of int to str
            For the place of each such value a sentence that does not contain the value.
        """
        if self.kind == "unused":
            return {}
        found = {place: said for place, value in enumerate(values) if (said := self._problem(value))}
        if self.kind != "text":
            texts = {place: value for place, value in enumerate(values) if isinstance(value, str)}
            places = [
                place
                for place, text in texts.items()
                if place not in found and not is_mark(text, doubtful=True)
            ]
            if places:
                read = self._reads.read([texts[place] for place in places])
                said = f"It cannot be read as {self._reads.words}."
                found |= {places[k]: said for k in np.flatnonzero(~np.isfinite(read))}
        return found

    def _problem(self, value: Any) -> str:
        if value is None:
            return "" if self.may_be_null else f"Expected {self.words}; got null."
        if isinstance(value, bool):
            return "" if self.kind == "boolean" else self._refused(value)
        if isinstance(value, int | float):
            return self._problem_of_number(value)
        return self._problem_of_text(value) if isinstance(value, str) else self._refused(value)

    def _problem_of_number(self, value: float) -> str:
        if self.kind != "number" and not self.takes_numbers:
            return self._refused(value)
        return "" if abs(value) <= LARGEST else f"Expected a number of size {LARGEST:g} at most."

    def _problem_of_text(self, value: str) -> str:
        if self.kind in ("number", "boolean") and self.reading is None:
            return self._refused(value)
        if len(value) > LONGEST:
            return f"Expected at most {LONGEST:,} characters; got {len(value):,}."
        return ""

    def cells(self, values: Sequence[Any]) -> list[Any]:
        """Return the cells that values become for the model; see :meth:`problems`."""
        if self.kind == "unused":
            return [None] * len(values)
        if self.kind not in ("number", "boolean"):
            return list(values)
        places = [place for place, value in enumerate(values) if isinstance(value, str)]
        found = list(values)
        for place, read in zip(
            places, self._reads.read([values[k] for k in places]) if places else (), strict=True
        ):
            found[place] = None if read != read else bool(read) if self.kind == "boolean" else float(read)
        return [float(value) if self.kind == "number" and value is not None else value for value in found]

    @property
    def _reads(self) -> Reading:
        return self.reading or Reading(self.kind)

    def _refused(self, value: Any) -> str:
        names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "an array"}
        return f"Expected {self.words}; got {names.get(type(value), 'an object')}."


def columns_of_model(model: Any) -> tuple[JsonColumn, ...]:
    """Return the columns that a model takes.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        A fitted estimator.

    Returns
    -------
    tuple of JsonColumn
        In its order; ``x0``, ``x1`` and so on where it has no names.
    """
    if isinstance(model, TabularClassifier | TabularRegressor):
        return tuple(map(_of_column, model.encoder_.columns_))
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        names = [f"x{number}" for number in range(model.n_features_in_)]
    return tuple(JsonColumn(str(name), "number", may_be_null=False) for name in names)


def _of_column(column: Column) -> JsonColumn:
    if not column.features:
        return JsonColumn(column.name, "unused")
    if column.kind == "categorical":
        are_numbers = any(map(reads_as_number, column.categories)) and not any(
            map(is_code, column.categories)
        )
        examples = column.categories[:MOST_EXAMPLES]
        return JsonColumn(column.name, "text", takes_numbers=are_numbers, examples=examples)
    if column.kind == "text":
        return JsonColumn(column.name, "text", takes_numbers=True)
    if "date" in column.kind:
        return JsonColumn(column.name, "date", reading=column.reading or Reading(column.kind))
    if column.kind == "duration":
        return JsonColumn(column.name, "duration", reading=column.reading or Reading("duration"))
    kind = "boolean" if column.kind == "boolean" else "number"
    return JsonColumn(column.name, kind, reading=column.reading, low=column.low, high=column.high)
