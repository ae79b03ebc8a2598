"""``pellucid train --resume``: to go on where a training was cut off."""

from pathlib import Path

import numpy as np
import pytest

from pellucid import load

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
