"""MCP with the official package's own client: what it lists, quotes and refuses, in process, by HTTP and on stdio."""

from __future__ import annotations

import asyncio
import json
import random
import re
import string
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from qa.answering import Engine
from qa.deadline import check, limited
from qa.errors import OutOfTime
from qa.requests import EXCERPT
from qa.web.assistant import _exact, find
from qa.web.gate import Gate
from qa.web.keys import Keys
from qa.web.mcpserver import REQUEST, Assistant
from qa.web.toolbox import TOOLS
from tests.long import scaled
from tests.loops import run as in_a_loop
from tests.qa.web.conftest import Guarded
from tests.serving import ROOT
from tests.texts import SPEECH

pytestmark = pytest.mark.xdist_group("serving")
SESSIONS = scaled(6, 50)
ODD = [
    *(
        None,
        True,
        -1,
        2**63,
        1e308,
        "",
        " ",
        "长" * 1_001,
        "\x00",
        "\u202e",
        "'; DROP TABLE asked; --",
    ),
    *([], [[]], {}, {"$ref": "#"}, ["a"] * 300, "../../etc/passwd", "${jndi:ldap://x}", "<script>", "粮食"),
]


def within(engine: Engine, work: Callable[[Client], Awaitable[Any]], seconds: float = 60.0) -> Any:
    async def run() -> Any:
        gate = Gate(8, seconds)
        async with Client(Assistant(lambda: engine, gate).server) as client:
            result = await work(client)
        gate.close()
        return result

    return in_a_loop(run())


async def called(client: Client, name: str, **given: Any) -> Any:
    result = await client.call_tool(name, given)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content  # type: ignore[union-attr]
    return result.structured_content


async def refused(client: Client, name: str, given: dict[str, Any]) -> str:
    result = await client.call_tool(name, given)
    assert result.is_error
    return str(result.content[0].text)  # type: ignore[union-attr]


def test_what_is_offered_is_told_in_chinese_with_schemas(engine: Engine) -> None:
    async def work(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["ask", "list_documents", "outline", "read_section", "find"]
        for tool in tools:
            assert any("\u4e00" <= c <= "\u9fff" for c in tool.description or "")
            assert tool.input_schema["additionalProperties"] is False and tool.output_schema
            assert all(p["description"] for p in tool.input_schema["properties"].values())
            assert tool.annotations and tool.annotations.read_only_hint

    within(engine, work)


def test_what_is_quoted_is_verbatim(engine: Engine) -> None:
    async def work(client: Client) -> None:
        answer = await called(client, "ask", question="口岸有哪些成绩")
        found = await called(client, "find", query="口岸", limit=5)
        assert answer["status"] == "answered" and 0 < len(answer["points"]) <= 20
        assert found["exact_total"] == SPEECH.count("口岸") and 0 < len(found["passages"]) <= 5 == len(
            found["exact"]
        )
        for point in (*answer["points"], *found["passages"], *found["exact"]):
            assert SPEECH[point["start"] : point["end"]] == point["text"] and point["citation"].startswith(
                "《"
            )
        follow = await called(client, "ask", question="那第二个呢", history=["全文分几个部分"])
        assert "第二" in follow["standalone"]
        nothing = await called(client, "ask", question="县里的地铁什么时候开通")
        assert (
            (nothing["status"], nothing["points"]) == ("not_found", [])
            and nothing["nearest"]
            and nothing["note"]
        )

    within(engine, work)


def test_a_document_is_read_by_its_outline(engine: Engine) -> None:
    async def work(client: Client) -> None:
        (document,) = (await called(client, "list_documents"))["documents"]
        tree = await called(client, "outline", document=document["id"], depth=1)
        assert {s["level"] for s in tree["sections"]} == {1}
        section = tree["sections"][1]
        read = await called(client, "read_section", section=section["section"])
        assert read["text"] == SPEECH[section["start"] : min(section["end"], section["start"] + EXCERPT)]
        pieces, at = [], 0
        while at is not None:
            piece = await called(client, "read_section", start=at)
            pieces.append(piece["text"])
            at = piece["next"]
        assert "".join(pieces) == SPEECH
        (resource,) = (await client.list_resources()).resources
        assert str(resource.uri) == document["uri"] == f"speechqa://documents/{document['id']}"
        assert (await client.read_resource(document["uri"])).contents[0].text == SPEECH  # type: ignore[union-attr]
        with pytest.raises(MCPError, match="没有这份文稿"):
            await client.read_resource("speechqa://documents/../../etc/passwd")

    within(engine, work)


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [("ask", {}, "缺少 question"), ("ask", {"question": 5}, "参数 question类型不对"), ("ask", {"question": "长" * 1_001}, "太长"),
     ("ask", {"question": "问", "sql": "x"}, "有不认识的参数"), ("ask", {"question": " "}, "没有问题"),
     ("ask", {"question": "问", "document": "没有的"}, "索引里没有文稿"), ("ask", {"question": "问", "facet": "绿色"}, "不是可选的值"),
     ("ask", {"question": "问", "history": ["长" * 30_000]}, "history 共 30000 字"), ("find", {"query": "问", "limit": 99}, "太大"),
     ("read_section", {"section": 9_999}, "没有第 9999 号小节"), ("read_section", {"start": 10**9}, "start 和 end 应满足"),
     ("outline", {"depth": 0}, "太小"), ("rm", {}, "没有这个工具")],
)  # fmt: skip
def test_what_is_wrong_is_told_in_one_line(
    engine: Engine, name: str, given: dict[str, Any], told: str
) -> None:
    message = within(engine, lambda client: refused(client, name, given))
    assert told in message and "\n" not in message and "Traceback" not in message


