"""The misprints of five courses' notes, each with a check that recomputes what is right.

Notes on neural networks are full of numbers, and some of them are wrong. :data:`MISPRINTS` lists 38 of
them, by number; ``MISPRINTS["E1"].check()`` computes the evidence.
"""

from pellucid.explain.misprints import note_000, note_001, note_002, note_003, note_004
from pellucid.explain.misprints.record import COURSES, KINDS, Evidence, Misprint

__all__ = ["COURSES", "KINDS", "MISPRINTS", "Evidence", "Misprint"]

_NOTES = (note_004, note_002, note_003, note_000, note_001)  # in the order of their numbers
MISPRINTS: dict[str, Misprint] = {row.id: row for note in _NOTES for row in note.MISPRINTS}
