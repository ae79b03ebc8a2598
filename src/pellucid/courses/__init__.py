"""Content of five courses, all of it recomputed, and exercises whose answers are checked.

It holds worked examples, misprints in the notes, and generated exercises.
"""

from pellucid.courses.examples import EXAMPLES, Example, Printed, annotate, example_page, get_example, marked
from pellucid.courses.exercises import (
    KINDS,
    SLIPS,
    Exercise,
    Gradebook,
    Mark,
    Marks,
    class_set,
    exercise,
    exercise_from_example,
    grade_files,
    nbgrader_notebook,
    otter_tests,
    pack_key,
    prairielearn_question,
    read_key,
    unpack_key,
    write_key,
)
from pellucid.courses.misprints import COURSES, MISPRINTS, Evidence, Misprint

__all__ = [
    "COURSES",
    "EXAMPLES",
    "KINDS",
    "MISPRINTS",
    "SLIPS",
    "Evidence",
    "Example",
    "Exercise",
    "Gradebook",
    "Mark",
    "Marks",
    "Misprint",
    "Printed",
    "annotate",
    "class_set",
    "example_page",
    "exercise",
    "exercise_from_example",
    "get_example",
    "grade_files",
    "marked",
    "nbgrader_notebook",
    "otter_tests",
    "pack_key",
    "prairielearn_question",
    "read_key",
    "unpack_key",
    "write_key",
]
