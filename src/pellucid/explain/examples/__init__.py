"""The worked examples of five courses, computed anew, with what their notes print beside the right numbers."""

from pellucid.explain.examples.courses import EXAMPLES, SQUARED_ERROR_WITHOUT_HALF
from pellucid.explain.examples.marks import annotate, get_example, marked
from pellucid.explain.examples.record import Example, Printed

__all__ = [
    "EXAMPLES",
    "SQUARED_ERROR_WITHOUT_HALF",
    "Example",
    "Printed",
    "annotate",
    "get_example",
    "marked",
]
