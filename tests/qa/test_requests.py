"""JSON lines and the limits of a request: what is taken, what is refused, in which words."""

from __future__ import annotations

import io
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Engine
from qa.errors import BadRequest, QuestionError
from qa.requests import (
    answer_request,
    dump_line,
    parse_json,
    parse_request,
    read_lines,
    read_questions,
    request_id,
    split_lines,
)
from tests.serving import ROOT

SEPARATORS = "\u2028\u2029\u0085\x0b\x0c\x1c\x1d\x1e"  # what str.splitlines splits at and JSON does not


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))))
def test_a_line_ends_at_lf_or_crlf_only(texts: list[str]) -> None:
    lines = [json.dumps({"question": text}, ensure_ascii=False) for text in texts]
    for end in ("\n", "\r\n"):
        split = [line for line in split_lines(end.join(lines)) if line]
        assert [parse_request(line)["question"] for line in split] == texts
        read = read_lines(io.StringIO(end.join(lines), newline="\n"))
        assert [parse_request(line)["question"] for line in read] == texts


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e999", "9" * 5000])
def test_a_number_that_json_does_not_have_is_refused(number: str) -> None:
    with pytest.raises(BadRequest, match="不是 JSON"):
        parse_request(f'{{"question": "口岸", "id": {number}}}')
    with pytest.raises(BadRequest, match="不是 JSON"):
        parse_request(f'{{"question": "口岸", "else": [{number}]}}')


def test_a_number_that_json_does_not_have_is_never_written() -> None:
    for number in (math.nan, math.inf):
        with pytest.raises(ValueError, match="JSON"):
            dump_line({"confidence": number})


def test_nesting_has_an_end() -> None:
    with pytest.raises(ValueError, match="嵌套太深"):
        parse_json("[" * 100_000)


def test_a_line_that_is_too_long_is_refused_and_the_next_one_answered() -> None:
    stream = io.StringIO("a" * 50 + "\n" + "b" * 10 + "\r\n" + "c" * 11 + "\n" + "d", newline="\n")
    assert list(read_lines(stream, 10)) == ["a" * 11, "b" * 10, "c" * 11, "d"]
    with pytest.raises(BadRequest, match="太长"):
        parse_request('{"question": "' + "问" * 1_000_000 + '"}')


@pytest.mark.parametrize("identity", [True, 1.5, 2**63, [1], {"a": 1}, "长" * 201])
def test_an_id_that_is_none(engine: Engine, identity: object) -> None:
    with pytest.raises(BadRequest, match="id 应为"):
        answer_request(engine, {"question": "口岸", "id": identity}, None)
    assert request_id({"id": identity}) is None


@pytest.mark.parametrize(
    ("history", "told"), [(["问"] * 201, "最多 200 个"), (["问" * 320_000], "最多 20000 字")]
)
def test_a_history_that_is_too_much(engine: Engine, history: list[str], told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        answer_request(engine, {"question": "口岸", "history": history}, None)


def test_a_question_that_is_too_long(engine: Engine) -> None:
    with pytest.raises(QuestionError, match="最多 1000 字"):
        answer_request(engine, {"question": "问" * 1001}, None)


def test_a_question_file_keeps_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    lines = [{"question": f"甲{c}乙", "evidence": None} for c in SEPARATORS]
    file.write_bytes("\r\n".join(json.dumps(one, ensure_ascii=False) for one in lines).encode())
    assert list(read_questions(file)) == lines


def test_batch_on_the_command_line(engine: Engine) -> None:
    asked = [{"id": n, "question": f"口岸{c}有哪些成绩"} for n, c in enumerate(SEPARATORS + "\r")]
    given = [json.dumps(one, ensure_ascii=False).replace("\\r", "\r") for one in asked[:-1]]
    given += [
        '{"id": "x", "question": 1e400}',
        '{"id": NaN, "question": "口岸"}',
        '{"id": "y", "question": " "}',
    ]
    done = subprocess.run(
        [sys.executable, "-m", "qa", "batch"],
        input="\r\n".join(given).encode(),
        capture_output=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONUTF8": "1"},
        timeout=60,
    )
    rows = [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]
    assert [row["id"] for row in rows] == [*range(len(SEPARATORS)), None, None, "y"]
    assert [row["question"] for row in rows[:-3]] == [one["question"] for one in asked[:-1]]
    assert [row["error"]["code"] for row in rows[-3:]] == ["bad_request", "bad_request", "empty_question"]
    assert "NaN" not in done.stdout.decode().split("error")[0]