def test_what_takes_too_long_is_stopped(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: Any, **__: Any) -> Any:
        while True:
            check()

    monkeypatch.setattr(Engine, "ask", slow)
    assert "已停止" in within(engine, lambda client: refused(client, "ask", {"question": "问"}), 0.2)


@pytest.mark.parametrize("words", ["口", "没有出现的几个字"])
def test_words_are_not_looked_for_after_the_time(engine: Engine, words: str) -> None:
    documents = engine.snapshot.documents
    with limited(60.0):
        points, count = _exact(documents, words, 2)
    assert count == SPEECH.count(words) and [p.text for p in points] == [words] * min(2, count)
    with pytest.raises(OutOfTime), limited(-1.0):
        _exact(documents, words, 2)


def test_all_of_the_words_are_looked_for(engine: Engine) -> None:
    """A long quotation whose beginning alone stands in the text stands nowhere."""
    said = SPEECH[SPEECH.index("第二，") :][:150]
    for words, places in ((said, 1), (f"{said[:120]}原文没有这半句", 0)):
        result, _ = find(engine, {"query": words})
        assert (result["exact_total"], [p["text"] for p in result["exact"]]) == (places, [words] * places)


def scripted(chance: random.Random) -> list[tuple[str, dict[str, Any]]]:
    """Return calls of one session: some in order, most of them hostile."""
    calls: list[tuple[str, dict[str, Any]]] = [
        ("ask", {"question": chance.choice(["口岸", "粮食有哪些要求"])})
    ]
    for _ in range(scaled(6, 12)):
        tool = chance.choice(TOOLS)
        names = [*tool.takes["properties"], "".join(chance.choices(string.printable, k=5))]
        calls.append(
            (
                tool.name,
                {name: chance.choice(ODD) for name in chance.sample(names, chance.randrange(len(names) + 1))},
            )
        )
    return calls


async def hostile(client: Client, number: int) -> int:
    """Run one scripted session; each call ends in a result or a clean error. Return how many were refused."""
    failed = 0
    for name, given in scripted(random.Random(number)):
        try:
            result = await client.call_tool(name, given)
        except (
            MCPError,
            UnicodeEncodeError,
            ValueError,
        ) as error:  # told by the protocol, or not sent by the client
            assert "Traceback" not in str(error)
            failed += 1
            continue
        text = "".join(getattr(part, "text", "") for part in result.content)
        assert text and not (result.is_error and re.search("Traceback|程序出错|Error", text)), (
            name,
            given,
            text,
        )
        failed += result.is_error
    answer = await called(client, "ask", question="口岸有哪些成绩")  # and it is as well as before
    assert answer["points"]
    return failed


