"""Content of five courses: their worked examples and the misprints of their notes, all of it recomputed."""

from pellucid.courses.examples import EXAMPLES, Example, Printed, annotate, get_example, marked
from pellucid.courses.exercises import (
    KINDS,
    SLIPS,
    Exercise,
    Mark,
    Marks,
    class_set,
    exercise,
    exercise_from_example,
)
from pellucid.courses.misprints import COURSES, MISPRINTS, Evidence, Misprint

__all__ = [
    "KINDS",
    "SLIPS",
    "Exercise",
    "Mark",
    "Marks",
    "class_set",
    "exercise",
    "exercise_from_example",
    "COURSES",
    "EXAMPLES",
    "MISPRINTS",
    "Evidence",
    "Example",
    "Misprint",
    "Printed",
    "annotate",
    "get_example",
    "marked",
]
