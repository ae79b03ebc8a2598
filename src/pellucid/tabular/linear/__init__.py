"""Linear model that is combined with the networks."""
