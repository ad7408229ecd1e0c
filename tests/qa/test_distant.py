"""Documents that are elsewhere are asked through a first stage, and answer as if they were here."""

from dataclasses import replace

import pytest

from index import (
    Encoder,
    IndexedDocument,
    LocalStage,
    SnapshotMissing,
    Where,
    build_index,
    fold,
    load_encoder,
    words,
)
from index.gist import gist
from qa import distant
from qa.answering import Engine
from qa.directory import Register
from qa.distant import DistantEngine, open_distant
from qa.rendering import to_json
from qa.settings import Settings
from tests.yearly import yearly

QUESTIONS = (
    "青河县2024年粮食总产目标是多少？",
    "采砂许可证有效期多久？",
    "2023年的报告里怎么抓粮食生产？",
    "白山县呢",
    "地区生产总值增长多少？",
    "去年和今年的粮食生产有什么变化？",
    "青河县和白山县的新增就业分别是多少？",
    "月球基地建得怎么样？",
    "有几个部分？",
    "高标准农田建设有什么要求？",
)


@pytest.fixture(scope="module")
def fast() -> Encoder:
    return load_encoder("fast")


@pytest.fixture(scope="module")
def here(fast: Encoder) -> Engine:
    return Engine(build_index(yearly(), encoder=fast), fast, Settings())


@pytest.fixture(scope="module")
def there(here: Engine) -> DistantEngine:
    return open_distant(LocalStage(here.snapshot), here.encoder, here.settings)


def places(engine: Engine, question: str, history: tuple[str, ...] = ()) -> dict[str, object]:
    found = to_json(engine.ask(question, history=history))
    return {key: value for key, value in found.items() if key not in ("id", "suggestions")}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answers_are_those_of_the_documents_here(
    here: Engine, there: DistantEngine, question: str
) -> None:
    assert places(there, question) == places(here, question)


def test_a_follow_up_leans_on_what_was_answered(here: Engine, there: DistantEngine) -> None:
    history = ("青河县2024年怎么抓粮食生产？",)
    assert places(there, "那招商引资呢？", history) == places(here, "那招商引资呢？", history)
    assert places(there, "白山县呢？", history) == places(here, "白山县呢？", history)


@pytest.mark.parametrize("question", ["青河县2024年粮食总产目标是多少？", "采砂许可证有效期多久？"])
def test_how_an_answer_comes_about_is_told_as_here(here: Engine, there: DistantEngine, question: str) -> None:
    assert there.explain(question) == here.explain(question)


def test_one_document_is_asked_alone(here: Engine, there: DistantEngine) -> None:
    one = here.snapshot.documents[2].document
    for ask in (here.ask, there.ask):
        answer = ask("怎么抓粮食生产？", document=one.title)
        assert {p.document.id for p in (*answer.points, *answer.passages)} == {one.id}


@pytest.mark.parametrize("loaded", [1, 2, 3])
def test_only_the_likeliest_documents_are_loaded(
    here: Engine, monkeypatch: pytest.MonkeyPatch, loaded: int
) -> None:
    monkeypatch.setattr(distant, "LOADED", loaded)
    few = open_distant(LocalStage(here.snapshot), here.encoder, here.settings)
    question = "林下经济怎么发展？"
    near = few.near(question, (), ())
    assert len(near.snapshot.documents) == max(2, loaded)  # two or more are a library
    assert few.ask(question).points[0] == here.ask(question).points[0]


def test_words_weigh_as_in_all_documents(here: Engine, there: DistantEngine) -> None:
    one = here.snapshot.documents[2].document.id
    near = there.near("粮食", (), (one,)).snapshot
    terms = words(fold("白山县粮食总产与采砂许可证的发展"))
    first, after = here.snapshot.span_of(2)
    assert [d.document.id for d in near.documents] == [one]
    assert (near.lexical.scores(terms) == here.snapshot.lexical.scores(terms)[first:after]).all()
    assert near.lexical.ceiling(terms) == here.snapshot.lexical.ceiling(terms)
    assert near.lexical.holds("采砂") and not near.lexical.holds("月球")


