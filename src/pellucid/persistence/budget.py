"""One allowance of memory per model file, tied to its size.

A header of a few bytes can request much memory: for arrays of wide text, thousands of layers, nested lists. So an
upper bound on a header's memory is estimated before it is read, and again before it is decoded. ``save`` holds its
own files to the same allowance, so that each of them loads.
"""

from __future__ import annotations

from typing import Any

from pellucid.exceptions import ModelFileError

__all__ = ["ALLOWANCE", "TIMES", "check_text", "check_values"]

ALLOWANCE, TIMES = 32 << 20, 18  # bytes of memory for a header, and for each byte of the file
DEEPEST = 200  # nesting of lists
LARGEST = 2**1023  # of whole numbers: every one of them is a finite float

# Bytes of memory for a character of JSON and what follows from it, parsed and decoded.
COSTS = {"[": 170, "{": 400, ",": 49, '"': 25}
LAYER = 4096  # of a network with all its possible fields


def check_text(text: str, file_size: int) -> None:
    """Refuse JSON that would take too much memory for a file of this size.

    Parameters
    ----------
    text : str
        JSON, not parsed yet.
    file_size : int
        The size of the file in bytes.

    Raises
    ------
    ModelFileError
        In words that follow the name of the file.
    """
    is_narrow = text.isascii() and "\\u" not in text  # a text takes 1, 2 or 4 bytes for each character
    characters = len(text) * (1 if is_narrow else 4)
    _refuse(characters + sum(cost * text.count(mark) for mark, cost in COSTS.items()), file_size)


def check_values(header: Any, file_size: int) -> None:
    """Refuse a header whose text arrays and layers would together take too much memory.

    Parameters
    ----------
    header : dict
        Parsed JSON.
    file_size : int
        The size of the file in bytes.

    Raises
    ------
    ModelFileError
        Also where lists are nested too deeply, or a whole number is too large.
    """
    n_bytes, level, depth = 0, [header], 0
    while level:  # of all values that are equally deep
        depth += 1
        if depth > DEEPEST:
            raise ModelFileError(f"Its header is nested more than {DEEPEST} levels deep.")
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                n_bytes += _of_text_array(value)
                below.extend(value.values())
            elif isinstance(value, list):
                n_bytes += _of_layers(value)
                below.extend(value)
            elif type(value) is int and not -LARGEST < value < LARGEST:
                raise ModelFileError("Its header holds a whole number of more than 300 digits.")
        level = below
    _refuse(n_bytes, file_size)


def _of_text_array(value: dict[str, Any]) -> int:
    """Return what an encoded array of text takes: as many characters in each entry as the longest has."""
    items = value.get("items")
    if value.get("dtype") != "text" or not isinstance(items, list):
        return 0
    return 4 * len(items) * max((len(item) for item in items if isinstance(item, str)), default=0)


def _of_layers(value: list[Any]) -> int:
    """Return what the layers of a network take, where this is the option that says how many there are."""
    if len(value) == 2 and value[0] == "layer_sizes" and isinstance(value[1], list):
        return LAYER * len(value[1])
    return 0


def _refuse(n_bytes: int, file_size: int) -> None:
    if n_bytes > ALLOWANCE + TIMES * file_size:
        raise ModelFileError(
            f"Its header would take {n_bytes / 1e6:.0f} MB of memory, too much for a file of "
            f"{file_size / 1e6:.3g} MB."
        )
