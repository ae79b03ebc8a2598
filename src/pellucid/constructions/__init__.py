"""Networks that nobody trained: logic formulas, linear separators, gates, approximation."""

from pellucid.constructions.curvature import largest_derivative_at, nth_derivative
from pellucid.constructions.error_law import ErrorLaw, error_law
from pellucid.constructions.multiplication import (
    ProductGate,
    expected_error,
    multiplication_gate,
    product_gate,
)
from pellucid.constructions.polygons import convex_pieces
from pellucid.constructions.polynomials import polynomial_network, product_network
from pellucid.constructions.separators import HalfSpace, polygon_network, region_network, xor_network

__all__ = [
    "ErrorLaw",
    "HalfSpace",
    "ProductGate",
    "convex_pieces",
    "error_law",
    "expected_error",
    "largest_derivative_at",
    "multiplication_gate",
    "nth_derivative",
    "polygon_network",
    "polynomial_network",
    "product_gate",
    "product_network",
    "region_network",
    "xor_network",
]
