"""Text files of tables from any program: read as text, or refused with an error that names the problem.

Nothing is guessed silently: the separator is the one that is consistent with all first lines, quotes follow one
rule from the first line to the last, and the rows are counted twice.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from io import BytesIO, StringIO
from itertools import islice

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from pellucid.exceptions import DataError
from pellucid.host.counted import counted
from pellucid.workflow.input_files.decoding import decoded
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.input_files.records import Records, find_records, without_lone_returns
from pellucid.workflow.wording import option

__all__ = ["check_names", "read_csv"]

SEPARATORS, COMMENT = ",;\t|", "#"
HEAD, LINES = 1 << 16, 30  # bytes and records that show the separator


def read_csv(source: str, data: bytes, dialect: Dialect) -> tuple[pl.DataFrame, list[str]]:
    """Read a text file; every column as text, so that nothing is lost before its type is known.

    Parameters
    ----------
    source : str
        Its name in errors.
    data : bytes
        The file.
    dialect : Dialect
        The format, as far as it is known.

    Returns
    -------
    frame : polars.DataFrame
        Of text, as written.
    notes : list of str
        Remarks on the file, appended to.

    Raises
    ------
    DataError
        Naming the line, and what to do.
    """
    text, notes = decoded(source, data, dialect)
    text = without_lone_returns(text)
    named, text = _excel_line(text)
    if not text.strip():
        raise DataError(f"{source} is empty.")
    separator = dialect.separator or named or _sniffed(text, dialect)
    records = replace(find_records(text, separator), first_line=1 if named is None else 2)
    if records.bad_quote >= 0 or not records.is_closed:
        text, note = _requoted(source, records)
        records = find_records(text, separator)
        notes.append(note)
    records, said = _without_comments(source, records, dialect)
    notes += said
    names = _names(source, records, dialect)
    notes += _ragged(source, records, len(names))
    if separator not in ",\t" and dialect.separator is None:
        notes.append(f"Fields of {source} are separated by {separator!r}.")
    return _read(source, records, names, dialect), notes


def _excel_line(text: bytes) -> tuple[str | None, bytes]:
    """Return the separator that a first line such as ``sep=;`` names, and the rest."""
    first, _, rest = text.partition(b"\n")
    plain = first.strip().strip(b'"')
    if plain[:4].lower() == b"sep=" and len(plain) in (4, 5) and plain[4:].isascii():
        return plain[4:].decode() or "\t", rest
    return None, text


def _sniffed(text: bytes, dialect: Dialect) -> str:
    """Return the separator for which the first records have the same number of fields, and the most of them."""
    head = text[:HEAD]
    if len(text) > HEAD and b"\n" in head:
        head = head[: head.rindex(b"\n")]
    comment = (dialect.comment or "#").encode()
    kept = b"\n".join(line for line in head.split(b"\n") if line.strip() and not line.startswith(comment))
    lines = (kept or head).decode("utf-8", "replace")

    def fit(separator: str) -> tuple[bool, int]:
        rows = csv.reader(StringIO(lines, newline=""), delimiter=separator)
        try:
            counts = [len(fields) for fields in islice(rows, LINES) if fields]
        except csv.Error:  # a field beyond csv's limit
            return False, lines.partition("\n")[0].count(separator)
        return bool(counts) and len(set(counts)) == 1 < counts[0], counts[0] if counts else 0

    usual = str(dialect.usual.get("separator", ""))
    return max(dict.fromkeys(SEPARATORS + usual), key=fit)  # the first of them if none fits


# ---- quotes --------------------------------------------------------------------------------------------------


def _requoted(source: str, records: Records) -> tuple[bytes, str]:
    """Return a file with unusual quotes replaced by the usual ones, and the original quotes."""
    text = records.data.decode("utf-8")
    ways: list[tuple[str, dict[str, object]]] = [("quotes in the middle of a field are part of the text", {})]
    if '\\"' in text:
        ways.append(("a backslash escapes a quote inside quotes", {"escapechar": "\\"}))
    ways.append(("spaces stand before quotes", {"skipinitialspace": True}))
    for what, options in ways:
        rows = _strictly(text, records.separator, options)
        if rows is not None:
            into = StringIO()
            csv.writer(into, delimiter=records.separator, lineterminator="\n").writerows(rows)
            return (
                into.getvalue().encode(),
                f"Quoting in {source} is unusual and was read as follows: {what}.",
            )
    place = records.bad_quote
    if place < 0:  # the last one is open
        place = records.data.rindex(b'"')
        inside = np.searchsorted(records.starts, place, side="right") - 1
        place = int(records.starts[inside])
    line = records.line_at(place)
    raise DataError(
        f"{source} has a quote that is not closed, or is in the middle of a field, in line {line} or "
        "before. "
        'Look for quotes that are not closed; inside a quoted field a quote is written twice ("").'
    )


def _strictly(text: str, separator: str, options: dict[str, object]) -> list[list[str]] | None:
    """Return the rows of a file by a quoting rule, None if it does not follow the rule."""
    found: list[list[str]] = []
    try:
        for fields in csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True, **options):  # type: ignore[arg-type]
            if not fields:
                continue
            if len(fields) != len(found[0] if found else fields):
                return None
            found.append(fields)
    except csv.Error:
        return None
    return found


# ---- lines and names -----------------------------------------------------------------------------------------


def _without_comments(source: str, records: Records, dialect: Dialect) -> tuple[Records, list[str]]:
    """Return the records without blank lines and comments."""
    notes, dropped = [], set(records.blank().tolist())
    if dialect.comment:
        dropped |= set(records.beginning_with(dialect.comment.encode()).tolist())
    elif n := _leading_comments(records, dropped):
        dropped |= set(range(n))
        notes.append(
            f"Lines that begin with # at the top of {source} were left out: {n}. "
            f"{option('comment', COMMENT)} skips all others too."
        )
    if not dropped:
        return records, notes
    return records.without(dropped), notes


def _leading_comments(records: Records, blank: set[int]) -> int:
    """Return the number of leading comments: records with another number of fields than those after them."""
    n = 0
    while n < len(records) and (n in blank or records[n].lstrip().startswith(b"#")):
        n += 1
    if n == 0 or n == len(records) or not records[0].lstrip().startswith(b"#"):
        return 0
    counts = [record.count(records.separator.encode()) for record in map(records.__getitem__, range(n + 1))]
    return n - 1 if counts[-1] == counts[-2] else n  # then the last one holds the names


def _names(source: str, records: Records, dialect: Dialect) -> list[str]:
    if not len(records):
        raise DataError(f"{source} is empty.")
    try:
        first = next(
            csv.reader(StringIO(records[0].decode("utf-8"), newline=""), delimiter=records.separator)
        )
    except csv.Error as error:
        raise DataError(
            f"{source}: its first line cannot be read: {error}. Look for quotes that are not closed."
        ) from error
    if not dialect.header:
        return [f"column_{place}" for place in range(1, len(first) + 1)]
    return [name.strip() for name in first]


def _ragged(source: str, records: Records, n_columns: int) -> list[str]:
    """Refuse records with too many fields; return a note if some have too few."""
    if records.n_separators == len(records) * (n_columns - 1):
        return []
    n_fields = records.n_fields()
    if (long := n_fields > n_columns).any():
        place = int(long.argmax())
        raise DataError(
            f"{source} cannot be read as a CSV file with {counted(n_columns, 'column')}: Line "
            f"{records.line(place)} has {n_fields[place]} fields. Look for a separator inside a field without "
            f"quotes, or give {option('separator')}."
        )
    short = np.flatnonzero(n_fields < n_columns)
    place = int(short[0])
    if records[place].lstrip().startswith(b"#"):
        raise DataError(
            f"{source}: line {records.line(place)} begins with # and has fewer fields than there are "
            f"columns. Give {option('comment', COMMENT)} to skip such lines."
        )
    return [
        f"Rows of {source} with fewer fields than there are columns: {len(short)}, the first in line "
        f"{records.line(place)}. Their last columns are missing values."
    ]


def _read(source: str, records: Records, names: list[str], dialect: Dialect) -> pl.DataFrame:
    n_rows = len(records) - dialect.header
    unique = [f"{place}" for place in range(len(names))]
    try:
        frame = pl.read_csv(
            BytesIO(records.data),
            separator=records.separator,
            has_header=dialect.header,
            infer_schema=False,
            new_columns=unique,
            quote_char='"' if b'"' in records.data else None,
        )
    except PolarsError as error:
        first = str(error).strip().splitlines()[0].rstrip(".")
        raise DataError(
            f"{source} cannot be read as a CSV file with {counted(len(names), 'column')}: {first}."
        ) from error
    if frame.height != n_rows:
        raise DataError(
            f"{source} has {counted(n_rows, 'row')} by its lines and {frame.height:,} by its fields. Look for "
            "quotes that are not closed."
        )
    for name in reversed(unique):  # for lines that end with a separator
        if names[int(name)] or frame[name].null_count() + (frame[name] == "").sum() < frame.height:
            break
        frame = frame.drop(name)
    check_names(source, [names[int(name)] for name in frame.columns])
    return frame.rename({name: names[int(name)] for name in frame.columns})


def check_names(source: str, names: list[str]) -> None:
    """Raise a DataError if two columns have the same name."""
    twice = [repr(name) for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"{source} has more than one column named {', '.join(twice)}. Each needs its own name."
        )
