"""``pellucid logic``: a Boolean formula or a truth table as a network, with every weight and every row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid.cli.options import a_file, flag, option
from pellucid.cli.printing import Printer, cell, shell, table
from pellucid.constructions import LogicNetwork, logic_network, soften
from pellucid.constructions.formulas import Formula, parse
from pellucid.constructions.logic import MINIMIZED, products_of
from pellucid.constructions.threshold_gates import CONVENTIONS
from pellucid.constructions.truth_tables import MOST_VARIABLES, all_rows
from pellucid.core import Network
from pellucid.core.propagation import forward
from pellucid.exceptions import ParameterError
from pellucid.persistence import save
from pellucid.workflow.output_files import check_output

__all__ = ["logic"]

WIDEST = 12  # columns of a matrix, or units of a layer, that are shown
ROWS = 16
LONG = 2**28  # products times rows, from which a proof takes seconds


def logic(
    formula: Annotated[
        str | None,
        typer.Argument(
            metavar="[FORMULA]",
            help="Formula of names, & | ^ ~ -> <-> or the words and, or, xor, not, implies, iff, nand, nor, "
            "xnor, and parentheses.",
            show_default=False,
        ),
    ] = None,
    truth_table: Annotated[
        str | None,
        option(metavar="0110…", help="Instead of a formula: 2ⁿ outputs; the first variable changes slowest."),
    ] = None,
    values: Annotated[
        str,
        option(metavar="signs|bits", help="False and true as -1 and +1 (signs), or 0 and 1. Default: signs."),
    ] = "signs",
    form: Annotated[
        str,
        option(
            metavar="FORM",
            help=f"sum_of_products, tree, or auto: the sum up to {MINIMIZED} variables, the formula's tree above.",
        ),
    ] = "auto",
    variables: Annotated[
        str | None, option(metavar="A,B,…", help="Order of the inputs. Default: the order in the formula.")
    ] = None,
    bias: Annotated[
        float | None,
        option(metavar="B", help="Bias of every OR, and -B of every AND, such as 1.5. Default: k - 1 of k."),
    ] = None,
    signals: Annotated[
        bool, flag("--signals", help="Show the signal of each unit in the truth table too.")
    ] = False,
    soft: Annotated[
        float | None,
        option(
            metavar="BETA",
            help="Soften: tanh(beta s) for sign, logistic(beta s) for step; shown next to the hard network.",
        ),
    ] = None,
    no_proof: Annotated[
        bool, flag("--no-proof", help=f"Do not evaluate all rows; required above {MOST_VARIABLES} variables.")
    ] = False,
    rows: Annotated[
        int, option(metavar="N", help=f"Rows of the truth table to print. Default: {ROWS}.")
    ] = ROWS,
    out: Annotated[
        Path | None, a_file(help="Save the network (with --soft, the soft one) to this file.")
    ] = None,
    force: Annotated[bool, flag("--force", help="Overwrite an existing file.")] = False,
    json: Annotated[bool, flag("--json", help="Print one JSON object.")] = False,
) -> None:
    """Turn a formula into a network of threshold units: decomposition, weights, truth table, proof.

    \b
    [bold]Examples[/bold]
    pellucid logic "(a & ~b) | (~a & b)"
    pellucid logic "a xor b xor c" --values bits --form tree --soft 8
    pellucid logic --truth-table 00010111 --out majority.safetensors
    """  # noqa: D301
    printer = Printer(machine=json)
    if (formula is None) == (truth_table is None):
        raise ParameterError(
            'Give either a formula or a truth table: `pellucid logic "a & ~b"`, or '
            "`pellucid logic --truth-table 0110`."
        )
    if rows < 0:
        raise ParameterError(f"--rows must be an integer >= 0; got {rows}.")
    if out is not None:
        check_output(out, force=force)
    source = parse(formula) if formula is not None else _read_table(str(truth_table))
    names = None if variables is None else [name.strip() for name in variables.split(",")]
    if form == "sum_of_products" or truth_table is not None:
        _say_size(printer, source, proof=not no_proof)
    made = logic_network(source, values=values, form=form, variables=names, bias=bias, proof=not no_proof)
    softened = None if soft is None else soften(made.network, soft)
    network = made.network if softened is None else softened

    _say_network(printer, made)
    _show_weights(printer, made, network)
    if rows and made.truth_table is not None:
        _show_rows(printer, made, softened, rows, signals=signals)
    proofs = {} if no_proof and made.truth_table is not None else {"hard": made.proof or made.verify()}
    if proofs and softened is not None:
        proofs["soft"] = made.verify(softened)
    _say_proofs(printer, made, proofs)
    if out is not None:
        save(
            network, out, notes={"formula": made.formula, "variables": list(made.variables), "values": values}
        )
        printer.say(f"\nSaved in {out}.")
    if not printer.machine:
        given = [formula] if truth_table is None else ["--truth-table", truth_table]
        shown = {"--values": values, "--form": form, "--variables": variables}
        shown["--bias"] = None if bias is None else f"{bias:g}"
        for name, value in shown.items():
            given += [] if value in (None, "signs", "auto") else [name, value]
        printer.suggest(_next([*given, *["--no-proof"] * no_proof], softened is not None))
    printer.result(_found(made, network, proofs, soft, out))


def _read_table(text: str) -> list[int]:
    """Return the outputs in a text such as 0110."""
    bare = text.replace(",", "").replace(" ", "")
    if not bare or set(bare) - set("01"):
        raise ParameterError(f"--truth-table must be 2ⁿ digits 0 and 1, such as 0110; got {text!r}.")
    return [int(digit) for digit in bare]


def _say_size(printer: Printer, source: Formula | list[int], *, proof: bool) -> None:
    """Print the size of a sum of products, and the time of its proof, before it is built."""
    n = len(source.variables) if isinstance(source, Formula) else (len(source) - 1).bit_length()
    if MINIMIZED < n <= MOST_VARIABLES:
        formula = source if isinstance(source, Formula) else None
        outputs = np.array(source, bool) if formula is None else formula.evaluate(all_rows(n))
        n_true, n_terms = int(outputs.sum()), len(products_of(outputs, formula))
        n_parameters = (n + 2) * n_terms + 1  # each product has n weights, a bias, and its weight in the sum
        each = "one AND for each" if n_terms == n_true else f"{n_terms:,} ANDs"
        printer.note(
            f"{n_true:,} of {2**n:,} rows are true: a sum of products with {each}, "
            f"{n}-{max(n_terms, 1)}-1, {n_parameters:,} parameters."
            + (
                " Evaluating all rows takes up to a minute; --no-proof skips it."
                if proof and n_terms * 2**n > LONG
                else ""
            )
        )


def _say_network(printer: Printer, made: LogicNetwork) -> None:
    """Describe the network and each of its units."""
    convention, sizes = CONVENTIONS[made.values], made.network.layer_sizes
    what = "tree of gates" if made.form == "tree" else "sum of products"
    printer.say(f"{what}: {_cut(made.decomposition, 400)}")
    printer.say(
        f"network: {' → '.join(map(str, sizes))}, {convention.activation} units over {convention.numbers}, "
        f"{made.network.n_parameters:,} parameters"
    )
    if made.form == "tree" and made.truth_table is not None and len(made.variables) > MINIMIZED:
        printer.say(
            f"(A sum of products would have {len(products_of(made.truth_table, made.parsed)):,} products.)"
        )
    shown = table("unit", "is true where", "bias", n_texts=2)
    for k, (unit_names, units) in enumerate(zip(made.unit_names[1:], made.units, strict=True)):
        for i, (name, unit) in enumerate(zip(unit_names[:WIDEST], units, strict=False)):
            shown.add_row(cell(name), cell(_cut(unit)), f"{made.network.biases[k][i]:g}")
        if len(units) > WIDEST:
            shown.add_row(f"and {len(units) - WIDEST:,} more", "", "")
    printer.show(shown)


def _show_weights(printer: Printer, made: LogicNetwork, network: Network) -> None:
    """Show each block's matrix with the row of biases on top."""
    for k, (W, b) in enumerate(zip(network.weights, network.biases, strict=True)):
        above, units = made.unit_names[k], made.unit_names[k + 1]
        printer.say(f"\nblock {k}, ({W.shape[0]} + 1) × {W.shape[1]}, the row of biases first")
        shown = table("", *map(cell, units[:WIDEST]), *(["…"] if len(units) > WIDEST else []))
        for name, row in zip(["bias", *above][: WIDEST + 1], [b, *W], strict=False):
            shown.add_row(cell(name), *(f"{v:g}" for v in row[:WIDEST]))
        if len(above) > WIDEST:
            shown.add_row("…")
        printer.show(shown)


