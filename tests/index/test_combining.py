"""Documents out of several snapshots: the same index as if they had been built together, and nothing encoded again."""

import numpy as np
import pytest

from index import Encoder, Snapshot, build_index, combine, combined_id, read_text
from qa import Engine, Settings, to_json
from tests.texts import REPORT, SPEECH

NOTICE = "关于做好春季农业生产的通知\n各乡镇：\n一、抓好春耕备耕。各村要在三月底前完成整地。\n"


@pytest.fixture(scope="module")
def apart(encoder: Encoder) -> tuple[Snapshot, Snapshot]:
    return (
        build_index([read_text(SPEECH), read_text(REPORT)], encoder=encoder),
        build_index([read_text(NOTICE)], encoder=encoder),
    )


def ids(snapshot: Snapshot) -> list[str]:
    return [one.document.id for one in snapshot.documents]


def test_it_is_the_index_that_would_have_been_built(
    apart: tuple[Snapshot, Snapshot], encoder: Encoder
) -> None:
    one, two = apart
    report = ids(one)[1]
    found = combine([(one, {report}), (two, set(ids(two)))])
    built = build_index([read_text(REPORT), read_text(NOTICE)], encoder=encoder)
    assert (found.documents, found.rows) == (built.documents, built.rows)
    assert found.lexical.to_bytes() == built.lexical.to_bytes()
    assert found.tokens.to_bytes() == built.tokens.to_bytes()
    assert np.allclose(found.dense.vectors(), built.dense.vectors(), atol=1e-6)
    assert found.id == combined_id(encoder.fingerprint, ids(built)[::-1])


def test_it_answers_as_the_built_one(apart: tuple[Snapshot, Snapshot], encoder: Encoder) -> None:
    one, two = apart
    found = Engine(combine([(one, {ids(one)[1]}), (two, set(ids(two)))]), encoder, Settings())
    built = Engine(build_index([read_text(REPORT), read_text(NOTICE)], encoder=encoder), encoder, Settings())
    for question in ("各村要在什么时候完成整地", "抓好粮食生产有哪些要求", "机场什么时候通航"):
        given, wanted = to_json(found.ask(question)), to_json(built.ask(question))
        assert {k: v for k, v in given.items() if k not in ("id", "snapshot")} == {
            k: v for k, v in wanted.items() if k not in ("id", "snapshot")
        }


def test_a_document_is_taken_once_and_titles_are_told_apart(encoder: Encoder) -> None:
    first = build_index([read_text(REPORT, source="甲.txt")], encoder=encoder)
    other = build_index([read_text(REPORT + "完。", source="乙.txt")], encoder=encoder)
    twice = combine([(first, set(ids(first))), (first, set(ids(first))), (other, set(ids(other)))])
    assert ids(twice) == [*ids(first), *ids(other)]
    assert [one.apart for one in twice.documents] == ["甲.txt", "乙.txt"]
    alone = combine([(twice, {ids(first)[0]})])
    assert alone.documents[0].apart == ""


def test_what_cannot_be_combined(apart: tuple[Snapshot, Snapshot]) -> None:
    with pytest.raises(ValueError, match="one encoder"):
        combine([])
    with pytest.raises(ValueError, match="no document"):
        combine([(apart[0], {"nothing"})])
