"""Search of ``preset="best"``: recipes, their trainings and the mixture."""
