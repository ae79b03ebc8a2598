"""Tables of any kind, and the values of their cells: numbers, dates, categories, text, or nothing."""