def _show_rows(
    printer: Printer, made: LogicNetwork, softened: Network | None, n_shown: int, *, signals: bool
) -> None:
    """Show the truth table with the output of every unit, and the soft output next to it."""
    X = made.inputs[:n_shown]
    hidden = forward(made.network, X).activations[1:-1]
    parts = [X, *hidden, made.targets[:n_shown]]
    names = [list(layer) for layer in made.unit_names]
    if signals:
        units = [name for layer in names[1:] for name in layer]
        values, summed = np.hstack(parts[1:]), np.hstack(made.signals)[:n_shown]
        parts = [X, *(column for i in range(len(units)) for column in (summed[:, [i]], values[:, [i]]))]
        names = [names[0], *([f"s of {unit}", unit] for unit in units)]
    if sum(map(len, names)) > 2 * WIDEST:  # too wide: the hidden units are left out
        parts, names = [parts[0], parts[-1]], [names[0], names[-1]]
    columns = [name for layer in names for name in layer]
    cells = [[f"{v:g}" for v in row] for row in np.hstack(parts)]
    if softened is not None:
        columns.append("soft")
        cells = [[*row, f"{v:.4f}"] for row, v in zip(cells, softened.predict(X)[:, 0], strict=True)]
    shown = table(*map(cell, columns), n_texts=0)
    for row in cells:
        shown.add_row(*row)
    n_all = 2 ** len(made.variables)
    printer.say("\ntruth table" + (f", the first {n_shown:,} of {n_all:,} rows" if n_all > n_shown else ""))
    printer.show(shown)


