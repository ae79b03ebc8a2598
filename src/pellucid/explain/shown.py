"""What shows a trace: each renderer is loaded when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.explain.digits import Precision

__all__ = ["Shown"]


class Shown:
    """The renderers of a trace, as its methods."""

    def to_text(self, notation: str = "pellucid", precision: Precision = 3, **options: Any) -> str:
        """Return tables for a terminal.

        Parameters
        ----------
        notation : str, default="pellucid"
            Whose letters and indices.
        precision : int or "full", default=3
            Decimals.
        **options
            More for :func:`pellucid.explain.text.render_text`.

        Returns
        -------
        str
            The calculation.
        """
        from pellucid.explain.text import render_text

        return render_text(self, notation=notation, precision=precision, **options)

    def to_latex(self, notation: str = "pellucid", precision: Precision = 3, **options: Any) -> str:
        """Return LaTeX that compiles with amsmath alone.

        Parameters
        ----------
        notation : str, default="pellucid"
            Whose letters and indices.
        precision : int or "full", default=3
            Decimals.
        **options
            More for :func:`pellucid.explain.latex.render_latex`.

        Returns
        -------
        str
            The calculation.
        """
        from pellucid.explain.latex import render_latex

        return render_latex(self, notation=notation, precision=precision, **options)

    def to_html(self, notation: str = "pellucid", precision: Precision = 3, **options: Any) -> str:
        """Return HTML that needs no other file.

        Parameters
        ----------
        notation : str, default="pellucid"
            Whose letters and indices.
        precision : int or "full", default=3
            Decimals.
        **options
            More for :func:`pellucid.explain.html.render_html`.

        Returns
        -------
        str
            The calculation.
        """
        from pellucid.explain.html import render_html

        return render_html(self, notation=notation, precision=precision, **options)

    def to_json(self, notation: str = "pellucid", precision: Precision = "full", **options: Any) -> str:
        """Return JSON.

        Parameters
        ----------
        notation : str, default="pellucid"
            Whose letters and indices.
        precision : int or "full", default="full"
            Decimals.
        **options
            More for :func:`pellucid.explain.json_.render_json`.

        Returns
        -------
        str
            The calculation.
        """
        from pellucid.explain.json_ import render_json

        return render_json(self, notation=notation, precision=precision, **options)

    def _repr_html_(self) -> str:
        return self.to_html(standalone=False)
