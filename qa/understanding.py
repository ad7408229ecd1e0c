"""Question and earlier turns -> Query."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index import Facet, IndexedDocument
from qa.types import Kind, Query, Turn

_LIST = re.compile(
    r"哪些|哪几|几[条项点个件块样方面]|列[出全举]|全部|所有|清单|一条|逐[条项]|分条|汇总|梳理|都有啥|都有什么|说全|越全|都要|一条不落|都说说|哪[两三四五六七八九十]"
)
_STRUCTURE = re.compile(
    r"几(?:大)?(?:部分|块|方面|个方面)|小标题|大标题|第[一二三四五六七八九十]+(?:大)?(?:部分|点|条|块)|收尾|结尾|最后(?:一段|怎么|咋)|开头|开场|提纲|框架|结构|要领句"
)
_TERM = re.compile(
    r"(?:是|指|叫|算)(?:什么|啥|哪|个啥|的什么|的是啥)|什么意思|啥意思|啥是|什么是|什么叫|解释|指的是|指什么|指啥|是干啥|完整表述|具体是哪|是哪[一二两三四五六七八九十几]"
)
_ASKING = re.compile(
    r"请问|请|帮我|帮忙|麻烦|告诉我|给我|发我|查一下|查查|列出来|列一下|列出|列全|列个清单|逐条列|分条列|一条不落|越全越好|全部列出|说全点?|"
    r"有哪些|有哪几[个条项]?|哪些|哪几[个条项块样]?|是什么|什么|是啥|啥|怎么样|怎样|怎么|咋样|咋|如何|多少|吗|呢|吧|？|\?|有没有|是不是"
)


def understand(
    question: str,
    turns: Sequence[Turn],
    documents: Sequence[IndexedDocument],
    facet: Facet | None = None,
    document: str | None = None,
) -> Query:
    """Return the question, understood in the light of the earlier turns."""
    standalone = question.strip()
    if turns:
        standalone = f"{turns[-1].query.standalone} {standalone}"
    if _STRUCTURE.search(question):
        kind = Kind.STRUCTURE
    elif re.search(
        r"[“\"][^”\"]{2,12}[”\"]|[一二三四五六七八九十两\d]+(?:个|项|种)?[^，。？是]{1,6}", question
    ) and _TERM.search(question):
        kind = Kind.TERM
    elif _LIST.search(question):
        kind = Kind.LIST
    else:
        kind = Kind.FACT
    return Query(question, standalone, kind, _ASKING.sub(" ", standalone), facet, None, document)
