"""The chat page's WebSockets: only messages that the page itself sends reach Streamlit.

Streamlit logs a traceback for a frame that it cannot read, and serves messages that belong to its own editor: cleared
caches, addresses for uploads.
"""

from __future__ import annotations

import re

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg

from qa.web.responses import App, Message, Receive, Scope, Send

KINDS = frozenset({"rerun_script", "stop_script", "app_heartbeat"})
OPERATION = "deferred_file"  # the one of Streamlit's backend operations that the page uses: an export is made on demand
MESSAGE = 262_144  # bytes beside the question's: the states of 200 turns take a quarter of it
NESTED = 100  # objects and lists in each other in what a person did: the page sends two
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PROTOCOL_ERROR, _UNSUPPORTED = 1002, 1003  # RFC 6455, section 7.4.1


def message_limit(question_limit: int) -> int:
    """Return the largest message, bytes, where a question may have `question_limit` characters."""
    return MESSAGE + 4 * question_limit


class Tabs:
    """Closes a WebSocket that sends what is no message of the page's; drops messages that nobody needs."""

    def __init__(self, app: App) -> None:
        """Stand before Streamlit."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what the page sends."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return

        async def checked() -> Message:
            while True:
                message = await receive()
                code = _fault(message) if message["type"] == "websocket.receive" else 0
                if code is None:
                    continue
                if code:
                    await send({"type": "websocket.close", "code": code})
                    return {"type": "websocket.disconnect", "code": code}
                return message

        await self.app(scope, checked, send)


def _fault(message: Message) -> int | None:
    """Return the code to close with; 0 where the message is good, None where it is to be dropped."""
    data = message.get("bytes")
    if data is None:
        return _UNSUPPORTED
    parsed = BackMsg()
    try:
        parsed.ParseFromString(data)
    except DecodeError:
        return _PROTOCOL_ERROR
    states = parsed.rerun_script.widget_states.widgets
    if any(_too_deep(state.json_trigger_value) or _too_deep(state.json_value) for state in states):
        return _PROTOCOL_ERROR
    return 0 if _is_ours(parsed) else None


def _is_ours(message: BackMsg) -> bool:
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") == OPERATION
    return kind in KINDS


def _too_deep(text: str) -> bool:
    """Tell whether JSON nests deeper than anything that the page sends: Python's reader has an end."""
    if text.count("[") + text.count("{") <= NESTED:
        return False
    depth = deepest = 0
    for mark in _STRINGS.sub("", text):
        depth += (mark in "[{") - (mark in "]}")
        deepest = max(deepest, depth)
    return deepest > NESTED
