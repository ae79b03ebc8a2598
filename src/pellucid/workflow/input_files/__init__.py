"""Data files from any program: opened, unpacked, tried, decoded, and read into one kind of table."""
