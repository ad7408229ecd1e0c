"""What a question to a library of many documents looks at: few of them, however many there are."""

import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from index import (
    DenseIndex,
    Encoder,
    add_documents,
    build_index,
    fold,
    load_encoder,
    load_snapshot,
    read_text,
)
from qa import Engine, Settings
from qa.comparing import load_places
from qa.directory import LONGEST
from qa.initials import spell_out
from qa.library import SURE
from qa.mentioned import _places_of
from qa.occurrences import words_looked_for
from qa.requests import info_of

MANY = 140  # more than are looked up together twice
STRUCTURE = ("sections", "sentences", "passages", "knowledge", "dates")
LOOKED = 40  # documents that a question may read: of its best passages, and of a few that have its words
THINGS = [
    "粮食",
    "口岸",
    "就业",
    "托育",
    "养老",
    "供水",
    "绿化",
    "防汛",
    "医保",
    "采砂",
    "校车",
    "港口",
    "旅游",
    "冷链",
    "社保",
]


def texts(count: int) -> Iterator[str]:
    for number in range(count):
        thing, own = THINGS[number % len(THINGS)], chr(0x4E10 + 11 * number)
        yield (
            f"{thing}管理办法（{own}）\n第一章 总则\n本办法适用于{own}字号{thing}事项，由主管部门负责。\n"
            f"第二章 {thing}的办理\n办理{thing}应当在{number + 3}日内完成，收费{number + 100}元，2019年起施行。\n"
        )


@pytest.fixture(scope="module")
def fast() -> Encoder:
    return load_encoder("fast")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, fast: Encoder) -> Path:
    """Return a library of MANY documents."""
    root = tmp_path_factory.mktemp("library")
    add_documents(root, list(map(read_text, texts(MANY))), fast)
    return root


def opened(root: Path, encoder: Encoder) -> Engine:
    return Engine(load_snapshot(root), encoder, Settings())


def held(engine: Engine, *names: str) -> int:
    """Return how many of the documents hold something of these."""
    return sum(any(name in vars(one) for name in names) for one in engine.snapshot.documents)


@pytest.mark.parametrize(
    "question",
    [
        "办理托育要多少天",
        "养老收费是多少元",
        "“采砂的办理”讲了什么？",  # the heading of ten: told after two
        "“总则”讲了什么？",  # of all
        "拉萨的供水怎么办理",  # a place that none has
        "gdp增长了多少",
        "1987年的口岸收费是多少",  # a year that none has
    ],
)
def test_few_documents_are_read(
    kept: Path, fast: Encoder, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.timing.LOOKED", 30)
    engine = opened(kept, fast)
    engine.ask(question)
    assert held(engine, *STRUCTURE) <= LOOKED


def test_only_documents_with_the_word_are_read_for_its_places(kept: Path, fast: Encoder) -> None:
    engine = opened(kept, fast)
    answer = engine.ask("把带“冷链”的句子都找出来")
    assert answer.counted and len({p.document.id for p in answer.points}) == MANY // len(THINGS)
    assert held(engine, "sentences") <= LOOKED


def test_of_all_documents_only_dates_headings_and_counts_are_read_for_themselves(
    kept: Path, fast: Encoder
) -> None:
    engine = opened(kept, fast)
    documents = engine.snapshot.documents
    years = [one.years for one in documents]
    headings = [list(one.headings()) for one in documents]
    infos = list(map(info_of, documents))
    assert held(engine, *STRUCTURE) == 0
    for one, found, said, info in zip(documents, years, headings, infos, strict=True):
        assert one.dates == one.knowledge.dates
        assert found == {"2019"} == {(date.value or "")[:4] for date in one.dates}
        assert said == [(s.marker, s.heading) for s in one.sections] == list(one.headings())
        assert (info.sections, info.sentences) == (len(one.sections), len(one.sentences))


def test_initials_are_kept_a_byte_a_character(kept: Path, fast: Encoder) -> None:
    engine = opened(kept, fast)
    assert spell_out("llgl收费多少", engine.snapshot.documents) == "冷链管理收费多少"
    for one in engine.snapshot.documents:
        assert len(one.letters) == len(one.document.text)


class Counting(DenseIndex):
    """An index that notes how many questions all of its vectors were compared with."""

    compared: list[int]

    def scores_of(self, queries: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        self.compared.append(len(queries))
        return super().scores_of(queries)


@pytest.fixture
def versions(fast: Encoder) -> Engine:
    """Return an engine over versions of one report, whose comparisons with all vectors are counted."""
    report = "青河县政府工作报告\n（{0}年1月10日）\n{0}年，新增就业{1}人。口岸货运量增长{2}%。\n粮食总产{1}吨，新修公路{2}公里。\n"
    made = [read_text(report.format(year, year * 3, year - 2000)) for year in range(2019, 2025)]
    snapshot = build_index(made, encoder=fast)
    dense = Counting(snapshot.dense._index)
    dense.compared = []
    object.__setattr__(snapshot, "dense", dense)
    return Engine(snapshot, fast, Settings())


def test_a_question_is_compared_with_the_vectors_once(versions: Engine) -> None:
    """Of the newest version and then of all: its scores are the same."""
    dense = versions.snapshot.dense
    assert isinstance(dense, Counting)
    assert versions.ask("旅游收入是多少").confidence < SURE
    assert dense.compared == [1]
    dense.compared.clear()
    versions.ask("那粮食呢", history=["口岸货运量增长多少"])
    assert dense.compared == [
        1,
        2,
    ]  # the question before is asked; then the next alone and both as one, together


def test_names_are_looked_up_as_a_search_for_each_would_find_them() -> None:
    chance = random.Random(2)
    for _ in range(200):
        known: Mapping[str, int] = {
            "".join(chance.choices("青河白山", k=chance.choice((1, 2, 3)))): n for n in range(8)
        }
        text = "".join(chance.choices("青河白山的", k=12))
        expected = [
            found.span()
            for name in sorted(known, key=len, reverse=True)
            for found in re.finditer(re.escape(name), text)
        ]
        assert _places_of(text, known) == expected


def test_no_place_is_longer_than_is_looked_for() -> None:
    assert max(map(len, load_places())) == LONGEST
    assert min(map(len, load_places())) == 2


def test_a_word_is_chosen_once_for_all_documents() -> None:
    assert words_looked_for("把带“冷链”的句子都找出来")[0] == fold("冷链")
