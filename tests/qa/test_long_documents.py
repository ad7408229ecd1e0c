"""Long regulations: a question's time grows with the document and no faster, and the clock really stops it."""

import math
import time
from functools import cache

import pytest

from index import (
    DenseIndex,
    IndexedDocument,
    LexicalIndex,
    Section,
    Sentence,
    Snapshot,
    TokenIndex,
    load_encoder,
    read_text,
)
from index.build import passage_terms
from index.facets import label_facets
from index.folding import fold
from index.loading import FAST
from index.structure.passages import cut_passages
from qa import Engine, Settings
from qa.deadline import Deadline, limited
from qa.errors import OutOfTime
from tests.adversarial import regulation
from tests.long import only_long, scaled

SMALL, LARGE = scaled((500, 4_000), (1_000, 6_000))
SCALE = scaled((), (8_000, 64_000))  # articles; 64,000 are 6 million characters, near the limit of 20 MB
LIMIT = 1.2
SECONDS = 1.0  # the longest question over 6,000 articles
ENCODER = load_encoder(FAST)  # the transformer takes the same time for each sentence
QUESTIONS = {
    "part": "第三章讲了什么",
    "parts": "一共分几章",
    "article": "第二百条讲了什么",
    "items": "申请道路照明登记的条件有几条",
    "beginning": "开头怎么讲的",
    "end": "最后怎么收尾",
    "place": "在哪一章讲到养老机构",
    "list": "电动自行车登记有哪些要求",
    "whole list": "全文有哪些要求",
    "problems": "存在哪些问题",
    "goals": "主要目标有哪些",
    "term": "“校外培训”是什么意思",
    "count": "三个条件是什么",
    "fact": "违反农贸市场监督规定罚款多少元",
    "who": "主管部门是谁",
    "claim": "有没有规定建筑垃圾的评估",
    "keywords": "供水设施 审批 面积",
    "not there": "宇宙飞船何时发射",
}


def tree(text: str) -> tuple[Section, ...]:
    """Return chapters, articles and numbered items, as they are printed."""
    found: list[Section] = []
    at = 0
    open_: list[int] = []
    ends: dict[int, int] = {}
    for line in text.split("\n"):
        mark = line.split("　")[0]
        level = 1 if mark.endswith("章") else 2 if mark.endswith("条") else 3 if line.startswith("（") else 0
        if level:
            while open_ and found[open_[-1]].level >= level:
                ends[open_.pop()] = at
            parent = open_[-1] if open_ else None
            open_.append(len(found))
            end = at + len(line)
            found.append(Section(len(found), parent, level, at, min(end, at + 30), end, mark[:3], len(found)))
        at += len(line) + 1
    return tuple(
        Section(s.index, s.parent, s.level, s.start, s.title_end, ends.get(s.index, len(text)) - 1, s.marker, s.ordinal)
        for s in found
    )  # fmt: skip


@cache
def engine(articles: int) -> Engine:
    """Return what is asked, on a tree made here: reading and its time are another test's."""
    document = read_text(regulation(articles))
    sections = tree(document.text)
    starts = {s.start: s.index for s in sections}
    sentences: list[Sentence] = []
    at, home = 0, None
    for number, line in enumerate(document.text.split("\n"), 1):
        home = starts.get(at, home)
        for n, piece in enumerate(line.replace("；", "；\n").split("\n"), 1):
            if piece:
                sentences.append(Sentence(len(sentences), at, at + len(piece), home, number, n))
            at += len(piece)
        at += 1
    labelled = label_facets(document, sections, sentences)
    one = IndexedDocument(document, sections, labelled, cut_passages(document, labelled))
    texts = [fold(document.text[p.start : p.end]) for p in one.passages]
    snapshot = Snapshot.in_memory(
        (one,),
        LexicalIndex.build(passage_terms(one)),
        DenseIndex.build(ENCODER.encode_passages(texts)),
        TokenIndex.build(ENCODER.token_ids(texts)),
        ENCODER.name,
        ENCODER.fingerprint,
    )
    return Engine(snapshot, ENCODER, Settings())


def seconds(articles: int, question: str) -> float:
    asked = engine(articles)
    best = math.inf
    for _ in range(3):
        started = time.thread_time()
        asked.ask(question)
        best = min(best, time.thread_time() - started)
    return best


@only_long
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_time_of_a_question(question: str) -> None:
    small, large = seconds(SMALL, question), seconds(LARGE, question)
    exponent = math.log(large / small) / math.log(LARGE / SMALL)
    assert exponent <= LIMIT, f"{small:.4f} s → {large:.4f} s"
    assert large <= SECONDS * LARGE / 6_000


@pytest.mark.skipif(not SCALE, reason="minutes: ./check --long")
def test_the_time_of_a_question_at_the_limit() -> None:
    print()  # noqa: T201
    for name, question in QUESTIONS.items():
        small, large = (seconds(articles, question) for articles in SCALE)
        exponent = math.log(large / small) / math.log(SCALE[1] / SCALE[0])
        print(f"{name:12} {SCALE[0]}: {small:.3f} s  {SCALE[1]}: {large:.3f} s  exponent {exponent:.2f}")  # noqa: T201
        assert exponent <= LIMIT, f"{name}: {small:.4f} s → {large:.4f} s"


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_over_its_time_is_stopped(question: str) -> None:
    late = Deadline(60)
    late.cancel()
    with limited(late), pytest.raises(OutOfTime):
        engine(SMALL).ask(question)
    assert engine(SMALL).ask(question).question == question  # and nothing of it is remembered


@only_long
def test_a_question_ends_soon_after_its_time() -> None:
    asked = engine(LARGE)
    for question in QUESTIONS.values():
        whole = seconds(LARGE, question)
        started = time.thread_time()
        try:
            with limited(whole / 10):
                asked.ask(question)
        except OutOfTime:
            pass
        assert time.thread_time() - started < max(whole, 0.05)
