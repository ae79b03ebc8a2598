"""The command where standard output and standard error are closed, have no reader, or lack characters."""

import json
import os
import subprocess
import sys

import pytest

from terminal import invoke

TRAIN = ("train", "iris", "--epochs", "2", "--out", "model.safetensors", "--force")


def ran(*words: str, encoding: str = "utf-8", shell: str = ""):
    """Run the command in a process of its own, behind some redirection of a shell."""
    command = [sys.executable, "-m", "pellucid.cli", *words]
    if shell:
        command = ["sh", "-c", f'"$@" {shell}', "sh", *command]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=120)


@pytest.mark.slow  # the fast one is that of a stream: host/test_streams.py
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_characters_that_the_encoding_lacks_are_spelled(encoding, folder):
    """People read an escape in their place."""
    done = ran(*TRAIN, encoding=encoding)

    assert done.returncode == 0, done.stderr
    assert b"\\u2192" in done.stdout
    assert (folder / "model.safetensors").exists()


@pytest.mark.slow
def test_json_is_ascii_where_it_must_be(folder):
    """And says the same."""
    (folder / "f.csv").write_text("größe,y\n" + "1,a\n2,b\n" * 20, encoding="utf-8")
    done = ran(
        "train",
        "f.csv",
        "--target",
        "y",
        "--epochs",
        "1",
        "--out",
        "m.safetensors",
        "--json",
        encoding="ascii",
    )

    assert done.returncode == 0, done.stderr
    assert "größe" in json.dumps(json.loads(done.stdout), ensure_ascii=False)


def test_answers_for_other_programs_are_exact_or_refused():
    """No character of a document stands for another one."""
    words = ("trace", "--example", "iowa-grounded", "--format", "html")
    done = invoke(*words, charset="ascii")

    assert done.exit_code == 1
    assert "The encoding of standard output, ascii" in " ".join(done.stderr.split())
    assert done.stdout == ""


@pytest.mark.skipif(os.name != "posix", reason="the redirections are those of sh")
@pytest.mark.parametrize(
    "shell",
    [
        "| true",
        pytest.param("2>&-", marks=pytest.mark.slow),
        pytest.param(">&-", marks=pytest.mark.slow),
        pytest.param(">/dev/full", marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_a_model_is_trained_whoever_listens(shell, folder):
    """The messages are lost, the model is not."""
    done = ran(*TRAIN, shell=shell)

    assert (folder / "model.safetensors").exists(), done.stderr
    assert b"Traceback" not in done.stderr
    assert done.returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("info", "model.safetensors"),
        ("info", "model.safetensors", "--json"),
        ("predict", "model.safetensors", "iris"),
        ("predict", "model.safetensors", "iris", "--json"),
        ("evaluate", "model.safetensors", "iris"),
        ("logic", "a | b"),
        ("trace", "--example", "iowa-grounded", "--format", "html"),
        ("train", "--help"),
        ("--version",),
    ],
    ids=" ".join,
)
def test_an_answer_that_is_lost_is_an_error(words, folder):
    """On a full disk the user is told by one sentence and by the exit code."""
    if "model.safetensors" in words:
        assert ran(*TRAIN).returncode == 0
    done = ran(*words, shell=">/dev/full")

    assert done.returncode == 1
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.slow
def test_an_answer_in_a_file_is_not_lost(folder):
    """Only what would have been said about it is."""
    assert ran(*TRAIN).returncode == 0
    done = ran("predict", "model.safetensors", "iris", "--out", "answers.csv", shell=">/dev/full")

    assert done.returncode == 0
    assert len((folder / "answers.csv").read_text().splitlines()) == 151


@pytest.mark.skipif(os.name != "posix", reason="the redirections are those of sh")
@pytest.mark.slow
@pytest.mark.parametrize("shell", ["| true", ">&-"])
def test_an_answer_that_nobody_wants_is_no_error(shell, folder):
    """A reader may have enough, and a stream be closed on purpose."""
    done = ran("logic", "a | b", shell=shell)

    assert done.returncode == 0
    assert done.stderr == b""
