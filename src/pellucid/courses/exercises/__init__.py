"""Generated exercises with worksheets and solutions, and the check of answers to them."""

from pellucid.courses.exercises.exercise import Exercise, class_set, exercise, exercise_from_example
from pellucid.courses.exercises.kinds import KINDS
from pellucid.courses.exercises.marking import Mark, Marks
from pellucid.courses.exercises.slips import SLIPS

__all__ = [
    "KINDS",
    "SLIPS",
    "Exercise",
    "Mark",
    "Marks",
    "class_set",
    "exercise",
    "exercise_from_example",
]
