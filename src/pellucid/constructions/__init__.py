"""Networks that nobody trained: logic formulas, linear separators, gates, approximation."""

from pellucid.constructions.polygons import convex_pieces
from pellucid.constructions.separators import HalfSpace, polygon_network, region_network, xor_network

__all__ = ["HalfSpace", "convex_pieces", "polygon_network", "region_network", "xor_network"]
