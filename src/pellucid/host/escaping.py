r"""Text from outside on its way to a reader: one function per target makes it visible, and makes it do nothing.

Names of columns, classes, rows and files are data. What would steer a terminal (escape sequences), change the
order or hide parts of a line (bidirectional and invisible characters), or break the encoding (lone surrogates)
is written as Python writes it, such as ``\x1b`` or ``\u202e``. Each target adds what is special there.
"""

from __future__ import annotations

import html
import re
import shlex

__all__ = ["for_csv", "for_html", "for_json", "for_plot", "for_shell", "for_terminal", "for_tex", "visible"]

# Control characters, separators of lines, surrogates, noncharacters, and what Unicode's category Cf holds besides
# the Arabic signs that are seen: directions, joiners, invisible operators, language tags.
CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
INVISIBLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e007f"
)
JOINERS = "\u200c\u200d"  # between letters of Persian, Hindi, … and parts of an emoji they are spelling
SPELLING = rf"[^\x00-\x7f{CONTROLS}{INVISIBLE}{JOINERS}]"
HIDDEN = re.compile(rf"[{CONTROLS}{INVISIBLE}]|(?<!{SPELLING})[{JOINERS}]|[{JOINERS}](?!{SPELLING})")

TEX = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}  # fmt: skip
TEX_SPECIAL = re.compile(r"[\\~^<>|&%$#_{}]|(?<=[-'`,?!])[-'`,]")  # also what TeX would make one sign of
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def visible(text: str, *, lines: bool = False) -> str:
    r"""Return a text in which every character is seen and none acts.

    Parameters
    ----------
    text : str
        The text.
    lines : bool, default=False
        True to keep line ends: for sentences and pages, not for a name within them.

    Returns
    -------
    str
        The same if there is nothing hidden.

    Examples
    --------
    >>> print(visible("a\x1b[31mb\u202ec\n"))
    a\x1b[31mb\u202ec\n
    """

    def shown(found: re.Match[str]) -> str:
        character = found[0]
        return character if lines and character == "\n" else character.encode("unicode_escape").decode()

    return HIDDEN.sub(shown, text)


def for_terminal(text: str, *, lines: bool = False) -> str:
    """Return a text for a terminal; see :func:`visible`."""
    return visible(text, lines=lines)


def for_html(text: str) -> str:
    r"""Return a text for HTML, SVG and XML, between tags or in an attribute.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    str
        With character references; without characters that XML forbids.

    Examples
    --------
    >>> print(for_html('<b onclick="x">\x00'))
    &lt;b onclick=&quot;x&quot;&gt;\x00
    """
    return html.escape(visible(text, lines=True))


def for_tex(text: str) -> str:
    r"""Return a text for the text of LaTeX: none of its characters is a command, and none is lost in a ligature.

    Parameters
    ----------
    text : str
        The text. Letters beyond those that the document's engine and fonts know need LuaLaTeX or XeLaTeX.

    Returns
    -------
    str
        For LaTeX's own packages alone.

    Examples
    --------
    >>> print(for_tex(r"50% of x_{1} \input"))
    50\% of x\_\{1\} \textbackslash{}input
    """
    return TEX_SPECIAL.sub(lambda found: TEX.get(found[0], f"{{}}{found[0]}"), visible(text))


def for_plot(text: str, most: int = 60) -> str:
    r"""Return a text for matplotlib, which reads mathematics between dollar signs and makes room for all of it.

    Parameters
    ----------
    text : str
        The text.
    most : int, default=60
        Characters; of a longer text the beginning is drawn.

    Returns
    -------
    str
        Of which every dollar sign is one.

    Examples
    --------
    >>> print(for_plot("$5 to $10"))
    \$5 to \$10
    """
    shown = visible(text)
    return (shown if len(shown) <= most else f"{shown[: most - 1]}…").replace("$", r"\$")


def for_json(text: str) -> str:
    r"""Return JSON without hidden characters: those that JSON allows in its strings become ``\u202e``.

    Parameters
    ----------
    text : str
        JSON as ``json.dumps`` wrote it; it says the same afterwards.

    Returns
    -------
    str
        JSON.

    Examples
    --------
    >>> print(for_json('["\x7f\u202e"]'))
    ["\u007f\u202e"]
    """

    def shown(found: re.Match[str]) -> str:
        units = found[0].encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))

    return HIDDEN.sub(lambda found: found[0] if found[0] == "\n" else shown(found), text)


def for_csv(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: one like that gets an apostrophe before it.

    Parameters
    ----------
    text : str
        A cell that holds text, or the name of a column.

    Returns
    -------
    str
        The same if it does not begin like a formula.

    Examples
    --------
    >>> for_csv("=1+1"), for_csv("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def for_shell(word: str) -> str:
    r"""Return a word of a command that can be pasted into a POSIX shell: it is one word, and it is seen.

    Parameters
    ----------
    word : str
        The word.

    Returns
    -------
    str
        Quoted if it must be; with hidden characters as bash and zsh read them.

    Examples
    --------
    >>> print(for_shell("a; rm -rf b"), for_shell("x.csv"), for_shell("a\x1bb"))
    'a; rm -rf b' x.csv $'a\x1bb'
    """
    if not HIDDEN.search(word):
        return shlex.quote(word)

    def shown(found: re.Match[str]) -> str:
        code = ord(found[0])
        if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is not UTF-8
            return f"\\x{code - 0xDC00:02x}"
        return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    quoted = HIDDEN.sub(shown, word.replace("\\", "\\\\").replace("'", "\\'"))
    return f"$'{quoted}'"
