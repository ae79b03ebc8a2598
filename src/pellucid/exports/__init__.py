"""Fitted models outside of Python: ONNX, C, plain Python, model cards; each with a report that it says the same."""

from pellucid.exports.program import Program, program_of

__all__ = ["Program", "program_of"]
