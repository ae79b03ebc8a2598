"""Portfolio of recipes that ``preset="best"`` tries, as rows of their differences from the default."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pellucid.tabular.members.recipe import Recipe

__all__ = ["PORTFOLIO", "Variant", "recipes_of"]


@dataclass(frozen=True)
class Variant:
    """A recipe of the portfolio.

    Parameters
    ----------
    name : str
        The name that users see.
    fields : dict of str to object, default={}
        Fields of :class:`Recipe` with other values than those of the default; a dict gives the value for each of
        the default's.
    factors : dict of str to float, default={}
        Factors on fields of the default, whose values depend on the rows.
    """

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)

    def of(self, usual: Recipe, given: Collection[str]) -> Recipe:
        """Return the recipe, derived from the default one; fields that the user set are kept."""
        changes = {
            name: value[getattr(usual, name)] if isinstance(value, dict) else value
            for name, value in self.fields.items()
            if name not in given
        }
        for name, factor in self.factors.items():
            if name not in given:
                value = getattr(usual, name)
                changes[name] = max(1, round(value * factor)) if isinstance(value, int) else value * factor
        return replace(usual, **changes)


_OTHER = {"selu": "mish", "mish": "selu"}

# The first is the default recipe. The order is that in which they are tried, as measured in
# docs/decisions/0028-the-best-in-a-budget.md.
PORTFOLIO: tuple[Variant, ...] = (
    Variant("default"),
    Variant("finer waves", {}, {"frequency_scale": 2.0}),
    Variant("other activation", {"activation": _OTHER}),
    Variant("more waves", {"n_frequencies": 64}, {"frequency_scale": 4.0}),
    Variant("slow", {}, {"learning_rate_init": 0.5, "frequency_scale": 2.0}),
    Variant("much dropout", {"dropout": 0.25, "weight_decay": 0.1}),
    Variant("wide", {"hidden_layer_sizes": (256, 256)}, {"frequency_scale": 2.0}),
    Variant("no waves", {"embedding_width": 1}),
    Variant("shared weights", {"n_inside": 4}, {"frequency_scale": 2.0}),
    Variant("coarse waves", {}, {"frequency_scale": 0.3}),
    Variant("deep", {"hidden_layer_sizes": (128, 128, 128), "dropout": 0.1}),
    Variant("small", {"hidden_layer_sizes": (64,), "weight_decay": 0.1}),
)


def recipes_of(
    usual: Recipe, given: Collection[str], *, is_sparse: bool, portfolio: tuple[Variant, ...] = PORTFOLIO
) -> list[tuple[str, Recipe]]:
    """Return the recipes to try on a table, with their names: each once, the default first.

    Parameters
    ----------
    usual : Recipe
        The default one for this table.
    given : collection of str
        Fields that the user chose, which hold in all recipes.
    is_sparse : bool
        True for a sparse table, whose networks share no weights and embed no numbers.
    portfolio : tuple of Variant, default=PORTFOLIO
        The rows.

    Returns
    -------
    list of (str, Recipe)
        Names and recipes.
    """
    found: list[tuple[str, Recipe]] = []
    for row in portfolio:
        recipe = row.of(usual, given)
        if is_sparse:
            recipe = replace(recipe, n_inside=1, embedding_width=usual.embedding_width)
        if all(recipe != other for _, other in found):
            found.append((row.name, recipe))
    return found
