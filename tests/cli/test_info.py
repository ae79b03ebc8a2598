"""``pellucid info``: what a model file holds."""

from pathlib import Path

from pellucid import Network, load, save


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


def test_what_is_no_model_is_refused(pellucid, people):
    """A table is no model file, and an absent file is not there; those that are there are named."""
    assert "no pellucid model file" in pellucid("info", "people.csv").err
    Path("other.safetensors").write_bytes(b"")
    ran = pellucid("info", "nothing.safetensors")
    assert ran.code == 1
    assert "other.safetensors" in ran.err
