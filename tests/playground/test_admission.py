"""Data and token go to the page that is admitted, and to nobody else; a ticket admits once."""

import socket
import threading
from contextlib import ExitStack, contextmanager

import pytest

pytest.importorskip("websockets", reason="needs pellucid[playground]")

from websockets.exceptions import ConnectionClosed

from pellucid.playground import gate, open_page
from pellucid.playground.protocol import decode, encode
from pellucid.playground.server import MOST_CONNECTIONS, PageServer
from playground.test_server import SETUP, UPGRADE, asked, get, opened, talking, token_of

SECRET = "salary of A. Nonymous"


@pytest.fixture
def server():
    table = {
        "name": "own",
        "columns": [SECRET, "b"],
        "rows": [[1, 2], [3, 4]],
        "target": "b",
        "title": SECRET,
    }
    with PageServer({"setup": {"data": table}}) as made:
        yield made


@contextmanager
def hello(server, token):
    with opened(server) as page:
        page.send(encode({"type": "hello", "version": 1, "token": token}))
        yield page


def welcomed(server, token):
    with hello(server, token) as page:
        try:
            return decode(page.recv(timeout=20))
        except ConnectionClosed as closed:
            return closed.rcvd.code


def test_the_page_itself_holds_no_data_and_the_socket_brings_them(server):
    status, answer = get(server)
    assert status == 200
    assert SECRET.encode() not in answer
    assert get(server)[1] == answer
    with PageServer({"setup": {"seed": 9}}) as other:
        bare = answer.replace(str(server.port).encode(), b"")
        assert bare == get(other)[1].replace(str(other.port).encode(), b"")
    found = welcomed(server, token_of(server))
    assert (found["type"], found["token"]) == ("welcome", token_of(server))
    assert found["boot"]["setup"]["data"]["title"] == SECRET


def test_the_browser_is_started_with_an_address_that_admits_once(monkeypatch):
    """Every user of a computer can read the arguments of its processes."""
    started = []
    monkeypatch.setattr("webbrowser.open", started.append)
    with open_page(example="xor") as server:
        (address,) = started
        assert token_of(server) not in address
        base, ticket = address.split("#token=")
        assert base == server.url.split("#")[0]
        first = welcomed(server, ticket)
        assert first["type"] == "welcome"
        assert first["token"] == token_of(server)
        assert welcomed(server, ticket) == 1008
        assert welcomed(server, token_of(server))["type"] == "welcome"


def test_of_two_that_bring_a_ticket_at_once_one_is_admitted():
    with PageServer() as server:
        for _ in range(5):
            ticket, found = server._gate.ticket(), []
            threads = [
                threading.Thread(target=lambda t=ticket, f=found: f.append(welcomed(server, t)))
                for _ in range(4)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sum(each == 1008 for each in found) == 3


def test_a_ticket_ends(monkeypatch):
    monkeypatch.setattr(gate, "TICKET_SECONDS", -1.0)
    with PageServer() as server:
        assert welcomed(server, server._gate.ticket()) == 1008


def test_whoever_is_not_admitted_takes_nobodys_place(server):
    with ExitStack() as sockets:
        for _ in range(MOST_CONNECTIONS + 4):
            sockets.enter_context(opened(server))
        with talking(server) as page:
            assert asked(page, **SETUP)["type"] == "state"


def test_a_first_message_is_small(server):
    """Before the token is seen nothing large is parsed."""
    with hello(server, token_of(server) + " " * 2000) as page, pytest.raises(ConnectionClosed) as closed:
        page.recv(timeout=20)
    assert closed.value.rcvd.code == 1008
    with opened(server) as page:
        page.send(encode({"type": "hello", "version": 1, "token": token_of(server), "x": "a" * 2000}))
        with pytest.raises(ConnectionClosed):
            page.recv(timeout=20)


@pytest.mark.thorough
def test_who_does_not_read_holds_nobody_up(server):
    """Its answers fill the buffers of its socket; other pages are answered, and the server still stops."""
    with socket.create_connection(("127.0.0.1", server.port)) as plain:
        own = f"127.0.0.1:{server.port}"
        plain.sendall(
            f"GET /socket HTTP/1.1\r\nHost: {own}\r\nOrigin: http://{own}\r\n{UPGRADE}\r\n".encode()
        )
        setup = {"data": {"name": "digits"}, "network": {"hidden": [256, 128]}}
        for message in (
            {"type": "hello", "version": 1, "token": token_of(server)},
            {"type": "setup", "setup": setup},
            *({"type": "pause"} for _ in range(60)),  # 1.2 MB each
        ):
            data = encode(message)
            length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
            plain.sendall(b"\x82" + length + b"\0\0\0\0" + data)
        with talking(server) as page:
            assert asked(page, **SETUP)["type"] == "state"
        stopped = threading.Thread(target=server.close)
        stopped.start()
        stopped.join(30)
        assert not stopped.is_alive()


def test_a_flood_of_orders_to_train_is_carried_out_one_after_the_other(server):
    with talking(server) as page:
        asked(page, **SETUP)
        for k in range(300):
            page.send(encode({"type": "jump", "step": 10**9 + k}))
            page.send(encode({"type": "jump", "step": k}))
        page.send(encode({"type": "jump", "step": 0, "id": "last"}))
        while (found := decode(page.recv(timeout=60))).get("id") != "last":
            assert found["type"] in ("state", "frame", "error")
        assert (found["type"], found["step"]) == ("state", 0)
