"""Networks that nobody trained: logic formulas, linear separators, gates, approximation."""

__all__: list[str] = []
