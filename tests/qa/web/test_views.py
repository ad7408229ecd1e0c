"""A document as the page shows it."""

from dataclasses import replace

from index import FAST, Encoder, Page, Snapshot, build_index, load_encoder, read_text
from qa.web.uploads import Original, Uploads
from qa.web.views import CELLS, READER, map_view, outline_view, pages_view, reader_view
from tests.long import only_long
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


@only_long
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


def test_the_pages_of_an_original(encoder: Encoder) -> None:
    pages = (Page(1, 0, 10), Page(2, 10, 20, 0.93))
    document = replace(
        read_text("抓好粮食生产的各项工作，抓好项目建设的各项工作。"), pages=pages, format="pdf"
    )
    snapshot = build_index([document], encoder=encoder)
    indexed = snapshot.documents[0]
    listed = [[1, 0, 10, None], [2, 10, 20, 0.93]]
    of_index = {"pages": listed, "kind": "file", "address": None, "own": False}
    assert pages_view(indexed, None) == of_index
    held, _ = Uploads().add(snapshot, (), Original("a.pdf", "pdf", b"%PDF"))
    address = f"api/v1/originals/{held.key}"
    assert pages_view(indexed, held) == of_index | {"kind": "pdf", "address": address, "own": True}
    held.original = None
    assert pages_view(indexed, held) == of_index | {"own": True}
    without = build_index([read_text(SPEECH)], encoder=encoder).documents[0]
    assert pages_view(without, None) is None
