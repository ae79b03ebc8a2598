"""Renderers of a trace as methods: text, LaTeX, HTML and JSON of its document."""

from __future__ import annotations

from abc import abstractmethod

from pellucid.explain.digits import Precision
from pellucid.explain.entries import Document
from pellucid.explain.html import set_html
from pellucid.explain.json_ import set_json
from pellucid.explain.latex import set_latex
from pellucid.explain.notation import Notation
from pellucid.explain.text import set_text
from pellucid.explain.traced import TraceRecord
from pellucid.host.docstrings import Option, documented

__all__ = ["COMPARED", "NOTATION", "Rendered"]

NOTATION = [
    Option(
        "notation",
        'str or Notation, default="pellucid"',
        "The letters and indices: a name of :data:`~pellucid.explain.NOTATIONS`, or a notation of your own.",
    )
]
COMPARED = [
    Option("differences", "bool, default=False", "True to show finite differences next to the gradients."),
    Option(
        "by_hand",
        "Trace or int, optional",
        "A trace rounded after every operation, or the decimals to make one with.",
    ),
    Option(
        "steps",
        "int, default=0",
        "Number of steps of gradient descent whose losses and outputs are listed at the end.",
    ),
]


class Rendered:
    """The part of a trace that renders its document."""

    @abstractmethod
    def document(
        self,
        notation: str | Notation = "pellucid",
        *,
        differences: bool = False,
        by_hand: TraceRecord | int | None = None,
        steps: int = 0,
    ) -> Document:
        """Return the calculation in a notation, as every renderer takes it."""

    @documented(notation=NOTATION, compared=COMPARED)
    def to_text(
        self,
        notation: str | Notation = "pellucid",
        precision: Precision = 3,
        *,
        differences: bool = False,
        by_hand: TraceRecord | int | None = None,
        steps: int = 0,
        width: int | None = None,
    ) -> str:
        """Return tables for a terminal.

        Parameters
        ----------
        {notation}
        precision : int or "full", default=3
            Decimals.
        {compared}
        width : int, optional
            Characters per line; default: the terminal's, 80 if there is none.

        Returns
        -------
        str
            Plain text.
        """
        page = self.document(notation, differences=differences, by_hand=by_hand, steps=steps)
        return set_text(page, precision=precision, width=width)

    @documented(notation=NOTATION, compared=COMPARED)
    def to_latex(
        self,
        notation: str | Notation = "pellucid",
        precision: Precision = 3,
        *,
        differences: bool = False,
        by_hand: TraceRecord | int | None = None,
        steps: int = 0,
        standalone: bool = False,
    ) -> str:
        r"""Return LaTeX that compiles with amsmath alone.

        Parameters
        ----------
        {notation}
        precision : int or "full", default=3
            Decimals.
        {compared}
        standalone : bool, default=False
            True to include ``\documentclass`` and the preamble, ready to compile.

        Returns
        -------
        str
            LaTeX that needs ``\usepackage{amsmath}``.
        """
        page = self.document(notation, differences=differences, by_hand=by_hand, steps=steps)
        return set_latex(page, precision=precision, standalone=standalone)

    @documented(notation=NOTATION, compared=COMPARED)
    def to_html(
        self,
        notation: str | Notation = "pellucid",
        precision: Precision = 3,
        *,
        differences: bool = False,
        by_hand: TraceRecord | int | None = None,
        steps: int = 0,
        standalone: bool = True,
    ) -> str:
        """Return HTML that needs no other file.

        Parameters
        ----------
        {notation}
        precision : int or "full", default=3
            Decimals.
        {compared}
        standalone : bool, default=True
            True for a whole page; False for the fragment that a notebook shows.

        Returns
        -------
        str
            HTML without script and without references; follows the reader's light or dark scheme.
        """
        page = self.document(notation, differences=differences, by_hand=by_hand, steps=steps)
        return set_html(page, precision=precision, standalone=standalone)

    @documented(notation=NOTATION, compared=COMPARED)
    def to_json(
        self,
        notation: str | Notation = "pellucid",
        precision: Precision = "full",
        *,
        differences: bool = False,
        by_hand: TraceRecord | int | None = None,
        steps: int = 0,
    ) -> str:
        """Return JSON.

        Parameters
        ----------
        {notation}
        precision : int or "full", default="full"
            Decimals.
        {compared}

        Returns
        -------
        str
            JSON; nothing is left out.
        """
        page = self.document(notation, differences=differences, by_hand=by_hand, steps=steps)
        return set_json(page, precision=precision)

    def _repr_html_(self) -> str:
        return self.to_html(standalone=False)
