"""``python -m benchmarks.rounds``: the loss of quality where shards exchange parameters every k steps.

A shard sees an eighth of each batch: its gradients are noisier and steps of Adam shorter, by √8 if noise prevails,
so that rates are compared too.
"""

import sys
import warnings
from itertools import product

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import train_test_split

from benchmarks.tabular.data import load
from pellucid import MLPClassifier, MLPRegressor
from pellucid.engines.accelerated.team import Team, join_team

N_SHARDS = 8
RATES = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02)
COMMON = {"learning_rate": "cosine", "early_stopping": False, "n_iter_no_change": 10**6, "n_threads": 1}


def digits(seed: int, rate: float) -> tuple[float, float]:
    """Return log loss and accuracy on test rows: 64-64-64-10, batches of 64, so that an epoch has 22 steps."""
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X / 16.0, y, test_size=0.25, random_state=0)
    model = MLPClassifier(
        (64, 64), batch_size=64, max_iter=60, learning_rate_init=rate, random_state=seed, **COMMON
    ).fit(X, y)
    p = model.predict_proba(X_test)
    return float(log_loss(y_test, p)), float((p.argmax(axis=1) == y_test).mean())


def california(seed: int, rate: float) -> tuple[float]:
    """Return the RMSE on test rows: standardized numbers, d-128-128-1, batches of 256, 65 steps an epoch."""
    data = load("california")
    X, X_test = (pd.get_dummies(table).astype(float) for table in (data.X, data.X_test))
    X_test = X_test.reindex(columns=X.columns, fill_value=0.0)
    mean, scale = X.mean(), X.std() + 1e-9
    X, X_test = (((table - mean) / scale).fillna(0.0).to_numpy() for table in (X, X_test))
    model = MLPRegressor(
        (128, 128), batch_size=256, max_iter=40, learning_rate_init=rate, random_state=seed, **COMMON
    )
    return (float(root_mean_squared_error(data.y_test, model.fit(X, data.y).predict(X_test))),)


def main(n_seeds: int) -> None:
    """Print the means over seeds, and their standard errors."""
    warnings.simplefilter("ignore")
    for task in (digits, california):
        for k, rate in product((1, 8, 32), RATES):
            join_team(Team(0, 1, N_SHARDS, k))  # a team of one has all shards; k = 1 is a training as usual
            found = np.array([task(seed, rate) for seed in range(n_seeds)])
            error = found.std(axis=0, ddof=1) / np.sqrt(n_seeds) if n_seeds > 1 else np.zeros(found.shape[1])
            told = ", ".join(f"{m:.4f} ± {e:.4f}" for m, e in zip(found.mean(axis=0), error, strict=True))
            print(f"{task.__name__}, k = {k}, rate {rate}: {told}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
