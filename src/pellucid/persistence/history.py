"""Rows of a long history in a file next to a checkpoint: appended once, never rewritten.

If a checkpoint held the whole history, its cost would grow with the number of epochs. Instead, all rows but the
latest are in a second file, ``PATH.history-1`` or ``PATH.history-2``, as numbers of fixed width in the order of
the epochs. Each of several members has its own, such as ``PATH.history-1.0``. The checkpoint names the file, the
number of its valid rows, and their digest. Rows are appended before the checkpoint that names them is written, so
a crash in between leaves rows that no checkpoint names. A file that an earlier checkpoint names is not changed
before a later one has replaced that checkpoint.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from math import isfinite
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ModelFileError
from pellucid.host.files import append_to_file, replace_file
from pellucid.persistence.container import read
from pellucid.persistence.fields import Check, check_fields, each, of_type, one_of, whole
from pellucid.persistence.values import encode

__all__ = ["Ledger", "Row", "encode_rows", "recall", "tidy"]

Row = dict[str, Any]
SLOTS = (".history-1", ".history-2")
LATEST = 128  # rows that stay in the checkpoint
MOST_COLUMNS = 50  # whose bits fit into a number exactly
REFERENCE: dict[str, Check] = {
    "slot": one_of(*SLOTS),
    "names": lambda value: each(of_type(str))(value) and 0 < len(value) == len(set(value)) <= MOST_COLUMNS,
    "whole": each(of_type(str)),
    "n_rows": whole(1),
    "sha256": of_type(str),
}


class Ledger:
    """The second file of one training's checkpoints.

    Parameters
    ----------
    path : path
        The checkpoint.
    part : str, default=""
        The member whose rows these are; empty if there are none.
    """

    def __init__(self, path: str | os.PathLike[str], part: str = "") -> None:
        self.path, self.part = Path(os.path.realpath(path)), part
        self.reference: dict[str, Any] | None = None
        self.last: Row | None = None  # of the rows that it holds
        self.digest = hashlib.sha256()
        self.stamp: tuple[int, ...] | None = None

    def entrust(self, rows: Sequence[Row]) -> dict[str, Any] | None:
        """Append the new rows except the last, if there are many; return the checkpoint's record of the file.

        Parameters
        ----------
        rows : sequence of dict
            The whole history, of which the rows that were entrusted before are a part.

        Returns
        -------
        dict or None
            None where all rows stay in the checkpoint.
        """
        if not self._continues(rows):
            self.reference = self.last = None
        done = 0 if self.reference is None else self.reference["n_rows"]
        if len(rows) - done <= LATEST:
            return self.reference
        rows = rows[:-1]
        form = _form_of(rows[-1])
        if self.reference is not None and form != {name: self.reference[name] for name in form}:
            return self.reference  # rows of another form stay in the checkpoint
        packed = _packed(rows[done:], form)
        if packed is None:
            return self.reference
        digest = hashlib.sha256() if self.reference is None else self.digest.copy()
        digest.update(packed)
        try:
            slot = self._write(packed, done * 8 * (1 + len(form["names"])))
        except OSError:  # a full disk or a name that is too long: the rows stay in the checkpoint
            return self.reference
        self.digest, self.last, self.stamp = digest, rows[-1], self._stamp_of(slot)
        self.reference = {"slot": slot, **form, "n_rows": len(rows), "sha256": digest.hexdigest()}
        return self.reference

    def _write(self, packed: bytes, n_bytes: int) -> str:
        """Write rows after the first ``n_bytes`` of the file; return its slot."""
        if self.reference is None:
            slot = next(slot for slot in SLOTS if slot != _slot_of(self.path, self.part))
            replace_file(self._beside(slot), packed)
            return slot
        slot = str(self.reference["slot"])
        append_to_file(self._beside(slot), packed, at=n_bytes)
        return slot

    def _continues(self, rows: Sequence[Row]) -> bool:
        """Return whether the file is unchanged, and its rows are the first of these."""
        if self.reference is None:
            return True
        n = self.reference["n_rows"]
        same = n <= len(rows) and rows[n - 1] is self.last
        return same and self.stamp == self._stamp_of(self.reference["slot"])

    def _beside(self, slot: str) -> Path:
        return _beside(self.path, self.part, slot)

    def _stamp_of(self, slot: str) -> tuple[int, ...] | None:
        try:
            found = self._beside(slot).stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def tidy(path: str | os.PathLike[str], references: Mapping[str, Any]) -> None:
    """Remove the files next to a checkpoint that it no longer names, once it has been written."""
    path = Path(os.path.realpath(path))
    used = {_beside(path, part, reference["slot"]).name for part, reference in references.items()}
    ours = re.compile(re.escape(path.name) + r"\.history-[12](\.\d+)?")
    with suppress(OSError):
        for name in os.listdir(path.parent):
            if ours.fullmatch(name) and name not in used:
                path.with_name(name).unlink()


def recall(path: str | os.PathLike[str], references: Any) -> dict[str, list[Row]]:
    """Return the rows that a checkpoint has stored in the file next to it.

    Parameters
    ----------
    path : path
        The checkpoint.
    references : dict
        Its records of the files, by member; None if it has none.

    Returns
    -------
    dict of str to list of dict
        The rows of each member.

    Raises
    ------
    ModelFileError
        If a file is not there, or not the one that the checkpoint was written with.
    """
    if references is None:
        return {}
    if type(references) is not dict or not all(re.fullmatch(r"\d{0,9}", part) for part in references):
        raise ModelFileError("Its record of the history has an invalid form.")
    return {part: _recalled(Path(os.path.realpath(path)), part, said) for part, said in references.items()}


def _recalled(path: Path, part: str, reference: Any) -> list[Row]:
    check_fields(reference, REFERENCE, "Its record of the history")
    names, n_rows = reference["names"], reference["n_rows"]
    beside = _beside(path, part, reference["slot"])
    n_bytes = n_rows * 8 * (1 + len(names))
    try:
        if beside.stat().st_size < n_bytes:
            raise ModelFileError(f"{beside.name} next to it, the first part of its history, is truncated.")
        with beside.open("rb") as file:
            packed = file.read(n_bytes)
    except OSError as error:
        raise ModelFileError(
            f"The first {n_rows:,} rows of its history are in {beside.name} next to it, which cannot be read "
            f"({error.strerror}). Keep the two files together."
        ) from error
    if hashlib.sha256(packed).hexdigest() != reference["sha256"]:
        raise ModelFileError(
            f"{beside.name} next to it, the first part of its history, is not the one it was saved with."
        )
    return _unpacked(packed, names, set(reference["whole"]))


def _beside(path: Path, part: str, slot: str) -> Path:
    return path.with_name(path.name + slot + (f".{part}" if part else ""))


def encode_rows(rows: Iterable[Row], name: str) -> list[Any]:
    """Encode rows as :func:`~pellucid.persistence.values.encode` does, faster."""

    def encoded(value: Any) -> Any:
        kind = type(value)
        is_plain = value is None or kind is int or (kind is float and isfinite(value))
        return value if is_plain else encode(value, name)

    return [{"$": "dict", "items": [[key, encoded(value)] for key, value in row.items()]} for row in rows]


# ---- rows as numbers of fixed width ----------------------------------------------------------------------------


def _form_of(row: Row) -> dict[str, Any]:
    """Return the names of the columns, and those that hold integers."""
    return {"names": list(row), "whole": [name for name, value in row.items() if isinstance(value, int)]}


def _packed(rows: Sequence[Row], form: dict[str, Any]) -> bytes | None:
    """Return rows as numbers, each after the bits of those that are None; None for rows of another form."""
    names = form["names"]
    if not 0 < len(names) <= MOST_COLUMNS or any(list(row) != names for row in rows):
        return None
    table = np.zeros((len(rows), 1 + len(names)), "<f8")
    for place, name in enumerate(names):
        column = [row[name] for row in rows]
        kinds = {*map(type, column)}
        if not kinds <= ({int} if name in form["whole"] else {float, np.float64, NoneType}):
            return None
        table[:, 1 + place] = np.array(column, dtype=np.float64)
        if NoneType in kinds:
            table[:, 0] += [2.0**place * (value is None) for value in column]
    return table.tobytes()


def _unpacked(packed: bytes, names: list[str], integers: set[str]) -> list[Row]:
    table: NDArray[np.float64] = np.frombuffer(packed, "<f8").reshape(-1, 1 + len(names))
    columns: list[list[Any]] = []
    for place, name in enumerate(names):
        values: list[Any] = table[:, 1 + place].tolist()
        if name in integers:
            values = [int(value) for value in values]
        columns.append(values)
    for place, row in zip(*np.nonzero(_bits(table[:, 0], len(names))), strict=True):
        columns[row][place] = None
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _bits(column: NDArray[np.float64], n: int) -> NDArray[np.bool_]:
    if not ((column >= 0.0) & (column < 2.0**n) & (column == np.floor(column))).all():
        raise ModelFileError("The first part of its history has an invalid row.")
    return (column.astype(np.int64)[:, None] >> np.arange(n)) & 1 > 0


def _slot_of(path: Path, part: str) -> str | None:
    """Return the slot that the current checkpoint names."""
    try:
        header, _ = read(path)
        slot = header["history_files"][part]["slot"]
    except (OSError, ModelFileError, LookupError, TypeError):
        return None
    return slot if isinstance(slot, str) else None
