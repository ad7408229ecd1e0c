"""The user that a single sign-on's proxy names: believed from it alone, logged where that is wanted."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from qa.web.logs import AccessLog
from qa.web.users import TrustedUser
from tests.loops import run as in_a_loop


def passed(
    peer: str, headers: list[tuple[bytes, bytes]], header: str = "X-Remote-User", *, users: bool = True
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the scope that the application sees, and the line in the log."""
    seen: dict[str, Any] = {}
    log = io.StringIO()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def nothing(*_: Any) -> None:
        return None

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": headers,
        "client": (peer, 1),
        "state": {},
    }
    app = TrustedUser(AccessLog(application, log, users=users), header, "127.0.0.1, 10.0.0.0/8")
    in_a_loop(app(scope, nothing, nothing))
    return seen, json.loads(log.getvalue())


NAMED = [(b"x-remote-user", "张三".encode()), (b"x-forwarded-for", b"192.0.2.7"), (b"accept", b"*/*")]


@pytest.mark.parametrize("proxy", ["127.0.0.1", "10.1.2.3"])
def test_a_trusted_proxy_names_the_user(proxy: str) -> None:
    seen, line = passed(proxy, NAMED)
    assert seen["state"]["user"] == line["user"] == "张三"
    assert seen["client"][0] == line["client"] == "192.0.2.7"
    assert b"x-remote-user" not in dict(seen["headers"])
    assert "user" not in passed(proxy, NAMED, users=False)[1]


def test_nobody_else_does() -> None:
    seen, line = passed("192.0.2.9", NAMED)
    assert "user" not in seen["state"] and "user" not in line
    assert b"x-remote-user" not in dict(seen["headers"])  # nor may anything behind be taken in by it
    assert line["client"] == "192.0.2.9"


def test_two_names_are_none_and_without_the_setting_the_header_is_any() -> None:
    assert "user" not in passed("127.0.0.1", [*NAMED, (b"x-remote-user", b"b")])[0]["state"]
    seen, line = passed("127.0.0.1", NAMED, header="")
    assert "user" not in seen["state"] and "user" not in line and dict(seen["headers"])[b"x-remote-user"]


def test_a_name_breaks_no_line() -> None:
    _, line = passed("127.0.0.1", [(b"x-remote-user", b"a\xff\x1b[31m" + b"x" * 500)])
    assert len(line["user"]) == 200
