"""Exercises with many right answers: weights for a gate, and for the network of a truth table.

A judge evaluates the student's own network on every row; the solution sheet shows one that works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.constructions import LogicNetwork, logic_network
from pellucid.constructions.threshold_gates import CONVENTIONS, Convention
from pellucid.constructions.truth_tables import all_rows
from pellucid.courses.exercises.layout import Layout
from pellucid.courses.exercises.problem import Field, Given, Problem, Verdict
from pellucid.courses.exercises.spec import Spec
from pellucid.courses.exercises.steps import Calculation, Step
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.counted import counted

__all__ = ["draw_gate", "draw_truth_table", "gate_problem", "truth_table_problem"]

Array = NDArray[np.floating]
WORDS = {2: ("AND", "OR", "NAND", "NOR"), 3: ("AND", "OR", "NAND", "NOR", "majority")}


def draw_gate(spec: Spec, rng: np.random.Generator) -> dict[str, Any]:
    """Return a gate, which of its inputs are negated, and the numbers that stand for false and true."""
    n = spec.sizes[0]
    if not (len(spec.sizes) == 2 and spec.sizes[1] == 1 and 2 <= n <= 4):
        raise ParameterError(
            f"kind='gate' needs 2 to 4 inputs and one unit, such as sizes=(3, 1); got {spec.sizes}."
        )
    words = WORDS.get(n, WORDS[2])
    negated = (rng.random(n) < 0.3).tolist() if n < 4 else [False] * n
    word = words[rng.integers(len(words))]
    return {"gate": word, "negated": negated, "values": str(rng.choice(["signs", "bits"]))}


def gate_problem(spec: Spec, data: Mapping[str, Any]) -> Problem:
    """Return the exercise: weights and bias of one threshold unit."""
    n = spec.sizes[0]
    convention = _convention(data)
    negated = data.get("negated")
    words = WORDS.get(n, WORDS[2])
    if data.get("gate") not in words or not (isinstance(negated, list) and len(negated) == n):
        raise DataError(f"a gate must be one of {words} with {n} truth values in 'negated'.")
    truths = all_rows(n) ^ np.array(negated, dtype=bool)
    targets = {
        "AND": truths.all(1), "OR": truths.any(1), "NAND": ~truths.all(1), "NOR": ~truths.any(1),
        "majority": truths.sum(1) * 2 > n,
    }[data["gate"]]  # fmt: skip
    made = logic_network(targets.astype(int).tolist(), values=convention.name).network
    if len(made.layer_sizes) == 2:
        M = np.vstack([made.biases[0], made.weights[0]])
    else:  # majority is a threshold unit of its own
        sign = np.where(np.array(negated), -1.0, 1.0)
        bias = convention.bias(n, int(np.sum(negated)), n // 2 + 1)
        M = np.vstack([[bias], sign[:, None]])
    names = tuple(f"x{i + 1}" for i in range(n))
    literals = ", ".join(f"not {x}" if no else x for x, no in zip(names, negated, strict=True))
    fields = [
        Field("w", "w", "weights", "w", (1, n), columns=names),
        Field("b", "b", "bias", "b", (1, 1)),
    ]
    steps = (Step("w", (), lambda: M[1:].T), Step("b", (), lambda: M[:1]))

    def judge(answers: Mapping[str, Array]) -> Verdict:
        return _judged([np.vstack([answers["b"], answers["w"].T])], targets, convention)

    task = (
        f"Choose weights and a bias with which one unit computes {data['gate']} of ({literals}).",
        *_rule(convention), "Many answers are right. No signal may be 0.",
    )  # fmt: skip
    given = _table(targets, convention, names)
    calculation = Calculation({}, steps, spec.digits, frozenset({"w", "b"}))
    return Problem(f"A gate of {counted(n, 'input')}", task, (given,), tuple(fields), calculation, (), judge)


def draw_truth_table(spec: Spec, rng: np.random.Generator) -> dict[str, Any]:
    """Return a truth table that needs a hidden layer of two or three units."""
    n = spec.sizes[0]
    if spec.sizes not in ((2, 2, 1), (3, 2, 1), (3, 3, 1)):
        raise ParameterError(
            f"kind='truth-table' needs sizes (2, 2, 1), (3, 2, 1) or (3, 3, 1); got {spec.sizes}."
        )
    while True:
        outputs = rng.integers(2, size=2**n).tolist()
        if 0 < sum(outputs) < 2**n:
            made = logic_network(outputs).network
            if made.layer_sizes == spec.sizes:
                return {"outputs": outputs, "values": str(rng.choice(["signs", "bits"]))}


def truth_table_problem(spec: Spec, data: Mapping[str, Any]) -> Problem:
    """Return the exercise: the matrices of a network with one hidden layer that computes a table."""
    n, convention = spec.sizes[0], _convention(data)
    outputs = data.get("outputs")
    if not (isinstance(outputs, list) and len(outputs) == 2**n and set(outputs) <= {0, 1}):
        raise DataError(
            f"a truth table of {counted(n, 'input')} must be {2**n} outputs 0 and 1 in 'outputs'."
        )
    made = logic_network(outputs, values=convention.name)
    network, targets = made.network, np.array(outputs, dtype=bool)
    wired = replace(spec, sizes=network.layer_sizes, has_biases=True)
    layout = Layout(wired)
    matrices = [np.vstack([b, W]) for W, b in zip(network.weights, network.biases, strict=True)]
    steps = tuple(Step(f"M{k}", (), _constant(M)) for k, M in enumerate(matrices))
    fields = [
        replace(f, key=layout.key(role, k))
        for k in range(len(matrices))
        for f, role in zip(layout.matrix_fields("weights", k, f"M{k}"), ("weights", "biases"), strict=False)
    ]

    def judge(answers: Mapping[str, Array]) -> Verdict:
        own: list[Array] = [np.zeros(M.shape) for M in matrices]
        for field in fields:
            field.put(answers[field.key], own[int(field.step[1:])])
        return _judged(own, targets, convention)

    names = tuple(f"x{i + 1}" for i in range(n))
    task = (
        f"Write down the weights of a {'-'.join(map(str, network.layer_sizes))} network of threshold units that "
        "computes this table.",
        *_rule(convention), "Many answers are right. No signal may be 0.",
    )  # fmt: skip
    calculation = Calculation({}, steps, spec.digits, frozenset(step.name for step in steps))
    return Problem(
        f"A network for a truth table of {counted(n, 'input')}", task, (_table(targets, convention, names),),
        tuple(fields), calculation, tuple(_units(made)), judge,
    )  # fmt: skip


# ---- parts ------------------------------------------------------------------------------------------------


def _convention(data: Mapping[str, Any]) -> Convention:
    if data.get("values") not in CONVENTIONS:
        raise DataError(
            f"values of an exercise must be one of {sorted(CONVENTIONS)}; got {data.get('values')!r}."
        )
    return CONVENTIONS[data["values"]]


def _rule(convention: Convention) -> tuple[str, ...]:
    low, high = (
        f"{v:+g}" if convention.false < 0.0 else f"{v:g}" for v in (convention.false, convention.true)
    )
    low = low.replace("-", "−")
    return (f"False is {low}, true is {high}. A unit gives {high} if its signal s is positive, else {low}.",)


def _table(targets: Any, convention: Convention, names: tuple[str, ...]) -> Given:
    rows = convention.encode(np.column_stack([all_rows(len(names)), targets]))
    return Given("", "truth table", rows, (), (*names, "y"))


def _judged(matrices: list[Array], targets: Any, convention: Convention) -> Verdict:
    """Return the share of rows on which the network of these matrices is right, and a slip that explains it."""
    rows = convention.encode(all_rows(int(np.log2(len(targets)))))
    right, zero = _evaluated(matrices, rows, targets, convention)
    share = float(right.mean())
    remark = f"right on {int(right.sum())} of {len(right)} rows"
    if zero:
        remark += "; a signal is 0, on the threshold"
    if share == 1.0:
        return Verdict(1.0, remark)
    alternatives = {
        "sign": [np.vstack([-M[:1], M[1:]]) for M in matrices],
        "transpose": [np.vstack([M[:1], M[1:].T]) if len(M) == M.shape[1] + 1 else M for M in matrices],
    }
    for name, tried in alternatives.items():
        if _evaluated(tried, rows, targets, convention)[0].all():
            said = "with the biases negated" if name == "sign" else "with the matrix transposed"
            return Verdict(share, f"{remark}; {said} it would be right on all", name)
    return Verdict(share, remark)


def _evaluated(matrices: list[Array], x: Array, targets: Any, convention: Convention) -> tuple[Any, bool]:
    zero = False
    on = np.ones(len(x), dtype=bool)
    for M in matrices:
        s = x @ M[1:] + M[0]
        at_zero = np.abs(s) < 1e-9
        zero, on = zero or bool(at_zero.any()), on & ~at_zero.any(1)
        x = convention.encode(s > 0.0)
    return ((x[:, 0] == convention.true) == targets) & on, zero


def _units(made: LogicNetwork) -> list[str]:
    """Return the function that each unit computes, in words."""
    said = []
    for names, units in zip(made.unit_names[1:], made.units, strict=True):
        for name, unit in zip(names, units, strict=True):
            words = unit.replace("~", "not ").replace("&", "and").replace("|", "or")
            said.append(f"{name} = {words}")
    return said


def _constant(array: Array) -> Any:
    return lambda: array
