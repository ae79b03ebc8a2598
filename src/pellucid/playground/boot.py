"""The page with the data that it starts with: the same bytes through every door, but for these."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from pellucid.exceptions import PellucidError
from pellucid.playground.protocol import plain

__all__ = ["Program", "built_page", "page_with", "policy_of", "program"]

BOOT = '<script type="application/json" id="boot">{}</script>'
CONNECT = "connect-src 'none'"
POLICY = '<meta http-equiv="Content-Security-Policy" content="'
PACKED = re.compile(r'<script type="text/plain" id="packed">([^<]*)</script>')
DAMAGED = "It is not as it was built; install pellucid again."


@lru_cache(maxsize=1)
def built_page() -> str:
    """Return the page as it was built, which is part of the library.

    Returns
    -------
    str
        HTML.
    """
    return files("pellucid.playground").joinpath("page.html").read_text(encoding="utf-8")


class Program(NamedTuple):
    """Program of the page, as its loader unpacks it."""

    examples: str  #: JSON
    kernel: str  #: JavaScript: the engine, for the page and for its worker
    script: str  #: JavaScript: the page


def program(page: str | None = None) -> Program:
    """Return the program of the page, unpacked.

    Parameters
    ----------
    page : str, optional
        HTML, as of :func:`page_with`. Default: the page as it was built.

    Returns
    -------
    Program
        Examples, kernel and script: named, and in this order.

    Examples
    --------
    >>> from pellucid.playground.boot import program
    >>> "pellucidKernel" in program().kernel
    True
    """
    found = PACKED.findall(built_page() if page is None else page)
    try:
        (packed,) = found
        return Program(*zlib.decompress(b64decode(packed, validate=True)).decode().split("\0"))
    except (ValueError, TypeError, zlib.error) as error:
        raise PellucidError(f"The page's program cannot be unpacked. {DAMAGED}") from error


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
    head, policy, rest = _parted(built_page())
    if rest.count(BOOT) != 1 or CONNECT not in policy:
        raise PellucidError(f"The page has no place for what it starts with. {DAMAGED}")
    if connect:
        policy = policy.replace(CONNECT, f"connect-src {connect}")
    return head + policy + rest.replace(BOOT, BOOT.replace("{}", in_script(boot)))


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
    return f"{_parted(page)[1]}; frame-ancestors 'none'"


def in_script(value: Any) -> str:
    """Return data as JSON that cannot end the script element it stands in."""
    text = json.dumps(plain(value), allow_nan=False, separators=(",", ":"))  # ASCII
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _parted(page: str) -> tuple[str, str, str]:
    """Return what stands before the page's policy, the policy, and what stands after it."""
    before, meta, rest = page.partition(POLICY)
    policy, quote, after = rest.partition('"')
    if not meta or not quote:
        raise PellucidError(f"The page has no security policy. {DAMAGED}")
    return before + meta, policy, quote + after
