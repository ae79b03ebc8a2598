"""Command line of a training: an estimator and the roles of columns, as options of ``pellucid train``."""

from __future__ import annotations

from typing import Any

from pellucid.cli.flags import FLAGS, flag_of
from pellucid.cli.model_options import OPTIONS
from pellucid.workflow.choice import usual_model
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.dialect import Dialect
from pellucid.workflow.origin import Origin
from pellucid.workflow.parameter_texts import text_of
from pellucid.workflow.parameters_chosen import chosen_parameters
from pellucid.workflow.roles import Roles

__all__ = ["option_words", "role_words", "typed"]

ORDER = (
    "target", "identifier", "weight", "group", "time", "drop", "categorical", "numeric", "text", "dates", "task",
    "model", "test_fraction", "seed", "drop_missing_target",
)  # fmt: skip


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
        An option, and its value unless it is a switch.

    Examples
    --------
    >>> typed("hidden_layer_sizes", (64,)), typed("standardize", False), typed("class_weight", {"a": 2.0})
    (['--hidden', '64,'], ['--no-standardize'], ['--class-weight', 'a=2'])
    """
    if name not in OPTIONS:
        return [f"{name}={value!r}"]
    flag = FLAGS[name]
    if OPTIONS[name].is_switch:
        return [flag if value else f"--no{flag[1:]}"]
    return [flag, text_of(value)]


def role_words(table: Dataset, origin: Origin) -> list[str]:
    """Return the options for the roles of columns and the held-out rows that `train` would not choose by itself.

    Parameters
    ----------
    table : Dataset
        The data.
    origin : Origin
        The roles of its columns.

    Returns
    -------
    list of str
        Options with their values.
    """
    model = None if origin.model == usual_model(table.source) else origin.model
    said = {**vars(Roles.needed(table, origin)), "model": model}
    words = []
    for name in ORDER:
        for value in said[name] if isinstance(said[name], list) else [said[name]]:
            if value is not None and value is not False:
                words += [flag_of(name), *([] if value is True else [text_of(value)])]
    return words + Dialect(**origin.dialect).words


def option_words(model: Any, origin: Origin, n_rows: int, n_inputs: int) -> list[str]:
    """Return the smallest set of options with which `train` chooses the parameters of an estimator.

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
    given = chosen_parameters(model, origin.task, n_rows, n_inputs)
    return [word for name, value in given.items() for word in typed(name, value)]
