"""Few rows: the preset fast trains five short networks in the place of one."""

import numpy as np
import pytest

from pellucid.tabular import TabularClassifier, TabularRegressor
from pellucid.tabular.members.short_members import short_settings, wants_short_members


def rows(n: int) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).normal(size=(n, 2))
    return X, X[:, 0] ** 2 + X[:, 1]


@pytest.mark.parametrize(
    ("options", "n_rows", "expected"),
    [
        ({}, 2000, True),
        ({}, 2001, False),
        ({"preset": "default"}, 100, False),
        ({"max_iter": 9}, 100, False),
        ({"batch_size": 64}, 100, False),
        ({"n_members": 1}, 100, False),
        ({"n_members": 5}, 100, False),
        ({"ensemble": "shared"}, 100, False),
        ({"linear": False, "hidden_layer_sizes": (8,)}, 100, True),
    ],
)
def test_who_trains_them(options: dict, n_rows: int, expected: bool) -> None:
    model = TabularRegressor(**{"preset": "fast", **options})

    assert wants_short_members(model, n_rows, 0) is expected


def test_there_are_five_and_new_rows_go_on_with_all() -> None:
    X, y = rows(60)
    model = TabularRegressor("fast", hidden_layer_sizes=(4,), random_state=0).fit(X, y)

    assert [len(member.history) for member in model.members_] == [32] * 5

    before = [member.network.parameters.copy() for member in model.members_]
    model.set_params(warm_start=True, max_iter=1).fit(*rows(2100))
    assert [len(member.history) for member in model.members_] == [1] * 5
    assert all((a != m.network.parameters).any() for a, m in zip(before, model.members_, strict=True))


def test_a_warm_start_with_many_rows_is_no_longer_than_a_fit_of_them() -> None:
    """Steps of 16 rows would make it many times as long."""
    X, y = rows(60)
    model = TabularRegressor("fast", hidden_layer_sizes=(4,), random_state=0, warm_start=True).fit(X, y)

    plain = TabularRegressor("fast", hidden_layer_sizes=(4,), n_members=5)._recipe(100_000)
    assert model._recipe(1600).batch_size == 16
    assert model._recipe(100_000) == plain


def test_whole_weights_count_rows() -> None:
    """There are as many steps and networks as for the repeated rows."""
    assert short_settings(64, 192) == {**short_settings(192, 192), "n_epochs": 3 * 32}

    X, y = rows(80)
    model = TabularRegressor("fast", hidden_layer_sizes=(2,), random_state=0, engine="reference")
    assert len(model.fit(X, y, sample_weight=np.full(80, 40)).members_) == 1


def test_a_later_fit_decides_anew() -> None:
    X, y = rows(60)
    model = TabularClassifier("fast", hidden_layer_sizes=(4,), random_state=0).fit(X, y > 1.0)

    assert len(model.members_) == 5
    assert len(model.set_params(max_iter=2).fit(X, y > 1.0).members_) == 1
