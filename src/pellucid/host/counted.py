"""Numbers of things in sentences, and the words that agree with them."""

from __future__ import annotations

__all__ = ["agreeing", "counted"]


def counted(n: int, thing: str, things: str | None = None) -> str:
    """Return a number with its noun in the singular or the plural.

    Parameters
    ----------
    n : int
        The number.
    thing : str
        The singular.
    things : str, optional
        The plural; the singular with "s" if it is not given.

    Returns
    -------
    str
        For a sentence.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row"), counted(0, "entry", "entries")
    ('1 row', '1,200 rows', '0 entries')
    """
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"


def agreeing(n: float, one: str = "is", several: str = "are") -> str:
    """Return the word that agrees with a number.

    Parameters
    ----------
    n : float
        The number.
    one, several : str
        The word for one thing, and for none or several.

    Returns
    -------
    str
        For a sentence.

    Examples
    --------
    >>> f"1 of 5 rows {agreeing(1)} missing", f"2 of 5 rows {agreeing(2, 'has', 'have')} a label"
    ('1 of 5 rows is missing', '2 of 5 rows have a label')
    """
    return one if n == 1 else several
