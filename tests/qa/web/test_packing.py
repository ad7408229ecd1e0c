"""Static files packed: what is sent, what a browser keeps, what is none of ours."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import streamlit

from qa.web.packing import KEEP, Packed, Static
from tests.loops import run as in_a_loop
from tests.serving import Serving

FOLDER = Path(streamlit.__file__).parent / "static" / "static"


async def nobody(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"passed on"})


def get(path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "path": path,
        "method": method,
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
    }

    def served() -> None:
        in_a_loop(Static(nobody, FOLDER)(scope, None, send))  # type: ignore[arg-type]

    with ThreadPoolExecutor(1) as thread:  # Playwright's loop runs in this one
        thread.submit(served).result()
    fields = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    return sent[0]["status"], fields, sent[1]["body"]


SCRIPT = next(FOLDER.glob("js/index.*.js"))
SHEET = next(FOLDER.glob("css/index.*.css"))


def test_a_script_is_packed_and_kept_for_good() -> None:
    status, headers, body = get(f"/static/js/{SCRIPT.name}", accept_encoding="gzip, br")
    assert (status, headers["content-encoding"], headers[KEEP[0]]) == (200, "gzip", KEEP[1])
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert gzip.decompress(body) == SCRIPT.read_bytes()
    assert len(body) < 0.4 * SCRIPT.stat().st_size
    assert get(f"/static/js/{SCRIPT.name}")[2] == SCRIPT.read_bytes()  # for who cannot unpack
    assert get(f"/static/js/{SCRIPT.name}", if_none_match=headers["etag"])[0] == 304
    status, head, nothing = get(f"/static/js/{SCRIPT.name}", method="HEAD", accept_encoding="gzip")
    assert (status, head["content-length"], nothing) == (200, str(len(body)), b"")


def test_the_sheet_asks_for_no_font_that_is_not_shown() -> None:
    before, after = SHEET.read_text("utf-8"), get(f"/static/css/{SHEET.name}")[2].decode()
    for font in ("Source Sans", "Material Symbols Rounded"):
        assert f"@font-face{{font-family:{font}" in before
        assert f"@font-face{{font-family:{font}" not in after
    assert after.count("@font-face") == before.count("@font-face") - 7
    assert "KaTeX_Main" in after
    assert get(f"/static/css/{SHEET.name}")[1]["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/static/js/nothing.js",
        "/static/../index.html",
        "/static/js/../index.html",
        "/static/js/",
        "/static/js/a/b.js",
        "/",
    ],
)
def test_what_is_not_there_is_passed_on(path: str) -> None:
    assert get(path)[0] == 404
    assert get(path)[2] == b"passed on"


def test_a_body_that_packing_does_not_help_stays() -> None:
    assert Packed.of(b"x", "text/plain").packed is None
    assert Packed.of(b"x" * 1000, "text/plain", pack=False).packed is None


def test_a_first_visit_is_light(tmp_path: Path) -> None:
    """What stands in the page at first, and what it loads at once: bytes over the line."""
    served = Serving(tmp_path)
    try:
        status, headers, body = served.get("/", accept_encoding="gzip")
        assert (status, headers["content-encoding"]) == (200, "gzip")
        assert len(body) < 9_000  # painted after a fifth of a second at 50 kB/s
        html = gzip.decompress(body).decode()
        assert html.index("对讲话提问") < html.index(
            '<link rel="stylesheet"'
        )  # nothing keeps it from being painted
        assert "在县委全会上的讲话" in html and 'as="font"' not in html
        assert served.get("/", if_none_match=headers["etag"])[0] == 304
        script = html.split('<link rel="modulepreload" href="./speechqa-page.js')[1].split('"')[0]
        status, headers, body = served.get(f"/speechqa-page.js{script}", accept_encoding="gzip")
        assert (status, headers["content-encoding"], headers[KEEP[0]]) == (200, "gzip", KEEP[1])
        assert len(body) < 38_000  # with the table of a comparison, and the way into the library
        assert served.get("/speechqa-page.js")[1]["cache-control"] == "no-cache"
    finally:
        served.stop()
