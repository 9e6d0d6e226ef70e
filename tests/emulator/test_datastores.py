"""Datastores: lists and their filters, secrets, and what is written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from console.emulator.staleness import snapshot
from console.emulator.world import World
from tests.emulator.asking import BASE, ask, code_of
from tests.emulator.datastore_asking import (
    TABLE,
    blob,
    by_key,
    closed,
    fresh,
    key_of,
    names,
    regenerate,
    send,
    space,
)


@pytest.fixture
def lived() -> World:
    return fresh()


# Reading.


def test_lists_are_ordered_filtered_and_paged(world: World) -> None:
    assert names(send(world, ""))[0] == "lake_raw"
    assert names(send(world, "?orderBy=name&orderByAsc=true"))[:2] == ["chargebacks", "labels"]
    assert names(send(world, "?isDefault=true")) == ["workspaceblobstore"]
    assert len(names(send(world, "?isDefault=false"))) == 13
    assert names(send(world, "?names=labels,Lake_Raw,nothing&orderBy=name&orderByAsc=true")) == ["labels", "lake_raw"]
    assert set(names(send(world, "?searchText=lake"))) == {"lake_raw", "lake_curated", "lake_ledger", "legacy_lake", "sales_lakehouse"}
    first = send(world, "?count=9&orderBy=name")
    assert "$skip=9" in first.body["nextLink"] and "count=9" in first.body["nextLink"]
    rest = ask(world, first.body["nextLink"].removeprefix(BASE), table=TABLE)
    assert "nextLink" not in rest.body
    assert names(first) + names(rest) == sorted(names(send(world, "")), reverse=True)
    for wrong in ("?count=0", "?count=few", "?orderBy=mood"):
        assert code_of(send(world, wrong)) == (400, "UserError")


def test_four_came_with_every_workspace_opened_as_its_settings_say(world: World) -> None:
    for workspace in world.estate.workspaces.values():
        found = {one["name"]: one["properties"] for one in send(world, "?searchText=workspace", of=workspace.name).body["value"]}
        assert set(found) == {"workspaceblobstore", "workspaceartifactstore", "workspacefilestore", "workspaceworkingdirectory"}
        kind = "None" if workspace.body["systemDatastoresAuthMode"] == "identity" else "AccountKey"
        assert {one["credentials"]["credentialsType"] for one in found.values()} == {kind}
        assert [name for name, one in found.items() if one["isDefault"]] == ["workspaceblobstore"]
        assert str(workspace.body["storageAccount"]).endswith("/" + found["workspacefilestore"]["accountName"])
    assert closed(world) == {
        "fraud-prod/partner_archive": "AuthenticationFailed",
        "fraud-prod/lake_raw": "AuthorizationPermissionMismatch",
        "fraud-prod/legacy_lake": "ServiceRetired",
    }


def test_what_is_not_there_is_said(world: World) -> None:
    missing = send(world, "/nowhere")
    assert code_of(missing) == (404, "UserError")
    assert missing.body["error"]["message"] == "Could not find datastore: nowhere."
    assert code_of(send(world, "/nowhere/listSecrets", "POST")) == (404, "UserError")
    assert send(world, "/nowhere", "DELETE").status == 204


def test_more_of_them_at_a_larger_scale_and_the_same_each_time(world: World) -> None:
    larger, again = (fresh(3) for _ in range(2))
    assert len(names(send(larger, "?count=200"))) == 3 * 10 + 4
    assert send(larger, "?count=200").body == send(again, "?count=200").body
    assert set(names(send(world, ""))) <= set(names(send(larger, "?count=200")))


# Secrets.


def test_secrets_are_told_by_one_call_alone_and_not_to_readers(world: World) -> None:
    for name, kind, secret in (
        ("transactions", "AccountKey", key_of(world)),
        ("lake_curated", "ServicePrincipal", None),
        ("lake_ledger", "Certificate", None),
        ("partner_feed", "Sas", None),
    ):
        told = send(world, f"/{name}/listSecrets", "POST", {"expirableSecret": True, "expireAfterHours": 1}).body
        value = next(text for field, text in told.items() if field != "secretsType")
        assert told["secretsType"] == kind and (secret is None or value == secret)
        everything = json.dumps([send(world, "").body, send(world, f"/{name}").body])
        assert value not in everything and "canary" not in everything
        assert set(send(world, f"/{name}").body["properties"]["credentials"]) & {"secrets", "key", "sasToken", "clientSecret"} == set()
    assert code_of(send(world, "/lake_raw/listSecrets", "POST")) == (400, "UserError")
    # A data scientist's role has every action of a workspace but a few; this is none of the few.
    assert send(world, "/transactions/listSecrets", "POST", who="data-scientist").status == 200
    for who in ("reader", "operator", "outsider"):
        assert code_of(send(world, "/transactions/listSecrets", "POST", who=who)) == (403, "AuthorizationFailed")
        assert code_of(send(world, "/transactions", "DELETE", who=who)) == (403, "AuthorizationFailed")
        assert code_of(send(world, "/new", "PUT", blob(by_key("x")), who=who)) == (403, "AuthorizationFailed")
    assert send(world, "/transactions", who="reader").status == 200
    assert code_of(send(world, "", who="outsider")) == (403, "AuthorizationFailed")


# Writing.


def test_made_replaced_and_forgotten(lived: World) -> None:
    made = send(lived, "/new?skipValidation=true", "PUT", blob(by_key("anything"), tags={"team": "risk"}, isDefault=True))
    assert made.status == 201 and made.headers["Location"].startswith(f"{BASE}{space(lived)}/datastores/new?")
    properties = made.body["properties"]
    assert (properties["isDefault"], properties["tags"], properties["credentials"]) == (
        False,
        {"team": "risk"},
        {"credentialsType": "AccountKey"},
    )
    assert send(lived, "/new/listSecrets", "POST").body["key"] == "anything"
    lived.clock.advance(60)
    # Whoever leaves the secret out takes it away.
    replaced = send(lived, "/NEW?skipValidation=true", "PUT", blob(by_key(None), description="again"))
    assert (replaced.status, replaced.body["name"], replaced.body["properties"]["description"]) == (200, "new", "again")
    assert replaced.body["systemData"]["createdAt"] < replaced.body["systemData"]["lastModifiedAt"]
    assert send(lived, "/new/listSecrets", "POST").body == {"secretsType": "AccountKey", "key": None}
    other = {"properties": {"datastoreType": "AzureFile", "accountName": "a", "fileShareName": "b", "credentials": by_key("x")}}
    assert code_of(send(lived, "/new?skipValidation=true", "PUT", other)) == (400, "UserError")
    assert (send(lived, "/new", "DELETE").status, send(lived, "/new", "DELETE").status) == (200, 204)
    for name in ("workspaceblobstore", "workspaceartifactstore", "workspacefilestore", "workspaceworkingdirectory"):
        refused = send(lived, f"/{name}", "DELETE")
        assert code_of(refused) == (400, "UserError") and name in refused.body["error"]["message"]
        assert send(lived, f"/{name}").status == 200


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("-bad", blob(by_key("x")), "'-bad'"),
        ("bad.name", blob(by_key("x")), "'bad.name'"),
        ("new", None, "The request body"),
        ("new", {"properties": {"datastoreType": "Hdfs", "credentials": by_key("x")}}, "'Hdfs'"),
        ("new", {"properties": {"datastoreType": ["AzureBlob"], "credentials": by_key("x")}}, "AzureBlob"),
        ("new", blob({"credentialsType": "Password"}), "'Password'"),
        ("new", blob({"credentialsType": "AccountKey"}), "secrets"),
        ("new", blob({**by_key("x"), "secrets": {"secretsType": "Sas"}}), "'Sas'"),
        ("new", blob({"credentialsType": "ServicePrincipal", "secrets": {}}), "tenantId"),
        ("new", blob(by_key("x"), container="--"), "containerName"),
        ("new", blob(by_key("x"), serviceDataAccessAuthIdentity="Mine"), "'Mine'"),
        ("new", blob(by_key("x"), tags=["a"]), "properties.tags"),
    ],
)
def test_what_is_no_datastore_is_refused(world: World, name: str, body: Any, told: str) -> None:
    reply = send(world, f"/{name}?skipValidation=true", "PUT", body)
    assert code_of(reply) == (400, "UserError") and told in reply.body["error"]["message"]


def test_a_stale_read_does_not_see_what_was_written_since(lived: World) -> None:
    before = snapshot(lived.estate)
    opening = by_key(key_of(lived))
    assert send(lived, "/late", "PUT", blob(opening)).status == 201
    assert send(lived, "/labels", "DELETE").status == 200
    regenerate(lived, "key2")
    assert {"late", "labels"} & {one.name for one in lived.estate.datastores.values()} == {"late"}
    stale = replace(lived, estate=before)
    assert {"late", "labels"} & set(names(send(stale, "?count=99"))) == {"labels"}
    assert key_of(stale, "key2") != key_of(lived, "key2")
