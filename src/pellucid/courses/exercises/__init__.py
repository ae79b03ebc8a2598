"""Generated exercises with worksheets and solutions, and the check of answers to them."""

from pellucid.courses.exercises.exercise import Exercise, class_set, exercise, exercise_from_example
from pellucid.courses.exercises.gradebook import Gradebook, grade_files
from pellucid.courses.exercises.key_files import read_key, write_key
from pellucid.courses.exercises.kinds import KINDS
from pellucid.courses.exercises.marking import Mark, Marks
from pellucid.courses.exercises.notebooks import nbgrader_notebook, otter_tests, pack_key, unpack_key
from pellucid.courses.exercises.prairielearn import prairielearn_question
from pellucid.courses.exercises.slips import SLIPS

__all__ = [
    "KINDS",
    "SLIPS",
    "Exercise",
    "Gradebook",
    "Mark",
    "Marks",
    "class_set",
    "exercise",
    "exercise_from_example",
    "grade_files",
    "nbgrader_notebook",
    "otter_tests",
    "pack_key",
    "prairielearn_question",
    "read_key",
    "unpack_key",
    "write_key",
]
