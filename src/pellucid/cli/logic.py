"""``pellucid logic``: a Boolean formula or truth table as a network, with every weight and row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pellucid.cli.options import FORCE, JSON, a_file, argument, flag, integer, option, parsed
from pellucid.cli.printing import Printer, cell, shell, table
from pellucid.constructions import logic_network, soften
from pellucid.constructions.formulas import parse
from pellucid.constructions.logic import MINIMIZED, headlines, sum_size
from pellucid.constructions.shown_network import ShownTable, shown_rows, shown_units, shown_weights
from pellucid.constructions.truth_tables import MOST_VARIABLES, read_outputs
from pellucid.exceptions import ParameterError
from pellucid.persistence import save
from pellucid.workflow.output_files import check_output

__all__ = ["logic"]

ROWS = 16


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

    for line in headlines(made):
        printer.say(line)
    for shown in (shown_units(made), *shown_weights(made, network)):
        _show(printer, shown)
    if rows and made.truth_table is not None:
        _show(printer, shown_rows(made, softened, rows, signals=signals))
    proofs = {} if no_proof and made.truth_table is not None else {"hard": made.proof or made.verify()}
    if proofs and softened is not None:
        proofs["soft"] = made.verify(softened)
    for name, proof in proofs.items():
        printer.say(f"\n{proof.describe(name)}")
    if out is not None:
        save(
            network, out, notes={"formula": made.formula, "variables": list(made.variables), "values": values}
        )
        printer.say(f"\nSaved in {out}.")
    given = [formula] if truth_table is None else ["--truth-table", "".join(map(str, truth_table))]
    words = {"--values": values, "--form": form, "--variables": variables}
    words["--bias"] = None if bias is None else f"{bias:g}"
    for name, value in words.items():
        given += [] if value in (None, "signs", "auto") else [name, value]
    given += ["--no-proof"] * no_proof
    purpose = "Soften it, so that it can learn:" if softened is None else "Save it for training:"
    more = ["--soft", "4"] if softened is None else ["--soft", "4", "--out", "soft.safetensors"]
    printer.suggest({purpose: shell("logic", *given, *more)})
    proved = {name: proof.to_dict() for name, proof in proofs.items()}
    found = {"command": "logic", **made.to_dict(network), "soft": soft, "proofs": proved, "out": out}
    printer.result(found)


def _show(printer: Printer, shown: ShownTable) -> None:
    if shown.title:
        printer.say(f"\n{shown.title}")
    printer.show(table(*map(cell, shown.columns), n_texts=shown.n_texts, rows=shown.rows))
