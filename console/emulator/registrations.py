"""App registrations as Microsoft Graph shows them: each application of the tenant with its secrets and certificates, never what they are.

The form is that of recordings (`az ad app`), where a certificate's `customKeyIdentifier` is its thumbprint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from console.emulator.activity import steady_guid
from console.emulator.applications import LAKE_READER, lake_reader, lake_thumbprint
from console.emulator.directory import APPLICATION, Entry
from console.emulator.estate import Estate

#: The lake's reader: the portal's longest secret, of which few days are left, and a certificate of a year.
SECRET_DAYS, SECRET_DAYS_LEFT = 730, 5
CERTIFICATE_DAYS, CERTIFICATE_DAYS_LEFT = 365, 171
#: Secrets of the ready file's identities.
OWN_DAYS, OWN_DAYS_LEFT = 730, 512


@dataclass(frozen=True, slots=True)
class _Registered:
    """An application; `hint` is how its secret begins, `secret` and `certificate` when each was made and when it ends."""

    client_id: str
    name: str
    made: datetime
    secret: tuple[datetime, datetime]
    hint: str
    certificate: tuple[datetime, datetime] | None = None
    thumbprint: str = ""


def listed(estate: Estate) -> Iterator[Entry]:
    """The applications of the tenant."""
    for one in _registered(estate):
        yield _entry(estate, one)


def find(estate: Estate, object_id: str) -> Entry | None:
    """The application with that object id, which is not that of its service principal."""
    return next((entry for entry in listed(estate) if entry.id == object_id.lower()), None)


def example() -> Entry:
    """An application of nobody's: it has the properties that all have."""
    nobody, long_ago = "00000000-0000-0000-0000-000000000000", datetime(2020, 1, 1, tzinfo=UTC)
    return _form(nobody, _Registered(nobody, "", long_ago, (long_ago, long_ago), ""), {})


def _registered(estate: Estate) -> Iterator[_Registered]:
    epoch = estate.epoch.replace(microsecond=0)
    for one in estate.identities.values():
        spell = _spell(epoch, OWN_DAYS, OWN_DAYS_LEFT)
        yield _Registered(one.client_id, one.name, spell[0], spell, one.client_secret[:3])
    reader = lake_reader(estate)
    yield _Registered(
        reader.client_id,
        LAKE_READER,
        epoch - timedelta(days=820),
        _spell(epoch, SECRET_DAYS, SECRET_DAYS_LEFT),
        reader.secret[:3],
        _spell(epoch, CERTIFICATE_DAYS, CERTIFICATE_DAYS_LEFT),
        lake_thumbprint(estate),
    )


def _spell(epoch: datetime, days: int, left: float) -> tuple[datetime, datetime]:
    end = epoch + timedelta(days=left, hours=3)
    return end - timedelta(days=days), end


def _entry(estate: Estate, one: _Registered) -> Entry:
    ids = {part: steady_guid(estate.seed, part, one.client_id) for part in ("registration", "password", "key")}
    return _form(ids["registration"], one, ids)


def _form(object_id: str, one: _Registered, ids: dict[str, str]) -> Entry:
    certificates = [_certificate(one, ids)] if one.certificate is not None else []
    form: dict[str, Any] = {
        "id": object_id,
        "deletedDateTime": None,
        "appId": one.client_id,
        "applicationTemplateId": None,
        "disabledByMicrosoftStatus": None,
        "createdDateTime": _moment(one.made),
        "displayName": one.name,
        "description": None,
        "groupMembershipClaims": None,
        "identifierUris": [],
        "isFallbackPublicClient": None,
        "notes": None,
        "signInAudience": "AzureADMyOrg",
        "tags": [],
        "keyCredentials": certificates,
        "passwordCredentials": [_password(one, ids)],
    }
    return Entry(APPLICATION, form, {})


def _password(one: _Registered, ids: dict[str, str]) -> dict[str, Any]:
    since, until = one.secret
    return {
        "customKeyIdentifier": None,
        "displayName": "rbac",
        "endDateTime": _moment(until),
        "hint": one.hint,
        "keyId": ids.get("password"),
        "secretText": None,
        "startDateTime": _moment(since),
    }


def _certificate(one: _Registered, ids: dict[str, str]) -> dict[str, Any]:
    assert one.certificate is not None
    since, until = one.certificate
    return {
        "customKeyIdentifier": one.thumbprint,
        "displayName": f"CN={one.name}",
        "endDateTime": _moment(until),
        "key": None,
        "keyId": ids.get("key"),
        "startDateTime": _moment(since),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    }


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
