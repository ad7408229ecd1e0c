"""Document -> index on disk, in these stages.

reading    file -> Document (one canonical text)
sections   Document -> section tree
sentences  section tree -> sentences
facets     sentences -> the same, each with its facet
structure  text and sections -> what stands under what
passages   sentences -> passages, the rows of the index
words      text -> search terms
sounds     text -> search terms for how it sounds
encoder    text -> vectors
lexical    terms -> BM25
dense      vectors -> FAISS
tokens     tokens -> late interaction
snapshot   all of it -> one immutable folder, and back
build      the stages in order
combining  documents out of several snapshots -> one in memory
"""

import importlib
import typing

from index.dense import DenseIndex
from index.encoder import Encoder
from index.errors import (
    REASONS,
    EncoderError,
    ModelsExtraMissing,
    ReadingError,
    SnapshotError,
    SnapshotMissing,
    SpeechIndexError,
    short_reason,
)
from index.groups import Group, Item, describe, groups_of, main_unit
from index.legible import CELLS, WIDEST, is_blanked, legible, places_of, row_at
from index.lexical import LexicalIndex
from index.loading import FAST, fast_of, load_encoder, model_folder
from index.names import begins_as_name
from index.snapshot import Snapshot, load_snapshot
from index.sounds import initials, sound_terms, syllables
from index.structure.numbers import chinese_numeral, parse_numeral
from index.tokens import TokenIndex
from index.transformer import ASKED, WHYS, FusedEncoder, chances, headed, in_context, joined
from index.types import (
    Date,
    Document,
    Enumeration,
    Facet,
    IndexedDocument,
    Knowledge,
    Page,
    Passage,
    Person,
    Progress,
    Quantity,
    Section,
    SectionKind,
    Sentence,
    Span,
)
from index.words import STOP_WORDS, cut, fold, fold_document, is_word, words

if typing.TYPE_CHECKING:
    from index.build import build_index, index_document
    from index.combining import combine, combined_id
    from index.copying import current_id, put_snapshot, snapshot_files
    from index.forgetting import forget_documents
    from index.formats.isolated import draw_isolated, unpack_isolated
    from index.formats.kinds import kind_of
    from index.reading import builtin_document, read_document, read_documents, read_text
    from index.structure.dates import dates_in

# Loaded when first used: a question needs neither, and their patterns take longer than its answer.
_LATER = {
    "build_index": "index.build",
    "index_document": "index.build",
    "builtin_document": "index.reading",
    "combine": "index.combining",
    "combined_id": "index.combining",
    "current_id": "index.copying",
    "dates_in": "index.structure.dates",
    "draw_isolated": "index.formats.isolated",
    "forget_documents": "index.forgetting",
    "kind_of": "index.formats.kinds",
    "put_snapshot": "index.copying",
    "read_document": "index.reading",
    "read_documents": "index.reading",
    "read_text": "index.reading",
    "snapshot_files": "index.copying",
    "unpack_isolated": "index.formats.isolated",
}

__all__ = [
    "ASKED",
    "CELLS",
    "FAST",
    "REASONS",
    "STOP_WORDS",
    "WHYS",
    "WIDEST",
    "Date",
    "DenseIndex",
    "Document",
    "Encoder",
    "EncoderError",
    "Enumeration",
    "Facet",
    "FusedEncoder",
    "Group",
    "IndexedDocument",
    "Item",
    "Knowledge",
    "LexicalIndex",
    "ModelsExtraMissing",
    "Page",
    "Passage",
    "Person",
    "Progress",
    "Quantity",
    "ReadingError",
    "Section",
    "SectionKind",
    "Sentence",
    "Snapshot",
    "SnapshotError",
    "SnapshotMissing",
    "Span",
    "SpeechIndexError",
    "TokenIndex",
    "begins_as_name",
    "build_index",
    "builtin_document",
    "chances",
    "chinese_numeral",
    "combine",
    "combined_id",
    "current_id",
    "cut",
    "dates_in",
    "describe",
    "draw_isolated",
    "fast_of",
    "fold",
    "fold_document",
    "forget_documents",
    "groups_of",
    "headed",
    "in_context",
    "index_document",
    "initials",
    "is_blanked",
    "is_word",
    "joined",
    "kind_of",
    "legible",
    "load_encoder",
    "load_snapshot",
    "main_unit",
    "model_folder",
    "parse_numeral",
    "places_of",
    "put_snapshot",
    "read_document",
    "read_documents",
    "read_text",
    "row_at",
    "short_reason",
    "snapshot_files",
    "sound_terms",
    "syllables",
    "unpack_isolated",
    "words",
]


def __getattr__(name: str) -> typing.Any:
    """Import what only reading and indexing a document need."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(_LATER[name]), name)
    return found
