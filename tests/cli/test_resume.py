"""``pellucid train --resume``: to go on where a training was cut off."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pellucid import Checkpoint, MLPRegressor, load
from pellucid.tabular import TabularRegressor

HIDDEN = ("--hidden", "8", "--schedule", "cosine")


@pytest.mark.parametrize("source", ["iris", "diabetes"])
def test_a_resumed_training_equals_an_uninterrupted_one(pellucid, source):
    """Six of ten epochs, then the rest from the checkpoint, give the model of ten epochs to the last bit."""
    straight = pellucid("train", source, *HIDDEN, "--epochs", "10", "--out", "straight", "--json").json
    words = ("--epochs", "10", "--checkpoint", "half", "--every", "6")
    pellucid("train", source, *HIDDEN, *words, "--out", "unused")
    assert len(load("half").history_) == 6
    resumed = pellucid("train", source, "--resume", "half", "--out", "resumed", "--json").json

    assert np.array_equal(load("resumed").network_.parameters, load("straight").network_.parameters)
    assert resumed["held_out"] == straight["held_out"]
    assert resumed["epochs"] == 10


def test_other_data_or_options_are_refused(pellucid, people):
    """A checkpoint goes on with its own rows, columns and options, and is not touched otherwise."""
    pellucid("train", "iris", *HIDDEN, "--epochs", "4", "--checkpoint", "c")
    before = Path("c").read_bytes()

    for words, code, said in [
        (("iris", "--resume", "c", "--epochs", "8", "--hidden", "3"), 2, "--hidden cannot change"),
        (("iris", "--resume", "c", "--epochs", "8", "--seed", "3"), 2, "--seed cannot change"),
        (("iris", "--resume", "c"), 2, "--epochs 8"),
        (("wine", "--resume", "c", "--epochs", "8"), 1, "sepal length"),
        (("iris", "--resume", "absent", "--epochs", "8"), 1, "no model file 'absent'"),
    ]:
        ran = pellucid("train", *words, "--out", "never")
        assert ran.code == code
        assert said in ran.err
    assert not Path("never").exists()
    assert Path("c").read_bytes() == before


def test_a_resumed_training_may_save_to_its_own_checkpoint(pellucid):
    """--checkpoint may name the file of --resume, which then holds the later epochs."""
    pellucid("train", "iris", *HIDDEN, "--epochs", "4", "--checkpoint", "c", "--every", "2")
    ran = pellucid("train", "iris", "--resume", "c", "--epochs", "6", "--checkpoint", "c")

    assert ran.code == 0
    assert len(load("c").history_) == 6


TABLE = ("--hidden", "8", "--members", "2", "--epochs", "5")


@pytest.fixture
def animals():
    """Write a table whose columns hold numbers and words."""
    rng = np.random.default_rng(0)
    size, kind = rng.normal(size=60), rng.choice(["cat", "dog"], 60)
    weight = size + (kind == "dog") + rng.normal(0.0, 0.1, 60)
    pl.DataFrame({"size": size, "kind": kind, "weight": weight}).write_csv("animals.csv")
    return ("train", "animals.csv", "--target", "weight")


def same_members(one, other):
    """Return whether two model files hold the same networks."""
    pairs = zip(load(one).members_, load(other).members_, strict=True)
    return all(np.array_equal(a.network.parameters, b.network.parameters) for a, b in pairs)


def test_a_resumed_training_on_a_table_equals_an_uninterrupted_one(pellucid, animals, monkeypatch):
    """Cut off in its second network, it goes on to the model of an unbroken training."""
    straight = pellucid(*animals, *TABLE, "--out", "straight", "--json").json
    write, left = Checkpoint.save_table, [8]

    def cut_off(self, estimator):
        write(self, estimator)
        left[0] -= 1
        if left[0] == 0:
            raise SystemExit(9)

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save_table", cut_off)
        assert pellucid(*animals, *TABLE, "--checkpoint", "half", "--out", "unused").code == 9
    resumed = pellucid("train", "animals.csv", "--resume", "half", "--out", "resumed", "--json").json

    assert same_members("resumed", "straight")
    assert resumed["held_out"] == straight["held_out"]
    assert load("resumed").get_params() == load("straight").get_params()
    assert not Path("unused").exists()


def test_what_a_table_does_not_go_on_with(pellucid, animals):
    """Other rows, other epochs, and a model that is finished: each is refused with a reason."""
    pellucid(*animals, *TABLE, "--checkpoint", "c", "--out", "m")
    pellucid(*animals, *TABLE, "--out", "finished")
    pl.read_csv("animals.csv")[::-1].write_csv("other.csv")

    for words, code, said in [
        (("other.csv", "--resume", "c"), 1, "is not the data that the model was trained on"),
        (("animals.csv", "--resume", "c", "--epochs", "9"), 2, "--epochs cannot change"),
        (("animals.csv", "--resume", "c", "--members", "3"), 2, "--members cannot change"),
        (("animals.csv", "--resume", "c", "--members", "3"), 2, "--epochs of an MLP"),
        (("animals.csv", "--resume", "finished"), 1, "is a finished model"),
    ]:
        ran = pellucid("train", *words, "--out", "never")
        assert ran.code == code
        assert said in " ".join(ran.err.split())
    assert not Path("never").exists()


def test_checkpoint_and_the_kind_of_model(pellucid, animals):
    """It is for both; where nothing asks for a table's estimator it chooses an MLP, and says so."""
    assert pellucid(*animals, *TABLE, "--checkpoint", "a", "--out", "b").code == 0
    assert type(load("a")) is TabularRegressor
    pl.read_csv("animals.csv").drop("kind").write_csv("plain.csv")
    words = ("train", "plain.csv", "--target", "weight", "--epochs", "2", "--checkpoint", "c", "--out", "d")
    assert "without --model tabular" in pellucid(*words).out
    assert type(load("d")) is MLPRegressor
