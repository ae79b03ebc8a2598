"""What a user might want to know of the columns of a table."""

from __future__ import annotations

from pellucid.tabular.columns import WORDS, Values, reads_as
from pellucid.tabular.features import Column
from pellucid.tabular.sentinels import written

__all__ = ["remarks"]

# More categories than these are remarked on where they are more than this share of the rows.
MANY = ((1000, 0.5), (30, 0.9))
ADVICE = {
    "numeric": "If numbers are meant, convert it, for example with pandas.to_numeric.",
    "date": "Convert it, for example with pandas.to_datetime.",
}


def remarks(column: Column, values: Values, label: str, n_rows: float) -> list[str]:
    """Return what a user might want to know of a column.

    Parameters
    ----------
    column : Column
        As it was fitted.
    values : Values
        What its cells said.
    label : str
        What the sentences call it.
    n_rows : float
        Rows, as many times as their weights say.

    Returns
    -------
    list of str
        Sentences.
    """
    found, distinct = [], len(set(values.texts))
    if column.left_out:
        found.append(f"{label} was left out: {column.left_out}.")
    for sentinel in column.sentinels:
        assert values.numbers is not None
        found.append(
            f"{label} holds {written(sentinel, column.kind)} in {int((values.numbers == sentinel).sum())} rows, "
            "which stands for something else: it gets a column of its own, and is missing among the numbers."
        )
    if distinct > len(column.categories):
        found.append(
            f"{label} has {distinct} categories, of which the {len(column.categories)} most frequent are kept; "
            "the others count as unknown."
        )
    if any(distinct > many and distinct > share * n_rows for many, share in MANY):
        found.append(
            f"{label} has {distinct} categories in {n_rows:g} rows. If it is an identifier or free text, leave it "
            "out."
        )
    if column.kind == "categorical" and not column.named and distinct > 2:
        found += [
            f"{label} is text that reads as {WORDS[kind]}, and was taken as {distinct} categories. {advice}"
            for kind, advice in ADVICE.items()
            if all(reads_as(kind, text) for text in values.texts)
        ][:1]
    return found
