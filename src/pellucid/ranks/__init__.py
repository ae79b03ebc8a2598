"""Processes (ranks), on one or several machines, that train one model together with JAX."""

from pellucid.ranks.together import Ranks, fit_on_ranks

__all__ = ["Ranks", "fit_on_ranks"]
