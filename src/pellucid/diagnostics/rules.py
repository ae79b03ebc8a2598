"""The table of rules, one row per problem: a new one costs a function and a row."""

from __future__ import annotations

from pellucid.diagnostics.check_rules import CHECK_RULES
from pellucid.diagnostics.data_rules import DATA_RULES
from pellucid.diagnostics.finding import Rule
from pellucid.diagnostics.finite_rules import numbers_not_finite
from pellucid.diagnostics.fit_rules import FIT_RULES
from pellucid.diagnostics.gradient_rules import exploding_gradient, vanishing_gradient
from pellucid.diagnostics.start_rules import bad_initial_loss
from pellucid.diagnostics.step_rules import STEP_RULES
from pellucid.diagnostics.structure_rules import linear_network
from pellucid.diagnostics.target_rules import TARGET_RULES
from pellucid.diagnostics.unit_rules import (
    dead_units,
    dormant_units,
    saturated_units,
    symmetric_units,
    zero_initialization,
)

__all__ = ["NETWORK_RULES", "RULES"]

NETWORK_RULES: tuple[Rule, ...] = (
    Rule(
        "not-finite", numbers_not_finite, ("network",),
        "the data, the parameters and the signals must be finite",
        "IEEE 754: NaN spreads through every sum", "published",
    ),
    Rule(
        "zero-initialization", zero_initialization, ("network",),
        "all weights into and out of a hidden layer are 0, and its biases are equal",
        "the gradient itself: δ behind zero weights is 0; CS231n, Neural Networks Part 2", "published",
    ),
    Rule(
        "symmetric-units", symmetric_units, ("network",),
        "two units have the same bias, incoming and outgoing weights, up to rounding",
        "CS231n, Neural Networks Part 2, on symmetry; the test of single columns is pellucid's", "published",
    ),
    Rule(
        "linear-network", linear_network, ("network",),
        "all hidden activations are the identity, without layer normalization; a note",
        "linear algebra: a product of matrices is a matrix", "published",
    ),
    Rule(
        "dead-units", dead_units, ("vitals",),
        "the slope of a unit is 0 on every training row; a note below a third of the layer",
        "CS231n, Neural Networks Part 1; the third is pellucid's", "published",
    ),
    Rule(
        "dormant-units", dormant_units, ("vitals",),
        "the mean |a| of a unit is at most 0.025 of the mean over its layer; a note below 25 % of the layer",
        "Sokar et al. (2023), arXiv:2302.12902; the 25 % is pellucid's", "published",
    ),
    Rule(
        "saturated-units", saturated_units, ("vitals",),
        "the slope of a unit is below 5 % of its maximum, on the same side, on at least 95 % of the rows (on all "
        "rows, for an activation that is unbounded on one side); a note below 20 % of the layer",
        "pellucid; for tanh its 5 % is |a| > 0.975, near the 0.97 in use", "ours",
    ),
    Rule(
        "vanishing-gradient", vanishing_gradient, ("vitals",),
        "log10 rms(delta), fitted by a line over the layers, falls by 3 decades or more from the last layer to "
        "the first, or between two neighboring layers",
        "pellucid; for the variance across layers see Glorot and Bengio (2010)", "ours",
    ),
    Rule(
        "exploding-gradient", exploding_gradient, ("vitals",),
        "log10 rms(delta), fitted by a line over the layers, rises by 3 decades or more from the last layer to "
        "the first, or between two neighboring layers",
        "pellucid; for the variance across layers see Glorot and Bengio (2010)", "ours",
    ),
    Rule(
        "bad-initial-loss", bad_initial_loss, ("initial",),
        "the loss before training is over 3 times that of the best constant prediction (for the squared error 9 "
        "times, and a note from 3 times). The best constant loss is the entropy of the class frequencies, which "
        "is ln K for K equal classes, or half the variance of the targets",
        "CS231n, Neural Networks Part 3; Karpathy, A recipe for training neural networks; 3 and 9 are pellucid's",
        "heuristic",
    ),
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    *NETWORK_RULES,
    *DATA_RULES,
    *TARGET_RULES,
    *STEP_RULES,
    *FIT_RULES,
    *CHECK_RULES,
)
