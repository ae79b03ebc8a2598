"""The server as a process: an address on this machine, SIGTERM with a request in progress, Ctrl-C, silence."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.serving.conftest import fitted

from pellucid import save
from terminal import invoke

pytest.importorskip("uvicorn")
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(os.name != "posix", reason="signals of POSIX"),
]
BODY = json.dumps({"rows": [{"x0": 1.0, "x1": 2.0, "x2": 0.125}]}).encode()


@pytest.fixture
def server(tmp_path: Path, rng: np.random.Generator) -> Iterator[tuple[subprocess.Popen, int]]:
    """A service in a process of its own, and its port."""
    save(fitted("mlp two", rng)[0], tmp_path / "m.safetensors")
    command = [sys.executable, "-m", "pellucid.cli", "serve", str(tmp_path / "m.safetensors"), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "http://127.0.0.1:" in line, line + (process.stderr.read() if process.stderr else "")
    port = int(line.partition("http://127.0.0.1:")[2].split("/")[0].split(",")[0])
    yield process, port
    if process.poll() is None:
        process.kill()
    process.communicate()


def request(port: int, path: str, body: bytes | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET" if body is None else "POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


@pytest.mark.slow
def test_sigterm_ends_a_request_properly(server) -> None:
    """Half of a body has arrived when SIGTERM comes: the rest is taken, answered, and the process ends with 0."""
    process, port = server
    assert request(port, "/health")[0] == 200
    begun = socket.create_connection(("127.0.0.1", port), timeout=30)
    lines = ["POST /predict HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    head = "\r\n".join([*lines, f"Content-Length: {len(BODY)}", "", ""])
    begun.sendall(head.encode() + BODY[:10])
    while b"in_flight 2" not in request(port, "/metrics")[1]:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    while True:
        try:
            request(port, "/health")
        except OSError:
            break  # no new connection is accepted
        time.sleep(0.01)
    begun.sendall(BODY[10:])
    answer = b""
    while part := begun.recv(65_536):
        answer += part
    assert answer.startswith(b"HTTP/1.1 200"), answer
    assert b'"prediction"' in answer
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Stopped." in out
    assert err == ""


@pytest.mark.thorough
def test_ctrl_c_is_quiet_and_no_data_is_logged(server) -> None:
    process, port = server
    status, found = request(port, "/predict", BODY)
    assert status == 200
    assert b"prediction" in found
    assert request(port, "/predict?name=somebody", b'{"rows": [{"x0": "a secret"}]}')[0] == 422
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert err == ""
    assert "secret" not in out
    assert "somebody" not in out


def test_a_port_that_is_taken(tmp_path: Path, rng: np.random.Generator) -> None:
    save(fitted("mlp two", rng)[0], tmp_path / "m.safetensors")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = invoke("serve", tmp_path / "m.safetensors", "--port", port)
    assert ended.exit_code == 1
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "in use" in ended.stderr


IMPATIENT = """
import sys
from pellucid import load
from pellucid.serving import Limits, serve
serve(load(sys.argv[1]), port=0, limits=Limits(seconds=1.0), started=lambda url: print(url, flush=True))
"""


@pytest.mark.slow
def test_clients_that_never_end_their_first_lines_keep_nobody_out(tmp_path, rng) -> None:
    save(fitted("mlp two", rng)[0], tmp_path / "m.safetensors")
    command = [sys.executable, "-c", IMPATIENT, str(tmp_path / "m.safetensors")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        port = int(process.stdout.readline().rpartition(":")[2])
        kept = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        slow = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(110)]
        for k, each in enumerate(slow):
            each.sendall(b"POST /predict HTTP/1.1\r\nHost: lo" if k % 2 else b"P")
        assert slow[0].recv(1) == b""  # ended by the server
        assert request(port, "/predict", BODY)[0] == 200
        for _ in range(3):  # requests that come one after the other on one connection go on
            kept.request("POST", "/predict", BODY, {"Content-Type": "application/json"})
            assert kept.getresponse().read().startswith(b'{"predictions"')
            time.sleep(0.5)
        for each in slow:
            each.close()
        process.terminate()
