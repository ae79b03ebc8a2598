"""Workflow from a table file to a model file and its scores: the command line's functions, for Python.

It comes with the extra ``pellucid[cli]``, which installs Polars.
"""

try:
    import polars as polars
except ImportError as error:
    raise ImportError('pellucid.workflow reads tables with Polars: pip install "pellucid[cli]"') from error

from pellucid.workflow.cluster import ClusterPlan, Machine, measured_machine, plan_cluster
from pellucid.workflow.comparing import ComparedFile, compare_file
from pellucid.workflow.drifts import drift_file
from pellucid.workflow.evaluation import Evaluation, evaluate_file
from pellucid.workflow.examined_rows import ExaminedRows, examined_rows
from pellucid.workflow.explained import ExplainedRows, explain_rows
from pellucid.workflow.exports import export_file
from pellucid.workflow.file_contents import NetworkFile, TabularFile, describe_file
from pellucid.workflow.important_columns import ExplainedModel, explain_model
from pellucid.workflow.input_files.dataset import Dataset, read_table
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.listening import Listener
from pellucid.workflow.predictions import PredictedTable, predict_file
from pellucid.workflow.roles import Roles
from pellucid.workflow.streamed_predictions import PredictedFile, predict_parquet
from pellucid.workflow.traced_files import TracedFile, trace_rows, trace_weights
from pellucid.workflow.training import TrainedFile, train_file

__all__ = [
    "ClusterPlan",
    "ComparedFile",
    "Dataset",
    "Dialect",
    "Evaluation",
    "ExaminedRows",
    "ExplainedModel",
    "ExplainedRows",
    "Listener",
    "Machine",
    "NetworkFile",
    "PredictedFile",
    "PredictedTable",
    "Roles",
    "TabularFile",
    "TracedFile",
    "TrainedFile",
    "compare_file",
    "describe_file",
    "drift_file",
    "evaluate_file",
    "examined_rows",
    "explain_model",
    "explain_rows",
    "export_file",
    "measured_machine",
    "plan_cluster",
    "predict_file",
    "predict_parquet",
    "read_table",
    "trace_rows",
    "trace_weights",
    "train_file",
]
