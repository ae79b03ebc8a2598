"""The report: one HTML page with what the doctor found, its pictures and their numbers."""

from pellucid.report.page import report

__all__ = ["report"]
