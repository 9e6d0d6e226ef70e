"""Applications that datastores sign in as: those of the ready file, and one of the story that reads the lake."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from console.emulator.activity import steady_guid
from console.emulator.estate import Estate

#: An application that the lake's access control lists let in, without any role.
LAKE_READER = "curated-lake-reader"


@dataclass(frozen=True, slots=True)
class Application:
    """An application with the object id of its service principal; "" for a secret or a certificate that it does not have."""

    client_id: str
    object_id: str
    secret: str = field(repr=False)
    certificate: str = field(default="", repr=False)


def canary(estate: Estate, *of: str) -> str:
    """A made-up secret; a leak of it is found by looking for `canary`."""
    digest = hashlib.sha256(" ".join((str(estate.seed), *of)).encode()).hexdigest()
    return f"canary-{of[-1]}-{digest[:24]}"


def lake_reader(estate: Estate) -> Application:
    """The one of the story."""
    client, principal = (steady_guid(estate.seed, kind, LAKE_READER) for kind in ("application", "service principal"))
    return Application(client, principal, canary(estate, client, "clientSecret"), canary(estate, client, "certificate"))


def lake_thumbprint(estate: Estate) -> str:
    """That of its certificate, in hex."""
    return hashlib.sha256(f"{estate.seed} {lake_reader(estate).client_id} thumbprint".encode()).hexdigest()[:40].upper()


def application(estate: Estate, client_id: str) -> Application | None:
    """The application of that client id, or None."""
    reader = lake_reader(estate)
    if client_id.lower() == reader.client_id:
        return reader
    found = next((one for one in estate.identities.values() if one.client_id.lower() == client_id.lower()), None)
    return None if found is None else Application(found.client_id, found.object_id, found.client_secret)
