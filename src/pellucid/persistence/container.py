"""File format: tensors in safetensors, everything else as JSON in the header, one digest over every byte.

The header's ``__metadata__`` holds two texts: ``pellucid``, strict JSON, and ``sha256``, the SHA-256 of the
whole file with the digits of this digest set to 0. So the digest covers the tensors, the JSON, and the
lengths and names between them. It detects damage; it is not a signature, so a file with a valid digest is not
trusted either.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from pellucid.exceptions import ModelFileError, ParameterError
from pellucid.host.files import replace_file
from pellucid.persistence.budget import check_text, check_values

__all__ = ["FORMAT_VERSION", "Tensors", "naming", "read", "write"]

FORMAT_VERSION = 1
UNSIGNED = "0" * 64

Tensors = dict[str, NDArray[Any]]

# What Python, NumPy and safetensors raise at content that is not of the form they expect.
MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    safetensors.SafetensorError,
)


def write(path: str | os.PathLike[str], header: dict[str, Any], tensors: Tensors) -> None:
    """Write a model file atomically; the same content gives the same bytes.

    Parameters
    ----------
    path : path
        The path of the file.
    header : dict
        JSON.
    tensors : dict of str to ndarray
        The arrays; empty ones are left out.

    Raises
    ------
    ParameterError
        If :func:`read` would refuse the file. Nothing is written then.
    """
    for name, array in tensors.items():
        if not _is_finite(array):
            raise ParameterError(
                f"The model cannot be saved: {name!r} contains NaN or infinity, so the model cannot predict. "
                "Fit it again, or set finite values."
            )
    whole = sealed(header, tensors)
    try:
        check_text(whole[8 : 8 + _header_size(whole)].decode(), len(whole))
        check_values(header, len(whole))
    except ModelFileError as error:
        raise ParameterError(
            f"The model cannot be saved. {error} Shorten its notes, or parameters that hold long lists."
        ) from error
    replace_file(path, whole)


def sealed(header: dict[str, Any], tensors: Tensors) -> bytes:
    """Return the bytes of a model file, whatever it holds."""
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), allow_nan=False)
    plain = safetensors.numpy.save({k: np.ascontiguousarray(a) for k, a in tensors.items() if a.size})
    size = _header_size(plain)
    # safetensors writes metadata in a random order, so they are put in here.
    layout = {"__metadata__": {"pellucid": text, "sha256": UNSIGNED}, **json.loads(plain[8 : 8 + size])}
    head = json.dumps(layout, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)  # so that the tensors are aligned
    unsigned = len(head).to_bytes(8, "little") + head + plain[8 + size :]
    return unsigned.replace(_entry(UNSIGNED), _entry(hashlib.sha256(unsigned).hexdigest()), 1)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Tensors]:
    """Read a model file; raise an error that describes any damage.

    Parameters
    ----------
    path : path
        The path of the file.

    Returns
    -------
    header : dict
        JSON.
    tensors : dict of str to ndarray
        The arrays.

    Raises
    ------
    ModelFileError
        If the file is truncated, altered, foreign, or of a newer format, is not a regular file, holds numbers
        that are not finite, or would take much more memory than its size.
    FileNotFoundError
        If there is none.
    """
    data = _bytes(path)
    with naming(path):
        size = _header_size(data)
        if len(data) < 8 or size > len(data) - 8:
            raise ModelFileError("It is truncated or not a pellucid model file.")
        metadata = _parse(data[8 : 8 + size].decode(), len(data))["__metadata__"]
        header = _parse(metadata["pellucid"], len(data))
        _check_version(header)
        digest = metadata["sha256"]
        if _digest_of(data, _entry(digest)) != digest:
            raise ModelFileError(
                "It is damaged or was altered: its SHA-256 does not match the one it was saved with. Use "
                "another copy."
            )
        check_values(header, len(data))
        tensors = safetensors.numpy.load(data)
        for name, array in tensors.items():
            if not _is_finite(array):
                raise ModelFileError(f"Its tensor {name!r} contains NaN or infinity.")
        return header, tensors


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn any error in the content of a file into a ModelFileError that names the file."""
    try:
        yield
    except ModelFileError as error:
        raise ModelFileError(f"{path} cannot be loaded. {error}") from error
    except MALFORMED as error:
        raise ModelFileError(
            f"{path} cannot be loaded. It is not a pellucid model file, or its contents are inconsistent. Use "
            "another copy."
        ) from error


def _bytes(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a regular file; a pipe would wait, and a device never ends."""
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a folder gets the system's own error
        raise ModelFileError(f"{os.fspath(path)} cannot be loaded. It is not a regular file.")
    return Path(path).read_bytes()


def _is_finite(array: NDArray[Any]) -> bool:
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def _digest_of(data: bytes, entry: bytes) -> str:
    """Return the digest of a file with the digits of its own set to 0, without a copy of the file."""
    at, view = data.find(entry), memoryview(data)
    digest = hashlib.sha256(view if at < 0 else view[:at])
    if at >= 0:
        digest.update(_entry(UNSIGNED))
        digest.update(view[at + len(entry) :])
    return digest.hexdigest()


def _entry(digest: str) -> bytes:
    return f'"sha256":"{digest}"'.encode()


def _header_size(data: bytes) -> int:
    return int.from_bytes(data[:8], "little")


def _check_version(header: dict[str, Any]) -> None:
    version = header["format_version"]
    if type(version) is not int or version < 1:
        raise ModelFileError(f"Its format version is {version!r}, which is invalid.")
    if version > FORMAT_VERSION:
        raise ModelFileError(
            f"It has format version {version}, this pellucid reads up to {FORMAT_VERSION}: it was written by "
            f"pellucid {header.get('pellucid_version')!r}. Upgrade pellucid to read it."
        )


def _parse(text: str, file_size: int) -> dict[str, Any]:
    """Return a JSON object; refuse duplicate names, NaN and infinities, and excessive size."""
    check_text(text, file_size)
    parsed = json.loads(text, object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite)
    if not isinstance(parsed, dict):
        raise ModelFileError("Its header is not a JSON object.")
    return parsed


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    together = dict(pairs)
    if len(together) < len(pairs):
        raise ModelFileError("A name occurs twice in its header.")
    return together


def _finite(token: str) -> float:
    if not isfinite(number := float(token)):
        raise ModelFileError(f"{token} is in its header, which is not a JSON number.")
    return number
