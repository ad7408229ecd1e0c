"""What can go wrong while a question is answered.

QuestionError (base; `code` is stable, the message is one line of Chinese for the person)
├── EmptyQuestion
├── QuestionTooLong
├── UnknownDocument         `document` names none of the indexed ones
├── DocumentNeeded          a structure question over several documents
├── OutOfTime               a question took longer than it may, or nobody waits for it any more
├── StoreUnusable           conversations and feedback cannot be kept or read
├── KeysUnusable            the file of access keys cannot be read: none of them opens anything
├── KeyNeeded               what is asked for needs a key, or the key is none
├── ScopeMissing            the key may not do this
├── StoreFull               conversations and feedback have reached their limit of size
├── ConversationGone        a conversation was deleted, has expired, or was never there
├── ConversationChanged     a turn was changed elsewhere in the meantime
├── DocumentGone            a document that a person brought is not there (any more), or the token is wrong
├── NoOriginal              the file of a document that was brought, or that page of it, cannot be shown
├── UploadRefused           a file that a person brings is not taken
│   ├── UploadsOff          this server takes none
│   ├── UploadTooLarge      more bytes or characters than it may have
│   └── UploadsFull         there is no room for one more now
├── LibraryOff              the library is not written in through this server
├── BadRequest              broken JSON, a field missing or of the wrong type
├── BundleFailed            a bundle for other machines cannot be made
├── BackupFailed            a backup cannot be made or put back
├── CannotInstall           the service's units cannot be written here
├── CannotListen            the server's address or port is taken or not allowed
└── BadSetting              a setting that is unknown or out of range
"""

from __future__ import annotations


class QuestionError(Exception):
    """Base of all errors of the package `qa`; str() is one line of Chinese, `code` is stable."""

    code = "question_error"


class EmptyQuestion(QuestionError):
    """Nothing was asked."""

    code = "empty_question"


class QuestionTooLong(QuestionError):
    """Longer than a question may be."""

    code = "question_too_long"


class UnknownDocument(QuestionError):
    """`document` names none of the indexed documents."""

    code = "unknown_document"


class DocumentNeeded(QuestionError):
    """A question about structure was asked of several documents at once."""

    code = "document_needed"


class OutOfTime(QuestionError):
    """A question took longer than it may, or nobody waits for it any more."""

    code = "out_of_time"


class StoreUnusable(QuestionError):
    """Conversations and feedback cannot be kept or read."""

    code = "store_unusable"


class KeyNeeded(QuestionError):
    """What is asked for needs a key, or what was given is none (any more)."""

    code = "key_needed"


class ScopeMissing(QuestionError):
    """The key that was given may not do this."""

    code = "scope_missing"


class KeysUnusable(QuestionError):
    """The file of access keys is damaged, or others may read it; none of the keys opens anything."""

    code = "keys_unusable"


class StoreFull(QuestionError):
    """Conversations and feedback have reached their limit of size."""

    code = "store_full"


class ConversationGone(QuestionError):
    """A conversation was deleted, has expired, made room for others, or was never there."""

    code = "conversation_gone"


class ConversationChanged(QuestionError):
    """A turn was changed in another window in the meantime."""

    code = "conversation_changed"


class DocumentGone(QuestionError):
    """A document that a person brought was deleted, has expired, or the token is wrong."""

    code = "document_gone"


class NoOriginal(QuestionError):
    """The file of a document that a person brought is not kept, or has no such page."""

    code = "no_original"


class UploadRefused(QuestionError):
    """A file that a person brings is not taken."""

    code = "upload_refused"


class UploadsOff(UploadRefused):
    """No files are taken on this server."""

    code = "uploads_off"


class UploadTooLarge(UploadRefused):
    """More bytes or characters than a person's document may have."""

    code = "upload_too_large"


class UploadsFull(UploadRefused):
    """There is no room for one more now: those that are held are in use."""

    code = "uploads_full"


class LibraryOff(QuestionError):
    """The library is not written in through this server, or not from there."""

    code = "library_off"


class BadRequest(QuestionError):
    """Broken JSON, a missing field, or a field of the wrong type."""

    code = "bad_request"


class BundleFailed(QuestionError):
    """A bundle for other machines cannot be made."""

    code = "bundle_failed"


class BackupFailed(QuestionError):
    """A backup cannot be made or put back."""

    code = "backup_failed"


class CannotInstall(QuestionError):
    """The units of the service cannot be written on this machine, or by this person."""

    code = "cannot_install"


class CannotListen(QuestionError):
    """The server's address or port is taken, not allowed, or none of this machine's."""

    code = "cannot_listen"


class BadSetting(QuestionError):
    """A setting that is unknown, of the wrong type or out of range."""

    code = "bad_setting"
