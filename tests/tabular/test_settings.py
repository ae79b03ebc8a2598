"""The table of parameters agrees with the signatures, the recipes and the checks."""

import inspect
from typing import Any

import pytest

from pellucid.exceptions import ParameterError
from pellucid.tabular import TableEncoder, TabularClassifier, TabularRegressor
from pellucid.tabular.estimator_settings import SETTINGS, choices_of, settings_of
from pellucid.tabular.members.recipe import RECIPES
from pellucid.tabular.settings import ENCODER_SETTINGS, check_settings

TABLES: dict[Any, Any] = {
    TabularClassifier: settings_of("classes"),
    TabularRegressor: settings_of("numbers"),
    TableEncoder: ENCODER_SETTINGS,
}


@pytest.mark.parametrize("estimator", TABLES)
def test_a_row_for_each_parameter(estimator: Any) -> None:
    """In the order of the signature, with its default, which is accepted; the docstring has them all."""
    parameters = inspect.signature(estimator).parameters

    assert [row.name for row in TABLES[estimator]] == list(parameters)
    for row in TABLES[estimator]:
        default = parameters[row.name].default
        assert eval(row.kind.rpartition("default=")[2]) == default, row.name
        assert row.accepts is None or row.accepts(default) or row.beside, row.name
        assert f"\n{row.name} : {row.kind}\n" in estimator.__doc__
    assert "{parameters}" not in estimator.__doc__


@pytest.mark.parametrize("row", [row for row in SETTINGS if row.choices], ids=lambda row: row.name)
def test_choices_are_what_is_accepted(row: Any) -> None:
    """Each is accepted and named by the error message; nothing near it is."""
    assert row.accepts is not None
    assert all(row.accepts(choice) and choice in row.must for choice in row.choices)
    assert not any(row.accepts(value) for value in (row.choices[0].upper(), f"{row.choices[0]} ", None, 1))


def test_presets_are_those_of_the_recipes() -> None:
    """With both tasks each."""
    assert set(RECIPES) == {
        (preset, task) for preset in choices_of("preset") for task in ("classes", "numbers")
    }


def test_a_parameter_is_checked_where_it_is_used() -> None:
    """``huber_delta`` belongs to one loss: with another it is not looked at."""
    check_settings(TabularRegressor(huber_delta=-1.0), settings_of("numbers"))
    with pytest.raises(ParameterError, match=r"^'huber_delta' must be a number > 0; got -1\.0\.$"):
        check_settings(TabularRegressor(loss="huber", huber_delta=-1.0), settings_of("numbers"))
