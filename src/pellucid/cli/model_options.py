"""The parameters of the estimators as options of the command line, derived from their table.

A row of :data:`pellucid.estimators.parameters.PARAMETERS` becomes one option: its name, its help, the
names that it takes and the check of its value. Only the grouping of the help is said here.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from rich.markup import escape

from pellucid.cli.flags import FLAGS, in_flags
from pellucid.cli.options import flag, in_place_of, option, parsed
from pellucid.estimators.parameters import PARAMETERS
from pellucid.workflow.mlp_recipe import default_in_words
from pellucid.workflow.parameter_checks import ESTIMATORS
from pellucid.workflow.parameter_texts import ParameterText
from pellucid.workflow.parameters_chosen import NOT_CHOSEN

__all__ = ["OPTIONS", "with_model_options"]

PANELS = {
    "Switches": "standardize batch_norm early_stopping shuffle nesterovs_momentum",
    "Network": "hidden_layer_sizes activation output_activation normalization residual initializer",
    "Training": "max_iter learning_rate_init learning_rate batch_size solver loss class_weight",
    "Against overfitting": "dropout label_smoothing weight_decay alpha l1 l2 validation_fraction scoring "
    "n_iter_no_change",
}
PANEL_OF = {name: panel for panel, names in PANELS.items() for name in names.split()}
LAST_PANEL = "Further training options"


class ModelOption(ParameterText):
    """One option: how its help shows a parameter."""

    @property
    def help(self) -> str:
        """Help text of the option: the first sentence of the table, and the accepted names."""
        text = self.rows[0].text.replace("``()`` for none", "``none`` for no such layer")
        text = in_flags(re.sub(r"(?<=[.]) .*", "", text).replace("of the cold fit", "of the training rows"))
        only = {row.only for row in self.rows}
        text += next((f" For {task}." for task, kind in ESTIMATORS.items() if only == {kind}), "")
        names = [*(["yes", "no"] if "boolean" in self.accepted and not self.is_switch else []), *self.words]
        if names and self.name != "scoring":
            text += f" {'One of' if self.placeholder.startswith('NAME') else 'Or'}: {', '.join(names)}."
        return f"{text} [default: {default_in_words(self)}]"


OPTIONS: dict[str, ModelOption] = {
    row.name: ModelOption(tuple(other for other in PARAMETERS if other.name == row.name))
    for row in PARAMETERS
    if row.name not in NOT_CHOSEN
}


def _panel_order(name: str) -> tuple[int, int]:
    panel = PANEL_OF.get(name)
    if panel is None:
        return len(PANELS), list(OPTIONS).index(name)
    return list(PANELS).index(panel), PANELS[panel].split().index(name)


def _annotation(row: ModelOption) -> Any:
    name = FLAGS[row.name]
    shared: Any = {"help": escape(row.help), "rich_help_panel": PANEL_OF.get(row.name, LAST_PANEL)}
    if row.is_switch:
        return Annotated[bool | None, flag(f"{name}/--no{name[1:]}", **shared)]
    return Annotated[Any, option(name, parser=parsed(row.read), metavar=row.placeholder, **shared)]


def _given(**typed: Any) -> dict[str, Any]:
    return {name: value for name, value in typed.items() if value is not None}


# Give a command one option per parameter in place of its argument ``model``, a dict of those that were typed.
with_model_options = in_place_of(
    "model", {name: _annotation(OPTIONS[name]) for name in sorted(OPTIONS, key=_panel_order)}, _given
)
