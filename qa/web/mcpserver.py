"""The Model Context Protocol over assistant.py, by the official package (extra `mcp`): stdio, and HTTP at /mcp.

HTTP holds no session: each request stands alone, with its own key, so that one that is withdrawn opens nothing more.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

import jsonschema
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError

from index import SpeechIndexError
from qa.answering import Engine
from qa.errors import QuestionError
from qa.web.apierrors import FAILED, public_message
from qa.web.assistant import URI, Given
from qa.web.callers import challenge, check_scope
from qa.web.gate import Busy, Gate
from qa.web.noting import Noting, unnoted
from qa.web.responses import Receive, Scope, Send, send_problem
from qa.web.toolbox import TOOLS, Tool

TEXT = 1_000_000  # characters of a document that are given at once; what is longer is read in pieces
REQUEST = "speechqa/request_id"  # in a result's _meta
_BY_NAME = {tool.name: tool for tool in TOOLS}
_ABOUT = (
    "对中文讲话、报告提问，得到一字不差的原文和出处。先 list_documents 看有哪些文稿，用 ask 提问，"
    "引用时照抄 text 并写明 citation；原文没有说的不要补。"
)
_WRONG = {
    "required": "缺少 {0}",
    "type": "类型不对",
    "additionalProperties": "有不认识的参数",
    "minLength": "是空的",
    "maxLength": "太长",
    "maxItems": "太多",
    "minimum": "太小",
    "maximum": "太大",
    "enum": "不是可选的值",
}
_log = logging.getLogger("speechqa")


class Assistant:
    """The tools and resources over what `engine` gives; questions pass the gate."""

    def __init__(self, engine: Callable[[], Engine], gate: Gate, noting: Noting = unnoted) -> None:
        """Make the protocol's server."""
        self._engine, self._gate, self._noting = engine, gate, noting
        self.server: Server[Any] = Server(
            "speechqa",
            version=version("speechqa"),
            title="讲话问答",
            instructions=_ABOUT,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_read_resource=self._read_resource,
        )

    async def over_stdio(self) -> None:
        """Serve on standard input and output until the input ends."""
        async with stdio_server() as (incoming, outgoing):
            await self.server.run(incoming, outgoing, self.server.create_initialization_options())

    async def _list_tools(self, _: Any, __: Any) -> types.ListToolsResult:
        only_reads = types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name,
                    title=tool.title,
                    description=tool.about,
                    input_schema=tool.takes,
                    output_schema=tool.gives,
                    annotations=only_reads,
                )
                for tool in TOOLS
            ]
        )

    async def _call_tool(self, context: Any, call: types.CallToolRequestParams) -> types.CallToolResult:
        """Run a tool; over HTTP the result names the request by which log and journal tell of it."""
        request = _request_id(context)
        result = await self._called(call, request)
        return result.model_copy(update={"meta": {REQUEST: request}}) if request else result

    async def _called(self, call: types.CallToolRequestParams, request: str | None) -> types.CallToolResult:
        tool, given = _BY_NAME.get(call.name), call.arguments or {}
        if tool is None:
            return _failed(f"没有这个工具；可用的是：{'、'.join(_BY_NAME)}。")
        if (wrong := wrong_in(tool, given)) is not None:
            return _failed(wrong)
        try:
            result = await self._done(tool, given, request)
        except (QuestionError, SpeechIndexError) as error:
            return _failed(public_message(error))
        except Busy as error:
            return _failed(str(error))
        except Exception:
            _log.exception("a tool failed")
            return _failed(FAILED)
        text = json.dumps(result, ensure_ascii=False).encode("utf-8", "replace").decode()
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=text)], structured_content=json.loads(text)
        )

    async def _done(self, tool: Tool, given: Given, request: str | None) -> Given:
        """Run a tool behind the gate; a question that is asked is noted by the id of its request."""
        engine = self._engine()
        asked = given.get("question", given.get("query"))
        work = partial(tool.call, engine, given)
        if asked is None:
            return (await self._gate.run(work))[0]
        with self._noting("mcp", asked, request) as noted:
            result, noted.answer = await self._gate.run(work)
        return result

    async def _list_resources(self, _: Any, __: Any) -> types.ListResourcesResult:
        documents = self._engine().snapshot.documents
        return types.ListResourcesResult(
            resources=[
                types.Resource(
                    uri=URI + one.document.id,
                    name=one.document.id,
                    title=one.document.title,
                    description=f"《{one.document.title}》全文，{len(one.document.text):,} 字",
                    mime_type="text/plain",
                )
                for one in documents
            ]
        )

    async def _read_resource(
        self, _: Any, wanted: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(wanted.uri)
        documents = {URI + one.document.id: one.document.text for one in self._engine().snapshot.documents}
        if uri not in documents:
            raise MCPError(types.INVALID_PARAMS, "没有这份文稿；有哪些见 resources/list。")
        if len(documents[uri]) > TEXT:
            raise MCPError(types.INVALID_PARAMS, f"这份文稿超过 {TEXT:,} 字，请用 read_section 分段读。")
        text = documents[uri].encode("utf-8", "replace").decode()
        content = types.TextResourceContents(uri=uri, mime_type="text/plain", text=text)
        return types.ReadResourceResult(contents=[content])


def wrong_in(tool: Tool, given: Given) -> str | None:
    """Return in Chinese what is wrong with a tool's arguments, without their values; None where nothing is."""
    try:
        checked = jsonschema.Draft202012Validator(tool.takes)
        error = min(checked.iter_errors(given), key=lambda e: list(map(str, e.path)), default=None)
    except RecursionError:
        return "参数嵌套太深。"
    if error is None:
        return None
    missing = (
        next((n for n in tool.takes["required"] if n not in given), "")
        if error.validator == "required"
        else ""
    )
    what = _WRONG.get(str(error.validator), "不对").format(missing)
    where = f"参数 {error.path[0]}" if error.path else "参数"
    return f"{where}{what}。{tool.name} 的参数：{'、'.join(tool.takes['properties']) or '没有'}。"


def _failed(message: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=message)], is_error=True)


def _request_id(context: Any) -> str | None:
    """Return the id that the access log gave the HTTP request; None on stdio."""
    state = context.request.scope.get("state", {}) if context.request is not None else {}
    found: str | None = state.get("request_id")
    return found


class Mounted:
    """The same over HTTP, at one address: who may not `ask` is refused, everything but POST too."""

    def __init__(self, assistant: Assistant, body_limit: int) -> None:
        """Take bodies of at most `body_limit` bytes."""
        self._manager = StreamableHTTPSessionManager(
            assistant.server, json_response=True, stateless=True, max_request_body_size=body_limit
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Be ready for as long as the server runs."""
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != "POST":
            await send_problem(send, 405, "method_not_allowed", "MCP 在这里只收 POST。", [("allow", "POST")])
            return
        try:
            check_scope(scope, "ask")
        except QuestionError as error:
            status = 401 if error.code == "key_needed" else 403
            await send_problem(send, status, error.code, str(error), [challenge()])
            return
        await self._manager.handle_request(scope, receive, send)
