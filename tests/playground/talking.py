"""A page without a browser: it sends commands and acknowledges frames, to a session or a socket."""

from typing import Any

from pellucid.playground.protocol import decode, encode
from pellucid.playground.session import Session


class Page:
    """Commands to a session, with everything that it answers."""

    def __init__(self, **options: Any) -> None:
        self.session = Session(**options)
        self.heard: list[dict[str, Any]] = []

    def send(self, kind: str, *, frames: int | None = None, **parts: Any) -> list[dict[str, Any]]:
        """Send a command; return what is answered until the session rests, or until so many frames came."""
        found = self._take(self.session.receive(decode(encode({"type": kind, **parts}))))
        while self.session.is_busy:
            found += self._take(self.session.work())
            if frames is not None and sum(message["type"] == "frame" for message in found) >= frames:
                break
        return found

    def _take(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = [decode(encode(message)) for message in messages]
        self.heard += found
        for message in messages:
            if "frame" in message:
                found += self._take(self.session.receive({"type": "ack", "frame": message["frame"]}))
        return [message for message in found if message["type"] != "progress"]

    def state(self, kind: str, **parts: Any) -> dict[str, Any]:
        """Send a command; return the one state that answers it."""
        states = [message for message in self.send(kind, **parts) if message["type"] == "state"]
        assert len(states) == 1, self.heard[-1]
        return states[0]

    def error(self, kind: str, **parts: Any) -> dict[str, Any]:
        """Send a command; return the error that answers it."""
        found = self.send(kind, **parts)
        assert [message["type"] for message in found] == ["error"], found
        return found[0]
