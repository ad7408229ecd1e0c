"""A browser tab's WebSocket, speaking Streamlit's own protocol: what the chat page sends and gets."""

from __future__ import annotations

import asyncio
import time

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect


class Tab:
    """One tab; `open` before anything else."""

    socket: ClientConnection

    def __init__(self, port: int) -> None:
        self.address = f"ws://127.0.0.1:{port}/_stcore/stream"
        self.input = ""
        self.widgets: set[tuple[str, str]] = set()  # kind and id of what the page has drawn

    async def open(self) -> None:
        """Connect and draw the first screen."""
        self.socket = await connect(self.address, max_size=None, subprotocols=["streamlit"])  # type: ignore[list-item]
        await self.run(BackMsg(rerun_script={"query_string": ""}))

    async def run(self, message: BackMsg) -> None:
        """Send a message and read until the script has run; raises AssertionError on a failed run."""
        await self.socket.send(message.SerializeToString())
        while True:
            got = ForwardMsg()
            got.ParseFromString(await asyncio.wait_for(self.socket.recv(), 60))  # type: ignore[arg-type]
            kind = got.WhichOneof("type")
            if kind == "delta" and got.delta.HasField("new_element"):
                self._drawn(got.delta.new_element)
            assert not (kind == "delta" and got.delta.new_element.HasField("exception")), got.delta
            if kind == "script_finished" and got.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                assert got.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
                return

    def _drawn(self, element: Element) -> None:
        kind = str(element.WhichOneof("type"))
        identity = str(getattr(getattr(element, kind), "id", ""))
        if identity:
            self.widgets.add((kind, identity))
        if kind == "chat_input":
            self.input = identity

    async def ask(self, question: str) -> float:
        """Ask, and return the seconds until all of the answer has arrived."""
        message = BackMsg(rerun_script={"query_string": ""})
        state = message.rerun_script.widget_states.widgets.add()
        state.id = self.input
        state.chat_input_value.data = question
        started = time.perf_counter()
        await self.run(message)
        return time.perf_counter() - started

    async def close(self) -> None:
        """Close the tab."""
        await self.socket.close()
