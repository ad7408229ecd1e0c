"""The tools of an assistant (MCP) as it reads of them: name, purpose, what each takes and gives, in Chinese."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index import Facet
from qa.answering import Engine
from qa.requests import EXCERPT, TURNS
from qa.web import assistant
from qa.web.assistant import MOST, SECTIONS, Done, Given

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer", "minimum": 0, "maximum": 2**31}
_DOCUMENT = {
    "type": "string",
    "maxLength": 300,
    "description": "只看哪一篇：编号、标题或标题里的几个字；不写则看全部",
}
_POINT = {
    "type": "object",
    "properties": {
        "text": _TEXT | {"description": "原文，一字不差，引用时不要改动"},
        "citation": _TEXT | {"description": "出处，可直接引用"},
        "document": _TEXT | {"description": "文稿的编号"},
        "start": _WHOLE | {"description": "从正文第几个字符起，从 0 数"},
        "end": _WHOLE | {"description": "到第几个字符止，不含"},
        "section": {"type": ["integer", "null"], "description": "在哪一节，可用 read_section 读"},
        "page": {"type": ["integer", "null"], "description": "原件第几页"},
    },
    "required": ["text", "citation", "document", "start", "end"],
}
_POINTS = {"type": "array", "items": _POINT}


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: its name, what it is for in Chinese, the schemas of what it takes and gives, and what does it."""

    name: str
    title: str
    about: str
    takes: Given
    gives: Given
    call: Callable[[Engine, Given], Done]


def _object(properties: Given, required: Sequence[str]) -> Given:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


_SECTION = _object(
    {
        "section": _WHOLE, "level": _WHOLE, "title": _TEXT, "start": _WHOLE, "end": _WHOLE,
    },
    ["section", "level", "title", "start", "end"],
)  # fmt: skip
TOOLS = (
    Tool(
        "ask",
        "提问",
        "对文稿提问，得到一字不差的原文和出处。status 为 not_found 时原文没有说，不要自己补答案。引用时照抄 text，写明 citation。",
        _object(
            {
                "question": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 1_000,
                    "description": "要问什么，一句话",
                },
                "document": _DOCUMENT,
                "history": {
                    "type": "array",
                    "items": _TEXT,
                    "maxItems": TURNS,
                    "description": "前面问过的问题，先问的在前；追问时要给",
                },
                "facet": {
                    "type": "string",
                    "enum": [facet.value for facet in Facet],
                    "description": "只要哪一类：成绩、目标、要求、认识、其他",
                },
            },
            ["question"],
        ),
        {
            "type": "object",
            "properties": {
                "status": {"enum": ["answered", "not_found"]},
                "standalone": _TEXT,
                "headline": _TEXT,
                "note": {"type": ["string", "null"]},
                "certainty": {"type": ["string", "null"]},
                "points": _POINTS,
                "left_out": _WHOLE,
                "nearest": _POINTS,
                "suggestions": {"type": "array", "items": _TEXT},
            },
            "required": ["status", "points"],
        },
        assistant.ask,
    ),
    Tool(
        "list_documents",
        "有哪些文稿",
        "列出可以问的文稿：编号、标题、大小。",
        _object({}, []),
        {"type": "object", "properties": {"documents": {"type": "array"}}, "required": ["documents"]},
        assistant.list_documents,
    ),
    Tool(
        "outline",
        "文稿的结构",
        f"一篇文稿的章节，按原文顺序，最多 {SECTIONS} 节；section 是编号，read_section 用得上。",
        _object(
            {
                "document": _DOCUMENT,
                "depth": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 99,
                    "description": "只要前几级，从 1 数",
                },
            },
            [],
        ),
        {
            "type": "object",
            "properties": {
                "document": _TEXT,
                "title": _TEXT,
                "sections": {"type": "array", "items": _SECTION},
                "left_out": _WHOLE,
            },
            "required": ["document", "sections"],
        },
        assistant.outline,
    ),
    Tool(
        "read_section",
        "读原文",
        f"读一节（section）或一段（start 到 end）原文，一字不差；一次最多 {EXCERPT:,} 字，没有读完时 next 是接着读的 start。",
        _object(
            {
                "document": _DOCUMENT,
                "section": _WHOLE | {"description": "哪一节，outline 里的编号"},
                "start": _WHOLE | {"description": "从第几个字符起，从 0 数"},
                "end": _WHOLE | {"description": "到第几个字符止，不含"},
            },
            [],
        ),
        {
            "type": "object",
            "properties": {
                "text": _TEXT,
                "start": _WHOLE,
                "end": _WHOLE,
                "citation": _TEXT,
                "next": {"type": ["integer", "null"]},
            },
            "required": ["text", "start", "end", "citation"],
        },
        assistant.read_section,
    ),
    Tool(
        "find",
        "查找",
        "找与几个字词最相关的原文段落（passages），以及这几个字原样出现的地方（exact，共 exact_total 处）；都带位置和出处。",
        _object(
            {
                "query": {"type": "string", "minLength": 1, "maxLength": 1_000, "description": "要找什么"},
                "document": _DOCUMENT,
                "limit": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MOST,
                    "description": "最多几处，默认 10",
                },
            },
            ["query"],
        ),
        {
            "type": "object",
            "properties": {"passages": _POINTS, "exact": _POINTS, "exact_total": _WHOLE},
            "required": ["passages", "exact", "exact_total"],
        },
        assistant.find,
    ),
)
