"""Models outside pellucid: ONNX, C and Python, each with a parity report; PyTorch by arrays."""

from pellucid.exports.exporting import ExportError, export
from pellucid.exports.mlflow_runs import MLflowLogger, log_to_mlflow
from pellucid.exports.parity import ParityReport
from pellucid.exports.program import Program, program_of
from pellucid.exports.sklearn_converters import register_skl2onnx
from pellucid.exports.targets import TARGETS
from pellucid.exports.torch_conversion import from_torch, to_torch
from pellucid.exports.torch_sequential import TorchSequential

__all__ = [
    "TARGETS",
    "ExportError",
    "MLflowLogger",
    "ParityReport",
    "Program",
    "TorchSequential",
    "export",
    "from_torch",
    "log_to_mlflow",
    "program_of",
    "register_skl2onnx",
    "to_torch",
]
