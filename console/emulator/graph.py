"""Microsoft Graph, as far as names for object ids and sign-in need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from console.emulator.estate import Group, Identity, Person
from console.emulator.odata import Term, terms
from console.emulator.routing import Call, Reply, Route

MOST_IDS = 1000


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}})


def _user(person: Person) -> dict[str, Any]:
    given, _, surname = person.display_name.partition(" ")
    return {
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


def _group(group: Group) -> dict[str, Any]:
    return {
        "id": group.object_id,
        "deletedDateTime": None,
        "description": None,
        "displayName": group.display_name,
        "groupTypes": [],
        "mail": None,
        "mailEnabled": False,
        "mailNickname": group.display_name,
        "securityEnabled": True,
    }


def _service_principal(identity: Identity, tenant_id: str) -> dict[str, Any]:
    return {
        "id": identity.object_id,
        "deletedDateTime": None,
        "accountEnabled": True,
        "alternativeNames": [],
        "appDisplayName": identity.name,
        "appId": identity.client_id,
        "appOwnerOrganizationId": tenant_id,
        "appRoleAssignmentRequired": False,
        "description": None,
        "displayName": identity.name,
        "servicePrincipalNames": [identity.client_id],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
        "tags": [],
    }


def _directory(call: Call) -> Mapping[str, tuple[str, dict[str, Any]]]:
    """Everything with an object id: its kind and its Graph form."""
    estate = call.world.estate
    found = {key: ("user", _user(person)) for key, person in estate.people.items()}
    found |= {key: ("group", _group(group)) for key, group in estate.groups.items()}
    return found | {
        known.object_id: ("servicePrincipal", _service_principal(known, estate.tenant_id)) for known in estate.identities.values()
    }


def _context(call: Call, of: str) -> str:
    return f"{call.base_url}/v1.0/$metadata#{of}"


def _get_by_ids(call: Call) -> Reply:
    body = call.body if isinstance(call.body, dict) else {}
    ids = body.get("ids")
    if not isinstance(ids, list) or not all(isinstance(item, str) for item in ids):
        return _error(400, "Request_BadRequest", "The property 'ids' must be a collection of object ids.")
    if len(ids) > MOST_IDS:
        return _error(400, "Request_BadRequest", f"Too many ids: at most {MOST_IDS} can be asked for at once.")
    types = {str(kind).lower() for kind in body.get("types") or ()}
    directory = _directory(call)
    found: list[dict[str, Any]] = []
    for identifier in dict.fromkeys(item.lower() for item in ids):
        kind, form = directory.get(identifier, ("", {}))
        if kind and (not types or kind.lower() in types or "directoryobject" in types):
            found.append({"@odata.type": f"#microsoft.graph.{kind}", **form})
    return Reply(200, {"@odata.context": _context(call, "directoryObjects"), "value": found}, {"x-ms-resource-unit": "3"})


def _fits(form: Mapping[str, Any], asked: Iterable[Term]) -> bool:
    by_name = {key.lower(): value for key, value in form.items()}
    for term in asked:
        value = by_name.get(term.name)
        held = value if isinstance(value, list) else [value]
        if term.value.lower() not in [str(item).lower() for item in held]:
            return False
    return True


def _listed(call: Call, kind: str, collection: str) -> Reply:
    asked = terms(call.query.get("$filter", ""))
    if asked is None or any(term.form == "call" for term in asked):
        return _error(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified.")
    found = [form for of, form in _directory(call).values() if of == kind and _fits(form, asked)]
    return Reply(200, {"@odata.context": _context(call, collection), "value": found}, {"x-ms-resource-unit": "1"})


def _service_principals(call: Call) -> Reply:
    return _listed(call, "servicePrincipal", "servicePrincipals")


def _users(call: Call) -> Reply:
    return _listed(call, "user", "users")


def routes() -> list[Route]:
    return [
        Route("POST", "/v1.0/directoryObjects/getByIds", _get_by_ids, "recorded"),
        Route("GET", "/v1.0/servicePrincipals", _service_principals, "recorded"),
        Route("GET", "/v1.0/users", _users, "sdk"),
    ]
