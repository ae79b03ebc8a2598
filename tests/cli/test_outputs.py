"""Output paths of commands, and the files that they leave alone."""

import os
from pathlib import Path

import pytest

from cli.conftest import SMALL, Command
from pellucid.workflow.output_files import check_output


def test_the_same_training_again_keeps_the_earlier_model_too(people: object, pellucid: Command) -> None:
    """A new model with the same bytes takes the place of the earlier one, which is the previous one then."""
    words = ["train", "people.csv", "--target", "price", "--drop", "key", "--drop", "kind", *SMALL]
    assert [pellucid(*words).code for _ in range(3)] == [0, 0, 0]
    assert sorted(p.name for p in Path().glob("*.safetensors")) == [
        "people-model.previous.safetensors",
        "people-model.safetensors",
    ]


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="needs devices")
def test_devices_can_be_written_to(pellucid: Command) -> None:
    """/dev/null exists already and may be named without --force: nothing is written over."""
    check_output(Path("/dev/null"), force=False)
    ran = pellucid("trace", "--example", "iowa-grounded", "--format", "text", "--out", "/dev/null")
    assert ran.code == 0, ran.err
    assert not Path("/dev/null").is_file()
