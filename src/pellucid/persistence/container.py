"""The file: tensors in safetensors, everything else as JSON in its header, one digest over every byte.

The header's ``__metadata__`` holds two texts: ``pellucid``, canonical JSON, and ``sha256``, the SHA-256 of
the whole file with the digits of this very digest set to 0. So the digest covers the tensors, the JSON, and
the lengths and names between them. Files are written beside their place and moved there, so that a crash
leaves the old file or the new one, never half of one.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from pellucid.exceptions import ModelFileError

__all__ = ["FORMAT_VERSION", "read", "write"]

FORMAT_VERSION = 1
UNSIGNED = b"0" * 64
DIGEST_KEY = b'"sha256":"'

Tensors = dict[str, NDArray[Any]]


def write(path: str | os.PathLike[str], header: dict[str, Any], tensors: Tensors) -> None:
    """Write a model file, whole or not at all.

    Parameters
    ----------
    path : path
        Where.
    header : dict
        JSON.
    tensors : dict of str to ndarray
        The arrays; empty ones are left out.
    """
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), allow_nan=False)
    metadata = {"pellucid": text, "sha256": UNSIGNED.decode()}
    kept = {name: np.ascontiguousarray(array) for name, array in tensors.items() if array.size}
    unsigned: bytes = safetensors.numpy.save(kept, metadata)
    digest = hashlib.sha256(unsigned).hexdigest().encode()
    _replace(Path(path), unsigned.replace(DIGEST_KEY + UNSIGNED, DIGEST_KEY + digest, 1))


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Tensors]:
    """Read a model file, or say what is wrong with it.

    Parameters
    ----------
    path : path
        Where.

    Returns
    -------
    header : dict
        JSON.
    tensors : dict of str to ndarray
        The arrays.

    Raises
    ------
    ModelFileError
        If the file is truncated, altered, foreign, or of a newer format.
    FileNotFoundError
        If there is none.
    """
    data = Path(path).read_bytes()
    metadata = _metadata(path, data)
    header = json.loads(metadata["pellucid"])
    version = header.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise ModelFileError(
            f"{path} has format version {version}, this pellucid reads up to {FORMAT_VERSION}: it was written by "
            f"pellucid {header.get('pellucid_version')}. Upgrade pellucid to read it."
        )
    digest = metadata["sha256"].encode()
    unsigned = data.replace(DIGEST_KEY + digest, DIGEST_KEY + UNSIGNED, 1)
    if hashlib.sha256(unsigned).hexdigest().encode() != digest:
        raise ModelFileError(
            f"{path} is damaged or was altered: its SHA-256 is not the one it was saved with. Use another copy."
        )
    tensors: Tensors = safetensors.numpy.load(data)
    return header, tensors


def _metadata(path: Any, data: bytes) -> dict[str, str]:
    """Return the texts of the safetensors header, before anything is believed of it."""
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > len(data) - 8:
        raise ModelFileError(f"{path} is truncated, or is no pellucid model file.")
    try:
        metadata = json.loads(data[8 : 8 + size])["__metadata__"]
        header = json.loads(metadata["pellucid"])
        sane = (
            isinstance(header, dict) and isinstance(metadata["sha256"], str) and len(metadata["sha256"]) == 64
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelFileError(f"{path} is no pellucid model file, or its header is damaged.") from error
    if not sane:
        raise ModelFileError(f"{path} is no pellucid model file, or its header is damaged.")
    texts: dict[str, str] = metadata
    return texts


def _replace(path: Path, data: bytes) -> None:
    """Put the bytes at ``path`` in one move."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _mode(path: Path) -> int:
    """Return the permissions of the file that is replaced, or those of a new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
