"""A library on an engine beside this program: its documents as points, found, loaded, added and taken out.

points     what an engine must be able to do, whichever it is
qdrant     Qdrant, by its client
edge       Qdrant's core in this process, in a folder
address    --library qdrant://HOST:PORT/NAME -> one of them
stored     a document <-> its points
claiming   who writes which document, and what a killed writer left
counting   how many passages hold each term
distant    a library on an engine as a first stage
filling    add, remove
checking   verify
"""
