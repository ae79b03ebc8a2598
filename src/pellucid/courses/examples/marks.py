"""Numbers printed in the notes, next to the right ones, with an explanation of each difference."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches

from pellucid.courses.examples.example import Example
from pellucid.courses.examples.worked import EXAMPLES, SQUARED_ERROR_WITHOUT_HALF
from pellucid.courses.misprints import MISPRINTS
from pellucid.exceptions import ParameterError
from pellucid.explain.entries import Document, Entry
from pellucid.explain.equations import SUBSCRIPTS, SUPERSCRIPTS
from pellucid.explain.profiles import get_notation
from pellucid.explain.traces import Trace
from pellucid.host.counted import agreeing, counted

__all__ = ["annotate", "example_page", "get_example", "marked", "said_of_wrong"]

NO_BIASES = ("The notes' network has no biases: here they are 0, and the step keeps them 0.",)
UNEXPLAINED = "The notes print something else here, and nothing in the list of misprints explains it."


def get_example(name: str) -> Example:
    """Return the worked example of that name.

    Parameters
    ----------
    name : str
        A key of :data:`EXAMPLES`.

    Returns
    -------
    Example
        The example.

    Raises
    ------
    ParameterError
        If there is none; the nearest names are offered.

    Examples
    --------
    >>> from pellucid.courses.examples import get_example
    >>> get_example("iowa-grounded").title
    'feedforward, backpropagation and a step'
    """
    if name in EXAMPLES:
        return EXAMPLES[name]
    near = get_close_matches(name, EXAMPLES, 3, 0.5) or [known for known in EXAMPLES if name in known]
    meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise ParameterError(f"There is no example {name!r}.{meant} There are: {', '.join(EXAMPLES)}.")


def annotate(document: Document, example: Example, trace: Trace) -> Document:
    """Annotate an example's calculation with the numbers that the notes print.

    Parameters
    ----------
    document : Document
        The calculation, in the example's own notation.
    example : Example
        The example.
    trace : Trace
        The trace that the document shows.

    Returns
    -------
    Document
        With a last entry, the prediction after the step. A printed number that is not the right one rounded
        to its decimals is marked, and explained.

    Examples
    --------
    >>> from pellucid.courses import annotate, get_example
    >>> example = get_example("iowa-grounded")
    >>> t = example.trace()
    >>> page = annotate(t.document(notation=example.notation), example, t)
    >>> page.notation == example.notation
    True
    """
    page = replace(
        _with_prediction(_with_equation(document, trace), trace),
        title=_indexed(f"{example.name}: {example.title} ({example.course})"),
        remarks=(
            *document.remarks,
            *map(_indexed, example.remarks),
            *NO_BIASES * (not example.has_biases),
            *(_about(name) for name in example.also),
        ),
    )
    explained: dict[tuple[str, int], str] = {}
    for printed in example.printed:
        page = page.annotate(printed.role, printed.block, printed=printed.values)
        explained[printed.role, printed.block] = printed.explained
    told: set[str] = set()
    for entry in marked(page):  # in the order of the page, so that "above" refers to text already read
        name = explained.pop((entry.role, entry.block), None)
        if name is not None:
            why = _again(name) if name in told else _about(name)
            page = page.annotate(entry.role, entry.block, remarks=(why or UNEXPLAINED,))
            told.add(name)
    return page


def example_page(
    name: str,
    notation: str | None = None,
    *,
    learning_rate: float | None = None,
    by_hand: int | None = None,
    differences: bool = False,
    steps: int = 0,
) -> Document:
    """Compute a worked example, and return its page with the numbers that the notes print.

    Parameters
    ----------
    name : str
        A key of :data:`EXAMPLES`.
    notation : str, optional
        A name of :data:`pellucid.explain.NOTATIONS`. Default: the example's, the only one in which the printed
        numbers appear.
    learning_rate : float, optional
        Learning rate of the step. Default: the example's.
    by_hand : int, optional
        Decimals of a second calculation, which is rounded after every operation.
    differences : bool, default=False
        True to compare the gradients with finite differences.
    steps : int, default=0
        Steps of gradient descent whose losses and outputs are listed.

    Returns
    -------
    Document
        The page.

    Raises
    ------
    ParameterError
        If there is no such example or notation.

    Examples
    --------
    >>> from pellucid.courses import example_page, marked
    >>> page = example_page("iowa-grounded")
    >>> page.notation, len(marked(page)) > 0
    ('iowa', True)
    """
    example = get_example(name)
    found = example.trace(learning_rate=learning_rate)
    hand = None if by_hand is None else example.trace(learning_rate=learning_rate, by_hand=by_hand)
    page = found.document(notation or example.notation, differences=differences, by_hand=hand, steps=steps)
    if page.notation == example.notation:
        return annotate(page, example, found)
    note = (
        "The numbers printed in the notes appear next to the computed ones in their own notation, "
        f"{example.notation}."
    )
    return replace(page, title=example.title, remarks=(*page.remarks, note))


def marked(document: Document) -> tuple[Entry, ...]:
    """Return the entries whose printed numbers are wrong.

    Parameters
    ----------
    document : Document
        The document that :func:`annotate` returned.

    Returns
    -------
    tuple of Entry
        In the order of the calculation.

    Examples
    --------
    >>> from pellucid.courses import annotate, get_example, marked
    >>> example = get_example("iowa-grounded")
    >>> t = example.trace()
    >>> page = annotate(t.document(notation=example.notation), example, t)
    >>> len(marked(page)) > 0
    True
    """
    return tuple(entry for step in document.steps for entry in step.entries if entry.marked)


def said_of_wrong(document: Document) -> str:
    """Return how many of the printed numbers are wrong; nothing if none is."""
    entries = marked(document)
    n = sum(int(entry.wrong.sum()) for entry in entries if entry.wrong is not None)
    return (
        f"{counted(n, 'printed number')} {agreeing(n)} wrong, in {counted(len(entries), 'place')}"
        if n
        else ""
    )


def _about(name: str) -> str:
    """Return the explanation of a misprint, or the sentence itself, with indexes as renderers take them."""
    if name not in MISPRINTS:
        return _indexed(name)
    row = MISPRINTS[name]
    return _indexed(f"{name} ({row.place}). Printed: {row.printed}. Right: {row.right}. {row.why}")


def _indexed(text: str) -> str:
    """Return small letters and ``A_m`` as ``_{…}`` and ``^{…}``, the language of equations."""
    text = re.sub(r"(?<=[^\W\d_])_([a-z\d])(?![\w{])", r"_{\1}", text)
    for mark, letters in (("^", SUPERSCRIPTS), ("_", SUBSCRIPTS)):
        small = "".join(letters.values())
        large = str.maketrans(small, "".join(letters))
        for run in sorted(set(re.findall(f"[{small}]+", text)), key=len, reverse=True):
            text = text.replace(run, f"{mark}{{{run.translate(large)}}}")
    return text


def _again(name: str) -> str:
    return f"{name}, as above." if name in MISPRINTS else "As above."


def _with_equation(document: Document, trace: Trace) -> Document:
    """Return the document with note 001's loss as an equation, which the table of losses lacks."""
    if trace.loss_function.loss.name != SQUARED_ERROR_WITHOUT_HALF.name:
        return document
    notation = get_notation(document.notation)
    equation = f"{notation.loss} = ({notation.output} − y)^{{2}}"
    steps = (
        replace(step, title="Loss: squared error, without ½", equations=(equation,))
        if step.kind == "loss"
        else step
        for step in document.steps
    )
    return replace(document, steps=tuple(steps))


def _with_prediction(document: Document, trace: Trace) -> Document:
    """Return the document with the network's outputs after the step at the end of its update."""
    notation, last = get_notation(document.notation), len(trace.blocks) - 1
    outputs = trace.after.outputs
    shown = outputs.T if notation.samples == "columns" else outputs
    if shown.size == 1:
        shown = shown.reshape(())
    caption = (
        f"prediction after the step (before: {', '.join(f'{v:.3f}' for v in trace.blocks[-1].outputs[0])})"
    )
    entry = Entry("output_after", last, notation.output, shown, caption=caption)
    steps = (
        replace(step, entries=(*step.entries, entry)) if step.kind == "update" else step
        for step in document.steps
    )
    return replace(document, steps=tuple(steps))
