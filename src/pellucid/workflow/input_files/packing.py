"""Compressed files: gzip, bzip2, xz, Zstandard, and zip archives with one table; unpacked within a limit."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from pellucid.exceptions import DataError

__all__ = ["PACKED", "packing_of", "table_name", "unpack"]

CHUNK = 1 << 20
# A table shrinks to a fifth or a tenth of its size; files made to exhaust memory, to a thousandth.
LEAST_UNPACKED, MOST_TIMES = 64 << 20, 100


@dataclass(frozen=True)
class Packing:
    """Compression format of a file.

    Parameters
    ----------
    name : str
        Its name in messages.
    unpacked : callable
        Returns a file to read from for a packed one.
    command : str
        Unpacks a file by hand.
    magic : bytes
        The first bytes of such files.
    """

    name: str
    unpacked: Callable[[IO[bytes]], Any]
    command: str
    magic: bytes


def _zstandard(file: IO[bytes]) -> Any:
    try:
        zstandard = import_module("zstandard")
    except ImportError:
        raise DataError(
            'Decompressing .zst requires zstandard: pip install "pellucid[files]". '
            "Or decompress it first, with zstd -d."
        ) from None
    return _Zstandard(file, zstandard.ZstdDecompressor())


class _Zstandard:
    """A file packed with Zstandard; unlike the library's own reader, it raises an error if it is truncated."""

    def __init__(self, file: IO[bytes], unpacker: Any) -> None:
        self.file, self.unpacker = file, unpacker
        self.frame: Any = None
        self.rest = b""

    def __enter__(self) -> _Zstandard:
        return self

    def __exit__(self, *error: object) -> None:
        """Do nothing: the file belongs to the caller."""

    def read(self, n_bytes: int) -> bytes:
        """Return about ``n_bytes`` bytes or more; none at the end."""
        found: Any = b""
        while not found:
            packed = self.rest or self.file.read(1 << 12)
            if not packed and self.frame is not None:
                raise EOFError("it ends in the middle")
            if not packed:
                return b""
            self.frame = self.frame or self.unpacker.decompressobj()
            found = self.frame.decompress(packed)
            self.rest = self.frame.unused_data if self.frame.eof else b""
            self.frame = None if self.frame.eof else self.frame
        return bytes(found)


def _only_member(file: IO[bytes]) -> Any:
    archive = zipfile.ZipFile(file)
    return archive.open(_member(archive))


PACKED: dict[str, Packing] = {
    ".gz": Packing("gzip", lambda file: gzip.GzipFile(fileobj=file), "gunzip --keep", b"\x1f\x8b"),
    ".bz2": Packing("bzip2", bz2.BZ2File, "bunzip2 --keep", b"BZh"),
    ".xz": Packing("xz", lzma.LZMAFile, "unxz --keep", b"\xfd7zXZ\0"),
    ".zst": Packing("Zstandard", _zstandard, "zstd -d", b"\x28\xb5\x2f\xfd"),
    ".zip": Packing("zip", _only_member, "unzip", b"PK\3\4"),
}


def packing_of(beginning: bytes) -> str | None:
    """Return the suffix of compressed files that begin like this, None if they are not compressed."""
    return next((ending for ending, row in PACKED.items() if beginning.startswith(row.magic)), None)


def table_name(path: Path) -> Path:
    """Return the name of a file without its compression suffix; for a zip archive, the name of its table."""
    if path.suffix.lower() not in PACKED:
        return path
    inner = path.with_suffix("")
    if inner.suffix or path.suffix.lower() != ".zip" or not path.is_file():
        return inner
    try:
        with zipfile.ZipFile(path) as archive:
            return path.parent / Path(_member(archive)).name
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise DataError(f"{path} is not a complete zip file: {error}. Copy or download it again.") from error
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def unpack(source: str, packed: IO[bytes], plain: IO[bytes], ending: str) -> None:
    """Write the contents of a compressed file to another.

    Parameters
    ----------
    source : str
        Its name in errors.
    packed, plain : file
        From and to.
    ending : str
        A key of ``PACKED``.

    Raises
    ------
    DataError
        If it is damaged, or unpacks to much more than its size.
    """
    row, size = PACKED[ending], os.fstat(packed.fileno()).st_size
    most, n_bytes = LEAST_UNPACKED + MOST_TIMES * size, 0
    try:
        with row.unpacked(packed) as unpacking:
            while chunk := unpacking.read(CHUNK):
                n_bytes += len(chunk)
                if n_bytes > most:
                    raise DataError(
                        f"{source} has {size / 1e6:.2f} MB and decompresses to more than {most / 1e6:.0f} "
                        f"MB, {MOST_TIMES} times its size and {LEAST_UNPACKED / 1e6:.0f} MB, as files made "
                        f"to exhaust memory do. If you trust it, decompress it first: {row.command} "
                        f"{Path(source).name}"
                    )
                plain.write(chunk)
    except (DataError, MemoryError):
        raise
    except (
        OSError,
        EOFError,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
        RuntimeError,
        ValueError,
    ) as error:
        raise _damaged(source, row, error) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "zstandard":
            raise
        raise _damaged(source, row, error) from error


def _damaged(source: str, row: Packing, error: Exception) -> DataError:
    return DataError(f"{source} is not a complete {row.name} file: {error}. Copy or download it again.")


def _member(archive: zipfile.ZipFile) -> str:
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    names = [name for name in names if not name.startswith("__MACOSX/") and Path(name).name[0] != "."]
    if len(names) != 1:
        held = f"{len(names)} files: {', '.join(names[:5])}" if names else "no file"
        raise DataError(
            f"The zip archive holds {held}. It must hold one table; unpack it and name the one to read."
        )
    return names[0]
