"""The kinds of exercise: one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from pellucid.courses.exercises.counting import counting_problem, draw_nothing
from pellucid.courses.exercises.dead_unit import dead_unit_problem, draw_dead_unit
from pellucid.courses.exercises.drawing import draw_network
from pellucid.courses.exercises.gates import (
    draw_gate,
    draw_truth_table,
    gate_problem,
    truth_table_problem,
)
from pellucid.courses.exercises.network_problems import (
    backward_problem,
    forward_problem,
    loss_problem,
    update_problem,
)
from pellucid.courses.exercises.problem import Problem
from pellucid.courses.exercises.spec import Spec
from pellucid.courses.exercises.vanishing_chain import chain_problem, draw_chain
from pellucid.courses.exercises.wrong_number import draw_wrong_number, wrong_number_problem
from pellucid.exceptions import ParameterError

__all__ = ["KINDS", "Kind", "get_kind"]

Build = Callable[[Spec, Mapping[str, Any]], Problem]
Draw = Callable[[Spec, np.random.Generator], dict[str, Any]]


@dataclass(frozen=True)
class Kind:
    """Kind of exercise: one row of :data:`KINDS`.

    Parameters
    ----------
    name : str
        Its name in ``kind=...``.
    title : str
        A line.
    build : callable
        Builds the problem from options and numbers.
    draw : callable
        Draws the numbers.
    defaults : dict, default={}
        Options that differ from those of other kinds.
    is_network : bool, default=False
        True if the numbers are those of any network, such as a worked example's.
    """

    name: str
    title: str
    build: Build
    draw: Draw
    defaults: Mapping[str, Any] = field(default_factory=dict)
    is_network: bool = False


def _of_network(name: str, title: str, build: Build) -> Kind:
    return Kind(name, title, build, partial(_drawn, build), is_network=True)


def _drawn(build: Build, spec: Spec, rng: np.random.Generator) -> dict[str, Any]:
    return draw_network(spec, build, rng)


KINDS = {
    row.name: row
    for row in (
        _of_network("forward", "forward pass", forward_problem),
        _of_network("loss", "forward pass and loss", loss_problem),
        _of_network("backward", "sensitivities and gradients", backward_problem),
        _of_network("update", "a step of gradient descent", update_problem),
        Kind("counts", "shapes and parameters", counting_problem, draw_nothing, {"sizes": (3, 4, 2)}),
        Kind(
            "dead-unit", "find the dead ReLU", dead_unit_problem, draw_dead_unit,
            {"activation": "relu", "n_samples": 3},
        ),
        Kind(
            "vanishing-chain", "a gradient that vanishes", chain_problem, draw_chain,
            {"sizes": (1, 1, 1, 1, 1), "has_biases": False, "digits": 5},
        ),
        Kind("gate", "weights for a logic gate", gate_problem, draw_gate, {"sizes": (2, 1)}),
        Kind("truth-table", "a network for a truth table", truth_table_problem, draw_truth_table,
            {"sizes": (3, 2, 1)},
        ),
        Kind("wrong-number", "find the wrong number", wrong_number_problem, draw_wrong_number,
            {"sizes": (2, 2, 1)},
        ),
    )
}  # fmt: skip
"""The kinds of exercise by name."""


def get_kind(name: Any) -> Kind:
    """Return the kind with the given name."""
    if not isinstance(name, str) or name not in KINDS:
        raise ParameterError(f"'kind' must be one of {list(KINDS)}; got {name!r}.")
    return KINDS[name]
