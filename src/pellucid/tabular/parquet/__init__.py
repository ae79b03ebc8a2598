"""Parquet files as one table: found, checked, and read a part at a time."""
