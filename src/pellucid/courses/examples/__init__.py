"""Worked examples of five courses, recomputed, with the numbers printed in their notes next to the right ones."""

from pellucid.courses.examples.example import Example, Printed
from pellucid.courses.examples.marks import annotate, example_page, get_example, marked
from pellucid.courses.examples.worked import EXAMPLES, SQUARED_ERROR_WITHOUT_HALF

__all__ = [
    "EXAMPLES",
    "SQUARED_ERROR_WITHOUT_HALF",
    "Example",
    "Printed",
    "annotate",
    "example_page",
    "get_example",
    "marked",
]
