"""Parquet files as one table: found, checked, and read part by part."""
