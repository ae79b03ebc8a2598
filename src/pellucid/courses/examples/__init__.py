"""The worked examples of five courses, computed anew, with what their notes print beside the right numbers."""

from pellucid.courses.examples.example import Example, Printed
from pellucid.courses.examples.marks import annotate, get_example, marked
from pellucid.courses.examples.worked import EXAMPLES, SQUARED_ERROR_WITHOUT_HALF

__all__ = [
    "EXAMPLES",
    "SQUARED_ERROR_WITHOUT_HALF",
    "Example",
    "Printed",
    "annotate",
    "get_example",
    "marked",
]
