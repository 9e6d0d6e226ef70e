"""Microsoft Graph: the directory as clients read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from console.emulator import arm
from console.emulator.routing import Reply
from console.emulator.server import route_table
from console.emulator.world import Options, World, build_world
from tests.conftest import Emulator
from tests.emulator.asking import BASE, code_of

EVENTUAL = {"consistencylevel": "eventual"}
TABLE = route_table()
HELD_BY_RUTH = ["ai-lab", "contoso-staff", "internal-audit", "ml-everyone", "ml-oncall"]


def graph(world: World, url: str, body: Any = None, who: str = "admin", **headers: str) -> Reply:
    """A request straight to the front by an identity's name or a person's; `url` is percent-encoded behind `/v1.0/`."""
    people = {person.display_name: person for person in world.estate.people.values()}
    if who in people:
        token, _ = world.tokens.issue(people[who].object_id, "04b07795-8ddb-461a-bbee-02f9e1bf7b46", BASE, 0, people[who])
    else:
        token, _ = world.tokens.issue(world.estate.identities[who].object_id, world.estate.identities[who].client_id, BASE)
    path, _, query = url.partition("?")
    pairs = dict(part.split("=", 1) for part in query.split("&") if part)
    content = b"" if body is None else json.dumps(body).encode()
    method = "GET" if body is None else "POST"
    request = arm.Request(
        method, f"/v1.0/{path}", pairs, {"authorization": f"Bearer {token}", **headers}, content, "application/json" if content else ""
    )
    return arm.answer(world, TABLE, request)


def names(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [item["displayName"] for item in reply.body["value"]]


def group_id(world: World, name: str) -> str:
    return next(one.object_id for one in world.estate.groups.values() if one.display_name == name)


def person_id(world: World, name: str) -> str:
    return next(one.object_id for one in world.estate.people.values() if one.display_name == name)


@pytest.fixture
def nested(world: World) -> Iterator[World]:
    """The demo company with `ai-lab` in `ml-oncall`, which is in `internal-audit`."""
    oncall, audit = (world.estate.groups[group_id(world, name)] for name in ("ml-oncall", "internal-audit"))
    oncall.members.add(group_id(world, "ai-lab"))
    audit.members.add(oncall.object_id)
    yield world
    oncall.members.discard(group_id(world, "ai-lab"))
    audit.members.discard(oncall.object_id)


# Names of ids.


def test_ids_get_names_and_unknown_ones_are_left_out(emulator: Emulator) -> None:
    known = emulator.identity("reader")["object_id"]
    body = {"ids": [known, "00000000-0000-0000-0000-000000000000", known], "types": ["user", "group", "servicePrincipal"]}
    answer = emulator.request("POST", "/v1.0/directoryObjects/getByIds", body)
    assert [(item["@odata.type"], item["id"], item["displayName"]) for item in answer.json()["value"]] == [
        ("#microsoft.graph.servicePrincipal", known, "reader")
    ]
    assert answer.headers["x-ms-resource-unit"] == "3"
    only_users = emulator.request("POST", "/v1.0/directoryObjects/getByIds", {**body, "types": ["user"]}).json()["value"]
    assert only_users == []
    assert emulator.request("POST", "/v1.0/directoryObjects/getByIds", {"ids": ["x"] * 1001}).status == 400


def test_a_thousand_ids_at_once_tell_more_under_select(world: World) -> None:
    ids = [person_id(world, "Ulrich Braun"), group_id(world, "ai-lab"), *(f"{n:08d}-0000-4000-8000-000000000000" for n in range(998))]
    plain = graph(world, "directoryObjects/getByIds", {"ids": ids}).body["value"]
    assert len(plain) == 2 and all("accountEnabled" not in item for item in plain)
    chosen = graph(world, "directoryObjects/getByIds?$select=id,displayName,accountEnabled,userType", {"ids": ids}).body["value"]
    assert chosen == [
        {
            "@odata.type": "#microsoft.graph.user",
            "id": ids[0],
            "displayName": "Ulrich Braun",
            "accountEnabled": False,
            "userType": "Member",
        },
        {"@odata.type": "#microsoft.graph.group", "id": ids[1], "displayName": "ai-lab"},
    ]


# Lists and single objects.


def test_users_tell_of_guests_and_disabled_accounts_only_under_select(world: World) -> None:
    first = graph(world, "users?$top=1").body["value"][0]
    assert set(first) == {
        *("id", "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation"),
        *("preferredLanguage", "surname", "userPrincipalName"),
    }
    assert names(graph(world, "users?$filter=accountEnabled eq false")) == ["Ulrich Braun"]
    assert names(graph(world, "users?$filter=userType eq 'Guest'&$select=displayName")) == ["Quentin Leroy", "Goran Ilic"]
    told = graph(world, "users?$filter=userPrincipalName eq 'ulrich.braun@contoso.com'&$select=accountEnabled").body
    assert told["value"] == [{"accountEnabled": False}]
    assert told["@odata.context"].endswith("/v1.0/$metadata#users(accountEnabled)")


def test_a_user_by_id_and_by_name(world: World) -> None:
    one = graph(world, "users/grace.okafor@contoso.com").body
    assert one == graph(world, f"users/{one['id']}").body
    assert one["@odata.context"].endswith("#users/$entity")
    guest = graph(world, f"users/{quote('quentin.leroy_fabrikam.com#EXT#@contoso.onmicrosoft.com')}?$select=userType,mail").body
    assert (guest["userType"], guest["mail"]) == ("Guest", None)
    missing = graph(world, "users/nobody@contoso.com")
    assert code_of(missing) == (404, "Request_ResourceNotFound")
    assert missing.body["error"]["message"] == (
        "Resource 'nobody@contoso.com' does not exist or one of its queried reference-property objects are not present."
    )
    assert code_of(graph(world, f"groups/{one['id']}")) == (404, "Request_ResourceNotFound")
    assert graph(world, f"directoryObjects/{one['id']}").body["@odata.type"] == "#microsoft.graph.user"


def test_filters(world: World) -> None:
    client = world.estate.identities["operator"].client_id
    for text in (f"appId eq '{client}'", f"servicePrincipalNames/any(c:c eq '{client}')", "startswith(displayName,'oper')"):
        assert names(graph(world, f"servicePrincipals?$filter={text}")) == ["operator"]
    assert names(graph(world, "groups?$filter=displayName eq 'hackathon-2023' or displayName eq 'ml-oncall'")) == [
        *("ml-oncall", "hackathon-2023")
    ]
    assert names(graph(world, "groups?$filter=startswith(displayName,'ml-') and securityEnabled eq true")) == [
        "ml-platform-admins",
        "ml-oncall",
        "ml-everyone",
    ]
    assert names(graph(world, "users?$filter=displayName in ('Grace Okafor', 'Mei Tanaka')")) == ["Grace Okafor", "Mei Tanaka"]
    assert code_of(graph(world, "users?$filter=displayName ne 'x'")) == (400, "Request_UnsupportedQuery")
    assert len(names(graph(world, "users?$filter=displayName ne 'Mei Tanaka'&$count=true", **EVENTUAL))) == 39
    for text, code in (
        ("displayName lt 'x'", "BadRequest"),
        ("mood eq 'x'", "BadRequest"),
        ("jobTitle eq 'x'", "Request_UnsupportedQuery"),
    ):
        assert code_of(graph(world, f"users?$filter={text}")) == (400, code)


def test_a_search_wants_the_header_and_finds_words_by_their_beginnings(world: World) -> None:
    refused = graph(world, 'users?$search="displayName:gra"')
    assert code_of(refused) == (400, "Request_UnsupportedQuery")
    assert "ConsistencyLevel: eventual" in refused.body["error"]["message"]
    assert names(graph(world, 'users?$search="displayName:gra"', **EVENTUAL)) == ["Grace Okafor"]
    assert names(graph(world, 'users?$search="displayName:oka"', **EVENTUAL)) == ["Grace Okafor"]
    assert names(graph(world, 'users?$search="displayName:fischer" OR "userPrincipalName:mei"', **EVENTUAL)) == [
        "Mei Tanaka",
        "Lena Fischer",
    ]
    assert names(graph(world, 'groups?$search="displayName:scientists" AND "displayName:vision"', **EVENTUAL)) == ["vision-data-scientists"]
    assert code_of(graph(world, "users?$search=gra", **EVENTUAL)) == (400, "BadRequest")


def test_pages_and_counts(world: World) -> None:
    seen: list[str] = []
    url: str | None = "users?$top=15&$count=true"
    sizes = []
    while url is not None:
        answer = graph(world, url, **EVENTUAL).body
        assert answer["@odata.count"] == 40
        seen += [item["id"] for item in answer["value"]]
        sizes.append(len(answer["value"]))
        following = answer.get("@odata.nextLink")
        url = None if following is None else f"users?{urlsplit(following).query}"
    assert sizes == [15, 15, 10]
    assert set(seen) == set(world.estate.people)
    assert "@odata.count" not in graph(world, "users?$count=true").body
    assert graph(world, "users/$count", **EVENTUAL).body == "40"
    assert code_of(graph(world, "users/$count")) == (400, "Request_UnsupportedQuery")
    assert code_of(graph(world, "users?$top=1000")) == (400, "BadRequest")
    assert names(graph(world, "users?$orderby=displayName desc&$top=2")) == ["Zoe Papadakis", "Yara Khalil"]


def test_a_group_is_as_recorded(world: World) -> None:
    told = graph(world, f"groups/{group_id(world, 'ai-lab')}").body
    assert told["securityIdentifier"].startswith("S-1-12-1-") and told["securityIdentifier"].count("-") == 7
    assert (told["securityEnabled"], told["groupTypes"], told["mailEnabled"]) == (True, [], False)


def test_managed_identities_are_service_principals_that_say_whose_they_are(world: World) -> None:
    found = graph(world, "servicePrincipals?$filter=servicePrincipalType eq 'ManagedIdentity'").body["value"]
    by_resource = {item["alternativeNames"][1]: item for item in found}
    for workspace in world.estate.workspaces.values():
        told = by_resource[workspace.id]
        assert told["id"] == workspace.identity["principalId"]
        assert (told["alternativeNames"][0], told["displayName"]) == ("isExplicit=False", workspace.name)
        assert told["appOwnerOrganizationId"] is None
        assert graph(world, f"servicePrincipals?$filter=appId eq '{told['appId']}'").body["value"] == [told]


# Memberships.


def test_members_of_groups_in_groups(nested: World) -> None:
    audit, oncall = group_id(nested, "internal-audit"), group_id(nested, "ml-oncall")
    assert names(graph(nested, f"groups/{audit}/members")) == ["Carl Jacobsen", "Dina Farouk", "ml-oncall"]
    everyone = graph(nested, f"groups/{audit}/transitiveMembers").body["value"]
    by_type: dict[str, list[str]] = {}
    for item in everyone:
        by_type.setdefault(item["@odata.type"], []).append(item["displayName"])
    assert by_type["#microsoft.graph.group"] == ["ai-lab", "ml-oncall"]
    assert {"Lena Fischer", "Ruth Adeyemi", "Carl Jacobsen"} <= set(by_type["#microsoft.graph.user"])
    people = graph(nested, f"groups/{audit}/transitiveMembers/microsoft.graph.user?$select=id,displayName,accountEnabled")
    assert names(people) == by_type["#microsoft.graph.user"]
    assert all(item["accountEnabled"] for item in people.body["value"])
    assert graph(nested, f"groups/{audit}/transitiveMembers/$count", **EVENTUAL).body == str(len(everyone))
    assert names(graph(nested, f"groups/{oncall}/members/microsoft.graph.group")) == ["ai-lab"]
    assert code_of(graph(nested, f"groups/{audit}/members/microsoft.graph.mood")) == (400, "BadRequest")
    assert code_of(graph(nested, f"groups/{person_id(nested, 'Ruth Adeyemi')}/members")) == (404, "Request_ResourceNotFound")


def test_the_groups_of_somebody(nested: World) -> None:
    ruth = person_id(nested, "Ruth Adeyemi")
    assert names(graph(nested, f"users/{ruth}/memberOf")) == ["ai-lab", "contoso-staff"]
    for path in (f"users/{ruth}", "users/ruth.adeyemi@contoso.com", f"directoryObjects/{ruth}"):
        assert names(graph(nested, f"{path}/transitiveMemberOf")) == HELD_BY_RUTH
    assert names(graph(nested, f"users/{ruth}/transitiveMemberOf/microsoft.graph.group?$top=1")) == ["ai-lab"]
    assert names(graph(nested, f"groups/{group_id(nested, 'ai-lab')}/transitiveMemberOf")) == ["internal-audit", "ml-everyone", "ml-oncall"]
    service = nested.estate.identities["reader"].object_id
    assert names(graph(nested, f"servicePrincipals/{service}/transitiveMemberOf")) == []
    held = {group_id(nested, name) for name in HELD_BY_RUTH}
    assert set(graph(nested, f"users/{ruth}/getMemberGroups", {"securityEnabledOnly": False}).body["value"]) == held
    asked = [group_id(nested, "ml-oncall"), group_id(nested, "hackathon-2023")]
    assert graph(nested, f"directoryObjects/{ruth}/checkMemberGroups", {"groupIds": asked}).body["value"] == asked[:1]
    assert graph(nested, f"users/{ruth}/checkMemberGroups", {"groupIds": asked * 11}).status == 400


def test_me_is_for_people(nested: World) -> None:
    assert graph(nested, "me", who="Ruth Adeyemi").body["displayName"] == "Ruth Adeyemi"
    assert names(graph(nested, "me/transitiveMemberOf", who="Ruth Adeyemi")) == HELD_BY_RUTH
    assert graph(nested, "me", who="Goran Ilic").body["displayName"] == "Goran Ilic"
    refused = graph(nested, "me")
    assert code_of(refused) == (400, "BadRequest")
    assert "delegated authentication" in refused.body["error"]["message"]


# Several requests in one.


def test_a_batch_answers_each_request_by_itself(nested: World) -> None:
    audit = group_id(nested, "internal-audit")
    requests = [
        {"id": "1", "method": "GET", "url": f"/groups/{audit}/transitiveMembers?$select=id,displayName"},
        {"id": "2", "method": "GET", "url": "/groups/00000000-0000-0000-0000-000000000000/members"},
        {"id": "3", "method": "GET", "url": "/users?$search=%22displayName:grace%22", "headers": {"ConsistencyLevel": "eventual"}},
        {
            "id": "4",
            "method": "POST",
            "url": "/directoryObjects/getByIds",
            "body": {"ids": [audit]},
            "headers": {"Content-Type": "application/json"},
        },
        {"id": "5", "method": "GET", "url": "/moods"},
    ]
    told = {one["id"]: one for one in graph(nested, "$batch", {"requests": requests}).body["responses"]}
    assert {identifier: one["status"] for identifier, one in told.items()} == {"1": 200, "2": 404, "3": 200, "4": 200, "5": 400}
    assert told["1"]["body"] == graph(nested, f"groups/{audit}/transitiveMembers?$select=id,displayName").body
    assert told["2"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    assert [item["displayName"] for item in told["3"]["body"]["value"]] == ["Grace Okafor"]
    assert told["1"]["headers"]["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [{"id": "1", "method": "GET"}],
        [{"id": "1", "method": "GET", "url": "/users"}] * 2,
        [{"id": str(number), "method": "GET", "url": "/users"} for number in range(21)],
    ],
)
def test_a_batch_that_is_none_is_refused(world: World, requests: list[dict[str, str]]) -> None:
    assert code_of(graph(world, "$batch", {"requests": requests})) == (400, "BadRequest")


# Who may, and how often.


def test_who_may_not_read_the_directory_is_told_so(world: World) -> None:
    for url in ("users", "groups", f"groups/{group_id(world, 'ai-lab')}/transitiveMembers"):
        refused = graph(world, url, who="outsider")
        assert code_of(refused) == (403, "Authorization_RequestDenied")
        assert refused.body["error"]["message"] == "Insufficient privileges to complete the operation."
    inner = graph(world, "$batch", {"requests": [{"id": "1", "method": "GET", "url": "/users"}]}, who="outsider")
    assert [one["status"] for one in inner.body["responses"]] == [403]
    assert code_of(graph(world, "directoryObjects/getByIds", {"ids": []}, who="Quentin Leroy")) == (403, "Authorization_RequestDenied")
    assert graph(world, "users", who="Ruth Adeyemi").status == 200


def test_an_empty_bucket_is_a_429_whose_retry_after_has_decimals() -> None:
    world = build_world(Options(seed=7, scale=1, speed=0, epoch=datetime(2026, 11, 2, 8, tzinfo=UTC)), BASE)
    now = 100.0
    world.limits.monotonic = lambda: now
    url = f"groups/{group_id(world, 'ai-lab')}/transitiveMembers"
    asked = 0
    while (answer := graph(world, url)).status == 200:
        asked += 1
        assert ("x-ms-throttle-limit-percentage" in answer.headers) == (asked * 5 >= 0.8 * 3500)
    assert asked == 700
    assert code_of(answer) == (429, "TooManyRequests")
    assert float(answer.headers["Retry-After"]) == pytest.approx(5 / 350, abs=0.001)
    assert graph(world, url, who="reader").status == 200
    now += 1
    assert graph(world, url).status == 200


def test_a_token_for_another_audience_opens_nothing(emulator: Emulator) -> None:
    token = emulator.sign_in("admin", "https://management.azure.com/.default").json()["access_token"]
    answer = emulator.send("GET", "/v1.0/users", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
