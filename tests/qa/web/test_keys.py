"""Keys: what they open, what they do not, that nothing of them is anywhere, and that a damaged file opens nothing."""

from __future__ import annotations

import json
import random
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from streamlit.testing.v1 import AppTest

from qa.cli import main
from qa.errors import BadRequest, KeysUnusable
from qa.settings import Settings
from qa.web import keys as module
from qa.web.api import build_api
from qa.web.callers import anonymous_scopes, warnings_of
from qa.web.gate import Gate
from qa.web.keys import SCOPES, Keys
from qa.web.resources import Resources
from tests.long import scaled
from tests.qa.web.conftest import Guarded
from tests.serving import ROOT

pytestmark = pytest.mark.xdist_group("serving")
OPEN = {
    "/docs",
    "/uploads",
    "/originals/{key}",
    "/originals/{key}/pages/{page}.png",
}  # names no document, or by a key


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_key_is_shown_once_and_kept_as_its_digest(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "private" / "keys.json")
    key, token = keys.make("门户", ["feedback", "ask"])
    assert re.fullmatch(rf"sq_{key.id}_[A-Za-z0-9_-]{{43}}", token)
    text = keys.path.read_text("utf-8")
    assert token not in text and token.split("_", 2)[2] not in text
    assert keys.path.stat().st_mode & 0o777 == 0o600
    found = keys.check(token)
    assert found is not None and (found.name, found.scopes) == ("门户", ("ask", "feedback"))
    assert keys.check(token[:-1]) is None and keys.check("") is None and keys.check(key.digest) is None


@pytest.mark.skipif(not hasattr(module.os, "fchown"), reason="POSIX")
def test_what_root_makes_is_of_who_has_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(module.os, "fchown", lambda _, user, group: given.append((user, group)))
    monkeypatch.setattr(module.os, "geteuid", lambda: 1000)
    Keys(tmp_path / "keys.json").make("门户", ["ask"])
    assert given == []
    monkeypatch.setattr(module.os, "geteuid", lambda: 0)
    Keys(tmp_path / "keys.json").make("大屏", ["ask"])
    assert given == [(tmp_path.stat().st_uid, tmp_path.stat().st_gid)]


def test_what_another_process_changes_is_seen_at_the_next_use(tmp_path: Path) -> None:
    running, command = Keys(tmp_path / "keys.json"), Keys(tmp_path / "keys.json")
    assert running.check("sq_x") is None
    key, token = command.make("甲", ["ask"])
    assert running.check(token) == key
    command.withdraw(key.id)
    assert running.check(token) is None
    with pytest.raises(BadRequest, match="已收回"):
        command.withdraw(key.id)


def test_keys_expire_and_are_rotated(tmp_path: Path) -> None:
    clock = Clock()
    keys = Keys(tmp_path / "keys.json", clock)
    first, old = keys.make("甲", ["ask"], days=2)
    second, new = keys.rotate(first.id, overlap=1)
    assert keys.check(old) and keys.check(new) and second.expires == first.expires
    clock.now += 3_601
    assert keys.check(old) is None and keys.check(new)
    _third, newest = keys.rotate(second.id)
    assert keys.check(new) is None and keys.check(newest)
    clock.now += 2 * 86_400
    assert keys.check(newest) is None
    assert [key.state(clock.now) for key in keys.all()] == ["已到期", "已收回", "已到期"]


@pytest.mark.parametrize(
    ("name", "scopes", "days", "told"),
    [("", ["ask"], None, "--name"), ("a\nb", ["ask"], None, "--name"), ("a", [], None, "实际是空的"),
     ("a", ["ask", "root"], None, "“root”"), ("a", ["ask"], 0, "--days"), ("a", ["ask"], float("nan"), "--days")],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, name: str, scopes: list[str], days: float, told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        Keys(tmp_path / "keys.json").make(name, scopes, days)
    assert not (tmp_path / "keys.json").exists()


def test_every_key_is_compared_in_constant_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys(tmp_path / "keys.json")
    tokens = [keys.make(f"第{n}把", ["ask"])[1] for n in range(5)]
    compared: list[tuple[str, str]] = []

    def counted(one: str, other: str) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(module, "compare_digest", counted)
    for token in (tokens[0], tokens[4], "wrong", ""):
        keys.check(token)
        assert len(compared) == 5 and all(len(a) == len(b) == 64 for a, b in compared)
        compared.clear()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: text.replace('"version": 1', '"version": 2'),
        lambda text: re.sub('"digest": "..', '"digest": "zz', text),
        lambda text: text.replace('"ask"', '"root"'),
        lambda text: text.replace('"withdrawn": null', '"withdrawn": "no"'),
        lambda text: text.replace('"name"', '"nom"'),
        lambda text: "[" * 100_000,
    ],
)
def test_a_damaged_file_opens_nothing_and_tells_nothing_of_itself(tmp_path: Path, damage: object) -> None:
    keys = Keys(tmp_path / "keys.json")
    key, token = keys.make("甲", ["ask"])
    keys.path.write_text(damage(keys.path.read_text("utf-8")), "utf-8")  # type: ignore[operator]
    for _ in range(2):
        with pytest.raises(KeysUnusable, match=r"已损坏.*所有密钥都不能用") as refused:
            keys.check(token)
    assert key.digest[4:] not in str(refused.value) and refused.value.__cause__ is None
    with pytest.raises(KeysUnusable):
        keys.make("乙", ["ask"])  # nothing is written over it


