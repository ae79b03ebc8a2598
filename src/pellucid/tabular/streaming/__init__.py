"""Fits to rows that are read in pieces, or shared out to processes."""
