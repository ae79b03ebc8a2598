"""Errata of five courses' notes, each with a check that recomputes what is right.

:data:`MISPRINTS` lists them by number; ``MISPRINTS["E1"].check()`` computes the evidence and
``MISPRINTS["E1"].status`` tells how the place was verified. Most notes were read as extracted text, which can
lose a minus sign or a subscript; only a misprint in the author's own source is attributed to the author.
"""

from pellucid.courses.misprints import (
    note_000,
    note_001,
    note_002,
    note_002_training,
    note_003,
    note_004,
)
from pellucid.courses.misprints.misprint import COURSES, KINDS, STATUSES, Evidence, Misprint

__all__ = ["COURSES", "KINDS", "MISPRINTS", "STATUSES", "Evidence", "Misprint"]

_NOTES = (note_000, note_001, note_002, note_002_training, note_003, note_004)
_ROWS = [row for note in _NOTES for row in note.MISPRINTS]
MISPRINTS: dict[str, Misprint] = {row.id: row for row in sorted(_ROWS, key=lambda row: int(row.id[1:]))}
