"""``pellucid logic``: a Boolean formula or a truth table as a network, with every weight and every row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np

from pellucid.cli.options import FORCE, JSON, a_file, argument, flag, integer, option, parsed
from pellucid.cli.printing import Printer, cell, shell, table
from pellucid.constructions import LogicNetwork, Proof, logic_network, soften
from pellucid.constructions.formulas import parse
from pellucid.constructions.logic import MINIMIZED, headlines, sum_size
from pellucid.constructions.truth_tables import MOST_VARIABLES, read_outputs
from pellucid.core import Network
from pellucid.exceptions import ParameterError
from pellucid.persistence import save
from pellucid.workflow.output_files import check_output

__all__ = ["logic"]

WIDEST = 12  # columns of a matrix, or units of a layer, that are shown
ROWS = 16
LONGEST = 48  # characters of a unit's formula


def logic(
    formula: Annotated[
        str | None,
        argument(
            "[FORMULA]",
            "Formula of names, & | ^ ~ -> <-> or the words and, or, xor, not, implies, iff, nand, nor, "
            "xnor, and parentheses.",
        ),
    ] = None,
    truth_table: Annotated[
        Any,
        option(
            metavar="0110…",
            parser=parsed(read_outputs),
            help="Instead of a formula: 2ⁿ outputs; the first variable changes slowest.",
        ),
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
        int, integer(0, 2**16, metavar="N", help=f"Rows of the truth table to print. Default: {ROWS}.")
    ] = ROWS,
    out: Annotated[
        Path | None, a_file(help="Save the network (with --soft, the soft one) to this file.")
    ] = None,
    force: FORCE = False,
    json: JSON = False,
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
    if out is not None:
        check_output(out, force=force)
    source = parse(formula) if formula is not None else truth_table
    names = None if variables is None else [name.strip() for name in variables.split(",")]
    is_sum = form == "sum_of_products" or truth_table is not None
    if is_sum and (size := sum_size(source)) is not None:
        wait = " Evaluating all rows takes up to a minute; --no-proof skips it."
        printer.note(size.describe() + wait * (size.is_long and not no_proof))
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
    _say_proofs(printer, proofs)
    if out is not None:
        save(
            network, out, notes={"formula": made.formula, "variables": list(made.variables), "values": values}
        )
        printer.say(f"\nSaved in {out}.")
    given = [formula] if truth_table is None else ["--truth-table", "".join(map(str, truth_table))]
    shown = {"--values": values, "--form": form, "--variables": variables}
    shown["--bias"] = None if bias is None else f"{bias:g}"
    for name, value in shown.items():
        given += [] if value in (None, "signs", "auto") else [name, value]
    given += ["--no-proof"] * no_proof
    purpose = "soften it to make it trainable" if softened is None else "save it for training"
    words = ["--soft", "4"] if softened is None else ["--soft", "4", "--out", "soft.safetensors"]
    printer.suggest({purpose: shell("logic", *given, *words)})
    proved = {name: proof.to_dict() for name, proof in proofs.items()}
    found = {"command": "logic", **made.to_dict(network), "soft": soft, "proofs": proved, "out": out}
    printer.result(found)


def _say_network(printer: Printer, made: LogicNetwork) -> None:
    """Describe the network and each of its units."""
    for line in headlines(made):
        printer.say(line)
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
    names, parts = made.table(n_shown, signals=signals)
    if sum(map(len, names)) > 2 * WIDEST:  # too wide: the hidden units are left out
        names, parts = [names[0], list(made.unit_names[-1])], [parts[0], made.targets[:n_shown]]
    columns = [name for layer in names for name in layer]
    cells = [[f"{v:g}" for v in row] for row in np.hstack(parts)]
    if softened is not None:
        columns.append("soft")
        cells = [[*row, f"{v:.4f}"] for row, v in zip(cells, softened.predict(parts[0])[:, 0], strict=True)]
    n_all = 2 ** len(made.variables)
    printer.say("\ntruth table" + (f", the first {n_shown:,} of {n_all:,} rows" if n_all > n_shown else ""))
    printer.show(table(*map(cell, columns), n_texts=0, rows=cells))


def _say_proofs(printer: Printer, proofs: dict[str, Proof]) -> None:
    for name, proof in proofs.items():
        error = (
            "" if name == "hard" else f"; its outputs are within {proof.largest_error:.2g} of the hard ones"
        )
        printer.say(f"\nThe {name} network, evaluated row by row, is {proof.verdict}{error}.")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
