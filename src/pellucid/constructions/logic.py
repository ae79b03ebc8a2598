"""Any Boolean formula or truth table as a hand-wired network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.constructions.disjunctive_form import disjunctive_form
from pellucid.constructions.formulas import Formula, as_formula
from pellucid.constructions.gate_trees import from_expression, sum_of_products
from pellucid.constructions.logic_networks import LogicNetwork, refuse_too_many
from pellucid.constructions.minimize import minimize, minterms
from pellucid.constructions.threshold_gates import CONVENTIONS, layers_of, network_of
from pellucid.constructions.truth_tables import MOST_VARIABLES, all_rows, as_truth_table
from pellucid.exceptions import ParameterError

__all__ = ["FORMS", "MINIMIZED", "logic_network", "products_of"]

Bools = NDArray[np.bool_]

MINIMIZED = 8  # up to this many variables sums of products are the shortest
FORMS = ("auto", "sum_of_products", "tree")


def logic_network(
    formula: Any,
    *,
    values: str = "signs",
    form: str = "auto",
    variables: Sequence[str] | None = None,
    bias: float | None = None,
    proof: bool = True,
) -> LogicNetwork:
    r"""Return the network that computes a Boolean formula or a truth table, with weights written down directly.

    .. math:: h = \mathrm{sign}\Big(\sum_{i=1}^k \pm x_i + k - 2j + 1\Big)

    Every unit says "at least j of my k literals hold"; OR is j = 1 and AND j = k. Over ±1 a gate has the
    weights ±1 and the bias k − 2j + 1: k − 1 for OR, −(k − 1) for AND. Over {0, 1} the bias is
    q − j + ½ with q negated literals.

    Parameters
    ----------
    formula : str, sympy.logic.boolalg.Boolean, sequence or mapping
        A formula of names, ``& | ^ ~ -> <->`` or the words ``and or xor not implies iff nand nor xnor``,
        parentheses, ``True`` and ``False``; or the 2ⁿ outputs of a truth table, first variable slowest; or a
        mapping from rows to outputs.
    values : {"signs", "bits"}, default="signs"
        True and false as +1 and -1 with sign units, or as 1 and 0 with step units.
    form : {"auto", "sum_of_products", "tree"}, default="auto"
        ``"sum_of_products"`` has a hidden layer of ANDs and one OR: the fewest that there can be, up to 8
        variables. Above, it is the formula's own disjunctive form, or one AND for each true row if these are
        fewer (of 16 variables up to 65,536 of them, 1.2 million parameters, whose proof takes up to a minute).
        ``"tree"`` is the formula as it was written (SymPy drops
        what is idle, as in a & a), a layer for each level and two for an XOR of any number of operands;
        values that later layers need are carried.
        ``"auto"`` is the sum of products up to 8 variables and for truth tables, the tree above.
    variables : sequence of str, optional
        The names of the inputs in the order of the columns: at least those of the formula. The default is
        the order in which they appear; x1, x2, … for a truth table; x for a formula without variables.
    bias : float, optional
        The bias of every OR; every AND has the negative one. Note 000's ±1.5 is right for two and three literals
        only: the proof tells whether it holds. For ``values="signs"``. The default is ±(k − 1).
    proof : bool, default=True
        True if the network is evaluated on all 2ⁿ rows. Above 16 variables that is refused: with
        ``proof=False`` the tree is built all the same.

    Returns
    -------
    LogicNetwork
        The network, with its truth table, the gate of each unit, and the proof.

    Raises
    ------
    ParameterError
        If the formula does not parse (the message shows where), an option is not accepted, or there are more than
        16 variables to prove.
    DataError
        If the truth table has no 2ⁿ outputs.

    See Also
    --------
    soften : From sign and step to tanh and logistic units.

    References
    ----------
    W. S. McCulloch and W. Pitts (1943), A logical calculus of the ideas immanent in nervous activity,
    Bulletin of Mathematical Biophysics 5, 115-133.

    Examples
    --------
    >>> made = logic_network("(a & ~b) | (~a & b)")
    >>> made.network
    Network([2, 2, 1], activation='sign', output_activation='sign'), 9 parameters
    >>> made.network.biases[0].tolist(), made.network.biases[1].tolist()
    ([-1.0, -1.0], [1.0])
    >>> made.proof.holds, logic_network("a ^ b ^ c", values="bits", form="tree").network.layer_sizes
    (True, (3, 3, 1))
    """
    if values not in CONVENTIONS:
        raise ParameterError(f"'values' must be one of {sorted(CONVENTIONS)}; got {values!r}.")
    if form not in FORMS:
        raise ParameterError(f"'form' must be one of {list(FORMS)}; got {form!r}.")
    if bias is not None and not (values == "signs" and np.isfinite(bias) and bias > 0.0):
        raise ParameterError(
            f"'bias' must be a number > 0, and values='signs'; got {bias!r} with {values!r}."
        )
    table: Bools | None
    if isinstance(formula, str | Formula) or hasattr(formula, "free_symbols"):
        found = with_variables(as_formula(formula), variables)
        names = found.variables
        if proof or form == "sum_of_products":
            refuse_too_many(len(names))
        table = found.evaluate(all_rows(len(names))) if len(names) <= MOST_VARIABLES else None
    else:
        found, table = None, as_truth_table(formula)
        names = _names_for(table, variables)
    if form == "auto":
        form = "tree" if found is not None and len(names) > MINIMIZED else "sum_of_products"
    if form == "sum_of_products":
        assert table is not None
        root = sum_of_products(products_of(table, found))
    elif found is None:
        raise ParameterError("form='tree' needs a formula; a truth table has no tree. Use 'sum_of_products'.")
    else:
        root = from_expression(found.expression, names)
    layers = layers_of(root, len(names))
    network = network_of(layers, len(names), CONVENTIONS[values], bias=bias)
    text = None if found is None else found.text
    made = LogicNetwork(network, names, text, values, form, layers, table, None, found)
    return replace(made, proof=made.verify()) if proof else made


def products_of(table: Bools, formula: Formula | None = None) -> NDArray[np.int8]:
    """Return the products of a sum of products: the fewest up to 8 variables, above those of the formula or rows.

    Parameters
    ----------
    table : ndarray of bool, of shape (2ⁿ,)
        The outputs; the first variable changes slowest.
    formula : Formula, optional
        The formula with this truth table.

    Returns
    -------
    ndarray of shape (n_products, n)
        1 where a variable holds, 0 where it does not, 2 where it is absent.

    Examples
    --------
    >>> products_of(np.array([0, 1, 1, 1], dtype=bool)).tolist()
    [[1, 2], [2, 1]]
    """
    if table.size <= 2**MINIMIZED:
        return minimize(table)
    rows = minterms(table)
    own = None if formula is None else disjunctive_form(formula.expression, formula.variables)
    return rows if own is None or len(own) > len(rows) else own


def with_variables(formula: Formula, variables: Sequence[str] | None = None) -> Formula:
    """Return a formula whose variables have an order, and at least one of them."""
    if variables is None:
        return replace(formula, variables=formula.variables or ("x",))
    names = _checked(variables)
    if missing := [name for name in formula.variables if name not in names]:
        raise ParameterError(
            f"'variables' must name all of the formula's; it lacks {missing} among {list(names)}."
        )
    return replace(formula, variables=names)


def _names_for(table: Bools, variables: Sequence[str] | None) -> tuple[str, ...]:
    n = table.size.bit_length() - 1
    names = tuple(f"x{i}" for i in range(1, n + 1)) if variables is None else _checked(variables)
    if len(names) != n:
        raise ParameterError(
            f"'variables' must be {n} names, one for each variable of a truth table of {table.size:,} outputs; "
            f"got {len(names)}: {list(names)}."
        )
    return names


def _checked(variables: Sequence[str]) -> tuple[str, ...]:
    names = tuple(variables)
    if (
        not names
        or isinstance(variables, str)
        or not all(isinstance(n, str) and n for n in names)
        or len(set(names)) < len(names)
    ):
        raise ParameterError(f"'variables' must be different names, such as ['a', 'b']; got {variables!r}.")
    return names
