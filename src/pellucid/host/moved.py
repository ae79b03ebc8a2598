"""Names that have moved: the old one works until the next release, with a FutureWarning."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from typing import Any

__all__ = ["announce", "forwarding"]


def announce(old: str, new: str) -> None:
    """Warn that a name has moved; the warning points at the caller's caller.

    Parameters
    ----------
    old, new : str
        The names, as the user writes them.
    """
    message = f"{old} is now {new}; the next release removes the old name."
    warnings.warn(message, FutureWarning, stacklevel=3)


def forwarding(module: str, addresses: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a module, which finds names that have moved.

    An address is a text, so that a room can name one above it without importing it.

    Parameters
    ----------
    module : str
        Its ``__name__``.
    addresses : dict of str to str
        From an old name to where it is now, such as ``"pellucid.courses.EXAMPLES"``.

    Returns
    -------
    callable
        For ``__getattr__ = forwarding(__name__, {...})``.

    Examples
    --------
    >>> import warnings
    >>> from pellucid.host.moved import forwarding
    >>> find = forwarding("shapes", {"tau": "math.tau"})
    >>> with warnings.catch_warnings(record=True) as heard:
    ...     warnings.simplefilter("always")
    ...     print(find("tau"), heard[0].message)
    6.283185307179586 shapes.tau is now math.tau; the next release removes the old name.
    """

    def find(name: str) -> Any:
        if name not in addresses:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        announce(f"{module}.{name}", addresses[name])
        return resolve_name(addresses[name])

    return find
