"""Messages of the page's WebSocket."""

import json

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from qa.web.tabs import NESTED, _fault


def fault(**value: str) -> int | None:
    message = BackMsg(rerun_script={"widget_states": {"widgets": [{"id": "x", **value}]}})
    return _fault({"type": "websocket.receive", "bytes": message.SerializeToString()})


@pytest.mark.parametrize("field", ["json_trigger_value", "json_value"])
def test_nesting_that_python_cannot_read_is_refused(field: str) -> None:
    """Streamlit's own reader ends in a RecursionError, and the page in an English sentence."""
    for deep in ("[" * 5000, '{"a":' * 5000, "[" * (NESTED + 1) + "]" * (NESTED + 1), '[{"a":' * 60):
        assert fault(**{field: deep}) == 1002
    asked = json.dumps({"type": "ask", "question": "[[{" * 300 + '\\"['})
    for plain in (asked, "[[]," * 50 + "[]" * 300, "", "]" * 9000 + "["):
        assert fault(**{field: plain}) == 0


@pytest.mark.parametrize(
    ("operation", "passes"),
    [
        ("deferred_file", True),
        ("install_skills", False),
        ("dismiss_skills_nudge", False),
        ("dataframe_chunk", False),
    ],
)
def test_of_streamlits_operations_only_exports_pass(operation: str, passes: bool) -> None:
    message = BackMsg(backend_operation_request={"request_id": "1", operation: {}})
    sent = {"type": "websocket.receive", "bytes": message.SerializeToString()}
    assert _fault(sent) == (0 if passes else None)
