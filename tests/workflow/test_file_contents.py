"""Contents of model files as plain data: what a header holds, counted again by the network itself."""

from pathlib import Path

import numpy as np
import pytest

from pellucid import MLPClassifier, Network, load, save
from pellucid.core.cost import cost
from pellucid.exceptions import DataError
from pellucid.workflow import NetworkFile, TabularFile, describe_file, train_file
from pellucid.workflow.file_contents import excerpt
from pellucid.workflow.layer_tables import layers_of_sizes


def test_the_layers_of_a_network_add_up(tmp_path: Path) -> None:
    net = Network([3, 5, 2], activation="relu", normalization="batch_norm", random_state=0)
    save(net, tmp_path / "net.safetensors")

    found = describe_file(tmp_path / "net.safetensors")

    assert isinstance(found, NetworkFile)
    assert found.layers.n_parameters == net.n_parameters
    assert found.layers.cost == cost(net)
    assert [row["layer"] for row in found.layers.rows] == [layer.label for layer in net.layers]
    assert found.to_dict()["layer_sizes"] == [3, 5, 2]


def test_a_model_says_its_options_classes_and_history(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 2))
    model = MLPClassifier((4,), max_iter=3, dropout=0.1, engine="reference", random_state=0)
    with pytest.warns(UserWarning, match="(?i)iterations"):
        model.fit(X, np.where(X[:, 0] > 0.0, "yes", "no"))
    save(model, tmp_path / "model.safetensors")

    found = describe_file(tmp_path / "model.safetensors").to_dict()

    assert list(found["classes"]) == ["no", "yes"]
    assert (found["epochs"], found["n_features"], found["training"]) == (3, 2, None)
    assert found["parameters"]["dropout"] == 0.1


def test_a_model_for_tables_says_its_columns(tmp_path: Path) -> None:
    trained = train_file(
        "iris", out=tmp_path / "iris.safetensors", model="tabular", preset="fast", max_iter=2, n_members=2
    )

    found = describe_file(trained.path)

    assert isinstance(found, TabularFile)
    assert found.n_parameters == sum(m.network.n_parameters for m in load(trained.path).members_)
    assert [column["name"] for column in found.to_dict()["columns"]] == trained.table.frame.columns[:4]
    assert found.origin is not None
    assert found.origin.target == "target"


def test_layers_of_sizes_are_those_of_a_network() -> None:
    found = layers_of_sizes([4, 3, 2])

    assert found.to_dict()["n_parameters"] == Network([4, 3, 2]).n_parameters == 4 * 3 + 3 + 3 * 2 + 2
    assert found.texts[0] == ["dense 4 → 3", "(4 + 1) × 3", "15", "15", "15"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.safetensors"):
        describe_file(tmp_path / "none.safetensors")


def test_an_excerpt_holds_the_ends_and_no_score_that_is_the_loss() -> None:
    rows = [{"loss": 1 / n, "validation_loss": 2 / n, "validation_score": -2 / n} for n in range(1, 12)]

    columns, some = excerpt(rows, 6)

    assert columns == ["loss", "validation_loss"]
    assert [round(1 / row["loss"]) for row in some] == [1, 3, 5, 7, 9, 11]
