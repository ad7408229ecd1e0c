"""Fusion."""

from dataclasses import replace

import numpy as np
import pytest

from index import Encoder, Snapshot, build_index, read_text
from qa import Engine, Settings
from qa.retrieval import FOLLOWING, follow_inputs, lexical_scores, load_following, rank
from qa.types import Kind, Query
from tests.encoders import CharacterEncoder
from tests.texts import REPORT


def query(text: str, **more: object) -> Query:
    return replace(Query(text, text, Kind.FACT, text), **more)


def test_scores_are_within_their_ceiling(snapshot: Snapshot, encoder: Encoder) -> None:
    for text in ("口岸", "粮食产量是多少", "从未出现的词语", "**", "", "的"):
        found = rank(query(text), snapshot, encoder, Settings())
        assert found.lexical.min() >= 0
        assert found.lexical.max() <= 1
        assert np.abs(found.dense).max() <= 1 + 1e-5
        assert len(found.fused) == len(snapshot.rows)


def test_the_weights_are_those_of_the_settings(snapshot: Snapshot, encoder: Encoder) -> None:
    asked = query("口岸货运量")
    words_only = rank(asked, snapshot, encoder, Settings(lexical_weight=1.0))
    vectors_only = rank(asked, snapshot, encoder, Settings(lexical_weight=0.0))
    half = rank(asked, snapshot, encoder, Settings(lexical_weight=0.5))
    assert np.allclose(words_only.fused, words_only.lexical)
    assert np.allclose(half.fused, (words_only.fused + vectors_only.fused) / 2, atol=1e-6)
    means = rank(asked, snapshot, encoder, Settings(lexical_weight=0.0, late_weight=0.0))
    tokens = rank(asked, snapshot, encoder, Settings(lexical_weight=0.0, late_weight=1.0))
    assert np.allclose(means.fused, means.dense, atol=1e-6)
    assert np.allclose(tokens.fused, tokens.late, atol=1e-6)
    assert not np.allclose(means.dense, means.late, atol=0.1)


def test_an_encoder_without_tokens_is_asked_for_its_vectors_only() -> None:
    characters = CharacterEncoder()
    snapshot = build_index([read_text(REPORT)], encoder=characters)
    assert not snapshot.tokens
    found = rank(query("要抓好"), snapshot, characters, Settings(lexical_weight=0.0))
    assert np.array_equal(found.late, found.dense)
    assert np.allclose(found.fused, found.dense, atol=1e-6)


