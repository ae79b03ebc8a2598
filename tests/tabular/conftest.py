"""A table of every kind of column, and settings that make a fit short."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

# The linear path takes most of so short a fit; test_contract.py and test_linear_path.py have it.
QUICK: dict[str, Any] = {
    "n_members": 1,
    "max_iter": 8,
    "hidden_layer_sizes": (16,),
    "linear": False,
    "random_state": 0,
}


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    """Return 80 rows of numbers, text, truth values and dates, with missing values."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "rooms": rng.normal(5.0, 2.0, 80),
            "near": rng.choice(["sea", "lake", "town"], 80),
            "street": rng.choice([f"street {i}" for i in range(12)], 80),
            "new": rng.random(80) < 0.5,
            "sold": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, 80), unit="D"),
        }
    )
    X.loc[::7, "rooms"] = np.nan
    X.loc[::9, "near"] = None
    return X


@pytest.fixture(scope="session")
def numbers(frame: pd.DataFrame) -> Any:
    """Return a number for each row of ``frame``."""
    noise = np.random.default_rng(1).normal(0.0, 0.1, len(frame))
    return frame["rooms"].fillna(5.0).to_numpy() + 2.0 * (frame["near"] == "sea").to_numpy() + noise


@pytest.fixture(scope="session")
def classes(numbers: Any) -> Any:
    """Return one of three classes for each row of ``frame``."""
    return np.array(["cheap", "fair", "dear"])[np.digitize(numbers, np.quantile(numbers, [0.3, 0.6]))]
