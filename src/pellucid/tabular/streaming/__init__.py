"""Fits to rows that are read in pieces, or distributed over processes."""
