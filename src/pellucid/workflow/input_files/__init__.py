"""Data files from any program: opened, unpacked, tested, decoded, and read into one kind of table."""
