"""Names of columns and texts of categories in forms that the languages of exports accept."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pellucid.exceptions import ParameterError
from pellucid.exports.program import Program
from pellucid.host.escaping import visible

__all__ = ["check_texts", "field_names", "graph_names", "identifier"]

# Keywords and macros of C and C++, and those that GNU compilers predefine.
RESERVED = {
    "EOF", "INFINITY", "NAN", "NULL", "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand",
    "bitor", "bool", "break", "case", "catch", "char", "class", "compl", "concept", "const", "const_cast",
    "consteval", "constexpr", "constinit", "continue", "decltype", "default", "delete", "do", "double",
    "dynamic_cast", "else", "enum", "errno", "explicit", "export", "extern", "false", "float", "for",
    "friend", "goto", "i386", "if", "inline", "int", "linux", "long", "main", "mutable", "namespace", "new",
    "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq", "private", "protected", "public",
    "register", "reinterpret_cast", "requires", "restrict", "return", "short", "signed", "sizeof", "static",
    "static_assert", "static_cast", "stderr", "stdin", "stdout", "struct", "switch", "template", "this",
    "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "typeof", "union", "unix",
    "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
}  # fmt: skip
MACRO = re.compile(
    r"_|U?INT[0-9_]|U?INT(?:MAX|PTR)|(?:SIZE|PTRDIFF|SIG_ATOMIC|WCHAR|WINT|RAND)_|HUGE_|FP_|MATH_|M_|BUFSIZ|L_tmp"
)


def identifier(text: str) -> str:
    """Return a text as an identifier of C and C++ that none of their headers uses.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text with an underscore for every other character; keywords get the prefix ``c_``.
    """
    name = re.sub(r"[^0-9A-Za-z_]", "_", text)
    is_taken = not name or name[0].isdigit() or name in RESERVED or MACRO.match(name)
    return f"c_{name}" if is_taken else name


def field_names(names: Iterable[str]) -> list[str]:
    """Return a field of a C record for each column.

    Parameters
    ----------
    names : iterable of str
        The names of columns.

    Returns
    -------
    list of str
        Different identifiers, in the same order.
    """
    names = list(names)
    return _different(names, [identifier(name) for name in names], ())


def graph_names(names: Iterable[str], outputs: Iterable[str]) -> list[str]:
    """Return an input of an ONNX graph for each column; inputs and outputs of a graph share one namespace.

    Parameters
    ----------
    names : iterable of str
        The names of columns.
    outputs : iterable of str
        The names of the graph's outputs.

    Returns
    -------
    list of str
        The names in the same order, with an underscore appended to those that are taken.
    """
    names = list(names)
    return _different(names, [visible(name) or "column" for name in names], outputs)


def _different(names: list[str], wished: list[str], taken: Iterable[str]) -> list[str]:
    """Return the requested names, changed where they are taken; a column whose own name is possible keeps it."""
    used = set(taken)
    kept = {name for name, wish in zip(names, wished, strict=True) if name == wish} - used
    found = []
    for name, wish in zip(names, wished, strict=True):
        if name == wish and wish in kept:
            kept.discard(wish)
        else:
            while wish in used or wish in kept:
                wish += "_"
        used.add(wish)
        found.append(wish)
    return found


def check_texts(program: Program, language: str, *, without: str = "") -> None:
    """Refuse categories and classes that cannot be written as UTF-8.

    Parameters
    ----------
    program : Program
        A fitted model.
    language : str
        The kind of export, for the message.
    without : str, default=""
        A further forbidden character.

    Raises
    ------
    ParameterError
        If a text holds half of a surrogate pair, or that character.
    """
    texts = [(f"column {one.name!r}", text) for one in program.inputs for text in one.categories]
    texts += [("the classes", text) for text in program.classes if isinstance(text, str)]
    for place, text in texts:
        foreign = next((c for c in text if "\ud800" <= c <= "\udfff" or c in without), None)
        if foreign is not None:
            raise ParameterError(
                f"{language} cannot hold the text {text!r} of {place}, because of the character {foreign!r}. "
                "Clean the text and fit again, or export with to='python'."
            )
