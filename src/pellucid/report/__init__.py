"""Report: one HTML page with the doctor's findings, pictures and their numbers."""

from typing import TYPE_CHECKING, Any

from pellucid.report.page import report

if TYPE_CHECKING:
    from pellucid.report.diagnosed_file import DiagnosedFile, diagnose_file

__all__ = ["DiagnosedFile", "diagnose_file", "report"]


def __getattr__(name: str) -> Any:
    """Load the names that need tables, and with them Polars, only when they are used."""
    if name in __all__:
        from pellucid.report import diagnosed_file

        return getattr(diagnosed_file, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
