"""Predictions for held-out rows: nothing of a row has shaped its own, not even the choice of the epoch."""

from typing import Any

import numpy as np
import pytest

from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.members.judgement import (
    Judgement,
    Unseen,
    judged_unseen,
    scores_without,
    scores_without_parts,
)
from pellucid.tabular.members.splits import split_members
from tabular.conftest import QUICK


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
def test_the_score_without_a_row_is_that_of_the_others(
    weighted: bool, grouped: bool, rng: np.random.Generator
) -> None:
    """By definition: minus the weighted mean loss of the rows outside its group."""
    losses, weight, groups = rng.normal(size=12), rng.uniform(0.5, 2.0, 12), rng.integers(0, 4, 12)
    weight, labels = weight if weighted else np.ones(12), groups if grouped else np.arange(12)

    found = scores_without(losses, weight if weighted else None, labels if grouped else None)

    others = [labels != label for label in labels]
    assert found == pytest.approx([-np.average(losses[o], weights=weight[o]) for o in others])


def test_a_row_alone_leaves_no_score() -> None:
    """With no other row, every epoch is as good, so the last one counts."""
    assert scores_without(np.array([3.0]), None, None).tolist() == [0.0]
    assert scores_without(np.array([3.0, 1.0]), None, np.array([0, 0])).tolist() == [0.0, 0.0]
    assert scores_without_parts(lambda rows: 1.0, 3, np.zeros(3, int)).tolist() == [0.0, 0.0, 0.0]


def test_a_score_that_is_no_mean_is_that_of_other_parts() -> None:
    """A row's own part is not among the rows that are scored; groups are not divided."""
    seen: list[set[int]] = []
    scores = scores_without_parts(lambda rows: float(seen.append(set(rows.tolist())) or len(seen)), 12, None)
    of = dict(enumerate(seen, start=1))
    assert all(row not in of[score] and len(of[score]) >= 9 for row, score in enumerate(scores.tolist()))

    groups, seen[:] = np.arange(12) // 2, []
    scores_without_parts(lambda rows: float(seen.append(set(rows.tolist())) or 0.0), 12, groups)
    assert all((2 * g in rows) == (2 * g + 1 in rows) for rows in seen for g in range(6))


def test_each_row_has_the_last_of_its_best_epochs(rng: np.random.Generator) -> None:
    scores = rng.integers(0, 3, (7, 5)).astype(float)  # of seven epochs, with ties
    scores[0, 2] = np.nan  # no number is worse than any
    outputs, unseen = rng.normal(size=(7, 5, 1)), Unseen()
    for score, each in zip(scores, outputs, strict=True):
        unseen.look(score, each)
        unseen.look(score, each)  # once more changes nothing

    best = [np.flatnonzero(column == np.nanmax(column))[-1] for column in scores.T]
    assert unseen.predictions.tolist() == outputs[best, np.arange(5)].tolist()


def test_each_row_is_judged_by_those_who_held_it_out() -> None:
    """The mean of theirs; rows that all learned from are left out; groups are counted from 0."""
    said = [(np.array([0, 2]), np.array([[1.0], [3.0]])), (np.array([2]), np.array([[5.0]]))]
    found = judged_unseen(
        np.arange(4.0)[:, None], np.arange(1.0, 5.0), np.array(list("dcba")), said, np.eye(4)
    )

    assert found.predictions.tolist() == [[1.0], [4.0]]
    assert (found.y.tolist(), found.weight.tolist(), found.groups.tolist()) == (
        [[0.0], [2.0]],
        [1.0, 3.0],
        [1, 0],
    )


@pytest.mark.parametrize("scoring", [None, "neg_mean_absolute_error"])
@pytest.mark.parametrize("grouped", [False, True])
def test_a_target_has_no_part_in_its_own_prediction(
    scoring: Any, grouped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However far a held-out target is off, its row is predicted the same, though another epoch may be chosen."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = X[:, 0] + rng.normal(size=60)
    groups = np.arange(60) // 2 if grouped else None
    # The share of the linear path looks at predictions of other rows, see its own test.
    options = {"preset": "fast", "max_iter": 30, "scoring": scoring, "validation": "random", "linear": False}
    model, told = TabularRegressor(**{**QUICK, **options}), list[Judgement]()
    monkeypatch.setattr(TabularRegressor, "_conclude", lambda self, judged: told.append(judged))
    seed = int(np.random.default_rng(0).integers(2**31))
    split = split_members(60, 1, validation="random", fraction=0.2, strata=None, groups=groups, seed=seed)[0]
    held = np.sort(split[1])

    for added in (0.0, 50.0):
        moved = y.copy()
        moved[held[3]] = y.max() - added  # the range of the training targets stays
        model.fit(X, moved, groups=groups)
    assert (told[0].y != told[1].y).ravel().nonzero()[0].tolist() == [3]
    assert told[0].predictions[3, 0] == pytest.approx(told[1].predictions[3, 0], abs=1e-6)


def test_predictions_for_held_out_rows_do_not_stay_in_the_members() -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    for model in (
        TabularRegressor(**QUICK).fit(X, X[:, 0]),
        TabularClassifier(calibrate=True, **QUICK).fit(X, X[:, 0] > 0),
    ):
        assert [member.unseen for member in model.members_] == [None]


@pytest.mark.parametrize(("exponent", "shift"), [(600, 0.0), (0, 1e9)])
@pytest.mark.few("600-0.0")
def test_intervals_have_the_units_of_the_targets(exponent: int, shift: float) -> None:
    """They are as wide for y as for any multiple of it plus any number."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    y = X[:, 0] + 0.3 * rng.normal(size=120)

    def width(y: np.ndarray) -> float:
        model = TabularRegressor("fast", n_members=2, max_iter=3, random_state=0).fit(X, y)
        return float(np.ptp(model.predict_interval(X[:1])))

    moved = np.ldexp(width(np.ldexp(y, exponent) + shift), -exponent)
    assert moved == pytest.approx(width(y), rel=1e-3)
