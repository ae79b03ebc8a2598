"""Any Boolean formula or truth table as a hand-wired network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from pellucid.host.counted import agreeing, counted

__all__ = ["FORMS", "MINIMIZED", "SumSize", "headlines", "logic_network", "products_of", "sum_size"]

Bools = NDArray[np.bool_]

MINIMIZED = 8  # number of variables up to which sums of products are the shortest
FORMS = ("auto", "sum_of_products", "tree")
LONG = 2**28  # products times rows from which a proof takes seconds


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

    Every unit computes "at least j of k literals are true"; OR is j = 1 and AND j = k. Over ±1 a gate has the
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
        ``"sum_of_products"`` has a hidden layer of ANDs and one OR, with the fewest possible ANDs up to 8
        variables. Above 8, it is the formula's own disjunctive form, or one AND for each true row if these are
        fewer (for 16 variables up to 65,536 of them, with 1.2 million parameters and a proof of up to a minute).
        ``"tree"`` is the formula as written (SymPy drops redundant parts, as in a & a), with a layer for each
        level and two for an XOR of any number of operands; values that later layers need are carried.
        ``"auto"`` is the sum of products up to 8 variables and for truth tables, and the tree above.
    variables : sequence of str, optional
        The names of the inputs in the order of the columns: at least those of the formula. The default is
        the order in which they appear; x1, x2, … for a truth table; x for a formula without variables.
    bias : float, optional
        The bias of every OR; every AND has its negative. Note 000's ±1.5 is right only for two and three literals:
        the proof tells whether it is right. For ``values="signs"``. The default is ±(k − 1).
    proof : bool, default=True
        True to evaluate the network on all 2ⁿ rows. Above 16 variables that is refused; with
        ``proof=False`` the tree is still built.

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
        If the truth table does not have 2ⁿ outputs.

    See Also
    --------
    soften : Replaces sign and step units by tanh and logistic units.

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
    """Return the products of a sum of products: the fewest up to 8 variables, else those of the formula or rows.

    Parameters
    ----------
    table : ndarray of bool, of shape (2ⁿ,)
        The outputs; the first variable changes slowest.
    formula : Formula, optional
        The formula with this truth table.

    Returns
    -------
    ndarray of shape (n_products, n)
        1 if a variable is true, 0 if it is false, 2 if it is absent.

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


def headlines(made: LogicNetwork, most: int = 400) -> list[str]:
    """Return the formula and the size of a network, one line each, and a remark if there is one.

    Parameters
    ----------
    made : LogicNetwork
        A network of :func:`logic_network`.
    most : int, default=400
        The largest number of characters of the formula.

    Returns
    -------
    list of str
        Two lines; a third on a formula without variables, or on the size of the sum in place of a tree.

    Examples
    --------
    >>> headlines(logic_network("a & b"))[1]
    'network: 2 → 1, sign units over -1 and +1, 3 parameters'
    """
    convention, text = CONVENTIONS[made.values], made.decomposition
    what = "tree of gates" if made.form == "tree" else "sum of products"
    lines = [
        f"{what}: {text if len(text) <= most else f'{text[: most - 1]}…'}",
        f"network: {' → '.join(map(str, made.network.layer_sizes))}, {convention.activation} units over "
        f"{convention.numbers}, {counted(made.network.n_parameters, 'parameter')}",
    ]
    if made.formula is not None and len(made.variables) == 1 and not as_formula(made.formula).variables:
        lines.append(f"(The formula has no variable; the input {made.variables[0]} has no effect.)")
    if made.form == "tree" and made.truth_table is not None and len(made.variables) > MINIMIZED:
        n = len(products_of(made.truth_table, made.parsed))
        lines.append(f"(A sum of products would have {counted(n, 'product')}.)")
    return lines


@dataclass(frozen=True)
class SumSize:
    """Size of a sum of products.

    Parameters
    ----------
    n_variables : int
        The inputs.
    n_true : int
        The true rows of the truth table.
    n_products : int
        The products.
    """

    n_variables: int
    n_true: int
    n_products: int

    @property
    def n_parameters(self) -> int:
        """Each product has n weights, a bias, and its weight in the sum."""
        return (self.n_variables + 2) * self.n_products + 1

    @property
    def is_long(self) -> bool:
        """True if the evaluation of all rows takes seconds."""
        return self.n_products << self.n_variables > LONG

    def describe(self) -> str:
        """Return the size in a sentence."""
        each = "one AND for each" if self.n_products == self.n_true else counted(self.n_products, "AND")
        return (
            f"{self.n_true:,} of {2**self.n_variables:,} rows {agreeing(self.n_true)} true: "
            f"a sum of products with {each}, "
            f"{self.n_variables}-{max(self.n_products, 1)}-1, {counted(self.n_parameters, 'parameter')}."
        )


def sum_size(source: Formula | Sequence[int]) -> SumSize | None:
    """Return the size of a sum of products before it is built, if it can be large.

    Parameters
    ----------
    source : Formula or sequence of int
        A formula, or the outputs of a truth table.

    Returns
    -------
    SumSize or None
        None up to 8 variables, and above 16.

    Examples
    --------
    >>> sum_size([0, 1] * 256).describe()
    '256 of 512 rows are true: a sum of products with one AND for each, 9-256-1, 2,817 parameters.'
    """
    formula = source if isinstance(source, Formula) else None
    n = (len(source) - 1).bit_length() if formula is None else len(formula.variables)  # type: ignore[arg-type]
    if not MINIMIZED < n <= MOST_VARIABLES:
        return None
    outputs = np.array(source, bool) if formula is None else formula.evaluate(all_rows(n))
    return SumSize(n, int(outputs.sum()), len(products_of(outputs, formula)))


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
