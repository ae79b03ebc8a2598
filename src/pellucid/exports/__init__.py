"""Fitted models outside of Python: ONNX, C and plain Python, each with a report that it says the same."""

from pellucid.exports.exporting import ExportError, export
from pellucid.exports.parity import ParityReport
from pellucid.exports.program import Program, program_of
from pellucid.exports.targets import TARGETS

__all__ = ["TARGETS", "ExportError", "ParityReport", "Program", "export", "program_of"]
