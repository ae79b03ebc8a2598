"""The parameters of the estimators as options of the command line, derived from their table.

A row of :data:`pellucid.estimators._parameters.PARAMETERS` becomes one option: its name, its help, the
names that it takes and the check of its value. Only the grouping of the help is said here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial, wraps
from typing import Any

import typer
from rich.markup import escape
from sklearn.metrics import get_scorer_names
from sklearn.utils._param_validation import Interval, StrOptions, make_constraint

from pellucid.cli.recipe import DEFAULTS, SAID
from pellucid.cli.target import CLASSIFICATION, REGRESSION
from pellucid.estimators.parameters import PARAMETERS, ParameterRow
from pellucid.exceptions import ParameterError
from pellucid.optimizers import OPTIMIZERS

__all__ = [
    "FLAGS",
    "between",
    "check_effective",
    "check_for",
    "flag",
    "in_flags",
    "one_of",
    "option",
    "with_model_options",
]

option = partial(typer.Option, show_default=False)  # a default is said in the help, in words
flag = partial(option, metavar="")

SHORTER = {
    "hidden_layer_sizes": "--hidden",
    "learning_rate_init": "--learning-rate",
    "learning_rate": "--schedule",
    "max_iter": "--epochs",
    "n_iter_no_change": "--patience",
    "random_state": "--seed",
    "n_threads": "--threads",
}
NOT_OFFERED = {"random_state", "verbose", "warm_start"}  # --seed, the progress bar, --resume
FLAGS = {row.name: SHORTER.get(row.name, "--" + row.name.replace("_", "-")) for row in PARAMETERS}
PANELS = {
    "Switches": "standardize batch_norm early_stopping shuffle nesterovs_momentum",
    "Network": "hidden_layer_sizes activation output_activation residual initializer",
    "Training": "max_iter learning_rate_init learning_rate batch_size solver loss class_weight",
    "Against overfitting": "dropout label_smoothing weight_decay alpha l1 l2 validation_fraction scoring "
    "n_iter_no_change",
}
PANEL_OF = {name: panel for panel, names in PANELS.items() for name in names.split()}
LAST_PANEL = "Finer points of training"
GOES_WITH: dict[
    str, tuple[str, tuple[Any, ...]]
] = {  # options that do nothing unless another has one of these
    "quantile": ("loss", ("quantile",)),
    "huber_delta": ("loss", ("huber",)),
    "power_t": ("learning_rate", ("invscaling",)),
    "nesterovs_momentum": ("solver", ("sgd",)),
    "max_fun": ("solver", ("lbfgs",)),
    "validation_fraction": ("early_stopping", (True,)),
    "scoring": ("early_stopping", (True,)),
}
for _name in ("momentum", "beta_1", "beta_2", "epsilon"):
    _solvers = [name for name, row in OPTIMIZERS.items() if _name in row.options]
    GOES_WITH[_name] = ("solver", (*_solvers, "sgd") if _name == "momentum" else (*_solvers,))
STEPWISE_ONLY = {"learning_rate_init", "learning_rate", "batch_size", "shuffle", "early_stopping"}
STEPWISE_ONLY |= {"n_iter_no_change", "schedule_options"}
ESTIMATORS = {CLASSIFICATION: "classifier", REGRESSION: "regressor"}
TRUTHS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


@dataclass(frozen=True)
class ModelOption:
    """One option, from one row of the table or from two of the same name.

    Parameters
    ----------
    rows : tuple of ParameterRow
        The classifier's and the regressor's where they differ.
    """

    rows: tuple[ParameterRow, ...]

    @property
    def name(self) -> str:
        """The name of the parameter."""
        return self.rows[0].name

    @property
    def accepted(self) -> list[Any]:
        """What validation accepts."""
        return [accepted for row in self.rows for accepted in row.accepted]

    @property
    def is_flag(self) -> bool:
        """Whether it is a switch: yes or no, and nothing else that one would type."""
        return "boolean" in self.accepted and not self.words

    @property
    def words(self) -> list[str]:
        """The names that it takes, in the order of their table."""
        if self.name == "scoring":
            return ["loss", *get_scorer_names()]
        found = {
            word: row.kind.find(repr(word))
            for row in self.rows
            for accepted in row.accepted
            if isinstance(accepted, StrOptions)
            for word in accepted.options
        }
        return sorted(found, key=lambda word: (found[word], word))

    @property
    def metavar(self) -> str:
        """What stands for its value in the help."""
        kinds = {a.type.__name__ for a in self.accepted if isinstance(a, Interval)}
        is_list = bool({"array-like", list} & {a for a in self.accepted if isinstance(a, str | type)})
        base = "NAME" if self.words and not kinds else "INTEGER" if kinds == {"Integral"} else "NUMBER"
        if dict in self.accepted and not self.words:
            return "NAME=NUMBER,..."
        return base + (",..." if is_list and self.name != "class_weight" else "")

    @property
    def help(self) -> str:
        """What it does, in the words of the command line: the first sentence of the table, and its names."""
        text = self.rows[0].text.replace("``()`` for none", "``none`` for no such layer")
        text = in_flags(re.sub(r"(?<=[.]) .*", "", text).replace("of the cold fit", "of the training rows"))
        only = {row.only for row in self.rows}
        text += next((f" For {task}." for task, kind in ESTIMATORS.items() if only == {kind}), "")
        names = [*(["yes", "no"] if "boolean" in self.accepted and not self.is_flag else []), *self.words]
        if names and self.name != "scoring":
            text += f" {'One of' if self.metavar.startswith('NAME') else 'Or'}: {', '.join(names)}."
        return f"{text} [default: {self.default}]"

    @property
    def default(self) -> str:
        """What holds where the option is not given."""
        kinds = (row.kind.rpartition("default=")[2].strip("'") for row in self.rows)
        value = SAID.get(self.name, DEFAULTS.get(self.name, " or ".join(dict.fromkeys(kinds))))
        if isinstance(value, tuple):
            return ",".join(map(str, value))
        return {"True": "yes", "False": "no", "None": "none"}.get(str(value), str(value))

    def read(self, text: str) -> Any:
        """Return the value that a text stands for, or say what is accepted."""
        for value in _readings(text, self.accepted):
            if self._accepts(value):
                return value
        near = get_close_matches(text, self.words, 1)
        raise typer.BadParameter(
            f"{text!r} is not accepted."
            + (f" Did you mean {near[0]!r}?" if near else "")
            + (f" It takes {self.taken}." if self.taken else "")
        )

    @property
    def taken(self) -> str:
        """What it takes, for an error message."""
        names = [*(["yes", "no"] if "boolean" in self.accepted else []), *self.words]
        kinds = [f"one of {', '.join(names)}" if len(names) > 1 else names[0]] if names else []
        kinds += [str(accepted) for accepted in self.accepted if isinstance(accepted, Interval)]
        kinds += ["NAME=NUMBER,NAME=NUMBER"] if "NAME=" in self.metavar else []
        several = (
            "; several are separated by commas"
            if self.metavar in ("NAME,...", "NUMBER,...", "INTEGER,...")
            else ""
        )
        return " or ".join(dict.fromkeys(kinds)) + several

    def _accepts(self, value: Any) -> bool:
        if self.name == "scoring":
            return value is None or value in self.words
        if isinstance(value, tuple):
            if any("(str, float)" in row.kind for row in self.rows):  # a name and a number, not one per layer
                return len(value) == 2 and value[0] in self.words and isinstance(value[1], int | float)
            single = [a for a in self.accepted if isinstance(a, Interval | StrOptions) or a == "boolean"]
            if not all(any(make_constraint(a).is_satisfied_by(item) for a in single) for item in value):
                return False
        return any(make_constraint(accepted).is_satisfied_by(value) for accepted in self.accepted)


def _readings(text: str, accepted: Iterable[Any]) -> Iterable[Any]:
    """Yield everything that a text could mean, the likeliest first."""
    text = text.strip()
    if text.lower() == "none":
        yield None
        yield ()
    yield text
    yield from _scalar(text)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if dict in accepted and parts and all("=" in part for part in parts):
        pairs = (part.partition("=") for part in parts)
        yield {key.strip(): next(iter(_scalar(value)), value) for key, _, value in pairs}
    elif len(parts) > 1 or text.endswith(",") or not text:
        yield tuple(next(iter(_scalar(part)), part) for part in parts)


def _scalar(text: str) -> Iterable[Any]:
    if text.lower() in TRUTHS:
        yield TRUTHS[text.lower()]
    for kind in (int, float):
        try:
            yield kind(text)
        except ValueError:
            continue


OPTIONS: dict[str, ModelOption] = {
    row.name: ModelOption(tuple(other for other in PARAMETERS if other.name == row.name))
    for row in PARAMETERS
    if row.name not in NOT_OFFERED
}


def with_model_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option per parameter in place of its ``**model``.

    Those that the user did not type are not in ``model``.
    """

    @wraps(command)
    def run(**arguments: Any) -> None:
        model = {name: arguments.pop(name) for name in OPTIONS}
        command(**arguments, **{name: value for name, value in model.items() if value is not None})

    own = inspect.signature(command, eval_str=True).parameters.values()
    kept = [p for p in own if p.kind is not inspect.Parameter.VAR_KEYWORD]
    by_panel = sorted(OPTIONS.values(), key=lambda row: _panel_order(row.name))
    added = [_parameter(row) for row in by_panel]
    run.__signature__ = inspect.Signature([*kept, *added])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in [*kept, *added]}
    return run


