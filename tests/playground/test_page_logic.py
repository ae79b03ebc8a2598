"""Boolean formulas on the page: the networks of ``logic_network``, written down and wired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optional import needs
from pellucid import constructions
from playground.driving import opened, run_of, table_of

needs("sympy")

FORMULAS = [  # each with one shortest sum of products
    "(a & ~b) | (~a & b)",
    "a & b & ~c",
    "~(a | b)",
    "a >> b",
    "a ^ b ^ c",
    "(a & b) | (b & c) | (a & c)",
    "a | (b & c)",
    "~a | (b & ~c) | d",
    "(p and not q) or (q and r and not s)",
    "x1 & (x2 | x3) & ~x4",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_has_the_librarys_weights(node: Any, formula: str) -> None:
    """Sizes, weights, biases and truth table are those of ``logic_network``."""
    found = node(
        "const { logicNetwork } = await load('data/logic.js'); return logicNetwork(formula);", formula=formula
    )
    expected = constructions.logic_network(formula)
    assert tuple(found["variables"]) == expected.variables
    for matrix, b, W in zip(
        found["matrices"], expected.network.biases, expected.network.weights, strict=True
    ):
        np.testing.assert_array_equal(matrix, np.vstack([b, W]))
    np.testing.assert_array_equal(np.array(found["rows"])[:, :-1], expected.inputs)
    np.testing.assert_array_equal(np.array(found["rows"])[:, -1:], expected.targets)


@pytest.mark.slow
def test_random_truth_tables_are_computed_by_their_network(node: Any, rng: np.random.Generator) -> None:
    """The network of a random formula has as few units as the library's, and every row right."""
    for _ in range(12):
        n = int(rng.integers(2, 5))
        names = "abcd"[:n]
        products = [
            " & ".join(("" if bit else "~") + name for bit, name in zip(row, names, strict=True))
            for row in rng.integers(0, 2, (int(rng.integers(2, 2**n)), n)).tolist()
        ]
        formula = " | ".join(f"({product})" for product in products)
        code = "const { logicNetwork } = await load('data/logic.js'); return logicNetwork(formula);"
        found = node(code, formula=formula)
        expected = constructions.logic_network(formula)
        if expected.network.layer_sizes[1:-1]:
            assert found["hidden"] == list(expected.network.layer_sizes[1:-1])
        a = np.array(found["rows"])[:, :-1]
        for matrix in found["matrices"]:
            a = np.where(a @ np.array(matrix)[1:] + np.array(matrix)[0] >= 0, 1, -1)
        np.testing.assert_array_equal(a.ravel(), np.array(found["rows"])[:, -1])


@pytest.mark.slow
def test_a_formula_is_wired_on_the_page(page: Any, built: Path) -> None:
    """The page opens the network with its weights, and its outputs are the truth table."""
    opened(page, built)
    page.get_by_role("button", name="Logic", exact=True).click()
    page.locator("dialog").get_by_label("Formula").fill("a ^ b ^ c")
    page.locator("dialog").get_by_role("button", name="Open", exact=True).click()
    page.locator("dialog").wait_for(state="detached")
    run = run_of(page)
    np.testing.assert_array_equal(
        run["parameters"], constructions.logic_network("a ^ b ^ c").network.parameters
    )
    rows = table_of(page, "Predictions, CSV")
    assert [row["prediction"] for row in rows] == [row["target"] for row in rows]


@pytest.mark.parametrize(
    ("text", "problem"), [("a &", "formulaEnd"), ("a ! b", "logicSign"), ("(a", "formulaExpected")]
)
def test_what_is_no_formula_is_refused(node: Any, text: str, problem: str) -> None:
    """A formula that does not parse is refused with the reason."""
    load = "const { logicNetwork } = await load('data/logic.js');"
    code = load + " try { logicNetwork(text); return null; } catch (error) { return error.code; }"
    assert node(code, text=text) == problem
