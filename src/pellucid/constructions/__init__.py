"""Hand-wired networks: logic formulas, linear separators, gates, approximation."""

from pellucid.constructions.approximation import Approximation, approximate
from pellucid.constructions.curvature import largest_derivative_at
from pellucid.constructions.curvature import nth_derivative as nth_derivative
from pellucid.constructions.error_law import ErrorLaw, error_law
from pellucid.constructions.logic import logic_network
from pellucid.constructions.logic_networks import LogicNetwork, Proof
from pellucid.constructions.multiplication import multiplication_gate, product_gate, square_network
from pellucid.constructions.polygons import convex_pieces
from pellucid.constructions.polynomials import polynomial_network, product_network
from pellucid.constructions.product_gates import ProductGate, expected_error
from pellucid.constructions.separators import HalfSpace, polygon_network, region_network, xor_network
from pellucid.constructions.soften import soften

__all__ = [
    "Approximation",
    "ErrorLaw",
    "HalfSpace",
    "LogicNetwork",
    "ProductGate",
    "Proof",
    "approximate",
    "convex_pieces",
    "error_law",
    "expected_error",
    "largest_derivative_at",
    "logic_network",
    "multiplication_gate",
    "polygon_network",
    "polynomial_network",
    "product_gate",
    "product_network",
    "region_network",
    "soften",
    "square_network",
    "xor_network",
]
