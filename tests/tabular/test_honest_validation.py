"""The rows that judge: of other groups, or later, in every preset, in the search and in comparisons."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pellucid.tabular import TabularClassifier, TabularRegressor

SMALL: dict[str, Any] = {"max_iter": 3, "hidden_layer_sizes": (8,), "random_state": 0}
PRESETS: dict[str, dict[str, Any]] = {
    "fast": {"preset": "fast", "n_members": 1},
    "default": {"preset": "default", "n_members": 3},
    "best": {"preset": "best", "n_members": 2, "n_trials": 8},
}


def _rows(n: int = 90) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"row": np.arange(n, dtype=float), "a": rng.normal(size=n), "k": rng.choice(["u", "v"], n)}
    )
    return X, rng.normal(size=n)


def _learned_and_judged(
    model: Any, monkeypatch: pytest.MonkeyPatch, fit: Any
) -> list[tuple[set[int], set[int]]]:
    """Return which rows each training learned from, and which judged it, by the marks in a column."""
    from pellucid.tabular import crew

    seen = []
    own = crew.train_member

    def watched(job: Any, *given: Any, **options: Any) -> Any:
        at = job.encoder.names_.index("row")
        feature = job.encoder.columns_[0].features[0]
        rows = []
        for encoded in (job.rows.sample.X, job.judged.X):
            z = encoded[:, at].astype(float)
            rows.append(
                set((z / np.sqrt(1.0 - (z / 3.0) ** 2) / feature.scale + feature.median).round().astype(int))
            )
        seen.append(tuple(rows))
        return own(job, *given, **options)

    monkeypatch.setattr(crew, "train_member", watched)
    fit(model)
    return seen


@pytest.mark.parametrize("cls", [TabularRegressor, TabularClassifier])
@pytest.mark.parametrize("preset", PRESETS)
def test_no_group_learns_and_judges(preset: str, cls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole groups are held out in every training, of the search too; together the folds hold out all."""
    X, y = _rows()
    groups = np.random.default_rng(1).permutation(np.arange(90) // 6)
    y = y if cls is TabularRegressor else y > 0.0
    model = cls(**PRESETS[preset], **SMALL)
    seen = _learned_and_judged(model, monkeypatch, lambda model: model.fit(X, y, groups=groups))

    assert len(seen) >= (4 if preset == "best" else PRESETS[preset]["n_members"])
    if preset == "best":  # what has been chosen is trained again on all rows, to its last epoch
        seen = [each for each in seen if len(each[0]) < 90]
        assert len(seen) >= 4
    for learned, judged in seen:
        assert learned | judged == set(range(90))
        assert not {groups[i] for i in learned} & {groups[i] for i in judged}
    if preset == "default":
        assert len({frozenset(judged) for _, judged in seen}) == 3


@pytest.mark.parametrize("preset", PRESETS)
def test_the_last_rows_judge(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In time, a training learns from the first rows and is judged by the last; a search ends with all rows."""
    X, y = _rows()
    model = TabularRegressor(**PRESETS[preset], **SMALL, validation="time", validation_fraction=0.3)
    seen = _learned_and_judged(model, monkeypatch, lambda model: model.fit(X, y))

    assert len(seen) >= (4 if preset == "best" else 1)
    if preset == "best":  # what has been chosen is trained again, to its last epoch
        seen = [each for each in seen if len(each[0]) < 90]
    assert seen
    assert all(learned == set(range(63)) and judged == set(range(63, 90)) for learned, judged in seen)


@pytest.mark.parametrize("options", [{"groups": True}, {"validation": "time"}, {}])
@pytest.mark.few("options1")
def test_intervals_show_what_new_groups_and_times_bring(options: dict[str, Any]) -> None:
    """Each group, or month, has a level of its own: only honest rows tell how far off a new one is."""
    rng = np.random.default_rng(0)
    level = np.repeat(rng.normal(size=20) * 5.0, 20)
    X = pd.DataFrame({"group": [f"g{i // 20}" for i in range(400)], "a": rng.normal(size=400)})
    y = level + X["a"].to_numpy() + 0.1 * rng.normal(size=400)
    fit = {"groups": np.arange(400) // 20} if options.pop("groups", False) else {}
    model = TabularRegressor("fast", n_members=5, max_iter=40, random_state=0, **options).fit(X, y, **fit)
    width = model.interval_width(0.8)

    assert (width > 3.0) == bool(fit or options)
