"""What can go wrong while a document is read or an index is built, saved or loaded.

SpeechIndexError (base; `code` is stable, the message is one line of Chinese for the person)
├── ReadingError            the file cannot be used as a document
│   ├── EmptyDocument
│   ├── NotText             binary, or an encoding that cannot be told
│   ├── TooLarge
│   ├── BadSidecar          the file with a document's title, date … beside it
│   ├── FileUnreadable      missing, a folder, no permission
│   ├── UnsupportedFormat   a format that is not read: a program, a film, slides
│   ├── FormatExtraMissing  a format whose extra or tool is not installed
│   ├── DocumentEncrypted   protected by a password
│   ├── DocumentDamaged     its format is known, and it is broken
│   ├── Unsafe              built to do harm: a zip bomb, entities that expand
│   └── ParsingStopped      out of time or memory, or the parser crashed
├── EncoderError            the encoder cannot be used
│   ├── EncoderNotFound
│   ├── EncoderDamaged
│   └── ModelsExtraMissing  sentence-transformers is not installed
└── SnapshotError           the index folder cannot be used
    ├── SnapshotMissing
    ├── SnapshotDamaged
    ├── SnapshotTooOld      another format version
    ├── SnapshotOtherEncoder
    ├── SnapshotNotWritten  no permission, another program's folder
    │   └── DiskFull
    ├── LibraryBusy         another process writes in it
    ├── EngineError         the engine that holds a library cannot be used
    │   ├── EngineExtraMissing  its client is not installed
    │   ├── EngineUnreachable   it does not answer
    │   └── EngineRefused       it wants another key
    └── LibraryUse          what is asked of a library cannot be done: nothing to go back to, the last document
"""

from __future__ import annotations

import errno
import re
import shlex
from pathlib import Path


class SpeechIndexError(Exception):
    """Base of all errors of the package `index`; str() is one line of Chinese, `code` is stable."""

    code = "index_error"


class ReadingError(SpeechIndexError):
    """The file cannot be used as a document."""

    code = "reading_error"


class EmptyDocument(ReadingError):
    """There is no text in it."""

    code = "empty_document"


class NotText(ReadingError):
    """Binary, or in an encoding that cannot be told."""

    code = "not_text"


class TooLarge(ReadingError):
    """Above the documented limit."""

    code = "too_large"


class BadSidecar(ReadingError):
    """What stands beside a document to correct its title, date, issuer, speaker or kind cannot be used."""

    code = "bad_sidecar"


class FileUnreadable(ReadingError):
    """Missing, a folder, or not permitted."""

    code = "file_unreadable"


class UnsupportedFormat(ReadingError):
    """A format that is not read, named by what its bytes say."""

    code = "unsupported_format"


class FormatExtraMissing(ReadingError):
    """The extra or the tool that reads this format is not installed."""

    code = "format_extra_missing"


class DocumentEncrypted(ReadingError):
    """Protected by a password."""

    code = "document_encrypted"


class DocumentDamaged(ReadingError):
    """Its format is known, and it is broken."""

    code = "document_damaged"


class Unsafe(ReadingError):
    """Built to do harm: it unpacks to far more than it holds, or defines entities."""

    code = "unsafe_document"


class ParsingStopped(ReadingError):
    """Reading it took too long or too much memory, or crashed the parser."""

    code = "parsing_stopped"


class EncoderError(SpeechIndexError):
    """The encoder cannot be used."""

    code = "encoder_error"


class EncoderNotFound(EncoderError):
    """No such folder or model."""

    code = "encoder_not_found"


class EncoderDamaged(EncoderError):
    """A file of it is missing, truncated or of another shape than expected."""

    code = "encoder_damaged"


class ModelsExtraMissing(EncoderError):
    """The package sentence-transformers is not installed."""

    code = "models_extra_missing"


class SnapshotError(SpeechIndexError):
    """The index folder cannot be used."""

    code = "snapshot_error"


class SnapshotMissing(SnapshotError):
    """There is no index in the folder."""

    code = "snapshot_missing"


class SnapshotDamaged(SnapshotError):
    """A file of it is missing or is not what the manifest says."""

    code = "snapshot_damaged"


class SnapshotTooOld(SnapshotError):
    """Written in another format version."""

    code = "snapshot_format"


class SnapshotOtherEncoder(SnapshotError):
    """Built with another encoder than the one in use."""

    code = "snapshot_other_encoder"


class SnapshotNotWritten(SnapshotError):
    """The folder may not be written, or is another program's."""

    code = "snapshot_not_written"


class DiskFull(SnapshotNotWritten):
    """There is no room for what is to be written."""

    code = "disk_full"


class LibraryBusy(SnapshotError):
    """Another process writes in the library."""

    code = "library_busy"


class EngineError(SnapshotError):
    """The engine that holds a library says something that was not expected."""

    code = "engine_error"


class EngineExtraMissing(EngineError):
    """The engine's client is not installed."""

    code = "engine_extra_missing"


class EngineUnreachable(EngineError):
    """The engine does not answer."""

    code = "engine_unreachable"


class EngineRefused(EngineError):
    """The engine wants another key, or allows this one less."""

    code = "engine_refused"


class LibraryUse(SnapshotError):
    """What is asked of a library cannot be done with it."""

    code = "library_use"


_PLAIN = re.compile(r"[\w./\\:~+-]+")  # needs no quotes in a shell


def command(name: str, root: Path, *words: str) -> str:
    """Return a command on an index folder that can be pasted into a shell."""
    quoted = [word if _PLAIN.fullmatch(word) else shlex.quote(word) for word in (*words, str(root))]
    return " ".join(["speechqa", name, *quoted[:-1], "--index", quoted[-1]])


def not_written(root: Path, error: OSError, mend: str) -> SnapshotNotWritten:
    """Return what to raise where the system refuses to write; `mend` is the command that does it again."""
    reason = REASONS.get(error.errno or 0, error.strerror or type(error).__name__)
    kind = DiskFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else SnapshotNotWritten
    return kind(f"索引写不进 {root}：{reason}。原有索引没有改动。请检查磁盘空间和权限，再运行 {mend}")


def short_reason(error: Exception) -> str:
    """Return the first line of what a library says, to stand in a message."""
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


# Why the system refuses to read or write, by its number.
REASONS = {
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EFBIG: "文件超过系统允许的大小",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘只读",
    errno.ENOTDIR: "路径中有一处不是文件夹",
    errno.EEXIST: "同名的文件挡住了文件夹",
    errno.ENAMETOOLONG: "路径太长",
}
