"""The one gate before everything that the server does: who asks, from where, for what."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from typing import Any

from pellucid.exceptions import PellucidError
from pellucid.playground.protocol import VERSION, decode

__all__ = ["SOCKET", "Gate", "Refusal"]

PAGE, SOCKET = "/", "/socket"
LONGEST_HELLO = 1000  # bytes, from whoever it is
TICKET_SECONDS = 120.0


@dataclass(frozen=True)
class Refusal:
    """Answer to a request that does not pass.

    Parameters
    ----------
    status : HTTPStatus
        The status.
    reason : str
        Why, in a sentence.
    """

    status: HTTPStatus
    reason: str


class Gate:
    """Checks of a request, all of them before anything else looks at it.

    A page elsewhere can make a browser send requests here, and can give the name of its own host this address (DNS
    rebinding). So the host must be one of ours by name, and a socket must state an origin that is this page's.

    Parameters
    ----------
    port : int
        The port that the server listens on.
    token : str
        The secret that the first message of a socket must bring.

    Examples
    --------
    >>> from pellucid.playground.gate import Gate
    >>> gate = Gate(port=8080, token="secret")
    >>> gate.refuses("GET", "/", {"Host": ["127.0.0.1:8080"]}) is None
    True
    >>> gate.refuses("GET", "/socket", {"Host": ["127.0.0.1:8080"]}).reason
    'A socket must state the origin of its page.'
    """

    def __init__(self, port: int, token: str) -> None:
        self.hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self._token = token.encode()
        self._tickets: dict[bytes, float] = {}

    def ticket(self) -> str:
        """Return a secret that admits once, within two minutes.

        A browser is started with an address among its arguments, and every user of the computer can read those.

        Returns
        -------
        str
            It stands for the token in the first message of a socket.
        """
        made = secrets.token_urlsafe(32)
        self._tickets[made.encode()] = monotonic() + TICKET_SECONDS
        return made

    def refuses(self, method: str, path: str, headers: Mapping[str, list[str]]) -> Refusal | None:
        """Return why a request does not pass, or None if it does.

        Parameters
        ----------
        method, path : str
            Of the request line.
        headers : dict of str to list of str
            The values of ``Host`` and ``Origin``, every time they stand in the request.

        Returns
        -------
        Refusal or None
            The answer.
        """
        if method != "GET":
            return Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET is answered here.")
        host, origin = headers.get("Host", []), headers.get("Origin", [])
        if len(host) != 1 or host[0] not in self.hosts:
            return Refusal(HTTPStatus.MISDIRECTED_REQUEST, "This server answers to its own address only.")
        if origin and origin != [f"http://{host[0]}"]:
            return Refusal(HTTPStatus.FORBIDDEN, "Another page has no access.")
        if path not in (PAGE, SOCKET):
            return Refusal(HTTPStatus.NOT_FOUND, "There is nothing here.")
        if path == SOCKET and not origin:
            return Refusal(HTTPStatus.FORBIDDEN, "A socket must state the origin of its page.")
        return None

    def admits(self, first: Any) -> bool:
        """Return whether the first message of a socket brings the token.

        Parameters
        ----------
        first : bytes or str
            The message.

        Returns
        -------
        bool
            True if it is a ``hello`` with the token, or with a ticket, which is then spent.
        """
        if not isinstance(first, bytes) or len(first) > LONGEST_HELLO:
            return False
        try:
            message = decode(first)
        except PellucidError:
            return False
        token = message.get("token")
        if message.get("type") != "hello" or message.get("version") != VERSION or not isinstance(token, str):
            return False
        given = token.encode("utf-8", "surrogatepass")
        if hmac.compare_digest(given, self._token):
            return True
        spent = [self._tickets.pop(t, 0.0) for t in tuple(self._tickets) if hmac.compare_digest(given, t)]
        return any(monotonic() < ends for ends in spent)
