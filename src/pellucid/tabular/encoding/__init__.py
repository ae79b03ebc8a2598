"""Conversion of the columns of a table to the matrix that a network takes."""
