"""California housing and Adult, with the split that all figures use. Nothing of them is in the repository."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("PELLUCID_BENCH_DATA", ROOT / "../shared/data"))
PRICES, INCOMES = "california-housing.csv.gz", "adult-{part}.csv.gz"


@dataclass(frozen=True)
class Problem:
    """Tables as they were read: text columns, missing values and all. Classes are 0 and 1."""

    classify: bool
    X: pd.DataFrame
    X_test: pd.DataFrame
    y: np.ndarray
    y_test: np.ndarray

    @property
    def text(self) -> list[str]:
        """The columns that are not numbers."""
        return list(self.X.select_dtypes(exclude="number").columns)


def california(folder: Path) -> Problem:
    """Return the 1990 census blocks; the target is in units of 100,000 USD."""
    table = pd.read_csv(folder / PRICES)
    y = table.pop("median_house_value").to_numpy() / 100_000
    return Problem(False, *train_test_split(table, y, test_size=0.2, random_state=0))


def adult(folder: Path) -> Problem:
    """Return the 1994 census, the official split; class 1 earns more than 50,000 USD."""
    X, X_test = (pd.read_csv(folder / INCOMES.format(part=part)) for part in ("train", "test"))
    y, y_test = ((table.pop("income") == ">50K").to_numpy(dtype=int) for table in (X, X_test))
    return Problem(True, X, X_test, y, y_test)


DATA = {"california": california, "adult": adult}


def load(name: str, folder: Path = FOLDER) -> Problem:
    """Return a problem, or say where its files were looked for."""
    try:
        return DATA[name](folder)
    except FileNotFoundError as error:
        raise SystemExit(
            f"{error.filename} is missing. Say where the data is: --folder, or the variable PELLUCID_BENCH_DATA."
        ) from None
