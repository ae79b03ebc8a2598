"""Messages between the page and an engine: JSON, and a tail of float64 numbers.

A message is the length of its JSON as an unsigned integer of 32 bits, little endian; the JSON in UTF-8, padded
with spaces so that the tail begins at a multiple of 8; and the tail. ``arrays`` in the JSON lists the pieces of
the tail in order, each a place in the message and a number of values: ``["theta", 25]``, ``["dataset.X", 600]``.
Nothing in a message is a path, code or a pickled object.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pellucid.host.plain_json import once
from pellucid.playground.errors import SetupError

__all__ = ["MOST_BYTES", "VERSION", "decode", "encode", "plain"]

VERSION = 1
MOST_BYTES = 20_000_000  # of a message
MOST_ARRAYS, MOST_DEPTH, LONGEST_PLACE = 16, 3, 100
FLOATS = np.dtype("<f8")


def encode(message: Mapping[str, Any]) -> bytes:
    """Return a message as bytes.

    Parameters
    ----------
    message : dict
        For JSON, with arrays at any place in it; a number that is not finite becomes null, in an array it stays.

    Returns
    -------
    bytes
        The message.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.playground.protocol import decode, encode
    >>> decode(encode({"type": "state", "theta": np.array([0.5, 2.0])}))["theta"]
    array([0.5, 2. ])
    """
    pieces: list[tuple[str, Any]] = []
    body = _without_arrays(message, "", pieces)
    listed = [[place, array.size] for place, array in pieces]
    text = json.dumps({**body, "arrays": listed}, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % 8)
    tail = [np.ascontiguousarray(array, FLOATS).tobytes() for _, array in pieces]
    return b"".join([len(text).to_bytes(4, "little"), text, *tail])


def decode(data: bytes) -> dict[str, Any]:
    """Return the message that bytes hold.

    Parameters
    ----------
    data : bytes
        From the other side, honest or hostile.

    Returns
    -------
    dict
        The message; its arrays are read-only and of one dimension.

    Raises
    ------
    SetupError
        If it is not a message; nothing of it is then used.
    """
    if len(data) > MOST_BYTES:
        raise _bad(f"it has {len(data):,} bytes; the limit is {MOST_BYTES:,}")
    n = int.from_bytes(data[:4], "little")
    if len(data) < 4 or len(data) < 4 + n:
        raise _bad("it is shorter than it states")
    try:
        message = json.loads(data[4 : 4 + n], parse_constant=_refuse_constant, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise _bad("it does not hold JSON") from error
    if not isinstance(message, dict):
        raise _bad("its JSON is not an object")
    _place(message, message.pop("arrays", []), data[4 + n :])
    return message


def plain(value: Any) -> Any:
    """Return a value as JSON holds it: NumPy's scalars as numbers, what is not finite as null.

    Parameters
    ----------
    value : object
        Of mappings, sequences, text, numbers and None.

    Returns
    -------
    object
        The same in plain types.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, str | bool | int) else str(value)


def _without_arrays(message: Mapping[str, Any], place: str, pieces: list[tuple[str, Any]]) -> dict[str, Any]:
    body = {}
    for key, value in message.items():
        here = f"{place}{key}"
        if isinstance(value, np.ndarray):
            pieces.append((here, value))
        elif isinstance(value, Mapping):
            body[key] = _without_arrays(value, f"{here}.", pieces)
        else:
            body[key] = plain(value)
    return body


def _place(message: dict[str, Any], listed: Any, tail: bytes) -> None:
    if not isinstance(listed, list) or len(listed) > MOST_ARRAYS:
        raise _bad(f"its 'arrays' must be a list of up to {MOST_ARRAYS}")
    at = 0
    for holder, key, size in _places(message, listed):
        if at + 8 * size > len(tail):
            raise _bad("its tail is shorter than its arrays")
        holder[key] = np.frombuffer(tail, FLOATS, size, at).astype(np.float64)
        holder[key].flags.writeable = False
        at += 8 * size
    if at != len(tail):
        raise _bad("its tail is longer than its arrays")


def _places(message: dict[str, Any], listed: list[Any]) -> Iterator[tuple[dict[str, Any], str, int]]:
    for each in listed:
        if not (isinstance(each, list) and len(each) == 2):
            raise _bad("an array must have a place and a size")
        place, size = each
        if (
            not isinstance(place, str)
            or len(place) > LONGEST_PLACE
            or not isinstance(size, int)
            or isinstance(size, bool)
            or size < 0
        ):
            raise _bad("an array must have a place and a size")
        *path, key = place.split(".")
        holder: Any = message
        for name in path:
            holder = holder.get(name) if isinstance(holder, dict) else None
        if not isinstance(holder, dict) or key in holder or len(path) >= MOST_DEPTH:
            raise _bad(f"there is no place {place[:40]!r} for an array")
        yield holder, key, size


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _bad(why: str) -> SetupError:
    return SetupError("message", f"This is not a message of the playground: {why}.")
