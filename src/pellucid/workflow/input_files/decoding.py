"""Decoding of text files to UTF-8, with notes on the encoding."""

from __future__ import annotations

import codecs

from pellucid.exceptions import DataError
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.wording import option

__all__ = ["decoded"]

MARKS = {  # longer ones first: UTF-32 begins like UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def decoded(source: str, data: bytes, dialect: Dialect) -> tuple[bytes, list[str]]:
    """Return a file in UTF-8 without a byte order mark, and notes on its encoding.

    Parameters
    ----------
    source : str
        Its name in errors.
    data : bytes
        The file.
    dialect : Dialect
        Its encoding, if the user gives it.

    Returns
    -------
    text : bytes
        In UTF-8.
    notes : list of str
        Remarks; one is appended if the file had another encoding.

    Raises
    ------
    DataError
        If it is in none that is certain, or not in the one that the user says.
    """
    marked = next((name for mark, name in MARKS.items() if data.startswith(mark)), None)
    encoding = dialect.encoding or marked
    if encoding is not None and encoding not in ("utf-8", "utf-8-sig", "ascii"):
        try:
            text = data.decode(encoding).removeprefix("\ufeff").encode("utf-8")
        except (UnicodeError, LookupError) as error:
            raise DataError(
                f"{source} is not in {encoding}: {error}. Give another {option('encoding')}."
            ) from error
        _refuse_zeros(source, text)
        return text, [] if dialect.encoding else [
            f"{source} is in {encoding.upper()}, judging by its first bytes."
        ]
    plain = data.removeprefix(codecs.BOM_UTF8)
    _refuse_zeros(source, plain)
    if not plain.isascii():
        try:
            plain.decode("utf-8")
        except UnicodeDecodeError as error:
            usual = dialect.usual.get("encoding")
            if usual is not None and dialect.encoding is None:
                return decoded(source, data, Dialect(encoding=usual))
            line = plain.count(b"\n", 0, error.start) + 1
            raise DataError(
                f"{source} is not UTF-8: line {line} holds the byte 0x{plain[error.start]:02x}. Give its "
                f"{option('encoding')}, such as cp1252 (Windows in Western Europe) or shift_jis, or save "
                "it as CSV in UTF-8."
            ) from error
    return plain, []


def _refuse_zeros(source: str, data: bytes) -> None:
    if b"\0" not in data:
        return
    start = data[:1000]
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if start[first::2].count(0) > len(start) / 4 > 4 * start[1 - first :: 2].count(0):
            raise DataError(
                f"{source} holds zero bytes as {name.upper()} does. If so, give {option('encoding', name)}."
            )
    raise DataError(f"{source} is not text: it holds zero bytes. Save it as CSV in UTF-8, or as Parquet.")
