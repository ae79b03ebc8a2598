"""How a training is typed: an estimator and the roles of columns, as options of ``pellucid train``."""

from __future__ import annotations

from typing import Any

from pellucid.cli.asked import TEST_FRACTION
from pellucid.cli.choice import usual_model
from pellucid.cli.dialect import Dialect
from pellucid.cli.examples import Origin
from pellucid.cli.fit import new_model
from pellucid.cli.options import FLAGS, OPTIONS
from pellucid.cli.recipe import complete
from pellucid.cli.tables import Table
from pellucid.cli.target import decide

__all__ = ["option_words", "role_words", "typed"]


def typed(name: str, value: Any) -> list[str]:
    """Return a parameter and its value as one types them.

    Parameters
    ----------
    name : str
        Of a parameter.
    value : object
        Its value.

    Returns
    -------
    list of str
        An option, and its value where it is no switch.

    Examples
    --------
    >>> typed("hidden_layer_sizes", (64,)), typed("standardize", False), typed("class_weight", {"a": 2.0})
    (['--hidden', '64,'], ['--no-standardize'], ['--class-weight', 'a=2'])
    """
    if name not in OPTIONS:
        return [f"{name}={value!r}"]
    flag = FLAGS[name]
    if OPTIONS[name].is_flag:
        return [flag if value else f"--no{flag[1:]}"]
    return [flag, _value(value)]


def _value(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None | [] | ():
            return "none"
        case dict():
            return ",".join(f"{key}={_value(held)}" for key, held in value.items())
        case list() | tuple():
            return ",".join(map(_value, value)) + "," * (len(value) == 1)
        case float():
            return f"{value:.10g}"
    return str(value)


def role_words(table: Table, origin: Origin) -> list[str]:
    """Return what says which column is what, and which rows are held out, where `train` would not choose it.

    Parameters
    ----------
    table : Table
        The data.
    origin : Origin
        The roles of its columns.

    Returns
    -------
    list of str
        Options with their values.
    """
    chosen = [("--target", None if table.target == origin.target else origin.target)]
    chosen += [("--id", origin.identifier), ("--weight", origin.weight)]
    chosen += [("--group", origin.group), ("--time", origin.time)]
    chosen += [("--drop", name) for name in origin.dropped]
    chosen += [("--categorical", name) for name in origin.categorical]
    chosen += [("--numeric", name) for name in origin.numeric]
    chosen.append(("--dates", None if origin.dates == "auto" else origin.dates))
    chosen.append(("--task", None if origin.task == decide(table, origin.target)[0] else origin.task))
    chosen.append(("--model", None if origin.model == usual_model(table.source) else origin.model))
    if origin.fingerprint:  # of a training whose split is known
        usual = origin.test_fraction == TEST_FRACTION
        chosen.append(("--test-fraction", None if usual else f"{origin.test_fraction:g}"))
        chosen.append(("--seed", str(origin.seed) if origin.seed else None))
    words = [word for flag, value in chosen if value is not None for word in (flag, value)]
    return words + ["--drop-missing-target"] * origin.drop_missing_target + Dialect(**origin.dialect).words


def option_words(model: Any, origin: Origin, n_rows: int, n_inputs: int) -> list[str]:
    """Return the options with which `train` chooses the parameters of an estimator, and no more of them.

    Parameters
    ----------
    model : MLPClassifier or MLPRegressor
        The estimator that is wanted.
    origin : Origin
        Says the task.
    n_rows, n_inputs : int
        The number of training rows, and of inputs.

    Returns
    -------
    list of str
        Options with their values.
    """
    wanted = model.get_params()
    given: dict[str, Any] = {}
    for name in ("solver", "learning_rate", *OPTIONS):  # the recipe goes by the first two
        usual = new_model(origin.task, complete(given, origin.task, n_rows, n_inputs)).get_params()
        if name in usual and not _is_same(wanted[name], usual[name]):
            given[name] = wanted[name]
    return [word for name, value in given.items() for word in typed(name, value)]


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return list(one) == list(other)
    return bool(one == other)
