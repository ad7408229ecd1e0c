"""What the browser says that a person did: anything may come, it is read or refused in one line of Chinese."""

import json
import random
from typing import Any

import pytest

from qa.errors import BadRequest, QuestionError
from qa.web.actions import REASON, Action, Place, read_action
from tests.long import scaled

LIMIT = 100


def test_what_the_page_sends() -> None:
    assert read_action({"type": "ask", "question": "粮食呢", "at": 1, "turn": 0}, LIMIT) == Action(
        "ask", question="粮食呢"
    )
    for kind in ("literal", "again", "need"):
        assert read_action({"type": kind, "turn": 3}, LIMIT) == Action(kind)  # type: ignore[arg-type]
    edited = read_action({"type": "edit", "question": "农业呢", "turn": 1}, LIMIT)
    assert edited == Action("edit", question="农业呢")
    assert read_action({"type": "resume", "conversation": "abc"}, LIMIT) == Action("resume", names=("abc",))
    assert read_action({"type": "resume", "conversation": ""}, LIMIT) == Action("resume")
    many = {"type": "forget", "conversations": ["a", "b", "a"]}
    assert read_action(many, LIMIT) == Action("forget", names=("a", "b"))
    shelved = {"type": "shelved", "documents": ["a", "b"]}
    assert read_action(shelved, LIMIT) == Action("shelved", names=("a", "b"))
    assert read_action({"type": "narrow", "facet": None}, LIMIT) == Action("narrow")
    assert read_action({"type": "narrow", "facet": "goal"}, LIMIT) == Action("narrow", facet="goal")
    assert read_action({"type": "feedback", "verdict": "down", "reason": "没有列全"}, LIMIT) == Action(
        "feedback", verdict="down", reason="没有列全"
    )
    place = {"type": "open", "document": "abc", "start": 3, "end": 9, "at": 1764400000000}
    assert read_action(place, LIMIT).place == Place("abc", 3, 9, 1764400000000.0)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ([], "页面发来的操作看不懂：应为一个操作，实际是“list”"),
        ({}, "应为一个认识的操作，实际是“None”"),
        ({"type": ["ask"]}, "应为一个认识的操作，实际是“list”"),
        ({"type": "ask"}, "应为一句话，实际是“None”"),
        ({"type": "ask", "question": {"x": 1}}, "应为一句话，实际是“dict”"),
        ({"type": "ask", "question": "长" * 101}, "问题太长：最多 100 字，实际 101 字"),
        ({"type": "ask", "question": " "}, "没有问题"),
        ({"type": "edit"}, "应为一句话，实际是“None”"),
        ({"type": "resume"}, "应为一句话，实际是“None”"),
        ({"type": "resume", "conversation": "x" * 65}, "应为文稿的编号"),
        ({"type": "forget", "conversations": "abc"}, "应为文稿的编号"),
        ({"type": "forget", "conversations": [["abc"]]}, "应为文稿的编号"),
        ({"type": "narrow", "facet": ["goal"]}, "应为一个类别"),
        ({"type": "narrow", "facet": "<script>"}, "应为一个类别，实际是“<script>”"),
        ({"type": "feedback", "verdict": "up\0"}, "应为up 或 down"),
        ({"type": "feedback", "verdict": "up", "reason": ["x"]}, "应为说明的文字"),
        ({"type": "feedback", "verdict": "up", "reason": "长" * (REASON + 1)}, "补充说明太长"),
        ({"type": "open", "document": 3, "start": 0, "end": 1}, "应为文稿的编号"),
        ({"type": "open", "document": "a", "start": "0", "end": 1}, "应为原文里的位置"),
        ({"type": "open", "document": "a", "start": True, "end": 3}, "应为原文里的位置"),
        ({"type": "open", "document": "a", "start": 5, "end": 5}, "应为原文里的位置"),
        ({"type": "open", "document": "a", "start": 0, "end": 10**30}, "应为原文里的位置"),
        ({"type": "open", "document": "a", "start": float("nan"), "end": 1}, "应为原文里的位置"),
    ],
)
def test_what_it_does_not_send(raw: Any, said: str) -> None:
    with pytest.raises(QuestionError) as refused:
        read_action(raw, LIMIT)
    assert said in str(refused.value)
    assert len(str(refused.value)) < 120


def anything(chance: random.Random, depth: int = 0) -> Any:
    """Return JSON of any shape, often close to what the page sends."""
    choice = chance.randrange(14 if depth < 3 else 9)
    plain = [
        None, True, chance.randrange(-9, 9), 10 ** chance.randrange(40), chance.uniform(-1e9, 1e9),
        float(chance.choice(["nan", "inf"])), chance.choice(["ask", "open", "feedback", "narrow", "edit", "goal", "up"]),
        "".join(chr(chance.randrange(0x11_0000)) for _ in range(chance.randrange(9))), "长" * chance.randrange(5000),
    ]  # fmt: skip
    if choice < 9:
        return plain[choice]
    if choice == 9:
        return [anything(chance, depth + 1) for _ in range(chance.randrange(4))]
    kinds = [
        "ask",
        "literal",
        "narrow",
        "edit",
        "again",
        "feedback",
        "open",
        "resume",
        "forget",
        "need",
        None,
        [],
        {},
    ]
    names = [
        "conversation",
        "conversations",
        "question",
        "facet",
        "verdict",
        "reason",
        "document",
        "start",
        "end",
        "at",
        "turn",
    ]
    return {"type": chance.choice(kinds)} | {
        name: anything(chance, depth + 1) for name in names if chance.random() < 0.6
    }


def test_any_shape_is_read_or_refused() -> None:
    chance = random.Random(13)
    read = 0
    for _ in range(scaled(500, 8000)):
        raw = anything(chance)
        try:
            action = read_action(raw, LIMIT)
        except QuestionError as error:
            assert isinstance(error, BadRequest) or "问题" in str(error)
            str(error).encode("utf-8", "replace")
        else:
            read += 1
            assert len(action.question) <= LIMIT and len(action.reason) <= REASON
            (action.question + action.reason).encode("utf-8")  # what the store can keep
            json.dumps(action.facet)
    assert read > 10
