"""Choice between a team and a single thread: it follows what was measured, also after changes."""

import pytest

from pellucid.engines.compiled.pace import Pace


def share_of_team(pace: Pace, costs: dict[bool, float], slices: int) -> float:
    """Return the share of the steps of some slices that a team made, where a step costs so much."""
    steps = {False: 0, True: 0}
    for _ in range(slices):
        is_team = pace.choose()
        steps[is_team] += pace.steps(is_team=is_team)
        pace.note(is_team, costs[is_team])
    return steps[True] / sum(steps.values())


@pytest.mark.parametrize("pays", [False, True])
def test_most_steps_are_made_in_the_faster_way(pays: bool) -> None:
    share = share_of_team(Pace(), {False: 1e-4, True: 5e-5 if pays else 2e-4}, 300)

    assert (share if pays else 1.0 - share) > 0.98


@pytest.mark.parametrize("pays", [False, True])
def test_looks_are_few_where_a_step_is_longer_than_a_look(pays: bool) -> None:
    share = share_of_team(Pace(), {False: 0.03, True: 0.0165 if pays else 0.06}, 30)

    assert (share if pays else 1.0 - share) > 0.97


@pytest.mark.parametrize("pays", [False, True])
def test_the_choice_follows_when_circumstances_change(pays: bool) -> None:
    costs = {False: 1e-4, True: 5e-5}
    pace = Pace()
    share_of_team(pace, costs if not pays else {False: 1e-4, True: 2e-4}, 300)

    share_of_team(pace, {False: 1e-4, True: 5e-5 if pays else 2e-4}, 100)  # until it is looked at again
    share = share_of_team(pace, {False: 1e-4, True: 5e-5 if pays else 2e-4}, 200)

    assert (share if pays else 1.0 - share) > 0.98


def test_a_slow_first_step_decides_nothing() -> None:
    pace = Pace()
    pace.note(pace.choose(), 1.0)

    assert share_of_team(pace, {False: 1e-4, True: 2e-4}, 300) < 0.02
