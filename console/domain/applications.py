"""Applications of the directory: until when what each signs in with is good. Microsoft Graph v1.0, resource type `application`."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A secret or a certificate of an application, never what it is: `starts` and `ends` are UTC, None where Graph does not tell.

    `thumbprint` is a certificate's, in upper-case hex, "" where it is not told.
    """

    id: str
    certificate: bool = False
    name: str = ""
    thumbprint: str = ""
    starts: datetime | None = None
    ends: datetime | None = None


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """An application registered in the tenant, with what it may sign in with. `fault` says why it could not be read."""

    client_id: str
    object_id: str = ""
    name: str = ""
    credentials: tuple[Credential, ...] = ()
    fault: str = ""
