"""Libraries that not every machine has."""

from importlib.util import find_spec

import pytest


def needs(library: str, reason: str | None = None) -> None:
    """Skip the tests of a module where a library is missing, without loading it: collection is to be quick."""
    if find_spec(library) is None:
        pytest.skip(reason or f"{library} is not installed", allow_module_level=True)