def between(kind: type[int] | type[float], low: float, high: float) -> Callable[[str], Any]:
    """Return a parser of numbers in a closed range."""

    def read(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = kind(low) - 1
        if not low <= value <= high:
            what = "an integer" if kind is int else "a number"
            raise typer.BadParameter(f"{text!r} is not accepted. It takes {what} from {low:,} to {high:,}.")
        return value

    return read


def one_of(words: Sequence[str]) -> Callable[[str], str]:
    """Return a parser of names."""

    def read(text: str) -> str:
        if text not in words:
            near = get_close_matches(text, words, 1)
            raise typer.BadParameter(
                f"{text!r} is not accepted."
                + (f" Did you mean {near[0]!r}?" if near else "")
                + f" It takes {' or '.join(words)}."
            )
        return text

    return read


def numbers_or_none(text: str) -> list[float]:
    """Return the numbers of a text such as ``-999,9999``; no number for ``none``."""
    if text.strip().lower() == "none":
        return []
    try:
        return [float(part) for part in text.strip("[] ").split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text!r} must be numbers such as -999,9999, or none.") from None


def _panel_order(name: str) -> tuple[int, int]:
    panel = PANEL_OF.get(name)
    if panel is None:
        return len(PANELS), list(OPTIONS).index(name)
    return list(PANELS).index(panel), PANELS[panel].split().index(name)


def _parameter(row: ModelOption) -> inspect.Parameter:
    name = FLAGS[row.name]
    shared: dict[str, Any] = {
        "help": escape(row.help),
        "rich_help_panel": PANEL_OF.get(row.name, LAST_PANEL),
    }
    if row.is_flag:
        info: Any = flag(None, f"{name}/--no{name[1:]}", **shared)
        return inspect.Parameter(
            row.name, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=bool | None
        )
    info = option(None, name, parser=row.read, metavar=row.metavar, **shared)
    return inspect.Parameter(row.name, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=Any)


def check_for(task: str, model: dict[str, Any]) -> None:
    """Raise a ParameterError for options that do not go with the task."""
    for name, value in model.items():
        rows = [row for row in OPTIONS[name].rows if row.only in ("", ESTIMATORS[task])]
        if not rows:
            raise ParameterError(
                f"{FLAGS[name]} does not apply to {task}, which is the task here. Leave it out."
            )
        if not any(make_constraint(accepted).is_satisfied_by(value) for accepted in rows[0].accepted):
            raise ParameterError(
                f"{FLAGS[name]} {value} does not go with {task}, which takes {rows[0].kind.partition(', def')[0]}."
            )


def check_effective(parameters: dict[str, Any], given: Iterable[str]) -> None:
    """Raise a ParameterError for options that were typed and would do nothing beside the others.

    Parameters
    ----------
    parameters : dict
        All that the estimator is about to get.
    given : iterable of str
        Those that the user typed.
    """
    optimizer = OPTIMIZERS[parameters["solver"]]
    for name in given:
        other, values = GOES_WITH.get(name, ("", ()))
        if other and parameters.get(other) not in values:
            wanted = in_flags(" or ".join(f"{other}={value!r}" for value in values))
            raise ParameterError(f"{FLAGS[name]} does nothing without {wanted}. Leave it out, or add that.")
        if name in STEPWISE_ONLY and not optimizer.is_stepwise:
            raise ParameterError(
                f"{FLAGS[name]} does nothing with --solver {optimizer.name}, which takes all rows at once. Leave "
                "it out, or use another solver."
            )


def in_flags(message: str) -> str:
    """Return a text of the library with its parameters named as options.

    Parameters
    ----------
    message : str
        A help text or an error message.

    Returns
    -------
    str
        The same for somebody at a command line.

    Examples
    --------
    >>> in_flags("solver='lbfgs' does not use weight_decay; use ``l2``, or another solver.")
    '--solver lbfgs does not use --weight-decay; use --l2, or another solver.'
    """
    message = re.sub(r"``([^`]*)``", _quoted, message)
    message = re.sub(r"\{('\w+': [^}]*)\}", lambda found: _as_pairs(found[1]), message)
    message = message.replace("sample_weight", "--weight").replace("sentinels=", "--sentinels ")
    return _ASSIGNED.sub(lambda found: _as_option(found[1] or found[3] or found[4], found[2]), message)


def _quoted(found: re.Match[str]) -> str:
    text = found[1]
    if text in FLAGS:
        return FLAGS[text]
    return {"True": "yes", "False": "no", "None": "none"}.get(text, text if "=" in text else text.strip("'"))


def _as_pairs(items: str) -> str:
    """Return the items of a dict as ``name=value,name=value``."""
    return re.sub(r"'(\w+)': ", r"\1=", items).replace(", ", ",")


def _as_option(name: str, value: str | None) -> str:
    typed = NAMED[name]
    if value is None:
        return typed
    value = value.strip("'\"")
    return f"--no{typed[1:]}" if value == "False" else typed if value == "True" else f"{typed} {value}"


_VALUE = r"=('[^']*'|\([^)]*\)|[\w.+-]*\w)"
NAMED = {**FLAGS, "decimal": "--decimal", "dates": "--dates"}
_NAMES = sorted(NAMED, key=len, reverse=True)
_SNAKES = [name for name in _NAMES if "_" in name]  # these are no English words
_ANY, _SNAKE = "|".join(_NAMES), "|".join(_SNAKES)
_ASSIGNED = re.compile(rf"(?<![\w-])(?:({_ANY}){_VALUE}|'?({_SNAKE})(?![\w-])'?|^({_ANY})(?= must))")
