"""Tables of any kind, and what their cells say: numbers, dates, categories, text, or nothing."""
