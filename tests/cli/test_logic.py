"""``pellucid logic``: what it prints, what it saves, what it refuses."""

import numpy as np
import pytest

from pellucid import load

XOR = "(a & ~b) | (~a & b)"


def test_the_xor_of_the_note_on_the_screen(pellucid):
    """The decomposition, the weights with their bias row, and all rows with the hidden units' outputs."""
    said = pellucid("logic", XOR).out
    lines = [" ".join(line.split()) for line in said.splitlines()]

    assert f"sum of products: {XOR}" in lines
    assert "h1 a & ~b -1" in lines
    for matrix in (["h1 h2", "bias -1 -1", "a 1 -1", "b -1 1"], ["y", "bias 1", "h1 1", "h2 1"]):
        start = lines.index(matrix[0])
        assert lines[start : start + 4] == matrix
    start = lines.index("a b h1 h2 y")
    assert lines[start + 1 : start + 5] == ["-1 -1 -1 -1 -1", "-1 1 -1 1 1", "1 -1 1 -1 1", "1 1 -1 -1 -1"]
    assert "right on all 4 rows" in said
    assert "--soft 4" in said


def test_one_json_object(pellucid):
    found = pellucid("logic", "a ^ b ^ c", "--values", "bits", "--form", "tree", "--json").json

    assert found["truth_table"] == [0, 1, 1, 0, 1, 0, 0, 1]
    assert found["layer_sizes"] == [3, 3, 1]
    assert found["activation"] == ["step", "step"]
    assert found["units"] == [
        ["a | b | c", "at least 2 of a, b, c", "a & b & c"],
        ["at least 2 of h1, ~h2, h3"],
    ]
    assert found["biases"] == [[-0.5, -1.5, -2.5], [-0.5]]
    assert found["proofs"]["hard"] == {
        "holds": True, "rows": 8, "wrong": 0, "largest_error": 0.0, "complete": True,
    }  # fmt: skip


def test_a_truth_table_softened_and_saved(pellucid, folder):
    """The saved network computes tanh(4 tanh(4 s₁) + …), by hand for the row (-1, -1)."""
    ran = pellucid("logic", "--truth-table", "0110", "--soft", 4, "--out", "soft.safetensors")
    net = load(folder / "soft.safetensors")

    assert ran.code == 0
    assert "soft" in ran.out
    assert net.activation[0].name == "tanh"
    hidden = np.tanh(-4.0)
    assert net.predict([[-1.0, -1.0]])[0, 0] == pytest.approx(np.tanh(4.0 * (2.0 * hidden + 1.0)), rel=1e-14)
    assert pellucid("info", "soft.safetensors").code == 0
    again = pellucid("logic", XOR, "--out", "soft.safetensors")
    assert again.code != 0
    assert "--force" in again.err


def test_long_tables_are_cut_and_large_sums_announced(pellucid):
    """XOR of 9: half of 512 rows."""
    names = " ^ ".join("abcdefghi")
    ran = pellucid("logic", names, "--form", "sum_of_products", "--rows", 2)

    assert "256 of 512 rows" in ran.err
    assert "the first 2 of 512 rows" in ran.out
    assert "256 products" in pellucid("logic", names).out


@pytest.mark.slow  # seconds of work; a sum of 256 products is announced above
def test_a_long_proof_is_announced(pellucid):
    """16 variables, half of the rows true: 2³¹ products and rows; a truth table says its size too."""
    names = " ^ ".join(f"x{i}" for i in range(15))
    said = pellucid("logic", names, "--form", "sum_of_products", "--no-proof", "--rows", 1).err
    table = pellucid("logic", "--truth-table", "01" * 256, "--rows", 0)

    assert "16,384 of 32,768 rows" in said
    assert "--no-proof" not in said
    assert "256 of 512 rows" in table.err
    assert table.code == 0


def test_names_that_the_units_would_take(pellucid):
    """Variables called h1 and y: the units take other names."""
    units = pellucid("logic", "h1 ^ y", "--json").json["units"]

    assert units == [["h1 & ~y", "~h1 & y"], ["hh1 | hh2"]]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((), "either"),
        (("a", "--truth-table", "01"), "either"),
        (("a & & b",), "\n        ^"),
        (("",), "empty"),
        (("--truth-table", "011"), "2 and 4"),
        (("--truth-table", "01x0"), "01x0"),
        (("a", "--values", "words"), "signs"),
        (("a", "--form", "dnf"), "tree"),
        (("a", "--soft", "0"), "beta"),
        (("a", "--rows", "-1"), "--rows"),
        (("a & b", "--variables", "a"), "'b'"),
        ((" ^ ".join(f"x{i}" for i in range(17)),), "131,072 rows"),
    ],
)
def test_bad_input_is_named(pellucid, words, named):
    ran = pellucid("logic", *words)

    assert ran.code in (1, 2)
    assert named in ran.err


def test_many_variables_without_the_whole_proof(pellucid):
    said = pellucid("logic", " & ".join(f"x{i}" for i in range(20)), "--no-proof").out

    assert "65,536 random rows" in said


def test_signals_and_the_biases_of_the_note(pellucid):
    """--signals shows them next to the units; --bias 1.5 gives the note's weights, and says where they fail."""
    shown = pellucid("logic", "a || b", "--bias", 1.5, "--signals").out

    assert "s of y" in shown
    assert "-0.5" in shown
    assert "--bias 1.5" in shown
    assert "is wrong on" in pellucid("logic", "a | b | c | d", "--bias", 1.5).out


@pytest.mark.parametrize("formula", ["1", "False", "0 | 1"])
@pytest.mark.parametrize("form", ["sum_of_products", "tree"])
def test_a_formula_without_variables(pellucid, formula, form):
    """The network has an input all the same, and the text says that it is none of the formula's."""
    remark = "The formula has no variable; the input x has no effect."
    assert remark in pellucid("logic", formula, "--form", form).out
    assert remark not in pellucid("logic", "a | ~a", "--form", form).out