def test_only_the_shortlist_is_compared_token_by_token(
    snapshot: Snapshot, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = query("口岸货运量")
    every = rank(asked, snapshot, encoder, Settings())
    assert not np.isclose(every.late, every.dense).all()
    monkeypatch.setattr("qa.retrieval.SHORTLIST", 20)
    some = rank(asked, snapshot, encoder, Settings())
    assert 0 < (some.late != some.dense).sum() <= 20
    assert some.best_rows(5) == every.best_rows(5)
    inside = rank(replace(asked, section=2), snapshot, encoder, Settings())
    at = np.flatnonzero(np.isfinite(inside.fused))
    assert 0 < len(at) <= 20
    assert np.allclose(inside.late[at], every.late[at], atol=1e-5)


def test_a_passage_whose_other_clauses_speak_of_something_else_is_found(encoder: Encoder) -> None:
    """A mean of vectors is pulled away by them; the tokens are not."""
    whole = "口岸过货量增长两成，学校食堂改造完成，乡镇卫生院添置设备，党员轮训全部结束，文艺演出下乡二十场"
    texts = [whole, "外贸企业座谈会已经开过", *(f"第{n}项工作已经部署" for n in range(30))]
    snapshot = build_index([read_text("。\n".join(texts))], encoder=encoder)
    means = rank(query("过货量增长多少"), snapshot, encoder, Settings(lexical_weight=0, late_weight=0))
    both = rank(query("过货量增长多少"), snapshot, encoder, Settings(lexical_weight=0))
    assert both.hits(1)[0].passage == 0
    assert both.fused[0] / sorted(both.fused)[-2] > means.fused[0] / sorted(means.fused)[-2]


def test_hits_are_best_first_and_score_something(snapshot: Snapshot, encoder: Encoder) -> None:
    hits = rank(query("口岸货运量"), snapshot, encoder, Settings()).hits(10)
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert all(h.score > 0 for h in hits)
    assert rank(query("口岸"), snapshot, encoder, Settings()).hits(10**6)[-1].score > 0


def test_traditional_and_full_width_forms_find_the_same(snapshot: Snapshot) -> None:
    plain = lexical_scores("口岸货运量", snapshot, Settings())
    assert plain.max() > 0
    found = rank_text("口岸貨運量", snapshot)
    assert np.array_equal(found, plain)


def rank_text(text: str, snapshot: Snapshot) -> np.ndarray:
    from index import fold

    return lexical_scores(fold(text), snapshot, Settings())


def test_a_homophone_scores_less_than_the_word(snapshot: Snapshot) -> None:
    right = lexical_scores("复工复产", snapshot, Settings()).max()
    heard = lexical_scores("付工付产", snapshot, Settings()).max()
    assert 0 <= heard < right or right == 0


def test_a_section_and_a_document_narrow(encoder: Encoder, snapshot: Snapshot) -> None:
    both = build_index([read_text(REPORT), read_text("另一篇\n只讲幼儿园。还讲口岸。")], encoder=encoder)
    first = both.documents[0].document.id
    found = rank(query("幼儿园", document=first), both, encoder, Settings())
    assert {h.document for h in found.hits(50)} == {0}
    inside = rank(query("要抓好", section=2), snapshot, encoder, Settings())
    indexed = snapshot.documents[0]
    assert all(2 in indexed.path_of(indexed.passages[h.passage].section) for h in inside.hits(50))


def test_a_follow_up_looks_for_both_questions_and_around_the_answer(engine: Engine) -> None:
    one = engine.snapshot.documents[0]
    asked = query("有哪些要求")
    alone = rank(asked, engine.snapshot, engine.encoder, engine.settings)
    about = replace(asked, before="口岸今年干成了哪些事", context="口岸", asked="有哪些要求")
    after = rank(about, engine.snapshot, engine.encoder, engine.settings)
    text = one.document.text
    holds = np.array(["口岸" in text[p.start : p.end] for p in one.passages])
    gained = after.fused - alone.fused
    assert gained[holds].mean() > gained[~holds].mean()
    shown = one.passages[200]
    placed = replace(about, near=(shown.section or 0,), shown=((one.document.id, shown.start, shown.end),))
    inputs, scores = follow_inputs(placed, engine.snapshot, engine.encoder, engine.settings)
    assert inputs.shape == (len(one.passages), len(FOLLOWING))
    assert scores.shape == (3, len(one.passages))
    column = dict(zip(FOLLOWING, inputs.T, strict=True))
    assert column["shown"][200] == column["close"][200] == 1
    assert column["next"][201:204].tolist() == [1, 1, 1]
    assert not column["next"][:201].any()
    assert load_following()[:4].sum() == pytest.approx(1, abs=1e-2)


def test_what_another_document_answered_is_near_nothing_here(encoder: Encoder) -> None:
    both = build_index([read_text(REPORT), read_text("另一篇\n只讲幼儿园。还讲口岸。")], encoder=encoder)
    other = both.documents[1]
    asked = replace(
        query("还有呢"), before="幼儿园", context="幼儿园", shown=((other.document.id, 4, 8), ("unknown", 0, 9)),
    )  # fmt: skip
    inputs, _ = follow_inputs(asked, both, encoder, Settings())
    first = [row for row, (document, _) in enumerate(both.rows) if document == 0]
    assert not inputs[first, 4:].any()
