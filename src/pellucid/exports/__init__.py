"""Fitted models outside of Python: ONNX, C and plain Python, each with a report that it says the same."""

from pellucid.exports.exporting import ExportError, export
from pellucid.exports.mlflow_runs import MLflowLogger, log_to_mlflow
from pellucid.exports.parity import ParityReport
from pellucid.exports.program import Program, program_of
from pellucid.exports.sklearn_converters import register_skl2onnx
from pellucid.exports.targets import TARGETS

__all__ = [
    "TARGETS",
    "ExportError",
    "MLflowLogger",
    "ParityReport",
    "Program",
    "export",
    "log_to_mlflow",
    "program_of",
    "register_skl2onnx",
]
