"""What can go wrong while a document is read or an index is built, saved or loaded.

SpeechIndexError (base; `code` is stable, the message is one line of Chinese for the person)
├── ReadingError            the file cannot be used as a document
│   ├── EmptyDocument
│   ├── NotText             binary, or an encoding that cannot be told
│   ├── TooLarge
│   ├── BadSidecar          the file with a document's title, date … beside it
│   ├── FileUnreadable      missing, a folder, no permission
│   ├── DocumentDamaged     a PDF, OFD or picture that is not whole
│   ├── DocumentEncrypted   it asks for a password
│   └── FormatExtraMissing  what reads this format is not installed
├── EncoderError            the encoder cannot be used
│   ├── EncoderNotFound
│   ├── EncoderDamaged
│   └── ModelsExtraMissing  sentence-transformers is not installed
└── SnapshotError           the index folder cannot be used
    ├── SnapshotMissing
    ├── SnapshotDamaged
    ├── SnapshotTooOld      another format version
    ├── SnapshotOtherEncoder
    └── SnapshotNotWritten  disk full, no permission
"""

from __future__ import annotations

import errno


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


class DocumentDamaged(ReadingError):
    """Not whole, or not what its name says."""

    code = "document_damaged"


class DocumentEncrypted(ReadingError):
    """It asks for a password."""

    code = "document_encrypted"


class FormatExtraMissing(ReadingError):
    """What reads this format is not installed."""

    code = "format_extra_missing"


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
    """The disk is full, or the folder may not be written."""

    code = "snapshot_not_written"


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
