"""Check that Parquet files that are read repeatedly do not change."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from pellucid.exceptions import DataError
from pellucid.tabular.parquet.parquet_files import end_of

__all__ = ["UnchangedFiles"]


class UnchangedFiles:
    """Files, with digests of their ends by which a later change is noticed.

    Parameters
    ----------
    files : sequence of str
        The files.
    """

    def __init__(self, files: Sequence[str]) -> None:
        self.ends = {file: end_of(file) for file in files}
        self.stamps = {file: _stamp(file) for file in files}

    def check(self, file: str) -> None:
        """Refuse a file whose content has changed; one that was only copied or touched is the same.

        Parameters
        ----------
        file : str
            One of the files.

        Raises
        ------
        DataError
            If it has.
        """
        with suppress(FileNotFoundError):  # which is reported when the file is read
            stamp = _stamp(file)
            if stamp == self.stamps[file]:
                return
            if end_of(file) != self.ends[file]:
                raise DataError(f"{file} changed during training. Train again, on files that do not change.")
            self.stamps[file] = stamp


def _stamp(file: str) -> tuple[int, int, int]:
    found = os.stat(file)
    return found.st_size, found.st_mtime_ns, found.st_ino
