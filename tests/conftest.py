"""What every test stands on: seeded randomness, one BLAS thread, and examples that are the same each time."""

import os
from collections.abc import Iterator

# scikit-learn's checks of array API inputs need it, before SciPy is imported.
os.environ["SCIPY_ARRAY_API"] = "1"

import hypothesis
import numpy as np
import pytest
import scipy.linalg  # noqa: F401  SciPy brings a BLAS of its own, which must be there to be limited.
from threadpoolctl import threadpool_limits

hypothesis.settings.register_profile("pellucid", deadline=None, derandomize=True)
hypothesis.settings.load_profile("pellucid")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> Iterator[None]:
    with threadpool_limits(limits=1, user_api="blas"):
        yield