def test_candidates_carry_exact_scores_of_both_kinds(here: Engine) -> None:
    stage = LocalStage(here.snapshot)
    found = distant.candidates(stage, here.encoder, here.settings, "采砂许可证", Where())
    ranking = here.find("采砂许可证")[1]
    plain = replace(here.settings, late_weight=0.0)
    exact = Engine(here.snapshot, here.encoder, plain).find("采砂许可证")[1]
    keys = [(here.snapshot.documents[d].document.id, p) for d, p in ranking.rows]
    assert found == pytest.approx(dict(zip(keys, map(float, exact.fused), strict=True)), abs=1e-6)


def test_where_bounds_what_is_found(here: Engine) -> None:
    stage = LocalStage(here.snapshot)
    one = here.snapshot.documents[4].document.id
    vector = here.encoder.encode_queries(["许可证"])[0]
    assert {f.key[0] for f in stage.dense(vector, 99, Where(documents=frozenset([one])))} == {one}
    assert {f.key for f in stage.lexical({"许可证": 1.0}, 9, Where(keys=((one, 0),)))} <= {(one, 0)}
    assert stage.dense(vector, 9, Where(documents=frozenset(["0" * 12]))) == []
    assert one not in {f.key[0] for f in stage.dense(vector, 99, Where(without=frozenset([one])))}


def test_names_are_read_from_the_gist_as_from_the_text(here: Engine) -> None:
    light = [IndexedDocument(gist(d.document), (), (), (), apart=d.apart) for d in here.snapshot.documents]
    assert Register.of(light) == Register.of(here.snapshot.documents)
    assert any(entry.ended for entry in Register.of(light).entries)


def test_a_document_that_is_elsewhere_shows_its_text_when_it_is_looked_at(
    here: Engine, there: DistantEngine
) -> None:
    far, near = there.snapshot.documents[3], here.snapshot.documents[3]
    assert (far.document.text, far.sections) == (near.document.text, near.sections)
    assert (far.passages, far.sentences, far.knowledge) == (near.passages, near.sentences, near.knowledge)
    assert far.document.title == near.document.title and far.apart == near.apart


def test_a_document_that_is_elsewhere_keeps_nothing_of_its_text(here: Engine) -> None:
    there = open_distant(LocalStage(here.snapshot), here.encoder, here.settings)
    far, near = there.snapshot.documents[3], here.snapshot.documents[3]
    before = set(vars(far))
    assert far.folded == near.folded and far.children_of(None) == near.children_of(None)
    assert far.knowledge == near.knowledge and set(vars(far)) == before


def test_a_library_without_documents_says_so(here: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = LocalStage(here.snapshot)
    monkeypatch.setattr(LocalStage, "documents", lambda self: ())
    with pytest.raises(SnapshotMissing, match=r"一篇文稿也没有.*speechqa add"):
        open_distant(stage, here.encoder, here.settings)


def test_answers_of_other_documents_have_other_ids(here: Engine, there: DistantEngine) -> None:
    ids = [one.document.id for one in here.snapshot.documents]
    scopes: tuple[tuple[str, ...], ...] = ((ids[0], ids[1]), (ids[2], ids[3]), ())
    turns = [there._settled("怎么抓粮食生产？", (), scope, None) for scope in scopes]
    assert len({turn.answer.id for turn in turns}) == len(scopes)
    for turn, scope in zip(turns, scopes, strict=True):
        near = there.kept.of(turn.answer)
        assert near is not None and {one.document.id for one in near.documents} >= set(scope)
    again = there._settled("怎么抓粮食生产？", (), scopes[0], None)
    assert again.answer.id == turns[0].answer.id


def test_a_follow_up_finds_all_documents_that_its_turns_stand_in(
    here: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distant, "LOADED", 1)
    there = open_distant(LocalStage(here.snapshot), here.encoder, here.settings)
    last = there.turns(["采砂许可证有效期多久？"])
    for one in here.snapshot.documents[
        :3
    ]:  # the same question and the same one before it, after other answers
        first = there.turns(["怎么抓粮食生产？"], one.document.id)
        assert {p.document.id for p in first[0].answer.points} == {one.document.id}
        near = there.near("还有呢？", [*first, *last], ()).snapshot
        assert one.document.id in {d.document.id for d in near.documents}


def test_documents_that_are_compared_are_those_here(here: Engine, there: DistantEngine) -> None:
    ids = [one.document.id for one in here.snapshot.documents[:3]]
    near, far = (to_json(one.compare("粮食总产目标是多少？", ids)) for one in (here, there))
    assert {**far, "id": ""} == {**near, "id": ""}
