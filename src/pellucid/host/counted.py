"""Numbers of things in sentences."""

from __future__ import annotations

__all__ = ["counted"]


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
