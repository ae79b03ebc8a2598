"""The estimators for tables against what others use for tables: ``make bench-tabular``."""
