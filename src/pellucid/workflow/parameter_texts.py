"""Parameters of the estimators as text: accepted words, and the conversion of texts to values and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sklearn.metrics import get_scorer_names
from sklearn.utils._param_validation import Interval, StrOptions, make_constraint

from pellucid.estimators.parameters import ParameterRow
from pellucid.exceptions import ParameterError

__all__ = ["ParameterText", "read_numbers", "text_of"]

TRUTHS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


@dataclass(frozen=True)
class ParameterText:
    """One parameter, from one row of the table or from two of the same name.

    Parameters
    ----------
    rows : tuple of ParameterRow
        The classifier's and the regressor's if they differ.
    """

    rows: tuple[ParameterRow, ...]

    @property
    def name(self) -> str:
        """The name of the parameter."""
        return self.rows[0].name

    @property
    def accepted(self) -> list[Any]:
        """Values that validation accepts."""
        return [accepted for row in self.rows for accepted in row.accepted]

    @property
    def is_switch(self) -> bool:
        """True if it is a switch, with only the values yes and no."""
        return "boolean" in self.accepted and not self.words

    @property
    def words(self) -> list[str]:
        """The names that it accepts, in the order of their table."""
        if self.name == "scoring":
            return ["loss", *get_scorer_names()]
        found = {
            word: row.kind.find(repr(word))
            for row in self.rows
            for accepted in row.accepted
            if isinstance(accepted, StrOptions)
            for word in accepted.options
        }
        return sorted(found, key=lambda word: (found[word], word))

    @property
    def takes_pairs(self) -> bool:
        """True if it takes numbers by name."""
        return dict in self.accepted and not self.words

    @property
    def takes_several(self) -> bool:
        """True if it takes a list."""
        is_list = {"array-like", list} & {a for a in self.accepted if isinstance(a, str | type)}
        return bool(is_list) and self.name != "class_weight"

    @property
    def placeholder(self) -> str:
        """Placeholder for its value in a help text."""
        kinds = {a.type.__name__ for a in self.accepted if isinstance(a, Interval)}
        base = "NAME" if self.words and not kinds else "INTEGER" if kinds == {"Integral"} else "NUMBER"
        return "NAME=NUMBER,..." if self.takes_pairs else base + ",..." * self.takes_several

    def read(self, text: str) -> Any:
        """Return the value of a text; raise an error that lists accepted values."""
        for value in _readings(text, self.accepted):
            if self._accepts(value):
                return value
        near = get_close_matches(text, self.words, 1)
        raise ParameterError(
            f"{text!r} is not accepted."
            + (f" Did you mean {near[0]!r}?" if near else "")
            + (f" It takes {self.taken}." if self.taken else "")
        )

    @property
    def taken(self) -> str:
        """Description of accepted values, for an error message."""
        names = [*(["yes", "no"] if "boolean" in self.accepted else []), *self.words]
        kinds = [f"one of {', '.join(names)}" if len(names) > 1 else names[0]] if names else []
        kinds += [str(accepted) for accepted in self.accepted if isinstance(accepted, Interval)]
        kinds += ["NAME=NUMBER,NAME=NUMBER"] if self.takes_pairs else []
        is_plain = self.takes_several and not self.takes_pairs
        several = "; several are separated by commas" if is_plain else ""
        return " or ".join(dict.fromkeys(kinds)) + several

    def _accepts(self, value: Any) -> bool:
        if self.name == "scoring":
            return value is None or value in self.words
        if isinstance(value, tuple):
            if any("(str, float)" in row.kind for row in self.rows):  # a name and a number, not one per layer
                return len(value) == 2 and value[0] in self.words and isinstance(value[1], int | float)
            single = [a for a in self.accepted if isinstance(a, Interval | StrOptions) or a == "boolean"]
            if not all(any(make_constraint(a).is_satisfied_by(item) for a in single) for item in value):
                return False
        return any(make_constraint(accepted).is_satisfied_by(value) for accepted in self.accepted)


def _readings(text: str, accepted: Iterable[Any]) -> Iterable[Any]:
    """Yield the possible meanings of a text, the likeliest first."""
    text = text.strip()
    if text.lower() == "none":
        yield None
        yield ()
    yield text
    yield from _scalar(text)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if dict in accepted and parts and all("=" in part for part in parts):
        pairs = (part.partition("=") for part in parts)
        yield {key.strip(): next(iter(_scalar(value)), value) for key, _, value in pairs}
    elif len(parts) > 1 or text.endswith(",") or not text:
        yield tuple(next(iter(_scalar(part)), part) for part in parts)


def _scalar(text: str) -> Iterable[Any]:
    if text.lower() in TRUTHS:
        yield TRUTHS[text.lower()]
    for kind in (int, float):
        try:
            yield kind(text)
        except ValueError:
            continue


def read_numbers(text: str) -> list[float]:
    """Return the numbers of a text; empty for ``none``.

    Examples
    --------
    >>> read_numbers("-999,9999"), read_numbers("none")
    ([-999.0, 9999.0], [])
    """
    if text.strip().lower() == "none":
        return []
    try:
        return [float(part) for part in text.strip("[] ").split(",")]
    except ValueError:
        raise ParameterError(f"{text!r} must be numbers such as -999,9999, or none.") from None


def text_of(value: Any) -> str:
    """Return a value of a parameter as one types it.

    Examples
    --------
    >>> text_of((64, 32)), text_of((64,)), text_of(True), text_of(None)
    ('64,32', '64,', 'yes', 'none')
    """
    match value:
        case bool():
            return "yes" if value else "no"
        case None | [] | ():
            return "none"
        case dict():
            return ",".join(f"{key}={text_of(held)}" for key, held in value.items())
        case list() | tuple():
            return ",".join(map(text_of, value)) + "," * (len(value) == 1)
        case float():
            return f"{value:.10g}"
    return str(value)
