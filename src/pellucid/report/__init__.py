"""The report: one self-contained HTML page."""

__all__: list[str] = []
