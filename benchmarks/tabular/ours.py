"""pellucid's estimators for tables. They take a table as it was read."""

VARIANTS = {
    "pellucid": {},
    "pellucid-single": {"n_members": 1},
    "pellucid-fast": {"preset": "fast"},
    "pellucid-fast-networks": {"preset": "fast", "linear": False},
    "pellucid-ensemble": {"n_members": 8},
    "pellucid-best": {"preset": "best", "time_budget": 60.0},
    "pellucid-best-15": {"preset": "best", "time_budget": 15.0},
    "pellucid-best-25": {"preset": "best", "time_budget": 25.0},
}


def build(variant: str, classify: bool, seed: int):
    """Return an estimator that is not fitted yet."""
    from pellucid.tabular import TabularClassifier, TabularRegressor

    kind = TabularClassifier if classify else TabularRegressor
    return kind(**VARIANTS[variant], random_state=seed)
