"""Names of options on the command line, and messages of the library that mention them."""

from __future__ import annotations

import re
import shlex
from typing import Any

from pellucid.estimators.parameters import PARAMETERS
from pellucid.workflow.rank_options import RANK_OPTIONS
from pellucid.workflow.wording import Wording

__all__ = ["FLAGS", "IN_FLAGS", "OTHERWISE", "as_typed", "in_flags"]

SHORTER = {
    "hidden_layer_sizes": "--hidden",
    "learning_rate_init": "--learning-rate",
    "learning_rate": "--schedule",
    "max_iter": "--epochs",
    "n_iter_no_change": "--patience",
    "random_state": "--seed",
    "n_threads": "--threads",
}
FLAGS = {row.name: SHORTER.get(row.name, "--" + row.name.replace("_", "-")) for row in PARAMETERS}
OF_COMMANDS = {
    "identifier": "--id", "output": "--class", "n_members": "--members", "n_trials": "--trials",
    "models": "--only", "path": "--out", "sizes": "SIZES", "formula": "FORMULA",
}  # fmt: skip
# Options whose names differ from those in Python.
OTHERWISE = {**SHORTER, **OF_COMMANDS, "sample_weight": "--weight", "text_columns": "--text"}


def flag_of(name: str, *values: Any) -> str:
    """Return an option with its values, as one types it.

    Examples
    --------
    >>> flag_of("identifier"), flag_of("drop", "a", "the b"), flag_of("force", True)
    ('--id', "--drop a --drop 'the b'", '--force')
    """
    flag = {**FLAGS, **OF_COMMANDS}.get(name, "--" + name.replace("_", "-"))
    if not values or values[0] is True:
        return flag
    return " ".join(f"{flag} {shlex.quote(str(value))}" for value in values)


def in_flags(message: str) -> str:
    """Return a text of the library with its parameters named as options.

    Parameters
    ----------
    message : str
        A help text or an error message.

    Returns
    -------
    str
        The same for a command-line user.

    Examples
    --------
    >>> in_flags("solver='lbfgs' does not use weight_decay; use ``l2``, or another solver.")
    '--solver lbfgs does not use --weight-decay; use --l2, or another solver.'
    >>> in_flags("'dropout' must lie in [0, 1); 'sample_weight' must have an entry > 0.")
    '--dropout must lie in [0, 1); --weight must have an entry > 0.'
    """
    message = re.sub(r"``([^`]*)``", _quoted, message)
    message = re.sub(r"\{('\w+': [^}]*)\}", lambda found: _as_pairs(found[1]), message)
    message = re.sub("'?sample_weight'?", "--weight", message).replace("sentinels=", "--sentinels ")
    message = message.replace("'text_columns'", "--text").replace("'member'", "--member")
    return _ASSIGNED.sub(lambda found: _as_option(found[1] or found[3] or found[4], found[2]), message)


def as_typed(message: str) -> str:
    """Return an error whose subject is a parameter in terms of options; what it got stays as it is."""
    said, *got = re.split("(?=; got)", message, maxsplit=1)
    return in_flags(said) + "".join(got) if re.match(r"'\w+' must ", message) else message


def _quoted(found: re.Match[str]) -> str:
    words = {**FLAGS, "True": "yes", "False": "no", "None": "none"}
    return words.get(found[1], found[1] if "=" in found[1] else found[1].strip("'"))


def _as_pairs(items: str) -> str:
    """Return the items of a dict as ``name=value,name=value``."""
    return re.sub(r"'(\w+)': ", r"\1=", items).replace(", ", ",")


def _as_option(name: str, value: str | None) -> str:
    typed = NAMED[name]
    if value is None:
        return typed
    value = value.strip("'\"")
    return f"--no{typed[1:]}" if value == "False" else typed if value == "True" else f"{typed} {value}"


_VALUE = r"=('[^']*'|\([^)]*\)|[\w.+-]*\w)"
_MORE = (
    "decimal", "dates", "values", "bias", "coverage", "path", "to", "sizes", "formula", "n_members", "n_trials",
    *RANK_OPTIONS,
)  # fmt: skip
NAMED = {**FLAGS, **{name: flag_of(name) for name in _MORE}}
_NAMES = sorted(NAMED, key=len, reverse=True)
_SNAKES = [name for name in _NAMES if "_" in name]  # these are not English words
_ANY, _SNAKE = "|".join(_NAMES), "|".join(_SNAKES)
_ASSIGNED = re.compile(rf"(?<![\w-])(?:({_ANY}){_VALUE}|'?({_SNAKE})(?![\w-])'?|'({_ANY})'(?= must))")

IN_FLAGS = Wording(flag_of, in_flags)
