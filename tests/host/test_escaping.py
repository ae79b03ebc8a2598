"""Text from outside is seen at its target and does nothing there, and harmless text is as it was."""

import csv
import html
import io
import json
import re
import shlex
import shutil
import subprocess
import unicodedata
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pellucid.host.escaping import for_csv, for_html, for_json, for_plot, for_shell, for_terminal, for_tex

# Text with what matters more often than chance would have it.
SPECIAL = (
    "\x00\x07\x08\t\n\r\x1b\x7f\x85\x9b\xad\u200b\u200c\u200d\u200e\u202e\u2066\u2028\ufeff\ufffe\ud800\udcff"
)
SPECIAL += "\ufdd0\U000e0041\\$%&#_{}^~<>\"'`=+-@[]/;|é中δ👩"
texts = st.text(st.one_of(st.sampled_from(SPECIAL), st.characters(categories=None)), max_size=30)
HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
SEEN = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")  # Arabic and Syriac signs


def hidden(text: str) -> set[str]:
    """Return the characters that nobody sees or that act; joiners between letters are spelling."""
    bare = re.sub(r"(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])", "", text)
    return {c for c in bare if unicodedata.category(c) in HIDDEN_CATEGORIES} - SEEN


@given(texts)
def test_a_terminal_gets_nothing_that_acts(text: str) -> None:
    """Nothing hidden is left, it is one line that UTF-8 can hold, and doing it twice changes nothing more."""
    shown = for_terminal(text)

    assert not hidden(shown)
    assert "\n" not in shown
    shown.encode()
    assert for_terminal(shown) == shown
    assert for_terminal(text, lines=True).replace("\n", "\\n") == shown


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), max_size=30))
def test_what_is_seen_stays(text: str) -> None:
    """Letters, digits, signs and spaces of any script are as they were."""
    fillers = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # which are letters in name only
    text = text.translate({ord(c): None for c in fillers})
    assert for_terminal(text) == text


@pytest.mark.parametrize("word", ["می‌خواهم", "क्‍ष", "👩‍🚀", "❤️‍🔥"])
def test_joiners_that_spell_a_word_stay(word: str) -> None:
    """Persian, Hindi and emoji are written with joiners; alone or between Latin letters they hide something."""
    assert for_terminal(word) == word
    assert for_terminal("pay\u200dpal\u200c") == r"pay\u200dpal\u200c"


@given(texts)
def test_html_gives_back_the_visible_text(text: str) -> None:
    """In an element and in an attribute of XML there stands what a terminal would show."""
    escaped = for_html(text)
    parsed = fromstring(f'<p title="{escaped}">{escaped}</p>')

    assert (parsed.text or "") == for_terminal(text, lines=True)
    assert html.unescape(escaped) == for_terminal(text, lines=True)
    assert not set("<>\"'") & set(escaped)


@given(texts)
@example("^^5cinput")
@example("--``''")
def test_tex_has_no_command_but_ours(text: str) -> None:
    """Taking away the replacements leaves no active character, braces are balanced, and the text comes back."""
    escaped = for_tex(text)
    words = {"textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^"}
    words |= {"textless": "<", "textgreater": ">", "textbar": "|"}
    tokens = re.findall(r"\\([a-z]+)\{\}|\\([&%$#_{}])|(\{\})|([^\\])", escaped)
    back = "".join(words[word] if word else sign or other for word, sign, _, other in tokens)

    assert back == for_terminal(text)
    assert not set("\\&%$#_{}^~") & {other for *_, other in tokens}
    assert not re.search(r"--|``|''|,,|[?!]`", escaped)


@given(texts)
def test_a_plot_has_no_mathematics(text: str) -> None:
    """Matplotlib finds no formula, and draws the text as it is seen."""
    pytest.importorskip("matplotlib")
    from matplotlib.text import Text

    drawn, is_mathematics = Text()._preprocess_math(for_plot(text, 20))
    shown = for_terminal(text)
    assert not is_mathematics
    assert drawn == (shown if len(shown) <= 20 else f"{shown[:19]}…")


@given(
    st.recursive(texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
)
def test_json_says_the_same_with_nothing_hidden(value: object) -> None:
    """It reads back as it was, lone surrogates included, and UTF-8 can hold it."""
    written = for_json(json.dumps(value, ensure_ascii=False, indent=1))

    assert json.loads(written) == value
    assert not hidden(written) - {"\n"}
    written.encode()


@given(texts)
def test_no_cell_is_a_formula(text: str) -> None:
    """No cell begins as a formula does; others are as they were, and none becomes another's."""
    quoted = for_csv(text)
    buffer = io.StringIO()
    csv.writer(buffer).writerow([quoted])

    assert not re.match(r" *[=+\-@\t\r\n＝＋－＠]", quoted)
    assert quoted in (text, f"'{text}")


@given(texts.filter(lambda text: not hidden(text)))
def test_a_shell_reads_one_word(text: str) -> None:
    """A POSIX shell reads back the word."""
    assert shlex.split(for_shell(text)) == [text]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_reads_back_words_with_hidden_characters() -> None:
    """A file name with control characters can be pasted: it is seen, and bash makes the same name of it."""
    words = [
        "a\x1b[2Jb",
        "it's\\\x07",
        "\u202etxt.exe",
        "new\nline",
        "\x9b",
        "byte\udcff",
        "\U000e0041",
        "$(ls)\x01`",
    ]
    quoted = [for_shell(word) for word in words]
    ran = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {' '.join(quoted)}"], capture_output=True, check=True,
        env={"LC_ALL": "C.UTF-8"},
    )  # fmt: skip

    assert [word.decode("utf-8", "surrogateescape") for word in ran.stdout.split(b"\0")[:-1]] == words
    assert not hidden("".join(quoted))
