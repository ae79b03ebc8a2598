"""Intervals, sets of classes and temperatures, from rows that were held out."""
