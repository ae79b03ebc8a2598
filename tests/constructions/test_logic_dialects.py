"""Signs and words of other books, sums of products of many variables, the signals, and the biases of note 000."""

import numpy as np
import pytest

from pellucid.constructions import logic_network
from pellucid.constructions.disjunctive_form import disjunctive_form
from pellucid.constructions.formulas import parse
from pellucid.constructions.truth_tables import all_rows
from pellucid.exceptions import ParameterError

ROWS = all_rows(2)
A, B = ROWS.T


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("a -> b", "a => b", "a → b", "a ⇒ b", "a >> b", "a implies b"), ~A | B),
        (("a <-> b", "a <=> b", "a ↔ b", "a ⇔ b", "a iff b", "a xnor b", "a XNOR b"), A == B),
        (("a && b", "a ∧ b", "a and b", "a & b"), A & B),
        (("a || b", "a ∨ b", "a or b", "a | b"), A | B),
        (("!a | !!b", "¬a | b", "not a or b", "~a || b"), ~A | B),
        (("a nand b", "!(a && b)", "a NAND b"), ~(A & B)),
        (("a nor b", "!(a || b)"), ~(A | B)),
        (("(a -> b) && (b -> a)", "!(a xor b)", "(a nand b) -> (a nor b)"), A == B),
    ],
)
def test_signs_of_other_books_mean_the_same(texts: tuple[str, ...], expected: np.ndarray) -> None:
    for text in texts:
        np.testing.assert_array_equal(parse(text).evaluate(ROWS), expected, err_msg=text)
        assert logic_network(text).proof.holds


def sum_of(rng: np.random.Generator, names: list[str], n_products: int) -> str:
    """Return a random sum of products of two to four literals."""
    products = []
    for _ in range(n_products):
        chosen = rng.permutation(names)[: rng.integers(2, 5)]
        products.append(" & ".join(rng.choice(["", "~"]) + name for name in chosen))
    return " | ".join(f"({product})" for product in products)


@pytest.mark.parametrize("n", [9, 10, pytest.param(13, marks=pytest.mark.slow)])
def test_above_8_variables_a_sum_is_no_longer_than_the_formulas_own(n: int, rng: np.random.Generator) -> None:
    """Of a sum of products it has as many products at most, and never more than there are true rows."""
    names = [f"x{i}" for i in range(n)]
    for n_products in (2, 5, 9):
        text = f"{sum_of(rng, names, n_products)} | ({' & '.join(names)})"
        made = logic_network(text, form="sum_of_products")
        assert made.proof.holds
        assert made.network.layer_sizes[1] <= min(n_products + 1, made.truth_table.sum())
    parity = logic_network(" ^ ".join(names), form="sum_of_products")
    assert parity.network.layer_sizes == (n, 2 ** (n - 1), 1)
    assert parity.proof.holds


def test_a_chain_of_ors_is_one_unit() -> None:
    """It had a unit for each of 1,023 rows."""
    names = [f"x{i}" for i in range(10)]
    assert logic_network(" | ".join(names), form="sum_of_products").network.layer_sizes == (10, 1)
    pairs = " | ".join(f"(x{i} & x{i + 1})" for i in range(0, 10, 2))
    assert logic_network(pairs, form="sum_of_products").network.layer_sizes == (10, 5, 1)


@pytest.mark.parametrize(
    "text",
    [
        "a & (b | ~c)",
        "~(a & b) ^ c",
        "a >> (b >> c)",
        "~(a ^ b ^ c)",
        "a | ~a",
        "a & ~a",
        "~(a >> ~b) | 0",
        "1",
    ],
)
def test_the_disjunctive_form_is_the_formula(text: str) -> None:
    formula, names = parse(text), ("a", "b", "c")
    products = disjunctive_form(formula.expression, names)
    assert products is not None
    rows = all_rows(3)
    found = np.zeros(8, bool)
    for product in products:
        found |= ((product == 2) | (product == rows)).all(axis=1)
    columns = rows[:, [names.index(name) for name in formula.variables]]
    np.testing.assert_array_equal(found, formula.evaluate(columns))


def test_a_form_that_grows_too_long_is_given_up() -> None:
    names = [f"x{i}" for i in range(16)]
    assert disjunctive_form(parse(" ^ ".join(names)).expression, names) is None


# ---- signals and biases --------------------------------------------------------------------------------------


def test_the_signals_are_those_of_the_note() -> None:
    """Note 000: sign(x₁ + x₂ + 1.5) has the signals -0.5, 1.5, 1.5 and 3.5; AND -3.5, -1.5, -1.5 and 0.5."""
    either, both = (logic_network(text, bias=1.5) for text in ("a | b", "a & b"))
    assert either.signals[0].ravel().tolist() == [-0.5, 1.5, 1.5, 3.5]
    assert both.signals[0].ravel().tolist() == [-3.5, -1.5, -1.5, 0.5]
    xor = logic_network("(a & ~b) | (~a & b)", bias=1.5)
    assert [b.tolist() for b in xor.network.biases] == [[-1.5, -1.5], [1.5]]
    assert xor.proof.holds
    np.testing.assert_array_equal(np.sign(xor.signals[-1]), xor.targets)


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_one_and_a_half_is_enough_for_three(k: int) -> None:
    """E37: a gate of k literals needs a bias between k - 2 and k."""
    names = "abcde"[:k]
    for text in (" | ".join(names), " & ".join(names)):
        assert logic_network(text, bias=1.5).proof.holds == (k <= 3)


@pytest.mark.parametrize("options", [{"bias": 0.0}, {"bias": np.inf}, {"bias": 1.5, "values": "bits"}])
def test_a_bias_that_is_none(options: dict) -> None:
    with pytest.raises(ParameterError, match="'bias' must be a number > 0"):
        logic_network("a & b", **options)
