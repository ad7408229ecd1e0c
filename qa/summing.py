"""An answer summed up in a line of the product's own words, and how sure it is as a badge with its reason.

Both are about the text and the way the answer was found; neither says anything that is not counted or known.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from qa.types import Answer, ComparisonTable, Kind, Status

# How sure, in words. Of what data/confidence.json rates from 0.8 on, four in five were answerable; from 0.6 on,
# seven in ten; below, three in five or fewer (its reliability table, on documents left out).
CERTAINTY = (
    (0.8, "把握较大", "同样把握的问题，五个里约有四个原文确有回答"),
    (0.6, "有一定把握", "同样把握的问题，十个里约有七个原文确有回答"),
    (0.0, "把握不大", "同样把握的问题，五个里至多三个原文确有回答，请核对上下文"),
)
_WAYS = {
    Kind.STRUCTURE: "按文稿的结构找到",
    Kind.TERM: "按文中的提法找到",
    Kind.LIST: "逐句判断后汇总",
    Kind.FACT: "按意思与原文逐段比对找到",
    Kind.CLAIM: "按意思与原文逐段比对找到",
}
BY_WORD = "按字查找，逐处列出"
CHANGES = {"new": "新出现", "gone": "不再提", "changed": "有变化", "unchanged": "没有变化"}
NONE_NEEDED = frozenset(["chat", "no_content"])  # reasons with which nothing was looked for
QUOTED = 16  # characters of a heading in a headline


def summed_up(answer: Answer) -> Answer:
    """Return the answer with its headline and its badge."""
    label, reason = certainty(answer) if answer.points else (None, None)
    return replace(answer, headline=headline(answer), certainty=label, certainty_reason=reason)


def headline(answer: Answer) -> str:
    """Return what was found in one line: how much of it and where; empty where a quotation says it better."""
    points = answer.points
    if answer.table is not None:
        return _compared(answer.table)
    if answer.status is Status.NOT_FOUND:
        return answer.note or "原文未提及。"
    if answer.kind is Kind.STRUCTURE and answer.total is not None:
        return _structure(answer)
    if answer.total is not None and len(points) > 1:
        documents = len({p.document.id for p in points})
        places = len({(p.document.id, p.path) for p in points})
        of = f"{documents} 篇文稿里共 {answer.total} 处" if documents > 1 else f"全文共 {answer.total} 处"
        return of + (f"，分在 {places} 个小节。" if 1 < places < len(points) else "。")
    if answer.total == 1:
        return "全文只有 1 处。"
    if len(points) > 1 and answer.kind in (Kind.FACT, Kind.CLAIM):
        return f"最相近的 {len(points)} 处原文，最可能的在前。"
    return ""


def _compared(table: ComparisonTable) -> str:
    """Return what a comparison shows, counted: 对比 2 篇：3 处有变化，1 处新出现."""
    counts: Counter[str] = Counter(row.change for row in table.rows)
    said = [f"{counts[change]} 处{name}" for change, name in CHANGES.items() if counts[change]]
    empty = sum(column.note is not None for column in table.columns)
    lacking = f"；{empty} 篇没有提及" if empty else ""
    return f"对比 {len(table.columns)} 篇：{'，'.join(said)}{lacking}。"


def _structure(answer: Answer) -> str:
    """Return how many parts what is asked about has: 全文分 5 个部分; “三、…”下分 4 点."""
    members = answer.points[-answer.total :] if answer.total else answer.points
    above = {point.path[:-1] for point in members}
    if answer.digest is not None and len(members) > 1:
        return f"全文分 {len(members)} 个部分。"
    head = answer.points[0] if len(answer.points) > len(members) else None
    name = head.text if head is not None else next(iter(above))[-1] if len(above) == 1 and all(above) else ""
    return f"“{_short(name)}”下分 {len(members)} 点。" if name else f"共 {len(members)} 项。"


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= QUOTED else name[: QUOTED - 1] + "…"


def certainty(answer: Answer) -> tuple[str, str]:
    """Return how sure an answer is: a label in a few words and the reason for it."""
    if answer.status is Status.NOT_FOUND:
        if answer.reason in NONE_NEEDED:
            return "没有作答", "问的不是文稿里能查的事。"
        if answer.choices:
            return "请选文稿", "要看是哪一篇，答案不同。"
        return "原文未提及", _absent(answer)
    label, share = next((name, share) for least, name, share in CERTAINTY if answer.confidence >= least)
    if answer.table is not None:
        return label, f"同一个问题逐篇问，按最没把握的一篇算；{share}。"
    scanned = [p.scan for p in answer.points if p.scan is not None]
    scan = "；识别自扫描件，引用前请与原件核对" if scanned else ""
    if answer.digest is not None and answer.total is None:
        return label, f"全文没有分部分：按各句的轻重选出{scan}。"
    way = BY_WORD if answer.counted else _WAYS[answer.kind]
    return label, f"{way}；{share}{scan}。"


def _absent(answer: Answer) -> str:
    if answer.reason == "beyond":
        return "文稿的结构里没有这一处。"
    near = "下面是最接近的地方，供核对。" if answer.passages else ""
    return f"查遍全文，没有哪一处足以回答。{near}"
