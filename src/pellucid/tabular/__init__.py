"""Estimators for tables as they are, with columns of any kind and defaults that need no tuning."""

from pellucid.tabular._classifier import TabularClassifier
from pellucid.tabular._regressor import TabularRegressor
from pellucid.tabular.certainty.observed_coverage import GroupCoverage, coverage_by_group
from pellucid.tabular.decisions import choose_threshold, least_cost
from pellucid.tabular.encoding.encoder import TableEncoder
from pellucid.tabular.parquet.parquet_source import ParquetSource

__all__ = [
    "GroupCoverage",
    "ParquetSource",
    "TableEncoder",
    "TabularClassifier",
    "TabularRegressor",
    "choose_threshold",
    "coverage_by_group",
    "least_cost",
]
