"""What can go wrong, as values: one shape for every failure that a person may have to read."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """The kinds of trouble that call for different answers from the console or from its user."""

    SIGN_IN = "sign-in"
    PERMISSION = "permission"
    THROTTLED = "throttled"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    QUOTA = "quota"
    INVALID = "invalid"
    UNREACHABLE = "unreachable"
    UNEXPECTED = "unexpected"


#: The code of the trouble that nobody is signed in because somebody signed out.
SIGNED_OUT = "SignedOut"


class Trouble(msgspec.Struct, frozen=True):
    """One failure: `sentence` is for the user (what failed, why, what to do), the rest for a support ticket.

    `code` and `message` are the service's own, `status` is the HTTP status (0: there was no answer), `operation` is like
    "GET …/computes", `at` is in UTC, `retry_after` is in seconds.
    """

    kind: Kind
    sentence: str
    code: str = ""
    message: str = ""
    status: int = 0
    correlation_id: str = ""
    request_id: str = ""
    operation: str = ""
    at: datetime | None = None
    retry_after: float | None = None


class TroubleError(Exception):
    """Carries a `Trouble` to whoever can show it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble


class UnsentError(TroubleError):
    """A request was never sent, as something that it needs could not be had: whatever the trouble, nothing happened by it."""
