"""Any formula and any truth table becomes a network that computes it, in both conventions."""

import itertools
from functools import cache

import numpy as np
import pytest

from pellucid.constructions import logic_network
from pellucid.constructions.formulas import parse
from pellucid.constructions.minimize import minimize, prime_implicants
from pellucid.constructions.threshold_gates import CONVENTIONS, network_of
from pellucid.exceptions import DataError, ParameterError

LEVELS = {"signs": (-1.0, 1.0), "bits": (0.0, 1.0)}

each_convention = pytest.mark.parametrize("values", LEVELS)


@cache
def rows_of(n: int, values: str) -> np.ndarray:
    """Every row in the numbers of a convention, by counting."""
    return np.array(list(itertools.product(LEVELS[values], repeat=n)))


def as_table(number: int, n: int) -> np.ndarray:
    return (number >> np.arange(2**n)) & 1 == 1


def computes(table: np.ndarray, values: str) -> bool:
    """Return whether the network of a truth table gives it back exactly."""
    n = len(table).bit_length() - 1
    outputs = logic_network(table, values=values, proof=False).network.predict(rows_of(n, values))
    return np.array_equal(outputs[:, 0], np.array(LEVELS[values])[table.astype(int)])


def random_formula(rng: np.random.Generator, names: list[str]) -> str:
    """A formula in which each name stands at least once."""
    parts = [rng.choice(["", "~"]) + name for name in rng.permutation(names + names[: len(names) // 2])]
    while len(parts) > 1:
        k = int(rng.integers(2, 5))
        operator = str(rng.choice(["&", "|", "^", ">>"]))
        some, parts = parts[: 2 if operator == ">>" else k], parts[2 if operator == ">>" else k :]
        joined = f" {operator} ".join(some)
        parts.insert(int(rng.integers(len(parts) + 1)), f"{rng.choice(['', '~'])}({joined})")
    return parts[0]


class Truths(np.ndarray):
    """Booleans, for which Python reads ``a >> b`` as an implication."""

    def __rshift__(self, other: np.ndarray) -> np.ndarray:
        return ~self | other


def by_python(text: str, names: list[str]) -> np.ndarray:
    """The truth table that Python's own parser and NumPy's operators give."""
    columns = rows_of(len(names), "bits").astype(bool).T
    return eval(text, {name: column.view(Truths) for name, column in zip(names, columns, strict=True)})


# ---- it computes what it should -------------------------------------------------------------------------


@each_convention
@pytest.mark.parametrize("n", [1, 2, 3])
def test_every_truth_table_of_up_to_three_variables(n, values):
    assert all(computes(as_table(number, n), values) for number in range(2**2**n))


@each_convention
def test_some_truth_tables_of_four_variables(values, rng):
    assert all(computes(as_table(int(number), 4), values) for number in rng.integers(2**16, size=200))


@pytest.mark.slow
def test_every_truth_table_of_four_variables():
    """The gates are found once, and put into the numbers of both conventions."""
    for number in range(2**16):
        table = as_table(number, 4)
        made = logic_network(table, proof=False)
        for values, levels in LEVELS.items():
            net = made.network if values == made.values else network_of(made.layers, 4, CONVENTIONS[values])
            outputs = net.predict(rows_of(4, values))
            assert np.array_equal(outputs[:, 0], np.array(levels)[table.astype(int)]), (number, values)


@pytest.mark.parametrize(
    ("seed", "n"),
    [pytest.param(s, 5 + s % 12, marks=pytest.mark.slow if s >= 12 else ()) for s in range(200)],
)
def test_random_formulas_of_five_to_sixteen_variables(seed, n):
    """Both forms up to 8 variables, the tree above, in both conventions, against Python's own evaluation."""
    rng = np.random.default_rng(seed)
    names = [f"v{i}" for i in range(n)]
    text = random_formula(rng, names)
    expected = by_python(text, names)

    for values, form in itertools.product(LEVELS, ["sum_of_products", "tree"] if n <= 8 else ["tree"]):
        made = logic_network(text, values=values, form=form, variables=names)
        outputs = made.network.predict(rows_of(n, values))[:, 0]
        assert np.array_equal(outputs, np.array(LEVELS[values])[expected.astype(int)]), (text, values, form)
        assert made.proof.holds
        assert made.proof.complete
        assert made.proof.n_rows == 2**n


@pytest.mark.parametrize("form", ["sum_of_products", "tree"])
@each_convention
@pytest.mark.parametrize(
    ("formula", "variables", "expected"),
    [
        ("True", None, [1, 1]),
        ("0", None, [0, 0]),
        ("a | ~a", None, [1, 1]),
        ("a & ~a", ["b", "a"], [0, 0, 0, 0]),
        ("a", None, [0, 1]),
        ("~a", ["b", "a"], [1, 0, 1, 0]),
        ("NOT a implies (b Or FALSE)", None, [0, 1, 1, 1]),
        ("a ^ b ^ c ^ d", None, [0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0]),
        ("E & ~lambda", ["E", "I", "lambda"], [0, 0, 0, 0, 1, 0, 1, 0]),
        ("~(S ^ N)", None, [1, 0, 0, 1]),
        ("Q | beta & O ^ zeta", ["Q", "beta", "O", "zeta"], [0, 1, 0, 1, 0, 1, 1, 0] + 8 * [1]),
    ],
)
def test_constants_single_literals_unused_variables_and_names_of_sympy(
    formula, variables, expected, values, form
):
    made = logic_network(formula, values=values, form=form, variables=variables)

    assert made.truth_table.tolist() == expected
    assert made.proof.holds
    assert np.array_equal(made.network.predict(made.inputs), made.targets)


def test_the_ways_to_give_a_truth_table_agree():
    """AND as outputs, as Booleans, as signs, as rows in any order, and as SymPy's expression."""
    sympy = pytest.importorskip("sympy")
    a, b = sympy.symbols("a b")
    rows = {(1, 1): 1, (0, 1): 0, (0, 0): 0, (1, 0): 0}
    tables = [[0, 0, 0, 1], np.array([0, 0, 0, 1], dtype=bool), [-1, -1, -1, 1], rows, b & a, "a & b"]

    for table in tables:
        assert logic_network(table).truth_table.tolist() == [False, False, False, True]


# ---- the weights of note 000, and gates of any number of inputs -------------------------------------------


def test_xor_is_the_network_of_the_note():
    """sign(sign(x₁ − x₂ − 1) + sign(−x₁ + x₂ − 1) + 1): the note's signs, its bias 1.5 in the middle of (0, 2)."""
    made = logic_network("(a & ~b) | (~a & b)")

    assert made.decomposition == "(a & ~b) | (~a & b)"
    assert made.network.weights[0].tolist() == [[1.0, -1.0], [-1.0, 1.0]]
    assert made.network.biases[0].tolist() == [-1.0, -1.0]
    assert made.network.weights[1].tolist() == [[1.0], [1.0]]
    assert made.network.biases[1].tolist() == [1.0]


@each_convention
@pytest.mark.parametrize("k", range(2, 11))
def test_gates_of_k_inputs_lie_in_the_middle(k, values):
    """Over ±1 OR has the bias k − 1 and AND −(k − 1); no signal is nearer to 0 than half the distance (E37)."""
    names = [f"x{i}" for i in range(k)]
    expected = {"signs": (k - 1.0, 1.0 - k), "bits": (-0.5, 0.5 - k)}[values]

    for operator, bias in zip("|&", expected, strict=True):
        net = logic_network(f" {operator} ".join(names), values=values).network
        signals = rows_of(k, values) @ net.weights[0] + net.biases[0]
        assert net.layer_sizes == (k, 1)
        assert net.biases[0].tolist() == [bias]
        assert np.abs(signals).min() == (LEVELS[values][1] - LEVELS[values][0]) / 2.0


def test_a_wrong_bias_does_not_pass_the_proof():
    """With 1.5 an OR of four is false where one input alone is true: 2 − 4 + 1.5 < 0, on four rows (E37)."""
    made = logic_network("a | b | c | d")
    wrong = made.network.copy()
    wrong.biases[0][...] = 1.5

    proof = made.verify(wrong)
    assert (proof.holds, proof.n_wrong, proof.largest_error) == (False, 4, 2.0)


def test_an_xor_of_many_takes_two_layers_in_the_tree():
    names = " ^ ".join(f"x{i}" for i in range(16))
    made = logic_network(names)

    assert (made.form, made.network.layer_sizes) == ("tree", (16, 16, 1))
    assert made.proof.holds


def test_above_eight_variables_a_sum_of_products_has_a_unit_for_each_true_row():
    made = logic_network(" ^ ".join(f"x{i}" for i in range(9)), form="sum_of_products")

    assert made.network.layer_sizes == (9, 256, 1)
    assert made.proof.holds


# ---- minimized ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_sums_of_products_are_no_longer_than_sympys(n, rng):
    """SymPy's SOPform takes the essential primes and then what it meets; ours takes the fewest."""
    sympy = pytest.importorskip("sympy")
    symbols = sympy.symbols(f"x:{n}")
    for share in (0.3, 0.5, 0.7):
        table = rng.random(2**n) < share
        theirs = sympy.SOPform(symbols, [int(i) for i in np.flatnonzero(table)])
        n_theirs = len(theirs.args) if isinstance(theirs, sympy.Or) else 1
        assert len(minimize(table)) <= n_theirs


def test_a_cyclic_cover_by_hand():
    """Six primes ~a~b, ~bc, ac, ab, b~c, ~a~c, none essential: three of them do (the textbook's cyclic core)."""
    table = np.array([1, 1, 1, 0, 0, 1, 1, 1], dtype=bool)

    assert len(prime_implicants(table)) == 6
    assert len(minimize(table)) == 3


# ---- bad input ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "character", "why"),
    [
        ("a b", 3, "operator is missing"),
        ("a & ", 4, "is expected"),
        ("(a & b", 1, "never closed"),
        ("a & b)", 6, "closes nothing"),
        ("a & & b", 5, "is expected"),
        ("a ! b", 3, "operator is missing"),
        ("a @ b", 3, "'@' is not part"),
        ("a <-> b & c", 9, "an equivalence needs parentheses"),
        ("a nand b nand c", 10, "a nand needs parentheses"),
        ("a nor b -> c", 9, "a nor needs parentheses"),
        ("2 & a", 1, "neither a name"),
        ("0110", 1, "as a list"),
        ("a & ()", 6, "is expected"),
        ("f(b)", 2, "operator is missing"),
        ("a >> b >> c", 8, "parentheses"),
        ("a & b implies c", 7, "parentheses"),
        ("__import__('os').system('ls')", 12, "not part"),
        ("a.b", 2, "not part"),
        ("a and not", 10, "the formula ends"),
        ("(" * 150 + "a" + ")" * 150, 101, "parentheses"),
    ],
)
def test_a_formula_that_does_not_parse_shows_where(formula, character, why):
    with pytest.raises(ParameterError, match=f"at character {character}: .*{why}") as raised:
        logic_network(formula)

    *_, shown, caret = str(raised.value).split("\n")
    place = caret.index("^")
    if character <= len(formula):
        assert shown[place] == formula[character - 1]


@pytest.mark.parametrize(
    ("given", "options", "error", "named"),
    [
        ("", {}, ParameterError, "empty"),
        ("  \n", {}, ParameterError, "empty"),
        (3.5, {}, ParameterError, "3.5"),
        ([0, 1, 1], {}, DataError, "got 3"),
        ([1], {}, DataError, "got 1"),
        ([], {}, DataError, "got 0"),
        (np.zeros(2**17), {}, DataError, "131,072"),
        ([0, 1, 2, 1], {}, ParameterError, "0 and 1"),
        ([0, 1, -1, 1], {}, ParameterError, "mix"),
        ({(0, 0): 1, (0, 1): 0}, {}, DataError, r"\(1, 0\)"),
        ({(0, 0): 1, (1,): 0}, {}, DataError, "one length"),
        ([0, 1], {"form": "tree"}, ParameterError, "sum_of_products"),
        ([0, 1], {"variables": ["a", "b"]}, ParameterError, "1 names"),
        ("a & b", {"values": "floats"}, ParameterError, "signs"),
        ("a & b", {"form": "dnf"}, ParameterError, "sum_of_products"),
        ("a & b", {"variables": ["a"]}, ParameterError, r"lacks \['b'\]"),
        ("a & b", {"variables": ["a", "b", "a"]}, ParameterError, "different"),
        (" & ".join(f"x{i}" for i in range(17)), {}, ParameterError, "131,072 rows"),
    ],
)
def test_bad_input_is_named(given, options, error, named):
    with pytest.raises(error, match=named):
        logic_network(given, **options)


def test_what_is_no_formula_of_sympy_is_named():
    sympy = pytest.importorskip("sympy")
    with pytest.raises(ParameterError, match="formula"):
        logic_network(sympy.Symbol("x") + 1)
    with pytest.raises(ParameterError, match="Equivalent"):
        logic_network(sympy.Equivalent(*sympy.symbols("a b")))


def test_above_sixteen_variables_a_tree_without_the_whole_proof():
    """SymPy's own evaluation of some rows agrees."""
    made = logic_network(" ^ ".join(f"(x{i} & ~x{i + 1})" for i in range(20)), proof=False)

    assert (made.proof, made.truth_table) == (None, None)
    checked = made.verify()
    assert checked.holds
    assert not checked.complete
    with pytest.raises(ParameterError, match="21 variables"):
        made.inputs  # noqa: B018


def test_the_words_mean_the_operators():
    assert parse("not a and b or c xor d").expression == parse("~a & b | c ^ d").expression
    assert parse("¬a ∧ b ∨ c ⊕ d").expression == parse("~a & b | c ^ d").expression
    assert parse("a → b").expression == parse("a ⇒ b").expression == parse("a >> b").expression
    sympy = pytest.importorskip("sympy")
    assert parse("a implies b").expression == parse("a >> b").expression == sympy.sympify("a >> b")
