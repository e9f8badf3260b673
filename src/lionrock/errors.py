"""The one tree of errors. Each says what went wrong and what to do next; the command line and HTTP only translate it.

LionrockError
├── UsageError            the call itself was wrong                     exit 2, HTTP 422
├── NotFoundError         no such thing, or not yours to see            exit 3, HTTP 404
├── MissingError          a model or server that the call needs         exit 4, HTTP 503
│   ├── ModelMissingError
│   ├── FontMissingError
│   └── EndpointError
├── FetchError            a download failed, or its hash was wrong      exit 1, HTTP 502
├── DocumentError         one document cannot be taken in               exit 1, HTTP 422
│   ├── EmptyDocumentError
│   ├── TooLargeError
│   ├── UnsupportedFormatError
│   ├── BrokenDocumentError
│   ├── EncryptedDocumentError
│   ├── RefusedDocumentError
│   └── ParserLimitError
├── StorageError          the database cannot be opened or written      exit 1, HTTP 500
│   └── UnstorableError   no database takes such a text or number       exit 2, HTTP 422
├── WorkStoppedError      work ended before it was done                exit 1, HTTP 409
│   ├── WorkCancelledError
│   └── LeaseLostError
├── ConflictError         changed meanwhile by somebody else            exit 1, HTTP 409
├── IndexUnavailableError the search index cannot be opened             exit 1, HTTP 503
├── SignInError           who asks is not known here                    exit 1, HTTP 401
├── ForbiddenError        known, and not allowed to do this             exit 3, HTTP 403
├── TooManyError          too often in too short a time                 exit 1, HTTP 429
└── BusyError             another process holds the data folder         exit 1, HTTP 503
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BrokenDocumentError",
    "BusyError",
    "ConflictError",
    "DocumentError",
    "EmptyDocumentError",
    "EncryptedDocumentError",
    "EndpointError",
    "FetchError",
    "FontMissingError",
    "ForbiddenError",
    "IndexUnavailableError",
    "LeaseLostError",
    "LionrockError",
    "MissingError",
    "ModelMissingError",
    "NotFoundError",
    "ParserLimitError",
    "RefusedDocumentError",
    "SignInError",
    "StorageError",
    "TooLargeError",
    "TooManyError",
    "UnstorableError",
    "UnsupportedFormatError",
    "UsageError",
    "WorkCancelledError",
    "WorkStoppedError",
]


class LionrockError(Exception):
    """Something went wrong in Lionrock; run `lionrock doctor` to see what works here."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())

    @property
    def message(self) -> str:
        """The sentence a user reads."""
        return str(self.args[0])


class UsageError(LionrockError):
    """The call was wrong; see `lionrock --help`."""

    exit_code = 2
    http_status = 422


class NotFoundError(LionrockError):
    """There is no such thing here, or you may not see it."""

    exit_code = 3
    http_status = 404


class MissingError(LionrockError):
    """Something that this call needs is not installed; run `lionrock doctor` to see which command brings it."""

    exit_code = 4
    http_status = 503


class ModelMissingError(MissingError):
    """A model is not installed; run `lionrock models fetch`."""


class FontMissingError(MissingError):
    """No font with Chinese characters is on this machine; install one (on Debian the package fonts-noto-cjk), or name a font file in LIONROCK_FONT."""


class EndpointError(MissingError):
    """The configured model endpoint did not answer; check its address and that it runs."""


class FetchError(LionrockError):
    """A download failed; run the same command again, it goes on from where it stopped."""

    http_status = 502


class DocumentError(LionrockError):
    """This document could not be taken in."""

    http_status = 422


class EmptyDocumentError(DocumentError):
    """The file holds no text; if it is a scan, it needs text recognition first."""


class TooLargeError(DocumentError):
    """The file is larger than this installation accepts; split it, or raise the limit in the settings."""


class UnsupportedFormatError(DocumentError):
    """This kind of file is not supported; save it as DOCX, PDF, HTML, Markdown or plain text."""


class BrokenDocumentError(DocumentError):
    """The file is damaged or is not what its name says; open it in its own program and save it again."""


class EncryptedDocumentError(DocumentError):
    """The file is protected by a password; remove the password and add it again."""


class RefusedDocumentError(DocumentError):
    """The department's policy is not to take such a file in."""


class ParserLimitError(DocumentError):
    """Reading the file took more time or memory than is allowed; split it into smaller files."""


class StorageError(LionrockError):
    """The database could not be opened or written; check the disk and the database address."""


class UnstorableError(StorageError):
    """The call holds a text or a number that no database takes (NUL, half a character, a huge number); leave it out."""

    exit_code = 2
    http_status = 422


class IndexUnavailableError(LionrockError):
    """The search index could not be opened; run `lionrock documents reindex`."""

    http_status = 503


class WorkStoppedError(LionrockError):
    """The program is stopping; the work goes on at its next start."""

    http_status = 409


class WorkCancelledError(WorkStoppedError):
    """The work was cancelled; add the file again, or run `lionrock documents retry`, to do it after all."""


class LeaseLostError(WorkStoppedError):
    """This took so long that another worker took the work over; nothing needs to be done."""


class ConflictError(LionrockError):
    """This was changed meanwhile, perhaps in another window; load it again and repeat what you did."""

    http_status = 409


class SignInError(LionrockError):
    """Sign in first, or send a valid API key as `Authorization: Bearer`."""

    http_status = 401


class ForbiddenError(LionrockError):
    """Your account may not do this; ask an administrator of this installation."""

    exit_code = 3
    http_status = 403


class TooManyError(LionrockError):
    """That was too often in too short a time; wait a little and try again."""

    http_status = 429

    def __init__(self, message: str | None = None, *, seconds: float = 1.0) -> None:
        super().__init__(message)
        self.seconds = seconds
        """After how long another try may succeed."""


class BusyError(LionrockError):
    """Another Lionrock process is using this data folder; use its page, or stop it first."""

    http_status = 503