def test_a_file_that_others_may_read_opens_nothing(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    _, token = keys.make("甲", ["ask"])
    keys.path.chmod(0o644)
    with pytest.raises(KeysUnusable, match="chmod 600"):
        keys.check(token)


def test_commands_at_the_same_time_lose_no_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda n: Keys(tmp_path / "keys.json").make(f"第{n}把", ["ask"]), range(12)))
    keys = Keys(tmp_path / "keys.json")
    assert all(keys.check(token) for _, token in made)
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["keys", "--keys", str(tmp_path / "k.json"), *arguments])
        out, err = capsys.readouterr()
        return int(str(ended.value.code)), out, err

    assert "还没有密钥" in run("list")[2]
    code, token, told = run("make", "--name", "门户", "--scope", "ask, feedback", "--days", "30")
    assert code == 0 and token.strip() not in told and "只显示这一次" in told
    code, listed, _ = run()
    number = listed.split("\t")[0]
    assert code == 0 and "门户\task,feedback" in listed and "可用" in listed and token.strip() not in listed
    _, second, _ = run("rotate", number)
    assert second != token
    assert run("withdraw", number)[0] == 2  # it has gone already
    assert run("withdraw", second.split("_")[1])[0] == 0
    assert Keys(tmp_path / "k.json").check(second.strip()) is None
    code, out, told = run("withdraw", token.strip())
    assert (code, out) == (2, "") and token.strip() not in told


def test_every_route_asks_for_a_scope() -> None:
    api: FastAPI = build_api(Resources(Settings()), Gate(1, 1.0))
    routes = [route for route in api.routes if isinstance(route, APIRoute)]
    without = {
        r.path for r in routes if not any("require" in d.dependency.__qualname__ for d in r.dependencies)
    }  # type: ignore[union-attr]
    assert without == OPEN
    assert len(routes) > 15


def test_what_each_scope_opens_is_documented_as_it_is() -> None:
    api: FastAPI = build_api(Resources(Settings()), Gate(1, 1.0))
    opened: dict[str, set[str]] = {scope: set() for scope in SCOPES}
    for route in (one for one in api.routes if isinstance(one, APIRoute) and one.path not in OPEN):
        (scope,) = [d.dependency.__doc__ for d in route.dependencies]  # type: ignore[union-attr]
        opened[str(scope)] |= {f"{method} {route.path}" for method in route.methods}
    text = (ROOT / "docs" / "operations.zh-CN.md").read_text("utf-8")
    rows = {scope: re.search(rf"^\| {scope} \|[^|]*\|([^|]*)\|$", text, re.M) for scope in SCOPES}
    assert {s: set(re.findall("`(.*?)`", row[1])) for s, row in rows.items() if row} == opened
    assert "POST /compare" in opened["ask"] and "DELETE /library/{id}" in opened["documents"]


def test_what_is_open_without_a_key_is_said_out_loud() -> None:
    assert anonymous_scopes(Settings()) == {"ask", "feedback", "documents"}
    assert anonymous_scopes(Settings(anonymous="none")) == set()
    assert anonymous_scopes(Settings(anonymous="ask, feedback")) == {"ask", "feedback"}
    assert warnings_of(Settings()) == [] == warnings_of(Settings(host="0.0.0.0", anonymous="ask"))
    assert "--anonymous none" in warnings_of(Settings(host="0.0.0.0"))[0]


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [(None, "/documents", 401), ("feedback", "/documents", 403), ("ask", "/documents", 200),
     (None, "/uploads", 200), ("ask", "/uploads/0123456789abcdef", 403), ("documents", "/uploads/0123456789abcdef", 404)],
)  # fmt: skip
def test_a_key_opens_what_its_scopes_say(guarded: Guarded, scope: str | None, path: str, status: int) -> None:
    found, headers, body = guarded.served.get(f"/api/v1{path}", **guarded.bearer(scope))
    assert found == status, body
    if status in (401, 403):
        assert headers["www-authenticate"].startswith('Bearer realm="speechqa"')
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(body)["code"] == {401: "key_needed", 403: "scope_missing"}[status]


