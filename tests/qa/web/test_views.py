"""A document as the page shows it."""

from index import FAST, Snapshot, build_index, load_encoder, read_text
from qa.web.views import CELLS, READER, map_view, outline_view, reader_view
from tests.texts import SPEECH


def test_a_cell_a_sentence(snapshot: Snapshot) -> None:
    indexed = snapshot.documents[0]
    view = map_view(indexed)
    assert [c[0] for c in view["cells"]] == [s.start for s in indexed.sentences]
    assert sum(view["counts"].values()) == len(indexed.sentences)
    assert [c[4] for c in view["cells"] if c[4]][-3:] == ["三", "四", "五"]
    assert all(SPEECH[c[0] :].startswith(c[5]) for c in view["cells"])


def test_the_outline_counts(snapshot: Snapshot) -> None:
    indexed = snapshot.documents[0]
    sections = outline_view(indexed)["sections"]
    assert len(sections) == len(indexed.sections)
    top = [s for s in sections if s["parent"] is None]
    assert sum(sum(s["counts"].values()) for s in top) <= len(indexed.sentences)
    assert top[0]["counts"]["achievement"] > 40


def test_the_reader_has_every_sentence_with_its_citation(snapshot: Snapshot) -> None:
    indexed = snapshot.documents[0]
    view = reader_view(indexed)
    assert (view["text"], view["whole"], view["offset"]) == (SPEECH, True, 0)
    assert len(view["sentences"]) == len(indexed.sentences)
    assert all(view["citations"][s[2]].startswith("《") for s in view["sentences"])
    assert [s[3] for s in view["sentences"]] == [s.paragraph for s in indexed.sentences]


def test_a_very_long_document_is_shown_in_part() -> None:
    text = "".join(f"第{n}项工作要抓紧抓好，抓出成效。\n" for n in range(20_000))
    indexed = build_index([read_text(text)], encoder=load_encoder(FAST)).documents[0]
    assert len(map_view(indexed)["cells"]) <= CELLS
    view = reader_view(indexed, len(text) // 2)
    assert not view["whole"]
    assert 0.9 * READER < len(view["text"]) <= READER
    assert view["offset"] <= len(text) // 2 < view["offset"] + view["size"]
    assert text[view["offset"] : view["offset"] + view["size"]] == view["text"]
    assert reader_view(indexed, 0)["offset"] == 0
