"""Processes on one machine or several that train one model together, by JAX; each is a rank."""

from pellucid.ranks.together import Ranks, fit_on_ranks

__all__ = ["Ranks", "fit_on_ranks"]
