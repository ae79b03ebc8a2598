"""Values of the right type and shape that no model can have: refused by ``load``, never written by ``save``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import MLPClassifier, Network, load, save
from pellucid.exceptions import ParameterError
from pellucid.optimizers import OPTIMIZERS
from pellucid.persistence import read_header
from persistence.forgery import Change, forge, refused
from persistence.small_models import quick, table
from persistence.test_forged import array, cases, option, tensor, top, training

BAD = {"NaN": np.nan, "infinity": np.inf, "-infinity": -np.inf}


def first(value: float) -> Callable[[Any], Any]:
    """Return a function that sets the first number of an array."""

    def change(a: Any) -> Any:
        a = a.copy()
        a.flat[0] = value
        return a

    return change


@pytest.mark.parametrize("value", BAD.values(), ids=BAD)
@pytest.mark.parametrize(
    "name",
    ["parameters", "state", "memory", "best_parameters", "best_statistics", "input_mean_", "input_scale_"],
)
def test_numbers_that_are_not_finite(classifier_file: Path, name: str, value: float) -> None:
    """No tensor of a model holds NaN or infinity."""
    forge(classifier_file, tensor(name, first(value)))

    refused(classifier_file, rf"{classifier_file.name} .*{name}.* NaN or infinity")


@pytest.mark.parametrize("value", BAD.values(), ids=BAD)
def test_a_network_with_such_numbers_is_not_saved(network: Network, tmp_path: Path, value: float) -> None:
    """``save`` says what is wrong, and leaves the file that was there."""
    path = tmp_path / "net"
    save(network, path)
    before = path.read_bytes()
    network.parameters[3] = value

    with pytest.raises(ParameterError, match=r"'parameters' contains NaN or infinity"):
        save(network, path)
    assert path.read_bytes() == before


STATISTICS: dict[str, Change] = {
    "a negative variance": tensor("state", lambda a: -np.abs(a) - 1.0),
    "one of the best epoch": tensor("best_statistics", lambda a: -np.abs(a) - 1.0),
    "a scale of 0": tensor("input_scale_", first(0.0)),
    "a negative scale": tensor("input_scale_", first(-1.0)),
    "negative squares": tensor("memory", lambda a: -np.abs(a) - 1.0),
    "a best score of NaN": training("best", {"$": "float", "value": "nan"}),
    "a seed beyond those": top("split_seed", 2**32),
    **{f"{name} beyond 64 bits": training(name, 2**63)
       for name in ("epoch", "updates", "samples_seen", "reductions", "epochs_without_improvement")},
    "n_iter beyond 64 bits": top("n_iter", 2**70),
    "a number of 400 digits": top("n_iter", 10**400),
    "a dropout of 400 digits": option("dropout", [10**400, 0]),
    "a history of 400 digits": top("history", array("object", [10**400])),
}  # fmt: skip


@cases(STATISTICS)
def test_statistics_without_a_meaning(classifier_file: Path, change: Change) -> None:
    """Variances and sums of squares are not negative, scales are positive, counters are counts."""
    forge(classifier_file, change)

    refused(classifier_file)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_scales_of_targets(regressor_file: Path, value: float) -> None:
    """So are the scales of targets."""
    forge(regressor_file, tensor("target_scale_", first(value)))

    refused(regressor_file, "target scales must be positive")


def test_statistics_without_a_meaning_are_not_saved(classifier: MLPClassifier, tmp_path: Path) -> None:
    """``save`` does not write a model that ``load`` would refuse."""
    classifier.input_scale_[0] = 0.0
    with pytest.raises(ParameterError, match="'input_scale_' must be positive"):
        save(classifier, tmp_path / "model")
    net = Network([1, 2, 1], batch_norm=True)
    net.state[...] = -1.0
    with pytest.raises(ParameterError, match="variance is negative"):
        save(net, tmp_path / "model")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [row.name for row in OPTIMIZERS.values() if row.slots])
def test_the_memory_of_every_optimizer(tmp_path: Path, name: str) -> None:
    """Each optimizer's own memory loads; with the sign of its squares turned it does not."""
    X, y = table()
    path = tmp_path / "model"
    save(quick(MLPClassifier((3,), solver=name, max_iter=2, random_state=0), X, y), path)
    load(path)
    forge(path, tensor("memory", lambda a: -a))

    if OPTIMIZERS[name].squares:
        refused(path, "squared gradients")
    else:
        load(path)


def test_the_header_is_held_to_the_same(classifier_file: Path) -> None:
    """``read_header`` refuses what ``load`` refuses, and knows a function of one's own by its name only."""
    forge(classifier_file, option("activation", ["mine", "tanh"]))
    assert read_header(classifier_file)["network"]["activation"] == ["mine", "tanh"]

    forge(classifier_file, tensor("input_scale_", first(-1.0)))
    with pytest.raises(ValueError, match="input scales must be positive"):
        read_header(classifier_file)
