"""Documents -> index: the stages, top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from index.dense import DenseIndex
from index.encoder import Encoder
from index.facets import label_facets
from index.folding import fold
from index.kept import encode_new
from index.legible import legible
from index.lexical import LexicalIndex, term_frequencies
from index.reading import View, read_view
from index.snapshot import Snapshot, load_snapshot, write_snapshot
from index.sounds import sound_terms
from index.structure.passages import cut_passages
from index.structure.sentences import split_sentences
from index.structure.tree import parse_sections
from index.tokens import TokenIndex
from index.types import BlockKind, Document, IndexedDocument, Knowledge, Section
from index.words import is_word, words

HEADINGS = 12  # the nearest headings above a passage count: no text that people wrote has more
HEADING_LENGTH = 120  # characters of a heading that count: so long is the longest title
HEADING_WEIGHT = 0.3  # a word of the headings above counts as 0.3 of a word of the passage
SOUND_WEIGHT = (
    0.3  # and so do two characters as they sound: enough to find a homophone, too little to mislead
)


def build_index(
    documents: Sequence[Document], *, encoder: Encoder, root: Path | None = None, progress: bool = False
) -> Snapshot:
    """Index `documents`, publish the snapshot under `root` (None: keep it in memory) and return it.

    Raises EncoderError, SnapshotNotWritten. Two equal documents are indexed once.
    """
    unique = {document.id: document for document in documents}
    indexed = tuple(index_document(document) for document in unique.values())
    lexical = LexicalIndex.build([terms for one in indexed for terms in passage_terms(one)])
    texts = [fold(text) for one in indexed for text in passage_texts(one)]
    dense = DenseIndex.build(encode_new(encoder, texts, root, progress))
    tokens = TokenIndex.build(encoder.token_ids(texts))
    if root is None:
        return Snapshot.in_memory(indexed, lexical, dense, tokens, encoder.name, encoder.fingerprint)
    write_snapshot(
        root,
        documents=indexed,
        lexical=lexical,
        dense=dense,
        tokens=tokens,
        encoder_name=encoder.name,
        encoder_fingerprint=encoder.fingerprint,
    )
    return load_snapshot(root, fingerprint=encoder.fingerprint)


def index_document(document: Document) -> IndexedDocument:
    """Read everything there is to read from one document."""
    view = read_view(document.text)
    sections = parse_sections(view)
    sentences = split_sentences(view, sections)
    sentences = label_facets(document, sections, sentences)
    passages = cut_passages(document, sentences)
    date = document.metadata.date
    knowledge = read_knowledge(view, sections, date.value if date else None)
    return IndexedDocument(document, sections, sentences, passages, find=lambda: knowledge)


def read_knowledge(view: View, sections: Sequence[Section], date: str | None = None) -> Knowledge:
    """Return what stands under what in a document; `date` is its own (ISO 8601), where that is known."""
    from index.structure.knowledge import (  # its patterns: a question needs none
        find_knowledge,
        moved,
        rebased,
    )

    rows = [(b.start, b.end) for b in view.blocks if b.kind is BlockKind.TABLE]
    located = rebased(sections, view.locate)
    return moved(find_knowledge(view.text, located, rows=rows, now=date, is_word=is_word), view.span)


def passage_terms(indexed: IndexedDocument) -> list[dict[str, float]]:
    """Return each passage's term frequencies: its words, its headings' words and its sounds."""
    headings = [words(indexed.title_of(section.index)[:HEADING_LENGTH]) for section in indexed.sections]
    rows: list[dict[str, float]] = []
    for passage in indexed.passages:
        path = [w for s in indexed.path_of(passage.section, HEADINGS) for w in headings[s]]
        text = legible(indexed, passage)
        rows.append(
            term_frequencies((words(text), 1.0), (path, HEADING_WEIGHT), (sound_terms(text), SOUND_WEIGHT))
        )
    return rows


def passage_texts(indexed: IndexedDocument) -> list[str]:
    """Return each passage as the encoder sees it."""
    return [legible(indexed, passage) for passage in indexed.passages]
