"""Numbers as people write them: decimal commas, thousands, currencies, percent, negatives in parentheses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import inf, nan
from unicodedata import decimal

__all__ = ["DECIMALS", "PERCENT", "as_ascii", "number", "unit_of"]

DECIMALS = (".", ",")
PERCENT = "%"
PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
INFINITE = re.compile(r"([+-]?)inf(?:inity)?", re.IGNORECASE)
LONGEST = 2**63  # a longer whole number in text is an identifier; 64 bits hold the others
LONGEST_DIGITS = 100  # that Python reads as a whole number without a limit

CODES = (
    "USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|KRW|TRY|RUB|SGD|HKD|ILS|THB"
)
UNIT = rf"(?:US\$|A\$|C\$|R\$|[$€£¥₹₽₩₺₪฿₫₴]|{CODES}|kr|zł|{PERCENT})"
WRITTEN = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[+-])?\s*(?P<before>{UNIT})?\s*(?P<inner>[+-])?\s*"
    rf"(?P<body>[\d.,][\d., '’_]*(?:[eE][+-]?\d+)?)\s*(?P<after>{UNIT})?\s*(?P<trailing>-)?(?P<close>\))?",
    re.ASCII | re.IGNORECASE,
)
# Integer parts: digits alone, or groups of three (in India, of two before the last three).
BODIES = {
    mark: re.compile(
        rf"(?P<whole>\d*|[1-9]\d{{0,2}}(?:(?P<group>[{group} '’_])\d{{3}})(?:(?P=group)\d{{3}})*"
        + (r"|[1-9]\d?(?:,\d{2})*,\d{3}" if mark == "." else "")
        + rf")(?:{re.escape(mark)}(?P<fraction>\d*))?(?P<power>[eE][+-]?\d+)?",
        re.ASCII,
    )
    for mark, group in ((".", ","), (",", "."))
}
# Signs, spaces and digits that other keyboards have.
FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
MINUS = dict.fromkeys(map(ord, "\u2212\u2010\u2011\u2012\u2013\ufe63"), "-")
SPACES = dict.fromkeys([0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
NOTHING: dict[int, str] = dict.fromkeys([0xFEFF, 0x200E, 0x200F], "")  # marks of byte order and direction
OTHERS = {0xFFE5: "¥", 0xFFE1: "£", 0x2019: "'", 0x66B: ".", 0x66C: ","}
SAME = FULL_WIDTH | MINUS | SPACES | NOTHING | OTHERS


def as_ascii(text: str) -> str:
    """Return a text without spaces around it, and with plain digits, signs and spaces."""
    if not text.isascii():
        text = "".join(str(decimal(mark, mark)) for mark in text.translate(SAME))
    return text.strip()


def number(text: str, mark: str = ".", unit: str = "") -> float:
    """Return the number in a text, NaN if it is not a number.

    Parameters
    ----------
    text : str
        Without spaces around it and with plain digits, as :func:`as_ascii` returns it.
    mark : {".", ","}, default="."
        The decimal mark. The other one may group thousands, as spaces and apostrophes may.
    unit : str, default=""
        ``"%"``, which every cell must have, or a currency, which it may have.

    Returns
    -------
    float
        ``45 %`` is 0.45.
    """
    if mark == "." and unit != PERCENT and PLAIN.fullmatch(text):
        return nan if _is_long(text) else float(text)
    if sign := INFINITE.fullmatch(text):
        return -inf if sign[1] == "-" else inf
    found = WRITTEN.fullmatch(text)
    if found is None or _unit(found) not in (("%",) if unit == PERCENT else ("", unit)):
        return nan
    if bool(found["open"]) != bool(found["close"]):
        return nan
    body = BODIES[mark].fullmatch(found["body"].strip())
    if body is None or not (body["whole"] or body["fraction"]):
        return nan
    whole = re.sub(r"\D", "", body["whole"])
    minus = [found["open"], *(found[name] == "-" for name in ("sign", "inner", "trailing"))]
    if sum(map(bool, minus)) > 1 or _is_long(whole):
        return nan
    value = float(f"{whole or 0}.{body['fraction'] or 0}{body['power'] or ''}")
    value = value / 100.0 if unit == PERCENT else value
    return -value if any(minus) else value


def unit_of(texts: Iterable[str]) -> str | None:
    """Return the percent sign or currency of numbers, empty if there is none, None if there are several."""
    units = {_unit(found) for found in map(WRITTEN.fullmatch, texts) if found}
    if PERCENT in units:
        return PERCENT if len(units) == 1 else None
    units -= {""}
    return units.pop() if len(units) == 1 else None if units else ""


def _unit(found: re.Match[str]) -> str | None:
    before, after = ((found[side] or "").upper() for side in ("before", "after"))
    return None if before and after else before or after


def _is_long(text: str) -> bool:
    digits = text.lstrip("+-").lstrip("0")
    return len(digits) > 18 and digits.isdigit() and (len(digits) > LONGEST_DIGITS or int(digits) >= LONGEST)