def _say_proofs(printer: Printer, made: LogicNetwork, proofs: dict[str, Any]) -> None:
    for name, proof in proofs.items():
        rows = f"{'all ' if proof.complete else ''}{proof.n_rows:,} {'' if proof.complete else 'random '}rows"
        verdict = "right on" if proof.holds else f"wrong on {proof.n_wrong:,} of"
        error = (
            "" if name == "hard" else f"; its outputs are within {proof.largest_error:.2g} of the hard ones"
        )
        printer.say(f"\nThe {name} network, evaluated row by row, is {verdict} {rows}{error}.")


def _next(given: list[str | None], softened: bool) -> dict[str, str]:
    if softened:
        return {"save it for training": shell("logic", *given, "--soft", 4, "--out", "soft.safetensors")}
    return {"soften it to make it trainable": shell("logic", *given, "--soft", 4)}


def _found(
    made: LogicNetwork, network: Network, proofs: dict[str, Any], soft: float | None, out: Path | None
) -> dict[str, Any]:
    about = {
        name: getattr(made, name) for name in ("formula", "variables", "values", "form", "decomposition")
    }
    activations = [a.name for a in (*network.activation, network.output_activation)]
    sizes = {
        "layer_sizes": network.layer_sizes,
        "activation": activations,
        "n_parameters": network.n_parameters,
    }
    weights, biases = [W.tolist() for W in network.weights], [b.tolist() for b in network.biases]
    proved = {
        name: {"holds": p.holds, "rows": p.n_rows, "wrong": p.n_wrong}
        | {"largest_error": p.largest_error, "complete": p.complete}
        for name, p in proofs.items()
    }
    rows = None if made.truth_table is None else made.truth_table.astype(int).tolist()
    found = {"units": made.units, "weights": weights, "biases": biases, "soft": soft, "truth_table": rows}
    return {"command": "logic", **about, **sizes, **found, "proofs": proved, "out": out}


def _cut(text: str, most: int = 48) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