def by_http(guarded: Guarded, token: str | None, work: Callable[[Client], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as plain,
            Client(streamable_http_client(f"{guarded.served.url}/mcp", http_client=plain)) as client,
        ):
            return await work(client)

    return in_a_loop(run())


def test_scripted_sessions_by_http(guarded: Guarded) -> None:
    refused_ = [
        by_http(guarded, guarded.tokens["ask"], lambda c, n=n: hostile(c, n)) for n in range(SESSIONS)
    ]
    assert min(refused_) >= 0 and sum(refused_) > SESSIONS
    log = guarded.served.log.read_text("utf-8")
    assert "Traceback" not in log
    assert '"door": "mcp"' in log


def test_a_question_by_http_is_told_by_the_number_of_its_request(guarded: Guarded) -> None:
    async def work(client: Client) -> list[tuple[str, str]]:
        answered = await client.call_tool("ask", {"question": "口岸有哪些成绩，按编号找"})
        failed = await client.call_tool("ask", {"question": "按编号找", "document": "没有的"})
        return [
            ((one.meta or {})[REQUEST], "error" if one.is_error else "answered") for one in (answered, failed)
        ]

    told = by_http(guarded, guarded.tokens["ask"], work)
    for _ in range(100):  # the access log's line of a request is written after the answer
        text = guarded.served.log.read_text("utf-8")
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        paths = [line.get("path") for identity, _ in told for line in lines if line["request_id"] == identity]
        if paths.count("/mcp") == 2:
            break
        time.sleep(0.05)
    assert sorted(map(str, paths)) == ["/mcp", "/mcp", "None", "None"]
    noted = [(line["request_id"], line["answer"]) for line in lines if "按编号找" in line.get("question", "")]
    assert noted == told and told[0][0] != told[1][0]


@pytest.mark.parametrize(("scope", "status"), [(None, 401), ("feedback", 403), ("admin", 403)])
def test_who_may_not_ask_is_refused(guarded: Guarded, scope: str | None, status: int) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
    headers = guarded.bearer(scope) | {"content-type": "application/json", "accept": "application/json"}
    found, fields, _ = guarded.served.request("POST", "/mcp", body, headers)
    assert found == status and fields["www-authenticate"].startswith("Bearer")
    with pytest.raises(Exception):  # noqa: B017 - whatever the client makes of it
        by_http(guarded, guarded.tokens.get(scope or ""), lambda client: client.list_tools())


def test_a_key_that_is_withdrawn_ends_a_session(guarded: Guarded) -> None:
    keys = Keys(guarded.keys)
    key, token = keys.make("助手", ["ask"])

    async def work(client: Client) -> None:
        await called(client, "list_documents")
        keys.withdraw(key.id)
        with pytest.raises(Exception):  # noqa: B017
            await client.call_tool("list_documents", {})

    by_http(guarded, token, work)


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, 405),
        ("DELETE", {}, 405),
        ("POST", {"origin": "https://evil.test"}, 403),
        ("POST", {"host": "evil.test"}, 421),
    ],
)
def test_the_checks_of_the_server_hold_here_too(
    guarded: Guarded, method: str, headers: dict[str, str], status: int
) -> None:
    body = b"{}" if method == "POST" else None
    assert guarded.served.request(method, "/mcp", body, guarded.bearer("ask") | headers)[0] == status


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"[" * 50_000, b"null", b'{"jsonrpc": "2.0"}', b'{"jsonrpc": "2.0", "id": 1, "method": "x"}', b"\xff\xfe",
     b'{"jsonrpc": "2.0", "id": NaN, "method": "tools/list"}',
     b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": "\\ud800"}}}',
     b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "\\ud800", "arguments": {"\\ud800": 1}}}'],
)  # fmt: skip
def test_what_is_no_message_is_refused(guarded: Guarded, body: bytes) -> None:
    headers = guarded.bearer("ask") | {"content-type": "application/json", "accept": "application/json"}
    status, fields, answer = guarded.served.request("POST", "/mcp", body, headers)
    assert status < 500 and fields["content-type"].startswith("application/") and b"Traceback" not in answer


def test_a_body_that_is_too_large_is_refused(guarded: Guarded) -> None:
    headers = guarded.bearer("ask") | {"content-type": "application/json"}
    assert guarded.served.request("POST", "/mcp", b"[" * 1_000_001, headers)[0] == 413


def test_on_stdio(tmp_path: Any) -> None:
    async def run() -> int:
        environment = {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "SPEECHQA_CACHE": str(tmp_path)}
        started = StdioServerParameters(command=sys.executable, args=["-m", "qa", "mcp"], env=environment)
        async with Client(started) as client:
            return await hostile(client, 1)

    assert in_a_loop(asyncio.wait_for(run(), 120)) >= 0
