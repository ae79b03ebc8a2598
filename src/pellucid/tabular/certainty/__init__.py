"""Intervals, sets of classes and temperatures, learned from held-out rows."""
