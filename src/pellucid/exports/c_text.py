"""Indices, numbers and texts in C."""

from __future__ import annotations

import re
from math import prod
from typing import Any

import numpy as np

__all__ = ["broadcast", "flat", "literal", "moved", "shifted", "text_literal", "unflat"]


def flat(at: tuple[str, ...], shape: tuple[int, ...]) -> str:
    """Return the place of an entry in row-major order."""
    terms, stride = [], 1
    for index, size in zip(reversed(at), reversed(shape), strict=True):
        if size != 1 and index != "0":
            terms.append(
                index
                if stride == 1
                else f"{index} * {stride}"
                if _is_plain(index)
                else f"({index}) * {stride}"
            )
        stride *= size
    return " + ".join(reversed(terms)) or "0"


def unflat(place: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return indices for a place in row-major order."""
    found, stride = [], 1
    total = prod(shape)
    for size in reversed(shape):
        if size == 1:
            found.append("0")
        elif stride * size == total:
            found.append(place if stride == 1 else f"({place}) / {stride}")
        else:
            found.append(f"({place}) % {size}" if stride == 1 else f"({place}) / {stride} % {size}")
        stride *= size
    return tuple(reversed(found))


def broadcast(at: tuple[str, ...], shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return the indices of an entry of a smaller array, aligned at the last axis."""
    if not shape:
        return ()
    return tuple("0" if size == 1 else index for index, size in zip(at[-len(shape) :], shape, strict=True))


def shifted(index: str, start: int, step: int) -> str:
    """Return an index of a slice as one of the whole."""
    text = index if step == 1 else f"({index}) * {step}"
    return text if start == 0 else str(int(text) + start) if text.isdigit() else f"{text} + {start}"


def moved(at: tuple[str, ...], axis: int, start: int) -> tuple[str, ...]:
    """Return indices moved along an axis."""
    return tuple(shifted(index, start, 1) if k == axis else index for k, index in enumerate(at))


def _is_plain(text: str) -> bool:
    return re.fullmatch(r"\w+(\[\w+\])?", text) is not None


def literal(value: Any, dtype: str) -> str:
    """Return a number in C."""
    if dtype == "int64":
        return (
            "INT64_MIN"
            if int(value) == -(2**63)
            else str(int(value))
            if abs(int(value)) < 2**31
            else f"INT64_C({int(value)})"
        )
    if dtype == "bool":
        return str(int(value))
    x = float(value)
    if x != x:
        return "NAN"
    if np.isinf(x):
        return "INFINITY" if x > 0 else "-INFINITY"
    text = repr(float(str(np.float32(value)))) if dtype == "float32" else repr(x)
    return f"{text}f" if dtype == "float32" else text


def text_literal(text: str) -> str:
    """Return a string literal of UTF-8, in which no character can end it."""
    entries = []
    for byte in text.encode():
        is_plain = 32 <= byte < 127 and chr(byte) not in '"\\?'
        entries.append(chr(byte) if is_plain else f"\\{byte:03o}")
    return '"' + "".join(entries) + '"'
