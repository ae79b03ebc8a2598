"""Arrays from an untrusted file in NumPy's ``.npz`` format."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from io import BytesIO
from math import prod
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from pellucid.exceptions import DataError

__all__ = ["read_arrays"]

# Limits of what a file may unpack to. Columns of zeros compress a thousandfold, so LEAST is always allowed.
LEAST, TIMES = 256 << 20, 20
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_arrays(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Return the arrays of numbers and text in a file, without running any code from it.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    dict of str to ndarray
        By name.

    Raises
    ------
    DataError
        If it is not such a file, is damaged, holds other objects, or unpacks to much more than its size.
    FileNotFoundError
        If there is no such file.
    """
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise DataError(f"{path} is not a record of pellucid: it is not a regular file.")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            n_bytes = sum(member.file_size for member in members)
            if n_bytes > LEAST + TIMES * found.st_size:
                raise DataError(
                    f"{path} has {found.st_size / 1e6:.2f} MB and would unpack to {n_bytes / 1e6:.0f} MB, as "
                    "files made to exhaust memory do."
                )
            return {member.filename.removesuffix(".npy"): _array(archive.read(member)) for member in members}
    except DataError:
        raise
    except (OSError, ValueError, KeyError, EOFError, TypeError, RuntimeError, zipfile.BadZipFile, zlib.error,
            NotImplementedError) as cause:  # fmt: skip
        raise DataError(f"{path} is not a record of pellucid: {cause}") from cause


def _array(data: bytes) -> NDArray[Any]:
    """Return the array in a member; its shape must match its bytes, whose memory is already allocated."""
    file = BytesIO(data)
    version = npy.read_magic(file)
    if version not in HEADERS:
        raise ValueError(f"an array of the unknown format {version}")
    shape, is_fortran, dtype = HEADERS[version](file)
    n_bytes = len(data) - file.tell()
    if dtype.kind not in "fiuU" or prod(shape) * dtype.itemsize != n_bytes or dtype.itemsize == 0:
        raise ValueError(f"an array of {dtype} and shape {shape} in {n_bytes} bytes")
    flat = np.frombuffer(data, dtype, offset=file.tell())
    return flat.reshape(shape, order="F" if is_fortran else "C").copy()
