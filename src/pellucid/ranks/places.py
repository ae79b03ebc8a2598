"""Places of ranks: the addresses at which they meet, the checks of these, and a machine's processors."""

from __future__ import annotations

import errno
import os
import re
import socket

from pellucid.exceptions import ParameterError

__all__ = ["check_form", "check_name", "check_port", "free_port", "host_and_port", "processors", "share_of"]

ADDRESS = re.compile(r"(?:\[([0-9a-fA-F:.%\w]+)\]|([^\s:\[\]]+)):([0-9]{1,5})")


def processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_of(place: int, n: int) -> tuple[int, ...]:
    """Return the processors for one of n processes that wait for each other.

    Without pinning, a scheduler moves processes that wake each other to one processor, where they take turns.

    Parameters
    ----------
    place : int
        The place among the processes, from 0.
    n : int
        The processes of this machine.

    Returns
    -------
    tuple of int
        Its processors, among those that this process may use; empty if that cannot be set, or there are fewer
        processors than processes.

    Examples
    --------
    >>> share_of(0, 10**6)
    ()
    """
    mine = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    size = len(mine) // n
    return tuple(mine[place * size : (place + 1) * size])


def free_port() -> int:
    """Return an unused port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_form(address: str) -> tuple[str, int]:
    """Return the parts of an address without resolving its host.

    Parameters
    ----------
    address : str
        As for :func:`host_and_port`.

    Raises
    ------
    ParameterError
        If it is not an address.
    """
    found = ADDRESS.fullmatch(address) if isinstance(address, str) else None
    if not found or not 0 < int(found[3]) < 65536:
        raise ParameterError(
            "'coordinator' must be the address of rank 0, as HOST:PORT with a port from 1 to 65535, such as "
            f"'node0:4711' or '[fd00::1]:4711'; got {address!r}."
        )
    return found[1] or found[2], int(found[3])


def host_and_port(address: str) -> tuple[str, int]:
    """Return the parts of an address.

    Parameters
    ----------
    address : str
        ``"HOST:PORT"``; an IPv6 address is in brackets.

    Raises
    ------
    ParameterError
        If it is not an address, or the host cannot be resolved.
    """
    host, port = check_form(address)
    try:
        socket.getaddrinfo(host, port)
    except OSError as error:
        raise ParameterError(
            f"'coordinator' must name a host that this machine can resolve; got {address!r}: {error}."
        ) from None
    return host, port


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
            held = error.errno == errno.EADDRINUSE
            reason = "is in use" if held else f"cannot be opened: {error.strerror or error}"
            remedy = "Choose another, or end the program that uses it" if held else "Choose one above 1023"
            raise ParameterError(
                f"'coordinator' must name a free port of rank 0; port {port} {reason}. {remedy}."
            ) from None


def check_name(address: str) -> None:
    """Check that other machines can reach this one at the address of its name, which gloo sends to them.

    Parameters
    ----------
    address : str
        The address at which rank 0 waits, ``"HOST:PORT"``.

    Raises
    ------
    ParameterError
        If the name resolves to a loopback address, and rank 0 is on another machine.
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
        f"The name of this machine, {name!r}, resolves to {what}. Ranks find each other by name: put the "
        f"line '{seen} {name}' before other lines with this name in /etc/hosts."
    )
