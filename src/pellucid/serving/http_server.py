"""HTTP server: a socket on this machine, and a shutdown that completes the answers in progress."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from pellucid.exceptions import ParameterError
from pellucid.serving.application import Limits, application

__all__ = ["LOOPBACK", "serve"]

LOOPBACK = ("127.0.0.1", "::1", "localhost")
BUSY = 100  # connections at once; more get 503


def serve(
    model: Any,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    limits: Limits | None = None,
    patience: float = 10.0,
    started: Callable[[str], None] | None = None,
) -> None:
    """Serve a model over HTTP until SIGTERM or Ctrl-C; requests in progress are answered first.

    Requests are not logged.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor, Perceptron, TabularClassifier or TabularRegressor
        A fitted estimator.
    host : str, default="127.0.0.1"
        The address to listen on. There is neither encryption nor a login: to serve other machines, put it behind
        a proxy that has both.
    port : int, default=8000
        The port; 0 for any free port.
    limits : Limits, optional
        Limits of requests.
    patience : float, default=10.0
        Seconds that requests in progress are given at shutdown.
    started : callable, optional
        Called with the address as soon as requests are accepted.

    Raises
    ------
    ParameterError
        If Starlette and uvicorn are not installed.
    OSError
        If the port is taken.

    Examples
    --------
    >>> from pellucid import load
    >>> from pellucid.serving import serve
    >>> serve(load("houses-model.safetensors"), port=8000)  # doctest: +SKIP
    """
    try:
        import uvicorn
        from uvicorn.protocols.http.auto import AutoHTTPProtocol
    except ImportError as error:
        raise ParameterError(
            "A service needs Starlette and uvicorn: pip install 'pellucid[serve]'."
        ) from error

    if limits is None:
        limits = Limits() if host in LOOPBACK else Limits(hosts=("*",))
    listening = _listening(host, port)
    config = uvicorn.Config(
        application(model, limits=limits),
        access_log=False,
        log_config=None,
        log_level="critical",
        lifespan="off",
        limit_concurrency=BUSY,
        timeout_graceful_shutdown=int(patience),
        server_header=False,
        ws="none",
        http=_impatient(AutoHTTPProtocol, limits.seconds),
    )
    server = uvicorn.Server(config)
    server.capture_signals = lambda: _stopping(server)  # type: ignore[method-assign]
    try:
        if started is not None:
            name = f"[{host}]" if ":" in host else host
            started(f"http://{name}:{listening.getsockname()[1]}")
        server.run(sockets=[listening])
    finally:
        listening.close()


def _impatient(protocol: Any, seconds: float) -> Any:
    """Return a protocol that ends a connection if the head of a request does not arrive in time.

    Otherwise a hundred clients that never finish their first line would lock everybody else out.
    """

    class Impatient(protocol):  # type: ignore[misc]
        timer: Any = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.look()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self.look()

        def connection_lost(self, error: Exception | None) -> None:
            super().connection_lost(error)
            self.rest()

        def look(self) -> None:
            if self.cycle is not None and not self.cycle.response_complete:
                self.rest()
            elif self.timer is None:
                self.timer = self.loop.call_later(seconds, self.transport.abort)

        def rest(self) -> None:
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None

    return Impatient


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(
        family, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )  # asyncio sends at once by that number only
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(BUSY)  # so that a client that is told the address can connect at once
    except OSError as error:
        made.close()
        error.filename = f"{host}:{port}"
        raise
    return made


@contextlib.contextmanager
def _stopping(server: Any) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the server, a second one immediately; restore the handlers afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
