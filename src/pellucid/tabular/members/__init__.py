"""Networks of an ensemble: recipe, targets, rows, training and validation."""
