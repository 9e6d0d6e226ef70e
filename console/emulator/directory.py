"""The directory as Microsoft Graph shows it: users, groups and service principals with the properties of each.

Which properties are told unasked, and which only under `$select`, is that of recordings and of the Graph reference.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from console.emulator.estate import Estate, Group, Identity, Person

USER, GROUP, SERVICE_PRINCIPAL, APPLICATION = "user", "group", "servicePrincipal", "application"
NOBODY = str(uuid.UUID(int=0))
COLLECTIONS = {USER: "users", GROUP: "groups", SERVICE_PRINCIPAL: "servicePrincipals", APPLICATION: "applications"}
#: The application of a managed identity, which the estate does not name, follows from its service principal.
_APPLICATIONS = uuid.UUID("6f0c1f1e-5d1b-4b0b-9a57-0a3f6f3f5d2e")


@dataclass(frozen=True, slots=True)
class Entry:
    """One object: its kind, what Graph tells of it unasked (`form`), and what only under `$select` (`more`)."""

    kind: str
    form: Mapping[str, Any]
    more: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.form["id"])

    @property
    def name(self) -> str:
        return str(self.form["displayName"])

    def known(self, name: str) -> bool:
        return name in self.form or name in self.more

    def get(self, name: str) -> Any:
        return self.form[name] if name in self.form else self.more.get(name)


@dataclass(frozen=True, slots=True)
class ManagedIdentity:
    """The identity of a resource; `explicit` is one that stands alone and was assigned to it by a user."""

    object_id: str
    application_id: str
    name: str
    resource_id: str
    explicit: bool = False


def managed_identities(estate: Estate) -> Iterator[ManagedIdentity]:
    """Those of workspaces and computes, each once."""
    for workspace in estate.workspaces.values():
        yield from _identities(workspace.identity, workspace.name, workspace.id)
    for compute in estate.computes.values():
        workspace_name = compute.workspace_id.rpartition("/")[2]
        yield from _identities(compute.identity or {}, f"{workspace_name}/computes/{compute.name}", compute.id)


def _identities(block: Mapping[str, Any], name: str, resource_id: str) -> Iterator[ManagedIdentity]:
    principal = block.get("principalId")
    if isinstance(principal, str):
        yield ManagedIdentity(principal.lower(), str(uuid.uuid5(_APPLICATIONS, principal.lower())), name, resource_id)
    for own_id, told in (block.get("userAssignedIdentities") or {}).items():
        if isinstance(told, dict) and isinstance(told.get("principalId"), str):
            principal = told["principalId"].lower()
            application = told.get("clientId") or str(uuid.uuid5(_APPLICATIONS, principal))
            yield ManagedIdentity(principal, application, own_id.rpartition("/")[2], own_id, explicit=True)


def find(estate: Estate, object_id: str) -> Entry | None:
    """The object with that id, whatever it is."""
    key = object_id.lower()
    if key in estate.people:
        return user(estate.people[key])
    if key in estate.groups:
        return group(estate.groups[key])
    return next((entry for entry in service_principals(estate) if entry.id == key), None)


def find_user(estate: Estate, identifier: str) -> Entry | None:
    """The user with that object id or user principal name."""
    key = identifier.lower()
    if key in estate.people:
        return user(estate.people[key])
    return next((user(person) for person in estate.people.values() if person.upn.lower() == key), None)


def some(estate: Estate, object_ids: Iterable[str]) -> dict[str, Entry]:
    """Those of the objects that there are, by id, in the order of the ids, which are in lower case."""
    wanted = list(dict.fromkeys(object_ids))
    known = {key: user(estate.people[key]) for key in wanted if key in estate.people}
    known |= {key: group(estate.groups[key]) for key in wanted if key in estate.groups}
    if len(known) < len(wanted):
        known |= {entry.id: entry for entry in service_principals(estate)}
    return {key: known[key] for key in wanted if key in known}


def listed(estate: Estate, kind: str) -> list[Entry]:
    """All objects of a kind."""
    match kind:
        case "user":
            return [user(person) for person in estate.people.values()]
        case "group":
            return [group(known) for known in estate.groups.values()]
        case _:
            return list(service_principals(estate))


def service_principals(estate: Estate) -> Iterator[Entry]:
    for known in estate.identities.values():
        yield application(known, estate.tenant_id)
    seen: set[str] = set()
    for identity in managed_identities(estate):
        if identity.object_id not in seen:
            seen.add(identity.object_id)
            yield managed_identity(identity)


def user(person: Person) -> Entry:
    """As the recordings show a user; whether the account is enabled and a guest's is told under `$select` alone."""
    given, _, surname = person.display_name.partition(" ")
    form: dict[str, Any] = {
        "id": person.object_id,
        "businessPhones": [],
        "displayName": person.display_name,
        "givenName": given,
        "jobTitle": None,
        "mail": None if person.guest else person.upn,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": surname or None,
        "userPrincipalName": person.upn,
    }
    more = {
        "accountEnabled": person.enabled,
        "mailNickname": person.upn.partition("@")[0],
        "userType": "Guest" if person.guest else "Member",
    }
    return Entry(USER, form, more)


def group(known: Group) -> Entry:
    """As the recordings show a security group."""
    created = _moment(known.created)
    form: dict[str, Any] = {
        "id": known.object_id,
        "deletedDateTime": None,
        "classification": None,
        "createdDateTime": created,
        "creationOptions": [],
        "description": known.description,
        "displayName": known.display_name,
        "expirationDateTime": None,
        "groupTypes": [],
        "isAssignableToRole": None,
        "mail": None,
        "mailEnabled": False,
        "mailNickname": known.display_name,
        "membershipRule": None,
        "membershipRuleProcessingState": None,
        "onPremisesSyncEnabled": None,
        "renewedDateTime": created,
        "securityEnabled": True,
        "securityIdentifier": _security_identifier(known.object_id),
        "visibility": None,
    }
    return Entry(GROUP, form, {})


def application(identity: Identity, tenant_id: str) -> Entry:
    """As the recordings show an application's service principal."""
    return Entry(SERVICE_PRINCIPAL, _service(identity.object_id, identity.client_id, identity.name, "Application", tenant_id), {})


def managed_identity(identity: ManagedIdentity) -> Entry:
    """A managed identity has no application in the tenant; its alternative names say whose it is."""
    form = _service(identity.object_id, identity.application_id, identity.name, "ManagedIdentity", None)
    form |= {
        "alternativeNames": [f"isExplicit={identity.explicit}", identity.resource_id],
        "appDisplayName": None,
        "signInAudience": None,
    }
    return Entry(SERVICE_PRINCIPAL, form, {})


def _service(object_id: str, application_id: str, name: str, kind: str, tenant_id: str | None) -> dict[str, Any]:
    return {
        "id": object_id,
        "deletedDateTime": None,
        "accountEnabled": True,
        "alternativeNames": [],
        "appDisplayName": name,
        "appDescription": None,
        "appId": application_id,
        "appOwnerOrganizationId": tenant_id,
        "appRoleAssignmentRequired": False,
        "description": None,
        "displayName": name,
        "servicePrincipalNames": [application_id],
        "servicePrincipalType": kind,
        "signInAudience": "AzureADMyOrg",
        "tags": [],
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _security_identifier(object_id: str) -> str:
    """The SID that Entra derives from an object id: its four parts as numbers."""
    raw = uuid.UUID(object_id).bytes_le
    return "S-1-12-1-" + "-".join(str(int.from_bytes(raw[at : at + 4], "little")) for at in range(0, 16, 4))
