"""Places where ranks meet: addresses of machines, and what makes them useless."""

from __future__ import annotations

import errno
import os
import socket

from pellucid.exceptions import ParameterError

__all__ = ["check_name", "check_port", "free_port", "host_and_port"]


def free_port() -> int:
    """Return a port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def host_and_port(address: str) -> tuple[str, int]:
    """Return the parts of an address.

    Parameters
    ----------
    address : str
        ``"HOST:PORT"``.

    Raises
    ------
    ParameterError
        If it is none, or the host is not known.
    """
    host, _, port = str(address).rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ParameterError(f"'coordinator' must be the address of rank 0, as HOST:PORT; got {address!r}.")
    try:
        socket.getaddrinfo(host, int(port))
    except OSError as error:
        raise ParameterError(
            f"'coordinator' must name a host that is known here; got {address!r}: {error}."
        ) from None
    return host, int(port)


def check_port(address: str) -> None:
    """Check that rank 0 can wait at a port of this machine.

    Parameters
    ----------
    address : str
        ``"HOST:PORT"``.

    Raises
    ------
    ParameterError
        If the port is in use.
    """
    port = host_and_port(address)[1]
    with socket.socket() as probe:
        if os.name == "posix":  # connections that have ended do not count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError as error:
            reason = "in use" if error.errno == errno.EADDRINUSE else str(error)
            raise ParameterError(
                f"'coordinator' must name a free port of rank 0; port {port} is {reason}. Choose another, or end "
                "the program that holds it."
            ) from None


def check_name(address: str) -> None:
    """Check that other machines can reach this one by what its name stands for: gloo tells them so.

    Parameters
    ----------
    address : str
        The address at which rank 0 waits, ``"HOST:PORT"``.

    Raises
    ------
    ParameterError
        If the name stands for the machine itself, and rank 0 is elsewhere.
    """
    host, port = host_and_port(address)
    name = socket.gethostname()
    try:
        own = socket.gethostbyname(name)
    except OSError:
        own = ""
    if own and not own.startswith("127."):
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, port))  # sends nothing
            seen = str(probe.getsockname()[0])
        except OSError:
            return
    if seen.startswith("127."):  # all ranks are on this machine
        return
    what = f"the address {own}, which other machines cannot reach" if own else "no address"
    raise ParameterError(
        f"The name of this machine, {name!r}, stands for {what}. Ranks find each other by their names: put the "
        f"line '{seen} {name}' before others with this name in /etc/hosts."
    )
