"""Notes in a model file, checked before use because the file may come from anyone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from math import isfinite
from pathlib import Path
from typing import Any

from pellucid.exceptions import DataError, ModelFileError, ParameterError
from pellucid.persistence.fields import Check, each, number, of_type, one_of, optional, whole
from pellucid.tabular.estimator_settings import choices_of
from pellucid.workflow.input_files.dataset import BUNDLED
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.target import TASKS
from pellucid.workflow.wording import option

__all__ = ["check_notes", "file_of", "noted_source"]


def _finite(value: Any) -> bool:
    return number(value) and isfinite(value)


def _scores(value: Any) -> bool:
    return type(value) is dict and all(
        type(name) is str and optional(number)(held) for name, held in value.items()
    )


def _intervals(value: Any) -> bool:
    return type(value) is dict and all(
        type(name) is str and each(_finite)(ends) and len(ends) == 2 for name, ends in value.items()
    )


def _dialect(value: Any) -> bool:
    """Return whether it describes a text file in the command line's terms."""
    own = {f.name for f in fields(Dialect)} - {"usual"}
    if type(value) is not dict or not set(value) <= own:
        return False
    if not all(type(held) is (bool if name == "header" else str) for name, held in value.items()):
        return False
    try:
        Dialect(**value)
    except ParameterError:
        return False
    return True


ESTIMATORS = {
    "MLPClassifier": ("mlp", TASKS[0]),
    "MLPRegressor": ("mlp", TASKS[1]),
    "TabularClassifier": ("tabular", TASKS[0]),
    "TabularRegressor": ("tabular", TASKS[1]),
}
TEXTS = each(of_type(str))
NAME = optional(of_type(str))
REQUIRED: dict[str, Check] = {
    "data": of_type(str),
    "target": of_type(str),
    "task": one_of(*TASKS),
    "identifier": NAME,
    "weight": NAME,
    "dropped": TEXTS,
    "test_fraction": lambda value: number(value) and 0.0 <= value < 1.0,
    "seed": whole(most=2**32 - 1),
}
OPTIONAL: dict[str, Check] = {
    "n_rows": whole(),
    "fingerprint": of_type(str),
    "baseline": lambda value: value is None or type(value) in (str, bool) or _finite(value),
    "scores": _scores,
    "intervals": _intervals,
    "model": one_of("mlp", "tabular"),
    "group": NAME,
    "time": NAME,
    "categorical": TEXTS,
    "numeric": TEXTS,
    "text": TEXTS,
    "dates": one_of(*choices_of("dates")),
    "drop_missing_target": of_type(bool),
    "dialect": _dialect,
    "n_bytes": whole(),
    "sha256": of_type(str),
}


def check_notes(noted: Mapping[str, Any], estimator: str) -> None:
    """Refuse notes of a training that ``pellucid train`` would not write with such an estimator.

    Parameters
    ----------
    noted : dict
        The notes, by name.
    estimator : str
        The name of the class in the file.

    Raises
    ------
    ModelFileError
        Naming the note.
    """
    for name, takes in {**REQUIRED, **OPTIONAL}.items():
        if name in noted and not takes(noted[name]):
            raise ModelFileError(
                f"Its note of the training, {name!r}, has an invalid value: {_short(noted[name])}."
            )
        if name not in noted and name in REQUIRED:
            raise ModelFileError(f"Its notes of the training lack {name!r}.")
    if ESTIMATORS.get(estimator) != (noted.get("model", "mlp"), noted["task"]):
        raise ModelFileError(
            f"Its notes are those of another model: a {noted.get('model', 'mlp')} for {noted['task']}, "
            f"beside a {estimator}."
        )
    if noted["task"] != TASKS[0] and not (noted.get("baseline") is None or _finite(noted["baseline"])):
        raise ModelFileError("Its note of the training, 'baseline', must be a number for a regression.")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


# ---- the data that a model names -----------------------------------------------------------------------------


def file_of(source: str) -> dict[str, Any]:
    """Return the identity of a table's file: its size and its SHA-256; nothing for a bundled set."""
    if source in BUNDLED:
        return {}
    with Path(source).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"n_bytes": file.tell(), "sha256": digest}


def noted_source(model: Path, origin: Any) -> str:
    """Return the path of the table that a model names as its training data, or the name of a bundled set.

    A model file from a stranger may name any other file, so a path in it is read only if the file there is,
    byte for byte, the one that the model was trained on.

    Parameters
    ----------
    model : Path
        The model file, for errors.
    origin : Origin
        Its notes.

    Returns
    -------
    str
        The entry to read.

    Raises
    ------
    DataError
        If there is no such file, it is another, or the model does not say which it was.
    """
    name = origin.data
    if name in BUNDLED:
        return str(name)
    ask = f"Name the table with {option('data')}."
    if name.replace("\\", "/").startswith("//"):  # a look there would send the user's credentials to a server
        raise DataError(f"{model} names {name!r} as its training data, which is on another machine. {ask}")
    if not origin.sha256:
        raise DataError(
            f"{model} names {name!r} as its training data, but does not record the file's SHA-256, so it "
            f"is not opened. {ask}"
        )
    path = Path(name)
    if not path.is_file():
        raise DataError(f"{model} names {name!r} as its training data, and there is no such file. {ask}")
    if path.stat().st_size != origin.n_bytes or file_of(name)["sha256"] != origin.sha256:
        raise DataError(
            f"{model} names {name!r} as its training data, but that file has changed since. {ask}"
        )
    return str(name)
