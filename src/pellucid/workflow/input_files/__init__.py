"""Dataset files of any program: opened, unpacked, tried, decoded and read as one kind of table."""
