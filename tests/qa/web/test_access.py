"""Who may call: hosts and origins, over HTTP and WebSocket, and that asking who it is asks nobody outside."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import BadSetting
from qa.web.access import allowed_hosts, allowed_origins, host_name, own_origin
from tests.long import only_long
from tests.serving import ROOT, WATCH, Serving, free_port

pytestmark = pytest.mark.xdist_group("access")

PORTAL = "https://portal.intranet"
FOREIGN = [
    "https://evil.com",
    "null",
    "",
    "http://portal.intranet",
    "https://portal.intranet.evil.com",
    "https://evil.com/portal.intranet",
    "https://portal.intranet@evil.com",
    "https://portal.intranet:444",
    "https://portal.intranet:8501",
    "https://evilportal.intranet",
    "https://portal.intranet.",
    "https://portal.intranet\t.evil.com",
    "https://ｐortal.intranet".encode().decode("latin-1"),
    "http://127.0.0.1.evil.com",
    "http://localhost.evil.com",
    "http://127.0.0.1",
    "http://localhost:1",
    "file://",
    "chrome-extension://abcdef",
    "https://portal.intranet, https://evil.com",
    "https://portal.intranet https://evil.com",
]
STRANGE_HOSTS = [
    "evil.com",
    "evil.com:8501",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "evil.com#127.0.0.1",
    "127.0.0.1@evil.com",
    "8.8.8.8",
    "0.0.0.0:8501",
    "127.1",
    "2130706433",
    "[::ffff:127.0.0.1]",
    "localhost:99999",
    "localhost:",
    "",
    "a b",
    "localhost/",
]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    served = Serving(
        tmp_path_factory.mktemp("access"), "--hosts", "qa.intranet,10.1.2.3", SPEECHQA_ORIGINS=PORTAL
    )
    yield served
    served.stop()  # and nothing has been asked outside, whoever called


def shake_hands(port: int, host: str | None = None, origin: str | None = None) -> tuple[int, bytes]:
    """Ask for a WebSocket and return the status and what came with it."""
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host if host is not None else f'127.0.0.1:{port}'}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: streamlit",
    ]
    if origin is not None:
        lines.append(f"Origin: {origin}")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        got = raw.recv(10_000)
    return int(got.split()[1]), got


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_is_refused_at_once(portal: Serving, origin: str) -> None:
    started = time.monotonic()
    status, got = shake_hands(portal.port, origin=origin)
    assert status in (400, 403), got
    for method, path in (
        ("GET", "/"),
        ("POST", "/api/v1/ask"),
        ("OPTIONS", "/api/v1/ask"),
        ("GET", "/readyz"),
    ):
        found, headers, body = portal.request(method, path, None, {"origin": origin})
        assert found == 403, (method, path, body)
        assert json.loads(body)["code"] == "foreign_origin"
        assert "access-control-allow-origin" not in headers
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("host", STRANGE_HOSTS)
def test_a_strange_host_is_refused_at_once(portal: Serving, host: str) -> None:
    for origin in (None, f"http://{host}"):  # after DNS rebinding both are the stranger's
        assert shake_hands(portal.port, host, origin)[0] in (400, 421)
        headers = {"host": host} | ({"origin": origin} if origin else {})
        for path in ("/", "/healthz", "/widget.js", "/api/v1/documents", "/_stcore/health", "/nothing"):
            status, _, body = portal.request("GET", path, None, headers)
            assert status in (400, 421), (path, body)
            assert json.loads(body)["status"] == status


def test_what_names_no_host_or_two_is_refused(portal: Serving) -> None:
    for head in (b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", portal.port), timeout=10) as raw:
            raw.sendall(head)
            assert raw.recv(100).split()[1] == b"400"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost", "http://localhost"),
        ("LOCALHOST:1", "http://localhost:1"),
        ("127.0.0.1:8501", "http://127.0.0.1:8501"),
        ("[::1]:80", "http://[::1]"),
        ("qa.intranet", "https://qa.intranet"),  # behind a proxy that ends TLS
        ("QA.Intranet.:8501", "http://qa.intranet:8501"),
        ("10.1.2.3:1", "http://10.1.2.3:1"),
    ],
)
def test_our_own_names_work(portal: Serving, host: str, origin: str) -> None:
    assert portal.get("/healthz", host=host)[0] == 200
    assert portal.get("/healthz", host=host, origin=origin)[0] == 200
    assert shake_hands(portal.port, host)[0] == 101
    assert shake_hands(portal.port, host, origin)[0] == 101


def test_a_named_portal_may_call(portal: Serving) -> None:
    body = json.dumps({"question": "口岸"}).encode()
    status, headers, _ = portal.request(
        "POST", "/api/v1/ask", body, {"origin": PORTAL, "content-type": "application/json"}
    )
    assert (status, headers["access-control-allow-origin"]) == (200, PORTAL)
    assert shake_hands(portal.port, origin=PORTAL)[0] == 101


def test_a_person_with_a_strange_host_reads_why(portal: Serving) -> None:
    status, headers, body = portal.get("/", host="zhang-pc:8501", accept="text/html,*/*")
    page = body.decode()
    assert (status, headers["content-type"]) == (421, "text/html; charset=utf-8")
    assert "--hosts zhang-pc" in page and "<html lang=" in page
    assert "<script>" not in portal.get("/", host="<script>", accept="text/html")[2].decode()


@only_long
@pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(["unshare", "-rnm", "true"], capture_output=True, check=False).returncode != 0,
    reason="this machine lets nobody make a network namespace",
)
def test_where_dns_is_silent_a_foreign_origin_holds_up_nobody(tmp_path: Path) -> None:
    # In a network namespace whose one name server takes every question and never answers: a lookup lasts 20 s there.
    script = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import fcntl, socket, struct, subprocess, time
from pathlib import Path
with socket.socket() as up:
    fcntl.ioctl(up, 0x8914, struct.pack("16sh22x", b"lo", 1 | 64))  # SIOCSIFFLAGS: lo is up and runs
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.53", 53))
resolv = Path({str(tmp_path)!r}) / "resolv.conf"
resolv.write_text("nameserver 127.0.0.53\\n")
subprocess.run(["mount", "--bind", str(resolv), "/etc/resolv.conf"], check=True)
started = time.monotonic()
try:
    socket.getaddrinfo("checkip.amazonaws.com", 80)
except OSError:
    pass
assert time.monotonic() - started > 4, "DNS is not silent here"
from tests.qa.web.test_access import FOREIGN, PORTAL, STRANGE_HOSTS, shake_hands
from tests.serving import Serving
served = Serving(Path({str(tmp_path)!r}), SPEECHQA_ORIGINS=PORTAL)
started = time.monotonic()
for origin in FOREIGN:
    assert shake_hands(served.port, origin=origin)[0] in (400, 403)
for host in STRANGE_HOSTS:
    assert shake_hands(served.port, host)[0] in (400, 421)
assert shake_hands(served.port, origin=PORTAL)[0] == 101
assert served.ask(question="口岸有哪些成绩")["points"]
print("seconds", time.monotonic() - started)
assert time.monotonic() - started < 4
silent.setblocking(False)
try:
    while True:
        assert b"amazonaws" in silent.recv(1000)  # our own trial, and nothing else
        trial = True
except BlockingIOError:
    pass
served.stop()
print("done")
"""
    done = subprocess.run(
        ["unshare", "-rnm", sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.endswith("done\n"), done.stdout + done.stderr[-3000:]


@only_long
def test_streamlit_run_asks_nobody_either(tmp_path: Path) -> None:
    port, outside = free_port(), tmp_path / "outside.txt"
    watched = WATCH.format(outside=str(outside)) + (
        "import sys; sys.argv = ['streamlit', 'run', 'app.py', '--server.headless=true',"
        f" '--server.port={port}']\nfrom streamlit.web.cli import main\nmain()"
    )
    environment = os.environ | {"SPEECHQA_STORE": str(tmp_path / "store.sqlite3"), "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", watched],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        for origin in FOREIGN:
            assert shake_hands(port, origin=origin)[0] in (400, 403)
        assert shake_hands(port, "evil.com")[0] == 421
        assert shake_hands(port, origin=f"http://127.0.0.1:{port}")[0] == 101
    finally:
        process.terminate()
        process.wait(20)
    assert not outside.exists(), outside.read_text()


@pytest.mark.parametrize(
    ("origin", "why"),
    [
        ("https://*", "通配符"),
        ("*", "要以 http"),
        ("https://*.gov.cn", "通配符"),
        ("https://portal.*", "通配符"),
        ("portal.intranet", "要以 http"),
        ("null", "要以 http"),
        ("ftp://portal.intranet", "要以 http"),
        ("https://", "主机名或端口不对"),
        ("https://:443", "主机名或端口不对"),
        ("https://portal.intranet:", "主机名或端口不对"),
        ("https://portal.intranet:0", "主机名或端口不对"),
        ("https://portal.intranet:70000", "主机名或端口不对"),
        ("https://portal..intranet", "主机名或端口不对"),
        ("https://-a.intranet", "主机名或端口不对"),
        ("https://256.1.1.1", "主机名或端口不对"),
        ("https://10.1", "主机名或端口不对"),
        ("https://0x7f.1", "主机名或端口不对"),
        ("https://[::1", "主机名或端口不对"),
        ("https://a b", "主机名或端口不对"),
        ("https://x;y", "主机名或端口不对"),
        ("https://u:p@portal.intranet", "不带用户名"),
        ("https://portal.intranet/path", "不带用户名"),
        ("https://portal.intranet?x", "不带用户名"),
        ("https://门户.intranet", "xn--"),
    ],
)
def test_an_origin_that_no_browser_sends_is_refused_by_name(origin: str, why: str) -> None:
    with pytest.raises(BadSetting) as refused:
        allowed_origins(f"https://good.intranet, {origin}")
    assert f"“{origin}”" in str(refused.value) and why in str(refused.value)


def test_origins_are_taken_as_browsers_write_them() -> None:
    given_ = "HTTPS://Portal.Intranet:443/ , http://10.1.2.3:80, http://a_b.intranet:8080,https://[0:0::1]:1"
    assert allowed_origins(given_) == [
        "https://portal.intranet",
        "http://10.1.2.3",
        "http://a_b.intranet:8080",
        "https://[::1]:1",
    ]


@pytest.mark.parametrize(
    "host", ["*", "*.gov.cn", "https://qa.intranet", "qa.intranet:8501", "qa/x", "1.2", "门户"]
)
def test_a_host_that_is_none_is_refused_by_name(host: str) -> None:
    with pytest.raises(BadSetting, match="hosts"):
        allowed_hosts(f"good.intranet, {host}")
    assert allowed_hosts("QA.intranet., ::1 ,10.1.2.3") == {"qa.intranet", "[::1]", "10.1.2.3"}


@given(st.text(max_size=40))
def test_no_text_breaks_the_check(text: str) -> None:
    name = host_name(text)
    assert name is None or host_name(name) == name
    assert not own_origin(text, "qa.intranet") or "qa.intranet" in text.lower()


def test_0_0_0_0_answers_to_the_address_that_was_called(tmp_path: Path) -> None:
    served = Serving(tmp_path, "--host", "0.0.0.0", SPEECHQA_HOSTS="")
    try:
        assert served.get("/healthz", host="127.0.0.1")[0] == 200
        assert served.get("/healthz", host="0.0.0.0")[0] == 421
        with socket.create_connection(("127.0.0.2", served.port), timeout=5) as other:
            other.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.2\r\n\r\n")
            assert other.recv(100).split()[1] == b"200"
        assert served.get("/healthz", host="127.0.0.2")[0] == 421  # not where this one came in
    finally:
        served.stop()
    assert "--hosts qa.intranet" in served.log.read_text("utf-8")
