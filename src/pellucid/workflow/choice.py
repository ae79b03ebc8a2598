"""Choice of the kind of estimator, and the options that each kind accepts.

A file gets an estimator for tables, a data set bundled with scikit-learn an MLP, unless ``model=`` or an
option that only one of them has decides otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.estimators.parameters import PARAMETERS
from pellucid.exceptions import ParameterError
from pellucid.tabular.members.recipe import RECIPES
from pellucid.workflow.fit import CLASSES
from pellucid.workflow.input_files.dataset import BUNDLED
from pellucid.workflow.origin import MLP, MODELS, TABULAR
from pellucid.workflow.parameter_checks import check_effective
from pellucid.workflow.target import CLASSIFICATION, REGRESSION
from pellucid.workflow.wording import option

__all__ = ["ONLY_TABULAR", "choose", "is_shared", "tabular_parameters", "usual_model"]

LOSSES = ("squared_error", "absolute_error", "huber", "quantile", "poisson", "tweedie")
ONLY_TABULAR = ("preset", "n_members", "time_budget", "n_trials", "calibrate", "sentinels")
SHARED = {"quantile"} | {
    name for task in (CLASSIFICATION, REGRESSION) for name in CLASSES[TABULAR, task]().get_params()
} & {row.name for row in PARAMETERS}
SINGLE = {"activation", "dropout"}  # of which an MLP also takes one per hidden layer


def choose(
    asked: str | None,
    source: str,
    given: Mapping[str, Any],
    for_tables: list[str],
    *,
    saves: bool = False,
) -> tuple[str, str]:
    """Return the kind of estimator, and the reason if it is not obvious.

    Parameters
    ----------
    asked : str or None
        The kind requested.
    source : str
        The table.
    given : dict
        The parameters that the user chose, of those that an MLP has.
    for_tables : list of str
        Further options that were given and that only an estimator for tables has.
    saves : bool, default=False
        True if a checkpoint is requested, which selects an MLP unless an option needs the other kind.

    Returns
    -------
    model : {"tabular", "mlp"}
        The kind.
    reason : str
        Empty if it is the usual one.

    Raises
    ------
    ParameterError
        If options contradict each other.
    """
    if asked not in (None, *MODELS):
        raise ParameterError(f"{option('model')} must be one of {', '.join(MODELS)}; got {asked!r}.")
    only_mlp = [option(name) for name, value in given.items() if not is_shared(name, value)]
    for_tables = [option(name) for name in for_tables]
    for kind, foreign in ((TABULAR, only_mlp), (MLP, for_tables)):
        if asked == kind and foreign:
            raise ParameterError(
                f"{option('model', kind)} has no {foreign[0]}, which is given here. Leave out one of the two."
            )
    if only_mlp and for_tables:
        raise ParameterError(
            f"{only_mlp[0]}, as given here, is for {option('model', MLP)}, and {for_tables[0]} for "
            f"{option('model', TABULAR)}. Leave out one of them."
        )
    if asked:
        return asked, ""
    usual = usual_model(source)
    if only_mlp and usual == TABULAR:
        return MLP, f"{only_mlp[0]} is an option of this kind only"
    if for_tables and usual == MLP:
        return TABULAR, f"{for_tables[0]} is an option of this kind only"
    if saves and usual == TABULAR and not for_tables:
        return MLP, f"{option('checkpoint')} is given without {option('model', TABULAR)}"
    return usual, ""


def usual_model(source: str) -> str:
    """Return the default kind of estimator for a table."""
    return MLP if source in BUNDLED else TABULAR


def is_shared(name: str, value: Any) -> bool:
    """Return whether an estimator for tables understands a parameter of an MLP with this value."""
    if name not in SHARED:
        return False
    if name == "loss":
        return value in LOSSES
    if name == "hidden_layer_sizes":
        return value not in (None, ())
    if name == "batch_size":
        return isinstance(value, int)
    return not (name in SINGLE and isinstance(value, tuple))


def tabular_parameters(
    given: Mapping[str, Any], for_tables: Mapping[str, Any], task: str, seed: int
) -> dict[str, Any]:
    """Return the parameters of an estimator for tables.

    Parameters
    ----------
    given : dict
        Those that the user chose, of those that an MLP has, too.
    for_tables : dict
        Those that only estimators for tables have, by parameter.
    task : str
        Classification or regression.
    seed : int
        The seed.

    Returns
    -------
    dict
        Parameters; those that are not in it keep the recipe's values.
    """
    taken = {"solver": "adam", "early_stopping": True, "loss": "squared_error", **given}
    check_effective(taken, given)
    chosen = dict(given)
    if "quantile" in chosen:
        chosen["quantiles"] = (chosen.pop("quantile"),)
    if chosen.get("scoring") == "loss":
        chosen["scoring"] = "neg_log_loss" if task == CLASSIFICATION else None
    chosen |= {**for_tables, "random_state": seed}
    known, presets = CLASSES[TABULAR, task]().get_params(), dict.fromkeys(name for name, _ in RECIPES)
    if chosen.get("preset", "default") not in presets:
        raise ParameterError(
            f"{option('preset')} must be one of {', '.join(presets)}; got {chosen['preset']!r}."
        )
    for name in chosen:
        if name not in known:
            raise ParameterError(f"{option(name)} does not apply to {task}. Leave it out.")
    return chosen
