"""The server answers its own page only, survives what is not one, and leaves nothing behind."""

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress

import numpy as np
import pytest

pytest.importorskip("websockets", reason="needs pellucid[playground]")

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from pellucid.playground.protocol import decode, encode
from pellucid.playground.server import MOST_CONNECTIONS, PageServer

SETUP = {"type": "setup", "setup": {"data": {"name": "xor"}}}


@pytest.fixture
def server():
    with PageServer({"setup": {"data": {"name": "xor"}}}) as made:
        yield made


def token_of(server):
    return server.url.split("#token=")[1]


def opened(server, **options):
    address = f"127.0.0.1:{server.port}"
    return connect(
        f"ws://{address}/socket", **{"origin": f"http://{address}", "compression": None, **options}
    )


@contextmanager
def talking(server):
    with opened(server) as page:
        page.send(encode({"type": "hello", "version": 1, "token": token_of(server)}))
        assert decode(page.recv(timeout=20))["type"] == "welcome"
        yield page


def asked(page, **command):
    """Send a command; return what answers it, past reports on the way."""
    page.send(encode(command))
    while (found := decode(page.recv(timeout=20)))["type"] == "progress":
        pass
    return found


def raw(server, text, wait=True):
    """Send bytes as they are; return the status and the answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain:
        plain.sendall(text.encode() if isinstance(text, str) else text)
        answer = b""
        while wait and (part := plain.recv(65536)):
            answer += part
    status = answer.split(b" ", 2)[1] if answer else b""
    return int(status or 0), answer


def get(server, path="/", method="GET", host=None, more=""):
    host = f"127.0.0.1:{server.port}" if host is None else host
    return raw(server, f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n")


UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def test_the_page_is_served_with_its_policy_and_holds_no_secret(server):
    status, answer = get(server)
    head, body = answer.split(b"\r\n\r\n", 1)
    assert status == 200
    assert token_of(server).encode() not in answer
    policy = next(line for line in head.decode().split("\r\n") if line.startswith("Content-Security-Policy"))
    assert f"connect-src ws://127.0.0.1:{server.port}/socket;" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    for header in (b"nosniff", b"no-referrer", b"no-store", b"DENY"):
        assert header in head
    assert b"Access-Control" not in head
    assert b"Set-Cookie" not in head
    assert b'"door":"server"' in body
    assert int(next(x for x in head.split(b"\r\n") if x.startswith(b"Content-Length")).split(b":")[1]) == len(
        body
    )


def test_the_name_localhost_is_its_own_origin(server):
    assert get(server, host=f"localhost:{server.port}")[0] == 200
    address = f"localhost:{server.port}"
    with connect(f"ws://{address}/socket", origin=f"http://{address}") as page:
        page.send(encode({"type": "hello", "version": 1, "token": token_of(server)}))
        assert decode(page.recv())["type"] == "welcome"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD", "CONNECT", "TRACE", "get"])
def test_only_get_is_answered(server, method):
    for path in ("/", "/socket"):
        status, _ = get(server, path, method, more=UPGRADE + f"Origin: http://127.0.0.1:{server.port}\r\n")
        assert status == 405 or (status, method) == (400, "get")


def test_a_post_with_a_body_is_refused(server):
    assert get(server, method="POST", more="Content-Length: 5\r\n")[0] in (0, 400, 405)


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:{port}.evil.example",
     "127.0.0.1:{port}@evil.example", "LOCALHOST:{port}", "[::1]:{port}", "0.0.0.0:{port}", "127.1:{port}"],
)  # fmt: skip
@pytest.mark.whole
def test_another_host_is_refused_as_after_dns_rebinding(server, host):
    host = host.format(port=server.port)
    for path in ("/", "/socket"):
        for origin in ("", f"Origin: http://{host}\r\n", f"Origin: http://127.0.0.1:{server.port}\r\n"):
            assert get(server, path, host=host, more=UPGRADE + origin)[0] in (400, 421)


def test_two_hosts_or_none_are_refused(server):
    own = f"127.0.0.1:{server.port}"
    assert get(server, more=f"Host: {own}\r\n")[0] == 421
    assert get(server, more="Host: evil.example\r\n")[0] == 421
    assert raw(server, "GET / HTTP/1.1\r\n\r\n")[0] == 421


@pytest.mark.parametrize(
    "origin",
    [None, "null", "", "http://evil.example", "https://127.0.0.1:{port}", "http://127.0.0.1", "http://127.0.0.1:1",
     "http://localhost:{port}", "http://127.0.0.1:{port}/", "HTTP://127.0.0.1:{port}", "file://"],
)  # fmt: skip
@pytest.mark.whole
def test_a_socket_of_another_page_or_of_none_is_refused(server, origin):
    line = "" if origin is None else f"Origin: {origin.format(port=server.port)}\r\n"
    assert get(server, "/socket", more=UPGRADE + line)[0] == 403
    if origin:
        assert get(server, "/", more=line)[0] == 403


def test_two_origins_are_refused(server):
    own = f"Origin: http://127.0.0.1:{server.port}\r\n"
    assert get(server, "/socket", more=UPGRADE + own + own)[0] == 403


@pytest.mark.parametrize(
    "path", ["/socket/", "/socket?x=1", "/..", "//", "/index.html", "/etc/passwd", "/%2e%2e/x"]
)
def test_there_is_no_other_path(server, path):
    assert get(server, path, more=UPGRADE + f"Origin: http://127.0.0.1:{server.port}\r\n")[0] == 404


@pytest.mark.parametrize(
    "first",
    [
        b"", "hello", b"\x00" * 100, encode({"type": "hello", "version": 1}), encode(SETUP),
        encode({"type": "hello", "version": 1, "token": "x" * 43}),
        encode({"type": "hello", "version": 1, "token": None}),
        encode({"type": "hello", "version": 1, "token": ["a"]}),
        encode({"type": "hello", "version": 1, "token": "\ud800"}),
    ],
)  # fmt: skip
@pytest.mark.whole
def test_without_the_token_nothing_is_carried_out(server, first):
    with opened(server) as page:
        page.send(first)
        with pytest.raises(ConnectionClosed) as closed:
            page.recv(timeout=20)
        assert closed.value.rcvd.code == 1008


def test_the_token_in_another_version_or_message_does_not_admit(server):
    for first in ({"type": "hello", "version": 2}, {"type": "setup", "version": 1}):
        with opened(server) as page:
            page.send(encode({**first, "token": token_of(server)}))
            with pytest.raises(ConnectionClosed):
                page.recv(timeout=20)


def test_who_says_nothing_is_shown_out(server, monkeypatch):
    monkeypatch.setattr("pellucid.playground.server.HELLO_SECONDS", 0.2)
    with opened(server) as page, pytest.raises(ConnectionClosed) as closed:
        page.recv(timeout=20)
    assert closed.value.rcvd.code == 1008


def test_tokens_are_long_and_never_the_same():
    tokens = []
    for _ in range(3):
        with PageServer() as made:
            tokens.append(token_of(made))
    assert len(set(tokens)) == 3
    assert all(len(token) >= 43 for token in tokens)


def test_slow_requests_keep_nobody_out(server):
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    for each in slow:
        each.sendall(b"GET / HTTP/1.1\r\nHost: ")
    assert get(server)[0] == 200
    with talking(server) as page:
        assert asked(page, **SETUP)["type"] == "state"
    server.close()
    for each in slow:
        each.close()


def test_a_flood_of_sockets_is_cut_off(server):
    many = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
    time.sleep(0.3)
    assert len(server._open) <= 32
    for each in many:
        each.close()


def test_too_large_a_message_ends_the_conversation_and_not_the_server(server):
    with talking(server) as page:
        with suppress(ConnectionClosed):  # it may close before all is sent
            page.send(bytes(20_000_001))
        with pytest.raises(ConnectionClosed):
            page.recv(timeout=20)
    with talking(server) as page:
        assert asked(page, **SETUP)["type"] == "state"


def test_five_tabs_are_one_too_many(server):
    with ExitStack() as pages:
        for _ in range(MOST_CONNECTIONS):
            last = pages.enter_context(talking(server))
        with pytest.raises(InvalidStatus) as refused, opened(server):
            pass
        assert refused.value.response.status_code == 503
        last.close()
        while server._talking == MOST_CONNECTIONS:
            time.sleep(0.01)
        pages.enter_context(talking(server))


def test_two_tabs_train_apart_and_a_tab_that_comes_back_is_where_it_was(server):
    with talking(server) as one, talking(server) as two:
        asked(one, **SETUP)
        asked(two, type="setup", setup={"data": {"name": "moons"}})
        asked(two, type="jump", step=77)
        asked(one, type="jump", step=10)
        asked(one, type="edit", index=4, value=0.75)
        there = asked(one, type="jump", step=40)
    with talking(server) as again:
        edits = there["edits"]
        asked(again, type="setup", setup={"data": {"name": "xor"}, "edits": edits})
        back = asked(again, type="jump", step=40)
    np.testing.assert_array_equal(back["theta"], there["theta"])
    np.testing.assert_array_equal(back["memory"], there["memory"])


def test_what_is_not_a_message_is_refused_and_the_conversation_goes_on(server):
    with talking(server) as page:
        before = asked(page, **SETUP)
        for data in (b"", b"\xff" * 64, "text", encode({"type": "jump", "step": "x"}), encode({"type": 3})):
            page.send(data)
            assert decode(page.recv(timeout=20))["type"] == "error"
        after = asked(page, type="pause")
    np.testing.assert_array_equal(after["theta"], before["theta"])


def test_training_goes_on_between_acknowledged_frames_and_stops_at_once(server):
    with talking(server) as page:
        asked(page, **SETUP)
        page.send(encode({"type": "run", "until": None, "pace": None}))
        for _ in range(5):
            frame = decode(page.recv(timeout=20))
            assert frame["type"] == "frame"
            page.send(encode({"type": "ack", "frame": frame["frame"]}))
        page.send(encode({"type": "pause"}))
        while (last := decode(page.recv(timeout=20)))["type"] == "frame":
            pass
        assert last["step"] > 5
        assert asked(page, type="pause")["step"] == last["step"]


HOSTILE = (
    lambda rng: rng.bytes(int(rng.integers(0, 80))),
    lambda rng: "é" * int(rng.integers(0, 40)),
    lambda rng: len(b := rng.bytes(20)).to_bytes(4, "little") + b,
    lambda rng: encode({"type": str(rng.choice(["jump", "edit", "undo", "run", "ack"])) + "x"}),
    lambda rng: encode({"type": "edit", "index": int(rng.integers(25, 10**6)), "value": float(rng.normal())}),
    lambda rng: encode({"type": "edit", "index": 0, "value": "__import__('os')"}),
    lambda rng: encode({"type": "setup", "setup": {"data": {"name": "/etc/passwd"}}}),
    lambda rng: encode(
        {"type": "setup", "setup": {"network": {"hidden": [int(rng.integers(10**6, 10**9))]}}}
    ),
    lambda rng: encode(
        {"type": "setup", "setup": {"data": {"name": "own"}}, "dataset": {"n": -1, "X": np.ones(3)}}
    ),
    lambda rng: encode({"type": "ask", "what": "accuracy", "__class__": "os"})[:-1],
    lambda rng: encode({"type": "data", "name": "../../x", "text": "a\x00" * int(rng.integers(1, 9))}),
    lambda rng: encode({"type": "ack", "frame": int(rng.integers(0, 2**40))}),
    lambda rng: encode({"type": "jump", "step": -int(rng.integers(1, 9)), "id": {"a": 1}}),
    lambda rng: encode({"type": "hello", "version": 1, "token": "again"}),
)


def fuzz(server, rng, n):
    with talking(server) as page:
        before = asked(page, **SETUP)
        sent, heard = 0, 0
        while sent < n:
            for _ in range(min(50, n - sent)):
                page.send(HOSTILE[int(rng.integers(len(HOSTILE)))](rng))
                sent += 1
            page.send(encode({"type": "pause", "id": sent}))
            while (message := decode(page.recv(timeout=60))).get("id") != sent:
                assert message["type"] in ("error", "welcome"), message
                heard += 1
        np.testing.assert_array_equal(message["theta"], before["theta"])
        np.testing.assert_array_equal(message["memory"], before["memory"])
        assert message["step"] == 0
        assert heard > 0.8 * n


def test_a_thousand_hostile_messages_move_nothing(server, rng):
    fuzz(server, rng, 1000)
    assert get(server)[0] == 200


@pytest.mark.slow
def test_ten_thousand_hostile_messages_neither_stop_the_server_nor_move_a_parameter(server, rng):
    fuzz(server, rng, 10_000)
    assert get(server)[0] == 200


@pytest.mark.slow
def test_hostile_requests_do_not_stop_the_server(server, rng):
    lines = [
        "GET / HTTP/1.1", "GET /socket HTTP/1.1", "GET", "\x00\x01", "GET / HTTP/9.9", "A" * 9000, "Host: x",
        "Origin: null", "Upgrade: websocket", "Content-Length: 99999999999", "Transfer-Encoding: chunked",
    ]  # fmt: skip
    for _ in range(200):
        text = "\r\n".join(rng.choice(lines, int(rng.integers(1, 8)))) + "\r\n\r\n"
        with socket.create_connection(("127.0.0.1", server.port)) as plain:
            plain.sendall(text.encode("latin-1"))
            if rng.random() < 0.5:
                plain.shutdown(socket.SHUT_WR)
    while len(server._open) > 16:
        time.sleep(0.05)
    assert get(server)[0] == 200


def test_it_listens_on_the_loopback_interface_only(server):
    assert server._server.socket.getsockname()[0] == "127.0.0.1"


def test_a_taken_port_is_an_error(server):
    with pytest.raises(OSError, match="in use"):
        PageServer(port=server.port)


def test_it_stops_when_nobody_has_spoken_for_long():
    server = PageServer(idle_seconds=0.2)
    assert server._stopped.wait(20)
    for thread in server._threads:
        thread.join(20)
        assert not thread.is_alive()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)


def test_nothing_is_left_in_the_process():
    import logging
    import warnings

    def seen():
        gc.collect()  # the poller of a server's thread
        return (
            sorted(thread.name for thread in threading.enumerate()),
            [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
            sorted(logging.Logger.manager.loggerDict),
            list(warnings.filters),
            len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0,
            dict(os.environ),
        )

    with PageServer() as made, talking(made) as page:  # what the first use loads for good
        asked(page, **SETUP)
        asked(page, type="jump", step=30)
    before = seen()
    for _ in range(3):
        with PageServer() as made, talking(made) as page:
            asked(page, **SETUP)
            asked(page, type="jump", step=30)
    made.close()  # once more changes nothing
    assert seen() == before


@pytest.mark.thorough
@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_signals_stop_it_cleanly(number, tmp_path):
    command = [sys.executable, "-m", "pellucid.cli", "playground", "--no-browser", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = json.loads(process.stdout.readline())["url"]
        port = int(url.split(":")[2].split("/")[0])
        address = f"127.0.0.1:{port}"
        with connect(f"ws://{address}/socket", origin=f"http://{address}") as page:
            page.send(encode({"type": "hello", "version": 1, "token": url.split("=")[1]}))
            assert decode(page.recv(timeout=30))["type"] == "welcome"
            page.send(encode(SETUP))
            page.send(encode({"type": "jump", "step": 10**9}))
            process.send_signal(number)
            with suppress(ConnectionClosed):
                while page.recv(timeout=30):
                    pass
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in errors
