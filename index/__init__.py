"""Document -> index on disk, in these stages.

reading    file -> Document (one canonical text)
sections   Document -> section tree
sentences  section tree -> sentences
facets     sentences -> the same, each with its facet
passages   sentences -> passages, the rows of the index
words      text -> search terms
encoder    text -> vectors
lexical    terms -> BM25
dense      vectors -> FAISS
snapshot   all of it -> one immutable folder, and back
build      the stages in order
"""

from index.types import Document, Facet, IndexedDocument, Passage, Section, Sentence

__all__ = ["Document", "Facet", "IndexedDocument", "Passage", "Section", "Sentence"]
