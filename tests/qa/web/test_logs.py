"""The logs: one line stays one line, what repeats is counted, and a log that cannot be written stops no answer."""

from __future__ import annotations

import io
import json
import logging
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.web.logs import Repeats, log_line
from tests.long import only_long
from tests.serving import Serving


@given(st.text())
def test_a_line_stays_one_line_and_is_obeyed_by_no_terminal(text: str) -> None:
    line = log_line({"path": text})
    assert len(line.splitlines()) == 1
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029\u202e" for c in line)
    assert json.loads(line)["path"] == text.encode("utf-8", "replace").decode()


ODD = ["%C2%9B31m", "%E2%80%A8", "%E2%80%A9", "%C2%85", "%E2%80%AE", "%1B[2J", "%0A{}", "%ED%A0%80"]


def test_a_path_cannot_write_into_the_log(tmp_path: Path) -> None:
    served = Serving(tmp_path)
    for odd in ODD:
        assert served.get(f"/a{odd}b")[0] == 404
    served.stop()
    log = served.log.read_bytes().decode("utf-8")
    assert not set(log) & set("\x9b\u2028\u2029\x85\u202e\x1b")
    paths = [json.loads(line)["path"] for line in log.splitlines() if line.startswith("{")]
    assert sum(path.startswith("/a") and path.endswith("b") for path in paths) == len(ODD)


def test_what_repeats_is_counted() -> None:
    now, out = [0.0], io.StringIO()
    log = logging.Logger("test")
    handler = logging.StreamHandler(out)
    handler.addFilter(Repeats(60.0, clock=lambda: now[0]))
    log.addHandler(handler)
    for _ in range(1000):
        try:
            int("x")
        except ValueError:
            log.exception("failed at %s", now[0])
    log.warning("something else")
    assert out.getvalue().count("Traceback") == 1 and out.getvalue().count("something else") == 1
    try:
        int("x")
    except ValueError:
        log.exception("failed at %s", now[0])  # at another place of the program: another error
    assert out.getvalue().count("Traceback") == 2 and len(out.getvalue()) < 3_000


def test_the_count_is_told() -> None:
    now, out = [0.0], io.StringIO()
    log = logging.Logger("test")
    handler = logging.StreamHandler(out)
    handler.addFilter(Repeats(60.0, clock=lambda: now[0]))
    log.addHandler(handler)
    for second in (0.0, 1.0, 2.0, 61.0):
        now[0] = second
        log.warning("disk %s", "full")
    assert out.getvalue() == "disk full\ndisk full（此前又有 2 次，没有逐次记下）\n"


@only_long
@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux")
def test_a_full_disk_for_the_log_stops_no_answer(tmp_path: Path) -> None:
    served = Serving(tmp_path, prelude="import sys; sys.stderr = open('/dev/full', 'w', buffering=1)")
    for _ in range(20):
        assert served.ask(question="口岸有哪些成绩")["points"]
    assert served.get("/nothing")[0] == 404
    served.stop()
