"""Memory sizes as people write them."""

from __future__ import annotations

import re

from pellucid.exceptions import ParameterError

__all__ = ["bytes_of"]

UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def bytes_of(memory: int | str) -> int:
    """Return a size in bytes, such as 400000000 for ``"400MB"``.

    Parameters
    ----------
    memory : int or str
        Bytes, or a number with a unit: KB, MB, GB, TB, KiB, MiB, GiB.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    ParameterError
        If it is neither.

    Examples
    --------
    >>> bytes_of("1.5GB")
    1500000000
    """
    found = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([KMGT]?I?B?)\s*", str(memory).upper())
    unit = found[2] + ("" if not found[2] or found[2].endswith("B") else "B") if found else "?"
    size = int(float(found[1]) * UNITS[unit]) if found and unit in UNITS else 0
    if isinstance(memory, bool) or size < 10**6:
        raise ParameterError(
            "'memory' must be a number of bytes, at least 1 MB, or a text such as '400MB' or '2GB'; got "
            f"{memory!r}."
        )
    return size
