"""The page as a notebook widget: the same page in a shadow root, and a session behind its comm."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, cast

from pellucid.exceptions import PellucidError
from pellucid.playground.boot import page_with, program
from pellucid.playground.doors import beginning
from pellucid.playground.protocol import MOST_BYTES, decode, encode
from pellucid.playground.session import Session

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise ImportError('The widget needs anywidget: pip install "pellucid[notebook]"') from error

__all__ = ["PlaygroundWidget", "module", "widget"]

PIECE = 256 * 1024  # characters of a message, where a host drops or refuses larger ones
SCRIPTS = re.compile(r'<script(?: type="text/plain"[^>]*)?>.*?</script>', re.DOTALL)  # loader and program
STYLES = (  # what stands for the document and its width, in a shadow root
    (r"(?<![^{}])html\.lecture", ":host(.lecture)"),
    (r"(?<![^{}])html(?={)", ":host"),
    (r"(?<![^{}]):root", ":host"),
    (r"(?<![^{}])body(?={)", ".body"),
    (r"@media ?(?=\((?:max|min)-width)", "@container "),
)
OWN_STYLE = ".body{container-type:inline-size;text-align:left}"
MODULE = """\
const PARTS = {parts};
function start(pellucidDoor) {{
{script}
}}
export default {{
  render({{ model, el }}) {{
    const home = document.createElement("div");
    home.dataset.lmSuppressShortcuts = "true"; // keys are the page's here, not JupyterLab's
    el.append(home);
    const root = home.attachShadow({{ mode: "open" }});
    root.innerHTML = PARTS;
    start({{ root, model }});
  }},
}};
"""


def module(boot: Mapping[str, Any]) -> str:
    """Return the page as a module for anywidget: its markup, style and script, in a shadow root.

    The program is unpacked here: a notebook's own security policy need not admit what the page's loader does.

    Parameters
    ----------
    boot : dict
        The data that the page starts with.

    Returns
    -------
    str
        JavaScript. The script finds its place and its comm in ``pellucidDoor``.
    """
    page = page_with({**boot, "door": "notebook"})
    style = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    whole = re.search(r"<body[^>]*>(.*)</body>", page, re.DOTALL)
    assert whole is not None
    unpacked = program(page)
    for selector, inside in STYLES:
        style = re.sub(selector, inside, style)
    body = SCRIPTS.sub("", whole[1])
    examples = f'<script type="application/json" id="examples">{unpacked.examples}</script>'
    parts = json.dumps(f'<style>{style}{OWN_STYLE}</style><div class="body">{body}{examples}</div>')
    return MODULE.format(parts=parts, script=f"{unpacked.kernel}\n{unpacked.script}")


class PlaygroundWidget(anywidget.AnyWidget):
    """The page in a notebook, with the kernel behind it: JupyterLab, Notebook, marimo, VS Code, Colab.

    A session works while the page waits for its answer, never in the background: a cell that runs goes first.

    Parameters
    ----------
    boot : dict
        The data that the page starts with, as of :func:`pellucid.playground.doors.beginning`.
    """

    buffers = traitlets.Bool(default_value=True).tag(sync=True)

    def __init__(self, boot: Mapping[str, Any]) -> None:
        super().__init__(_esm=module(boot))
        self._session = Session()
        self._binary, self._n_sent, self._last = True, 0, b""
        self._pieces: dict[Any, list[str | None]] = {}
        self.on_msg(self._on_message)

    def _on_message(self, _: Any, content: Any, buffers: list[Any]) -> None:
        """Take what the page has sent: bytes, a piece of base64, or the news that our last message got lost."""
        kind = content.get("kind") if isinstance(content, Mapping) else None
        if kind == "bytes":
            data = bytes(buffers[0]) if buffers else b""
            if len(data) == content.get("length"):
                self._carry_out(data)
            else:
                self._binary = False
                self.send({"kind": "lost"})
        elif kind == "piece":
            self._binary = False
            whole = self._joined(content)
            if whole is not None:
                self._carry_out(whole)
        elif kind == "lost":
            self._binary = False
            self._transmit(self._last)

    def _carry_out(self, data: bytes) -> None:
        session = self._session
        try:
            messages = session.receive(decode(data), len(data))
        except PellucidError as error:
            messages = [{"type": "error", "code": "message", "message": str(error), "parameter": "message"}]
        while True:
            for message in messages:
                self._transmit(encode(message))
            if not session.is_busy or session.awaits_page:
                return
            messages = session.work()

    def _transmit(self, data: bytes) -> None:
        self._last = data
        if self._binary:
            self.send({"kind": "bytes", "length": len(data)}, [data])
            return
        self._n_sent += 1
        text = b64encode(data).decode()
        of = max(1, -(-len(text) // PIECE))
        for part in range(of):
            piece = text[part * PIECE : (part + 1) * PIECE]
            self.send({"kind": "piece", "id": self._n_sent, "part": part, "of": of, "base64": piece})

    def _joined(self, piece: Mapping[str, Any]) -> bytes | None:
        """Return a message once all of its pieces are there."""
        identity, part, of, text = (piece.get(name) for name in ("id", "part", "of", "base64"))
        if not (isinstance(part, int) and isinstance(of, int) and isinstance(identity, int | str)):
            return None
        if not (isinstance(text, str) and len(text) <= PIECE):
            return None
        if not 0 <= part < of <= 2 * MOST_BYTES // PIECE or len(self._pieces) > 8:
            self._pieces.clear()
            return None
        parts = self._pieces.setdefault(identity, cast("list[str | None]", [None] * of))
        if len(parts) != of:
            return None
        parts[part] = text
        if any(each is None for each in parts):
            return None
        del self._pieces[identity]
        try:
            return b64decode("".join(each or "" for each in parts))
        except ValueError:
            return b""  # which is not a message, and is answered so


def widget(
    data: Any = None,
    *,
    target: str | None = None,
    example: str | None = None,
    setup: Mapping[str, Any] | None = None,
) -> PlaygroundWidget:
    """Return the page as a widget for a notebook, with this kernel behind it.

    Parameters
    ----------
    data : str, Path or data frame, optional
        A table to open: a file, a set that comes with scikit-learn, or a data frame.
    target : str, optional
        The column to predict. Default: the one that the set names, else the last.
    example : str, optional
        A built-in example in place of data, such as ``"moons"`` or ``"digits"``.
    setup : dict, optional
        Parts of a setup other than data: network, loss, optimizer and so on.

    Returns
    -------
    PlaygroundWidget
        The widget; it shows itself as the last value of a cell.

    Raises
    ------
    ImportError
        Without the extra ``pellucid[notebook]``.

    Examples
    --------
    >>> from pellucid.playground import widget
    >>> widget(example="moons")  # doctest: +SKIP
    """
    return PlaygroundWidget(beginning(data, target=target, example=example, setup=setup))
