"""Records of a text file, found without parsing its fields: their places and numbers of fields.

It examines whole blocks of bytes, so it takes little time compared with parsing, whose row count it verifies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Records", "find_records", "without_lone_returns"]

QUOTE, LINE, RETURN, SPACE, TAB = b'"\n\r \t'
BLOCK = 1 << 23

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Records:
    """Places of the records in a file.

    Parameters
    ----------
    data : bytes
        The file.
    separator : str
        The separator of fields.
    starts, ends : ndarray of int
        Of each record, without its line end.
    n_separators : int
        Between fields, in all records and whatever lies between them.
    bad_quote : int
        The place of the first quote in the middle of a field, -1 if there is none.
    is_closed : bool
        True if every quote that was opened is closed.
    lines : ndarray of int or None, default=None
        The lines where records begin, where others before them were taken out.
    first_line : int, default=1
        The line of the user's file that is the first one here.
    """

    data: bytes
    separator: str
    starts: Places
    ends: Places
    n_separators: int
    bad_quote: int
    is_closed: bool
    lines: Places | None = None
    first_line: int = 1

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, place: int) -> bytes:
        return self.data[self.starts[place] : self.ends[place]]

    def line(self, place: int) -> int:
        """Return the line of the user's file where a record begins, counted from 1."""
        if self.lines is not None:
            return int(self.lines[place])
        return self.line_at(int(self.starts[place]))

    def line_at(self, place: int) -> int:
        """Return the line of the user's file that holds a byte."""
        return self.data.count(b"\n", 0, place) + self.first_line

    def beginning_with(self, *prefixes: bytes) -> Places:
        """Return the records that begin with one of these, none of them empty."""
        first = np.frombuffer(self.data, np.uint8)[np.minimum(self.starts, len(self.data) - 1)]
        likely = np.flatnonzero(np.isin(first, [prefix[0] for prefix in prefixes]))
        return np.array([place for place in likely.tolist() if self[place].startswith(prefixes)], np.int64)

    def blank(self) -> Places:
        """Return the records that hold only spaces."""
        short = np.flatnonzero(self.ends - self.starts < 2).tolist()
        likely = {*short, *self.beginning_with(b" ", b"\t", b"\r").tolist()}
        spaces = b" \t\r".replace(self.separator.encode(), b"")
        return np.array(sorted(place for place in likely if not self[place].strip(spaces)), np.int64)

    def without(self, places: Iterable[int]) -> Records:
        """Return the records without some of them."""
        kept = np.ones(len(self), bool)
        kept[list(places)] = False
        changes = np.flatnonzero(np.diff(kept.astype(np.int8), prepend=0, append=0))
        bounds = np.append(self.starts, len(self.data))
        data = b"".join(
            self.data[bounds[first] : bounds[last]] for first, last in changes.reshape(-1, 2).tolist()
        )
        breaks = np.flatnonzero(np.frombuffer(self.data, np.uint8) == LINE)
        lines = np.searchsorted(breaks, self.starts[kept]) + self.first_line
        return replace(find_records(data, self.separator), lines=lines)

    def n_fields(self) -> Places:
        """Return the number of fields of each record."""
        marks = [
            start + np.flatnonzero((block == ord(self.separator)) & outside)
            for start, block, outside, _ in _blocks(self.data)
        ]
        at = np.concatenate(marks) if marks else np.empty(0, np.int64)
        return 1 + np.searchsorted(at, self.ends) - np.searchsorted(at, self.starts)


def find_records(data: bytes, separator: str) -> Records:
    """Find the records of a file.

    Parameters
    ----------
    data : bytes
        The file, in UTF-8 or another encoding in which line ends, quotes and separators are bytes.
    separator : str
        One ASCII character.

    Returns
    -------
    Records
        Lines, but for line ends inside quotes.
    """
    raw = np.frombuffer(data, np.uint8)
    lines, n_separators, bad, is_open = [], 0, -1, False
    for start, block, outside, quotes in _blocks(data):
        lines.append(start + np.flatnonzero((block == LINE) & outside))
        n_separators += int(np.count_nonzero((block == ord(separator)) & outside))
        if quotes is not None and bad < 0:
            bad = _bad_quote(raw, start + quotes, ~outside[quotes], separator)
        is_open = not outside[-1]
    ends = np.concatenate([*lines, np.empty(0, np.int64)])
    starts = np.append(0, ends + 1)
    if len(ends) and ends[-1] == len(data) - 1:
        starts = starts[:-1]
    else:
        ends = np.append(ends, len(data))
    return Records(data, separator, starts, ends, n_separators, bad, not is_open)


def _blocks(data: bytes) -> Any:
    """Yield blocks: the start of each, its bytes, a mask of those outside quotes, and the places of its quotes."""
    raw, has_quotes, is_inside = np.frombuffer(data, np.uint8), b'"' in data, False
    for start in range(0, len(raw), BLOCK):
        block = raw[start : start + BLOCK]
        if not has_quotes:
            yield start, block, np.ones(len(block), bool), None
            continue
        quote = block == QUOTE
        inside = np.logical_xor.accumulate(quote) ^ is_inside
        is_inside = bool(inside[-1])
        yield start, block, ~inside, np.flatnonzero(quote)


def _bad_quote(raw: NDArray[np.uint8], at: Places, opens: NDArray[np.bool_], separator: str) -> int:
    """Return the first quote that opens or closes a field in the middle of it, -1 if there is none."""
    edges = [QUOTE, LINE, ord(separator)]
    opening, closing = at[opens], at[~opens]
    before, after = raw[np.maximum(opening - 1, 0)], raw[np.minimum(closing + 1, len(raw) - 1)]
    bad = [
        *opening[~np.isin(before, edges) & (opening > 0)][:1],
        *closing[~np.isin(after, [*edges, RETURN]) & (closing < len(raw) - 1)][:1],
    ]
    return int(min(bad, default=-1))


def without_lone_returns(data: bytes) -> bytes:
    """Return a file whose lines end with carriage returns alone, all or some, with proper line ends."""
    if data.count(b"\r") == data.count(b"\r\n"):
        return data
    changed = bytearray(data)
    into = np.frombuffer(changed, np.uint8)
    following = np.append(np.frombuffer(data, np.uint8)[1:], 0)
    for start, block, outside, _ in _blocks(data):
        lone = (block == RETURN) & outside & (following[start : start + len(block)] != LINE)
        into[start : start + len(block)][lone] = LINE
    del into
    return bytes(changed)
