"""pellucid against its peers, as ratios in one run: ``make bench``."""
