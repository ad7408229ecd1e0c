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
library    one folder of many documents, added to and taken from without being built anew
"""

import importlib
import typing

from index.dense import DenseIndex
from index.encoder import Encoder
from index.errors import (
    REASONS,
    DiskFull,
    EncoderError,
    LibraryBusy,
    LibraryUse,
    ModelsExtraMissing,
    ReadingError,
    SnapshotError,
    SnapshotMissing,
    SpeechIndexError,
    short_reason,
)
from index.folding import fold
from index.gist import ENDED, OPENING
from index.groups import Group, Item, describe, groups_of, main_unit
from index.legible import CELLS, WIDEST, is_blanked, legible, places_of, row_at
from index.lexical import LexicalIndex
from index.loading import FAST, fast_of, load_encoder, model_folder
from index.lookup import Chosen, Lookup, documents_having
from index.names import begins_as_name
from index.rows import Rows
from index.snapshot import Snapshot, load_snapshot
from index.sounds import sound_terms, syllables
from index.stopwords import STOP_WORDS
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
from index.words import cut, is_word, words

if typing.TYPE_CHECKING:
    from index.build import build_index, index_document
    from index.catalogue import Entry, pointer
    from index.combining import combine, combined_id
    from index.copying import put_snapshot, snapshot_files
    from index.engine.checking import check_library
    from index.engine.distant import open_stage
    from index.engine.filling import EngineLibrary, Filled
    from index.forgetting import forget_documents
    from index.formats.isolated import draw_isolated, unpack_isolated
    from index.formats.kinds import kind_of
    from index.library import (
        Adding,
        Done,
        Refused,
        Report,
        add_documents,
        add_files,
        collect_garbage,
        entries_of,
        go_back,
        remove_documents,
    )
    from index.localstage import LocalStage
    from index.naming import tell_apart
    from index.near import WideLexicalIndex, near_snapshot
    from index.reading import builtin_document, files_of, read_document, read_documents, read_text
    from index.shelving import file_of
    from index.stage import FirstStage, Found, Statistics, Where
    from index.structure.dates import dates_in
    from index.sweeping import Swept
    from index.verifying import verify

# Loaded when first used: a question needs neither, and their patterns take longer than its answer.
_LATER = {
    "Adding": "index.library",
    "Done": "index.library",
    "EngineLibrary": "index.engine.filling",
    "Entry": "index.catalogue",
    "Filled": "index.engine.filling",
    "check_library": "index.engine.checking",
    "open_stage": "index.engine.distant",
    "FirstStage": "index.stage",
    "Found": "index.stage",
    "LocalStage": "index.localstage",
    "Statistics": "index.stage",
    "Where": "index.stage",
    "WideLexicalIndex": "index.near",
    "near_snapshot": "index.near",
    "tell_apart": "index.naming",
    "Refused": "index.library",
    "Report": "index.library",
    "Swept": "index.sweeping",
    "add_documents": "index.library",
    "add_files": "index.library",
    "collect_garbage": "index.library",
    "entries_of": "index.library",
    "file_of": "index.shelving",
    "go_back": "index.library",
    "pointer": "index.catalogue",
    "remove_documents": "index.library",
    "verify": "index.verifying",
    "build_index": "index.build",
    "index_document": "index.build",
    "builtin_document": "index.reading",
    "combine": "index.combining",
    "combined_id": "index.combining",
    "dates_in": "index.structure.dates",
    "draw_isolated": "index.formats.isolated",
    "files_of": "index.reading",
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
    "ENDED",
    "FAST",
    "OPENING",
    "REASONS",
    "STOP_WORDS",
    "WHYS",
    "WIDEST",
    "Adding",
    "Chosen",
    "Date",
    "DenseIndex",
    "DiskFull",
    "Document",
    "Done",
    "Encoder",
    "EncoderError",
    "EngineLibrary",
    "Entry",
    "Enumeration",
    "Facet",
    "Filled",
    "FirstStage",
    "Found",
    "FusedEncoder",
    "Group",
    "IndexedDocument",
    "Item",
    "Knowledge",
    "LexicalIndex",
    "LibraryBusy",
    "LibraryUse",
    "LocalStage",
    "Lookup",
    "ModelsExtraMissing",
    "Page",
    "Passage",
    "Person",
    "Progress",
    "Quantity",
    "ReadingError",
    "Refused",
    "Report",
    "Rows",
    "Section",
    "SectionKind",
    "Sentence",
    "Snapshot",
    "SnapshotError",
    "SnapshotMissing",
    "Span",
    "SpeechIndexError",
    "Statistics",
    "Swept",
    "TokenIndex",
    "Where",
    "WideLexicalIndex",
    "add_documents",
    "add_files",
    "begins_as_name",
    "build_index",
    "builtin_document",
    "chances",
    "check_library",
    "chinese_numeral",
    "collect_garbage",
    "combine",
    "combined_id",
    "cut",
    "dates_in",
    "describe",
    "documents_having",
    "draw_isolated",
    "entries_of",
    "fast_of",
    "file_of",
    "files_of",
    "fold",
    "forget_documents",
    "go_back",
    "groups_of",
    "headed",
    "in_context",
    "index_document",
    "is_blanked",
    "is_word",
    "joined",
    "kind_of",
    "legible",
    "load_encoder",
    "load_snapshot",
    "main_unit",
    "model_folder",
    "near_snapshot",
    "open_stage",
    "parse_numeral",
    "places_of",
    "pointer",
    "put_snapshot",
    "read_document",
    "read_documents",
    "read_text",
    "remove_documents",
    "row_at",
    "short_reason",
    "snapshot_files",
    "sound_terms",
    "syllables",
    "tell_apart",
    "unpack_isolated",
    "verify",
    "words",
]


def __getattr__(name: str) -> typing.Any:
    """Import what only reading and indexing a document need."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(_LATER[name]), name)
    return found
