"""File -> Document, and the reader's view of its text."""

from index.reading.collecting import digest_of_file, files_of, read_documents
from index.reading.decoding import decode
from index.reading.files import BUILTIN_TITLE, MAX_BYTES, builtin_document, read_document, read_text
from index.reading.metadata import read_metadata
from index.reading.view import Block, View, read_view
from index.types import BlockKind

__all__ = [
    "BUILTIN_TITLE",
    "MAX_BYTES",
    "Block",
    "BlockKind",
    "View",
    "builtin_document",
    "decode",
    "digest_of_file",
    "files_of",
    "read_document",
    "read_documents",
    "read_metadata",
    "read_text",
    "read_view",
]
