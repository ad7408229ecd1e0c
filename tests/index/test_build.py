"""The stages in order, and what a row of the index is made of."""

from pathlib import Path

import numpy as np
import pytest

from index import Encoder, build_index, index_document, load_snapshot, read_text
from index.build import HEADING_WEIGHT, SOUND_WEIGHT, passage_terms, passage_texts
from index.errors import SnapshotError
from tests.encoders import CharacterEncoder
from tests.texts import REPORT, SPEECH


def test_everything_is_read_from_a_document() -> None:
    indexed = index_document(read_text(REPORT))
    assert len(indexed.sections) == 6
    assert all(s.facet is not None for s in indexed.sentences)
    assert len(passage_texts(indexed)) == len(indexed.passages)


def test_a_row_holds_words_headings_and_sounds() -> None:
    indexed = index_document(read_text(REPORT))
    row = next(p.index for p in indexed.passages if "冷链" in indexed.document.text[p.start : p.end])
    terms = passage_terms(indexed)[row]
    assert terms["冷链"] == 1
    assert terms["项目"] == pytest.approx(HEADING_WEIGHT)
    assert terms["~leng lian"] == pytest.approx(SOUND_WEIGHT)


def test_two_equal_documents_are_one(encoder: Encoder) -> None:
    snapshot = build_index([read_text(REPORT), read_text(REPORT), read_text(SPEECH)], encoder=encoder)
    assert len(snapshot.documents) == 2


def test_in_memory_and_on_disk_are_the_same(encoder: Encoder, tmp_path: Path) -> None:
    documents = [read_text(REPORT)]
    memory = build_index(documents, encoder=encoder)
    disk = build_index(documents, encoder=encoder, root=tmp_path)
    again = load_snapshot(tmp_path, fingerprint=encoder.fingerprint)
    query = encoder.encode_queries(["粮食生产"])[0]
    for other in (disk, again):
        assert other.rows == memory.rows
        assert other.documents == memory.documents
        assert np.allclose(other.dense.scores(query), memory.dense.scores(query))
        assert np.allclose(other.lexical.scores(["粮食"]), memory.lexical.scores(["粮食"]))


def test_another_encoder_is_refused(encoder: Encoder, tmp_path: Path) -> None:
    build_index([read_text(REPORT)], encoder=CharacterEncoder(), root=tmp_path)
    with pytest.raises(SnapshotError, match="编码器"):
        load_snapshot(tmp_path, fingerprint=encoder.fingerprint)
    assert len(load_snapshot(tmp_path, fingerprint=CharacterEncoder.fingerprint).documents) == 1
