"""``pellucid info``: what a model file holds."""

from pathlib import Path

import pytest

from pellucid import Network, load, save
from pellucid.core.layers import NORMALIZATIONS, Lookup, Periodic, Scale


def test_the_description_is_that_of_the_network(pellucid, classifier):
    """Layers and parameters are those of the network in the file."""
    found = pellucid("info", classifier, "--json").json
    network = load(classifier).network_

    assert found["layer_sizes"] == list(network.layer_sizes)
    assert found["n_parameters"] == network.n_parameters == sum(row["parameters"] for row in found["layers"])
    assert found["epochs"] == 3
    assert found["feature_names"] == ["a", "b"]
    assert found["training"]["target"] == "kind"


def test_people_read_where_the_model_came_from(pellucid, classifier):
    """The page names the data, the target, the held-out score, the classes and the options."""
    said = pellucid("info", classifier).out

    for part in ("people.csv", "'kind'", "accuracy", "2 classes: ja, nein", "--hidden", "dense 2 → 8"):
        assert part in said


def test_a_bare_network_is_described_too(pellucid):
    """A Network in a file has layers and no history; predict says that it wants an estimator."""
    save(Network([2, 3, 1], random_state=0), "net")

    assert pellucid("info", "net", "--json").json["n_parameters"] == 13
    assert "Network" in pellucid("predict", "net", "iris").err


def test_a_network_of_a_table_is_described_too(pellucid):
    """Input layers and parametric activations have their rows, and widths are those that the blocks have."""
    layers = [Lookup(2, (3,), 2), Periodic(2, 2, 2, 3), Scale(8)]
    net = Network([3, 4, 1], input_layers=layers, parametric=True, random_state=0)
    save(net, "net")
    found = pellucid("info", "net", "--json").json

    assert found["n_parameters"] == net.n_parameters == sum(row["parameters"] for row in found["layers"])
    assert [row["layer"] for row in found["layers"]] == [
        "lookup 3 → 4", "periodic 4 → 8", "scale 8 → 8", "dense 8 → 4", "tanh, parametric", "dense 4 → 1",
        "identity",
    ]  # fmt: skip
    assert found["multiply_adds"]["forward"] == (8 + 1) * 4 + (4 + 1)


@pytest.mark.parametrize("name", NORMALIZATIONS)
def test_a_normalization_is_described(pellucid, name):
    """It has a row of its own with its scale and shift."""
    save(Network([3, 4, 1], normalization=name, random_state=0), "net")
    row = pellucid("info", "net", "--json").json["layers"][1]

    assert row == {
        "layer": NORMALIZATIONS[name].example.label,
        "shapes": {"gamma": [4], "beta": [4]},
        "parameters": 8,
    }


def test_members_that_share_weights_are_described_too(pellucid):
    """Shared and separate layers have their rows, and every member its multiply-adds."""
    net = Network([3, 4, 1], n_members=2, random_state=0)
    save(net, "net")
    found = pellucid("info", "net", "--json").json

    assert found["n_parameters"] == net.n_parameters == sum(row["parameters"] for row in found["layers"])
    assert [row["layer"] for row in found["layers"]] == [
        "fan 3 → 6", "shared dense 3 → 4", "tanh", "separate dense 4 → 1", "identity",
    ]  # fmt: skip
    assert found["multiply_adds"]["forward"] == 2 * ((3 + 1) * 4 + (4 + 1))
    assert "shared dense 3 → 4" in pellucid("info", "net").out


def test_what_is_no_model_is_refused(pellucid, people):
    """A table is no model file, and an absent file is not there; those that are there are named."""
    assert "not a pellucid model file" in pellucid("info", "people.csv").err
    Path("other.safetensors").write_bytes(b"")
    ran = pellucid("info", "nothing.safetensors")
    assert ran.code == 1
    assert "other.safetensors" in ran.err


def test_the_cost_of_widths_alone(pellucid):
    """Shapes with the row of biases, parameters, multiply-adds; by hand for 784-100-10."""
    found = pellucid("info", "--sizes", "784,100,10", "--json").json

    assert found["n_parameters"] == 785 * 100 + 101 * 10
    assert [layer["with_bias_row"] for layer in found["layers"]] == [[785, 100], [101, 10]]
    assert found["multiply_adds"] == {"forward": 79510, "backward": 80510, "training": 160020}
    said = pellucid("info", "--sizes", "784,100,10").out
    parts = "(784 + 1) × 100", "(100 + 1) × 10", "79,510", "80,510", "1.01 forward passes", "2.01 predictions"
    for part in parts:
        assert part in said
    assert max(len(line) for line in said.splitlines() if line.startswith("  ")) <= 80


def test_widths_of_any_size_take_no_memory(pellucid):
    """A network of 10¹² parameters, 7 TB, is counted, not built."""
    found = pellucid("info", "--sizes", "999999,1000000", "--json").json

    assert found["n_parameters"] == 10**12


def test_the_cost_of_a_model(pellucid, classifier):
    """A file's layers say the same; 2-8-2 classes: (2 + 1) × 8 and (8 + 1) × 2."""
    said = pellucid("info", classifier).out

    assert "(2 + 1) × 8" in said
    assert "(8 + 1) × 2" in said or "(8 + 1) × 1" in said


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((), "--sizes"),
        (("net", "--sizes", "2,1"), "either"),
        (("--sizes", "2,x"), "'2,x'"),
        (("--sizes", "2"), "[2]"),
    ],
)
def test_what_is_no_question(pellucid, words, named):
    """Neither file nor widths, both, and widths that are none: each is said."""
    ran = pellucid("info", *words)

    assert ran.code == 2
    assert named in ran.err
