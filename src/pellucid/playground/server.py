"""The local server: the page and its one socket, on the loopback interface."""

from __future__ import annotations

import logging
import secrets
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from time import monotonic
from types import TracebackType
from typing import Any, Self

from pellucid.exceptions import PellucidError
from pellucid.playground.boot import page_with, policy_of
from pellucid.playground.doors import beginning
from pellucid.playground.gate import SOCKET, Gate, Refusal
from pellucid.playground.protocol import MOST_BYTES, VERSION, decode, encode
from pellucid.playground.session import Session

try:
    from websockets.datastructures import Headers
    from websockets.exceptions import ConnectionClosed
    from websockets.http11 import Request, Response
    from websockets.protocol import State
    from websockets.sync.server import Server, ServerConnection, serve
except ImportError as error:
    raise ImportError(
        'The playground needs websockets: pip install "pellucid[playground]". A page saved with '
        "pellucid.playground.save_page needs nothing."
    ) from error

__all__ = ["IDLE_SECONDS", "PageServer", "open_page"]

ADDRESS = "127.0.0.1"
MOST_CONNECTIONS, MOST_SOCKETS = 4, 32  # that talk, and that are open
HELLO_SECONDS, IDLE_SECONDS = 5.0, 30 * 60.0
CLOSING_SECONDS = 2.0  # for a page that is told to go
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class PageServer:
    """Server of one page, for the browsers of this computer; each of its tabs trains a network of its own.

    Parameters
    ----------
    boot : dict, default={}
        The data that the page starts with: ``setup``, ``step``, ``view``.
    port : int, default=0
        The port; 0 takes a free one at random.
    idle_seconds : float, default=1800
        The server stops when no page has sent anything for this long.

    Attributes
    ----------
    port : int
        The port.
    url : str
        The address of the page, with the token that admits it. Whoever knows it can train here.

    Raises
    ------
    ImportError
        Without the extra ``pellucid[playground]``.
    OSError
        If the port is taken.

    Examples
    --------
    >>> from pellucid.playground.server import PageServer
    >>> with PageServer({"setup": {"data": {"name": "xor"}}}) as server:
    ...     server.url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(
        self, boot: Mapping[str, Any] | None = None, port: int = 0, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._boot = dict(boot or {})
        encode({"boot": self._boot})  # what cannot be sent is refused now
        logger = logging.Logger("pellucid.playground", logging.CRITICAL + 1)  # not one of the process
        self._open: set[ServerConnection] = set()
        self._talking, self._lock = 0, threading.Lock()
        self._heard, self._idle_seconds, self._stopped = monotonic(), idle_seconds, threading.Event()
        self._server: Server = serve(
            self._talk, ADDRESS, port, process_request=self._answer, server_header=None, compression=None,
            open_timeout=HELLO_SECONDS, close_timeout=CLOSING_SECONDS, max_size=MOST_BYTES, max_queue=4,
            logger=logger, create_connection=_limited(self._open, self._lock),
        )  # fmt: skip
        self.port = int(self._server.socket.getsockname()[1])
        self._token = secrets.token_urlsafe(32)
        self._gate = Gate(self.port, self._token)
        self.url = f"http://{ADDRESS}:{self.port}/#token={self._token}"
        self._threads = [
            threading.Thread(target=self._server.serve_forever, name="pellucid playground", daemon=True),
            threading.Thread(target=self._watch, name="pellucid playground, idle", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"PageServer at http://{ADDRESS}:{self.port}/{', stopped' * self._stopped.is_set()}"

    def browse(self) -> None:
        """Open the page in a browser; the address that it is started with admits once."""
        webbrowser.open(f"http://{ADDRESS}:{self.port}/#token={self._gate.ticket()}")

    def wait(self) -> None:
        """Serve until Ctrl-C, SIGTERM, or until no page has sent anything for a long time; then stop."""
        with _terminable():
            with suppress(KeyboardInterrupt):
                while not self._stopped.wait(0.5):
                    pass
            self.close()

    def close(self) -> None:
        """Stop serving: close every socket, and wait for every thread."""
        self._stopped.set()
        self._cut(lambda connection: connection.protocol.state is State.CONNECTING)  # the rest may never come
        late = threading.Timer(CLOSING_SECONDS, self._cut)  # who does not read keeps an answer on its way
        late.daemon = True
        late.start()
        try:
            self._server.shutdown()
            for thread in self._threads:
                if thread is not threading.current_thread():
                    thread.join()
        finally:
            late.cancel()

    def _cut(self, wanted: Callable[[ServerConnection], bool] = lambda connection: True) -> None:
        """Cut sockets off."""
        with self._lock:
            cut = [each for each in self._open if wanted(each)]
        for connection in cut:
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)

    # ---- requests -----------------------------------------------------------------------------------------

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        headers = {name: request.headers.get_all(name) for name in ("Host", "Origin")}
        refusal = self._gate.refuses(request.method, request.path, headers)
        if refusal is None and request.path == SOCKET:
            if self._talking < MOST_CONNECTIONS:
                return None
            refusal = Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{MOST_CONNECTIONS} pages are open, and that is the limit. Close one of them.",
            )
        if refusal is not None:
            return _response(refusal.status, "text/plain", refusal.reason + "\n")
        self._heard = monotonic()
        page = page_with({"door": "server"}, f"ws://{headers['Host'][0]}{SOCKET}")
        return _response(HTTPStatus.OK, "text/html", page, {"Content-Security-Policy": policy_of(page)})

    # ---- sockets ------------------------------------------------------------------------------------------

    def _talk(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            try:
                first = connection.recv(timeout=HELLO_SECONDS)
            except TimeoutError:
                first = ""
            if self._talking >= MOST_CONNECTIONS:  # before a ticket is spent
                connection.close(1013, "Too many pages are open.")
            elif not self._gate.admits(first):
                connection.close(1008, "Open the address that pellucid playground printed.")
            elif self._counted():
                try:
                    self._converse(connection)
                finally:
                    with self._lock:
                        self._talking -= 1

    def _counted(self) -> bool:
        with self._lock:
            is_free = self._talking < MOST_CONNECTIONS
            self._talking += is_free
        return is_free

    def _converse(self, connection: ServerConnection) -> None:
        session = Session()
        welcome = session.receive({"type": "hello", "version": VERSION})[0]
        messages = [{**welcome, "boot": self._boot, "token": self._token}]
        while not self._stopped.is_set():
            for message in messages:
                connection.send(encode(message))
            try:
                data = connection.recv(timeout=0.0 if session.is_busy else None)
            except TimeoutError:
                messages = session.work()
                continue
            self._heard = monotonic()
            try:
                messages = session.receive(decode(data if isinstance(data, bytes) else b""), len(data))
            except PellucidError as error:
                messages = [
                    {"type": "error", "code": "message", "message": str(error), "parameter": "message"}
                ]

    def _watch(self) -> None:
        while not self._stopped.wait(min(1.0, self._idle_seconds / 4.0)):
            if monotonic() - self._heard > self._idle_seconds:
                self.close()


def open_page(
    data: Any = None,
    *,
    target: str | None = None,
    example: str | None = None,
    setup: Mapping[str, Any] | None = None,
    port: int = 0,
    browser: bool = True,
) -> PageServer:
    """Open the page in a browser, with Python behind it; the network trains here, in float64.

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
    port : int, default=0
        The port on the loopback interface; 0 takes a free one at random.
    browser : bool, default=True
        False to open no browser; the address is in ``url``.

    Returns
    -------
    PageServer
        The server, at work in the background: ``close()`` stops it, ``wait()`` serves until it is stopped.

    Raises
    ------
    ParameterError, DataError
        If an option or the data is not accepted.
    ImportError
        Without the extra ``pellucid[playground]``.

    Examples
    --------
    >>> from pellucid.playground import open_page
    >>> with open_page(example="circles", browser=False) as server:
    ...     server.url.startswith("http://127.0.0.1:")
    True
    """
    server = PageServer(beginning(data, target=target, example=example, setup=setup), port=port)
    if browser:
        server.browse()
    return server


def _limited(opened: set[ServerConnection], lock: threading.Lock) -> type[ServerConnection]:
    """Return a kind of connection that stands in a set while its socket is open, and of which there are few."""

    class Limited(ServerConnection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            with lock:
                if len(opened) >= MOST_SOCKETS:
                    raise ConnectionRefusedError
                opened.add(self)
            super().__init__(*arguments, **options)

        def recv_events(self) -> None:
            try:
                super().recv_events()
            finally:
                with lock:
                    opened.discard(self)

    return Limited


def _response(status: HTTPStatus, kind: str, text: str, more: Mapping[str, str] | None = None) -> Response:
    body = text.encode()
    headers = Headers(
        {
            **HEADERS, "Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body)),
            "Connection": "close", **(more or {}),
        }
    )  # fmt: skip
    return Response(status.value, status.phrase, headers, body)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the program as Ctrl-C does, where signals can be handled."""

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