def test_a_key_that_is_none_opens_nothing_even_what_is_open(guarded: Guarded) -> None:
    for path in ("/api/v1/uploads", "/api/v1/documents"):
        assert guarded.served.get(path, authorization="Bearer sq_00000000_x")[0] == 401
    assert (
        guarded.served.get("/api/v1/uploads", authorization="Basic dTpw")[0] == 200
    )  # a proxy's, none of ours


def test_fuzzed_headers_open_nothing_and_break_nothing(guarded: Guarded) -> None:
    chance, token = random.Random(1), guarded.tokens["ask"]
    for number in range(scaled(60, 3_000)):
        cut = chance.randrange(len(token))
        odd = bytes(
            chance.choice([*range(33, 127), *range(128, 256)]) for _ in range(chance.randrange(1, 300))
        )
        made = [
            token[:cut], token[:cut] + chance.choice("aB_-é") + token[cut + 1 :], token + "x", f"{token} {token}",
            odd.decode("latin-1"), "", token.swapcase(), f"{token},", f'"{token}"',
        ][number % 9]  # fmt: skip
        if made == token:
            continue
        kind = chance.choice(["Bearer", "bearer", "BEARER", "Bearer  "])
        found = guarded.served.request("GET", "/api/v1/documents", None, {"authorization": f"{kind} {made}"})
        assert found[0] == 401, (kind, made)


def test_one_that_is_withdrawn_opens_nothing_any_more(guarded: Guarded) -> None:
    keys = Keys(guarded.keys)
    key, token = keys.make("一时", ["ask"])
    asked = {"authorization": f"Bearer {token}"}
    assert guarded.served.get("/api/v1/documents", **asked)[0] == 200
    keys.withdraw(key.id)
    assert guarded.served.get("/api/v1/documents", **asked)[0] == 401


def test_a_damaged_file_shuts_the_server_to_all_keys(guarded: Guarded) -> None:
    whole = guarded.keys.read_bytes()
    try:
        guarded.keys.write_bytes(whole[:50])
        status, _, body = guarded.served.get("/api/v1/documents", **guarded.bearer("ask"))
        assert (status, json.loads(body)["code"]) == (503, "keys_unusable")
        assert str(guarded.keys) not in body.decode()
        assert guarded.served.get("/api/v1/documents")[0] == 401  # and nobody is let in without one
    finally:
        guarded.keys.write_bytes(whole)
    assert guarded.served.get("/api/v1/documents", **guarded.bearer("ask"))[0] == 200


def test_nothing_of_a_key_is_in_the_log_but_its_number(guarded: Guarded) -> None:
    guarded.served.get("/api/v1/documents", **guarded.bearer("ask"))
    log = guarded.served.log.read_text("utf-8")
    for token in guarded.tokens.values():
        _, _number, secret = token.split("_", 2)
        assert secret not in log and secret[:20] not in log
    assert f'"key": "{guarded.tokens["ask"].split("_")[1]}"' in log


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux")
def test_no_crash_leaves_a_key_on_the_disk(guarded: Guarded) -> None:
    limits = Path(f"/proc/{guarded.served.process.pid}/limits").read_text("utf-8")
    assert re.search(r"Max core file size +0 +0 ", limits)


def test_the_chat_asks_for_a_key_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys(tmp_path / "keys.json")
    key, token = keys.make("甲", ["ask"])
    _, other = keys.make("乙", ["feedback"])
    for name, value in {"STORE": tmp_path / "s.sqlite3", "KEYS": keys.path, "ANONYMOUS": "none"}.items():
        monkeypatch.setenv(f"SPEECHQA_{name}", str(value))
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.query_params["q"] = "口岸有哪些成绩"
    for given in ("", "sq_wrong", other):
        page.run()
        if given:
            page.text_input[0].set_value(given)
            page.button[0].click().run()
        assert not page.chat_input and "speechqa" not in page.session_state and not page.exception
    page.text_input[0].set_value(token)
    page.button[0].click().run()
    assert page.chat_input and page.session_state["speechqa"].turns and not page.exception
    assert token not in str(page.query_params) and not page.session_state["speechqa"].judges
    keys.withdraw(key.id)
    page.chat_input[0].set_value("全文分几个部分").run()
    assert not page.chat_input and page.text_input
    assert len(page.session_state["speechqa"].turns) == 1
