"""The networks of an ensemble: their recipe, targets, rows and training, and how they are judged."""
