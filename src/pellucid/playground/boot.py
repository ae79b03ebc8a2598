"""The page with the data that it starts with: the same bytes through every door, but for these."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from pellucid.exceptions import PellucidError
from pellucid.playground.protocol import plain

__all__ = ["built_page", "page_with", "policy_of"]

BOOT = '<script type="application/json" id="boot">{}</script>'
CONNECT = "connect-src 'none'"
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


@lru_cache(maxsize=1)
def built_page() -> str:
    """Return the page as it was built, which is part of the library.

    Returns
    -------
    str
        HTML.
    """
    return files("pellucid.playground").joinpath("page.html").read_text(encoding="utf-8")


def page_with(boot: Mapping[str, Any], connect: str = "") -> str:
    """Return the page with the data that it starts with.

    Parameters
    ----------
    boot : dict
        ``setup``, ``step``, ``view``, and ``door``: the engine that it works with.
    connect : str, default=""
        The one address that the page may connect to; empty for none.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> from pellucid.playground.boot import page_with
    >>> "</script><b>" in page_with({"setup": {"data": {"name": "</script><b>"}}})
    False
    """
    page = built_page()
    if page.count(BOOT) != 1 or page.count(CONNECT) != 1:
        raise PellucidError("The page of this installation is not as it was built. Install pellucid again.")
    page = page.replace(BOOT, BOOT.replace("{}", in_script(boot)))
    return page.replace(CONNECT, f"connect-src {connect}") if connect else page


def policy_of(page: str) -> str:
    """Return the security policy that a page states, for the header that is sent with it.

    Parameters
    ----------
    page : str
        HTML, as of :func:`page_with`.

    Returns
    -------
    str
        The policy; it also forbids other pages to frame this one, which only a header can.
    """
    found = POLICY.search(page)
    if found is None:
        raise PellucidError("The page of this installation has no security policy. Install pellucid again.")
    return f"{found[1]}; frame-ancestors 'none'"


def in_script(value: Any) -> str:
    """Return data as JSON that cannot end the script element it stands in."""
    text = json.dumps(plain(value), allow_nan=False, separators=(",", ":"))  # ASCII
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
