"""The server as a process: headers, limits of the wire, a busy port, what is closed, nothing but loopback."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from urllib.parse import urljoin

import pytest
import streamlit

from qa.errors import CannotListen
from qa.web.server import listen
from tests.long import only_long, scaled
from tests.serving import ROOT, Serving, free_port

pytestmark = pytest.mark.xdist_group("serving")


@pytest.mark.parametrize(
    "path",
    ["/", "/healthz", "/readyz", "/widget.js", "/demo", "/api/v1/docs", "/api/v1/documents", "/nothing"],
)
def test_every_response_is_guarded(serving: Serving, path: str) -> None:
    _, headers, _ = serving.get(path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'self'" in headers["content-security-policy"] or path in ("/demo", "/api/v1/docs")
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "server" not in headers
    assert "access-control-allow-origin" not in headers


def test_the_page_is_chinese_and_names_nothing_closed(serving: Serving) -> None:
    _, headers, body = serving.get("/")
    page = body.decode()
    assert '<html lang="zh-CN">' in page and "<title>讲话问答</title>" in page
    assert "service-desc" not in page
    assert "unsafe-inline" not in headers["content-security-policy"].split("style-src")[0]
    assert json.loads(serving.get("/_stcore/host-config")[2])["blockErrorDialogs"] is True


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/agent",
        "/../../../../etc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/static/..%2f..%2f..%2fetc/passwd",
        "/component/../../../etc/passwd",
        "/media/%2e%2e/%2e%2e/etc/passwd",
        "/widget.js/../../server.py",
        "/app/static/../../../pyproject.toml",
    ],
)
def test_nothing_outside_is_served(serving: Serving, path: str) -> None:
    status, _, body = serving.get(path)
    assert b"root:" not in body and b"import streamlit" not in body and b"[project]" not in body
    assert status >= 400 or b'<html lang="' in body  # or the page itself, which knows no such address


@pytest.mark.parametrize(
    "path",
    ["/wenda", "/wenda/", "/a/b/c", "/index.htm", "/static/nothing.js", "/%00", "/media/x", "/_stcore/x"],
)
def test_an_address_that_is_none_is_told_in_chinese(serving: Serving, path: str) -> None:
    for method in ("GET", "HEAD"):
        status, headers, body = serving.request(method, path, None, {"accept": "text/html,*/*"})
        assert status in (301, 400, 404)
        if status == 404:
            assert headers["content-type"] == "text/html; charset=utf-8"
            assert method == "HEAD" or (
                '<html lang="zh-CN">' in body.decode() and "这里没有这个地址" in body.decode()
            )
        assert b"Streamlit" not in body and b"<script" not in body
    status, headers, body = serving.get(path, range="bytes=0-20")
    assert b"<" not in body
    assert status == 301 or json.loads(body)["status"] == status


@pytest.mark.parametrize("path", ["/a/b/c", "/wenda", "/demo/x"])
def test_the_way_back_is_relative(serving: Serving, path: str) -> None:
    page = serving.get(path, accept="text/html")[2].decode()
    back = re.search('href="([^"]*)"', page)
    assert back and urljoin(f"http://h/qa{path}", back[1]) == "http://h/qa/"


def test_streamlit_s_own_files_are_served(serving: Serving) -> None:
    page = serving.get("/", accept="text/html")[2].decode()
    named = re.findall(r'(?:src|href)="\./([^"]+)"', page)
    assert len(named) > 3
    for name in named:
        assert serving.get(f"/{name}")[0] == 200, name
    deep = sorted((Path(streamlit.__file__).parent / "static" / "static").rglob("*.woff2"))[0]
    assert serving.get(f"/static/{deep.relative_to(deep.parents[1])}")[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/", 405),
        ("DELETE", "/wenda", 405),
        ("PUT", "/_stcore/upload_file/x/y", 404),
        ("GET", "/auth/login", 404),
        ("GET", "/oauth2callback", 404),
        ("POST", "/healthz", 405),
        ("GET", "/media/x", 404),
        ("GET", "//evil.com/..", 400),
        ("TRACE", "/", 405),
    ],
)
def test_every_refusal_is_a_problem(serving: Serving, method: str, path: str, status: int) -> None:
    found, headers, body = serving.request(method, path, None, {})
    assert found == status
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["status"] == status and json.loads(body)["code"] != "error"


@only_long
def test_an_index_that_is_gone_is_told_without_its_path(tmp_path: Path) -> None:
    gone = (
        "import qa.web.resources as r\nfrom index import SpeechIndexError\nplain = r.Resources.engine.fget\nasked = []\n"
        "def engine(self):\n    asked.append(1)\n    if len(asked) > 4: raise SpeechIndexError('/secret/index 坏了')\n    return plain(self)\n"
        "r.Resources.engine = property(engine)"
    )
    served = Serving(tmp_path, prelude=gone)
    for _ in range(5):
        served.get("/readyz")
    for path in ("/readyz", "/api/v1/documents"):
        status, headers, body = served.get(path)
        assert (status, headers["content-type"]) == (503, "application/problem+json")
        assert "secret" not in body.decode()
    served.stop()
    assert served.log.read_text("utf-8").count("/secret/index") == 1


def test_the_widget_is_light_and_cached(serving: Serving) -> None:
    status, headers, body = serving.get("/widget.js", accept_encoding="gzip")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert len(body) <= 22_000  # with the table of a comparison
    assert serving.get("/widget.js", if_none_match=headers["etag"])[0] == 304
    assert headers["cross-origin-resource-policy"] == "cross-origin"


def test_readiness_names_the_index(serving: Serving) -> None:
    assert json.loads(serving.get("/readyz")[2])["documents"] == 1


def test_slow_and_broken_requests_hold_nothing(tmp_path: Path) -> None:
    served = Serving(
        tmp_path,
        prelude="import qa.web.wire as s, qa.web.limits as m\ns.HEADER_SECONDS = 1.0\nm.Limits.__init__.__defaults__ = (m.time.monotonic, 1.0, 0, 120.0)",
    )
    try:
        slow = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(40)]
        for number, one in enumerate(slow):
            one.sendall(b"POST /api/v1/ask HTTP/1.1\r\nHost: localhost\r\n" if number % 2 else b"GET / HT")
        body = socket.create_connection(("127.0.0.1", served.port))
        body.sendall(
            b"POST /api/v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
        )
        started = time.monotonic()
        assert served.ask(question="口岸")["points"]
        assert time.monotonic() - started < 1
        for one in slow:
            one.settimeout(5)
            assert one.recv(100) == b""  # hung up on
        body.settimeout(5)
        assert b" 408 " in body.recv(100)
        raw = socket.create_connection(("127.0.0.1", served.port))
        raw.sendall(b"GET /api/v1/documents HTTP/1.1\r\nHost: localhost\r\nX: b\x00\r\n\r\n")
        raw.settimeout(5)
        assert b" 200 " not in raw.recv(200)
        for one in (*slow, body, raw):
            one.close()
    finally:
        served.stop()


@only_long
def test_the_rate_is_the_client_s_that_a_trusted_proxy_names(tmp_path: Path) -> None:
    served = Serving(tmp_path, SPEECHQA_REQUESTS_PER_MINUTE="3")
    try:

        def status(client: str) -> tuple[int, dict[str, str]]:
            found = served.get("/api/v1/documents", x_forwarded_for=client)
            return found[0], found[1]

        first = [status("10.0.0.1")[0] for _ in range(4)]
        assert first == [200, 200, 200, 429]
        assert int(status("10.0.0.1")[1]["retry-after"]) >= 1
        assert status("10.0.0.2")[0] == 200
        assert served.get("/healthz")[0] == 200
    finally:
        served.stop()
    lines = [json.loads(line) for line in served.log.read_text("utf-8").splitlines() if line.startswith("{")]
    assert {"at", "request_id", "client", "method", "path", "status", "ms"} == set(lines[-1])
    assert "10.0.0.1" in {line["client"] for line in lines}


@pytest.mark.parametrize("told", scaled([False], [False, True]))
def test_questions_are_logged_only_where_asked_for(tmp_path: Path, told: bool) -> None:
    served = Serving(tmp_path, *(["--log-questions"] if told else []))
    served.ask(question="口岸有哪些成绩")
    served.get("/?q=%E7%B2%AE%E9%A3%9F")
    served.stop()
    log = served.log.read_text("utf-8")
    assert ("口岸有哪些成绩" in log) is told
    assert "%E7" not in log and "粮食" not in log


def test_a_busy_port(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "qa", "serve", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode != 0
    assert re.fullmatch(rf"错误：端口 {port} 已被别的程序占用。.*--port.*\n", done.stderr), done.stderr


def test_an_address_that_is_none() -> None:
    with pytest.raises(CannotListen, match="检查 --host"):
        listen("no such host", free_port())
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", free_port())


def test_the_packaged_streamlit_options_are_those_of_the_folder() -> None:
    packaged = (ROOT / "qa" / "web" / "streamlit.toml").read_text("utf-8")
    assert tomllib.loads(packaged) == tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))


@pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode != 0,
    reason="this machine lets nobody make a network namespace",
)
def test_it_works_where_there_is_no_network(tmp_path: Path) -> None:
    # In a network namespace with loopback only: no route, no resolver.
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\nfrom tests.serving import Serving\n"
        "import subprocess; subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=False)\n"
        "served = Serving(Path(sys.argv[2]))\n"
        "assert served.ask(question='口岸有哪些成绩')['points']\n"
        "assert served.get('/')[0] == 200\nserved.stop()\nprint('done')\n"
    )
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", script, str(ROOT), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    if "Network is unreachable" in done.stderr and shutil.which("ip") is None:
        pytest.skip("no ip command to bring loopback up")
    assert done.stdout == "done\n", done.stderr[-2000:]
