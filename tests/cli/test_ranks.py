"""``pellucid train --processes``: several processes train one model."""

from importlib.util import find_spec

import pytest

from pellucid import load

needs_jax = pytest.mark.skipif(
    find_spec("jax") is None, reason="JAX is not installed: pip install 'pellucid[jax]'"
)
SMALL = ("--model", "mlp", "--hidden", "8", "--epochs", "2")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--processes", 3], "--processes must be a power of two"),
        (
            ["--processes", 2, "--rank", 0],
            "Give either --processes, for this machine, or --coordinator --rank",
        ),
        (["--n-shards", 2], "Give either --processes"),
        (["--processes", 4, "--n-shards", 2], "--n-shards must be at least"),
        (["--processes", 2, "--exchange-every", 33], "It takes an integer from 1 to 32"),
        (["--exchange-every", 8], "Give either --processes"),
        (["--processes", 0], "It takes an integer from 1 to 4,096"),
    ],
)
def test_options_that_make_no_team(pellucid, words, message):
    """The error names the options as one types them, before any table is read."""
    ran = pellucid("train", "digits", *words)

    assert ran.code != 0
    assert message in " ".join(ran.err.replace("│", " ").split())


@needs_jax
def test_a_remark_on_an_engine_names_the_option(pellucid):
    """An engine other than JAX does not go with several processes."""
    ran = pellucid("train", "digits", *SMALL, "--processes", 2, "--engine", "reference")

    assert ran.code != 0
    assert "--engine must be 'auto' or one of" in ran.err


@needs_jax
@pytest.mark.slow
def test_two_processes_write_the_bits_of_one(pellucid):
    """The model file has the same parameters, and the scores are the same."""
    ran = [
        pellucid(
            "train",
            "digits",
            *SMALL,
            "--processes",
            n,
            "--n-shards",
            2,
            "--out",
            f"{n}.safetensors",
            "--json",
        )
        for n in (1, 2)
    ]
    one, two = (load(f"{n}.safetensors").network_.parameters for n in (1, 2))

    assert (one == two).all()
    assert ran[0].json["held_out"] == ran[1].json["held_out"]
