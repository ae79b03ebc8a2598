"""Which kind of estimator a training takes, and what of the options each kind understands.

A file is learned by an estimator for tables, a set that comes with scikit-learn by an MLP; ``--model`` or an
option that only one of them has decides otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.cli.examples import MLP, TABULAR
from pellucid.cli.fit import CLASSES
from pellucid.cli.options import FLAGS, check_effective
from pellucid.cli.tables import BUNDLED
from pellucid.cli.target import CLASSIFICATION, REGRESSION
from pellucid.exceptions import ParameterError

__all__ = ["FLAGS_FOR_TABLES", "RULE", "choose", "is_shared", "tabular_parameters", "usual_model"]

RULE = (
    "tabular for files: columns of any kind, missing values, a tuned recipe. mlp for the sets that come with "
    "scikit-learn, and wherever an option is given that only an MLP has, such as --solver"
)
LOSSES = ("squared_error", "absolute_error", "huber", "quantile", "poisson")
FLAGS_FOR_TABLES = {
    "preset": "--preset",
    "n_members": "--members",
    "time_budget": "--time-budget",
    "calibrate": "--calibrate",
    "sentinels": "--sentinels",
}
SHARED = {"quantile"} | {
    name for task in (CLASSIFICATION, REGRESSION) for name in CLASSES[TABULAR, task]().get_params()
} & FLAGS.keys()
SINGLE = {"activation", "dropout"}  # of which an MLP takes one per hidden layer, too


def choose(
    asked: str | None,
    source: str,
    given: Mapping[str, Any],
    for_tables: list[str],
    *,
    saves: bool = False,
) -> tuple[str, str]:
    """Return the kind of estimator, and why where that is not plain.

    Parameters
    ----------
    asked : str or None
        What ``--model`` says.
    source : str
        The table.
    given : dict
        The parameters that the user chose, of those that an MLP has.
    for_tables : list of str
        Further flags that were typed and that only an estimator for tables has.
    saves : bool, default=False
        Whether --checkpoint was typed, which chooses an MLP where nothing asks for the other kind.

    Returns
    -------
    model : {"tabular", "mlp"}
        The kind.
    reason : str
        Empty where it is the usual one.

    Raises
    ------
    ParameterError
        If options contradict each other.
    """
    only_mlp = [FLAGS[name] for name, value in given.items() if not is_shared(name, value)]
    for kind, foreign in ((TABULAR, only_mlp), (MLP, for_tables)):
        if asked == kind and foreign:
            raise ParameterError(
                f"--model {kind} has no {foreign[0]}, as it is given here. Leave out one of them."
            )
    if only_mlp and for_tables:
        raise ParameterError(
            f"{only_mlp[0]}, as it is given here, is for --model mlp, and {for_tables[0]} for --model tabular. "
            "Leave out one of them."
        )
    if asked:
        return asked, ""
    usual = usual_model(source)
    if only_mlp and usual == TABULAR:
        return MLP, f"{only_mlp[0]} is an option of it alone"
    if for_tables and usual == MLP:
        return TABULAR, f"{for_tables[0]} is an option of it alone"
    if saves and usual == TABULAR and not for_tables:
        return MLP, "--checkpoint is given without --model tabular"
    return usual, ""


def usual_model(source: str) -> str:
    """Return the kind of estimator that a table gets where nothing is said."""
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
    known, flags = CLASSES[TABULAR, task]().get_params(), {**FLAGS, **FLAGS_FOR_TABLES}
    for name in chosen:
        if name not in known:
            raise ParameterError(
                f"{flags[name]} does not apply to {task}, which is the task here. Leave it out."
            )
    return chosen
