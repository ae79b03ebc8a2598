"""Displays: the only room that imports matplotlib, inside methods."""

__all__: list[str] = []
