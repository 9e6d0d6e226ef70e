"""The radius of a storage account: who is in it, how each is moved, and what stands against making a key anew."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.domain.account_keys import AGELESS, BOTH, AccountKeys, KeyNow, KeyRef, other
from console.domain.connection_kinds import Auth as ConnectionAuth
from console.domain.connections import Connection
from console.domain.datastores import ANEW, AS_BEFORE, SINCE, Auth, Datastore, Type
from console.domain.resync import SyncRef
from console.domain.rotation import (
    OUTSIDE,
    Held,
    Holding,
    Kind,
    Way,
    against,
    application_users,
    connection_users,
    holding,
    radius,
    unscanned,
)
from console.domain.scopes import WorkspaceRef
from console.domain.workspaces import Workspace

PLACE = WorkspaceRef("s", "rg", "fraud")
ACCOUNT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/contosodata"
AT = datetime(2026, 11, 2, tzinfo=UTC)
HOME = Workspace(id=PLACE.id, ref=PLACE, name=PLACE.name, storage=ACCOUNT.upper())


def datastore(name: str, auth: Auth = Auth.KEY, account: str = "ContosoData", **more: object) -> Datastore:
    told = {"type": Type.BLOB, "account": account, "container": "c", "auth": auth, **more}
    return Datastore(id=f"{PLACE.id}/datastores/{name}", name=name, workspace=PLACE, **told)  # type: ignore[arg-type]


def held(what: Held, why: str = "") -> Holding:
    return Holding(held=what, at=AT, why=why)


def test_each_user_is_moved_its_own_way_and_what_is_not_seen_is_said() -> None:
    rows = [
        datastore("by_key"),
        datastore("workspaceblobstore"),
        datastore("by_sas", Auth.SAS),
        datastore("by_identity", Auth.IDENTITY),
        datastore("by_principal", Auth.SERVICE_PRINCIPAL),
        datastore("elsewhere", account="contosolake"),
        datastore("unreadable", fault="it is no JSON"),
    ]
    found = radius(ACCOUNT, [HOME], rows, [], {"datastores of vision": "You may not."})
    assert [(each.name, each.kind, each.way) for each in found] == [
        ("by_key", Kind.DATASTORE, Way.REPLACE),
        ("workspaceblobstore", Kind.OWN, Way.RESYNC),
        ("by_sas", Kind.DATASTORE, Way.REISSUE),
        ("by_identity", Kind.DATASTORE, Way.UNTOUCHED),
        ("by_principal", Kind.DATASTORE, Way.UNTOUCHED),
        ("datastores of vision", Kind.UNSEEN, Way.LOOK),
        (OUTSIDE.name, Kind.UNSEEN, Way.LOOK),
    ]
    assert "You may not." in found[-2].note and "AuthenticationHash" in found[-1].note


def test_a_datastore_of_a_system_name_on_another_account_is_not_resynced() -> None:
    away = Workspace(id=PLACE.id, ref=PLACE, name=PLACE.name, storage=f"{ACCOUNT}2")
    (row, _) = radius(ACCOUNT, [away], [datastore("workspaceblobstore")], [], {})
    assert (row.kind, row.way) == (Kind.DATASTORE, Way.REPLACE)


def test_a_connection_is_of_the_application_that_it_was_read_to_sign_in_as() -> None:
    rows = [
        Connection(id=f"{PLACE.id}/connections/{name}", name=name, workspace=PLACE, auth=ConnectionAuth.SERVICE_PRINCIPAL)
        for name in ("mine", "another's", "unread")
    ]
    stores = [datastore("gen1", Auth.SERVICE_PRINCIPAL, type=Type.GEN1, client_id="0A")]
    found = application_users("0a", stores, rows, {}, {rows[0].id: "0A", rows[1].id: "0b"})
    assert [(each.name, each.way) for each in found] == [("gen1", Way.LOOK), ("mine", Way.SECRET), ("unread", Way.LOOK)]
    assert "ended" in found[0].note and found[1].note == ""


def test_nobody_is_shut_out_and_nobody_counts_who_cannot_be_told() -> None:
    users = radius(ACCOUNT, [HOME], [datastore("a"), datastore("b"), datastore("c"), datastore("workspaceblobstore")], [], {})
    a, b, c, own, _ = users
    found = {a.id: held(Held.KEY1), b.id: held(Held.KEY2), own.id: held(Held.KEY1), c.id: held(Held.UNTOLD, "You may not.")}
    assert holding(users, found, Held.KEY1) == (a, own) and unscanned(users, found) == (c,)
    assert against(users, found, "key1") == (
        "a in fraud still holds key1",
        "which key c in fraud holds could not be told: You may not.",
        "workspaceblobstore in fraud still holds key1",
    )
    assert against(users, found, "key1", [PLACE.id.upper()])[-1].startswith("which key c"), "its workspace takes the new key after that"
    settled = {each.id: held(Held.KEY2) for each in users}
    assert against(users, settled, "key1") == ()
    assert against(users, settled | {a.id: held(Held.NEITHER)}, "key1") == (), "it is shut already, by nothing that is done here"


def test_a_key_is_known_by_its_age() -> None:
    keys = AccountKeys(id=ACCOUNT, name="contosodata", made={"key1": AT, "key2": None})
    ref = KeyRef(ACCOUNT, "key1")
    assert KeyRef.parse(ref.id) == ref and KeyRef.parse(ACCOUNT) is None and KeyRef.parse(f"{ACCOUNT}/keys/key3") is None
    now = KeyNow(ref, keys)
    assert (now.aspect(""), now.aspect(f"{SINCE}{AT.isoformat()}"), now.aspect(f"{SINCE}{AGELESS}")) == (AT.isoformat(), AS_BEFORE, ANEW)
    assert KeyNow(KeyRef(ACCOUNT, "key2"), keys).aspect("") == AGELESS
    assert KeyNow(KeyRef(ACCOUNT, BOTH), keys).last_changed == AT
    assert (other("key1"), other("key2")) == ("key2", "key1")
    with pytest.raises(ValueError, match="no 'colour'"):
        now.aspect("colour")


def test_a_workspace_that_is_to_take_its_keys_is_named_by_an_id_of_ours() -> None:
    ref = SyncRef(PLACE)
    assert SyncRef.parse(ref.id) == ref and SyncRef.parse(PLACE.id) is None and SyncRef.parse("/x/resyncKeys") is None


def connection(name: str, auth: ConnectionAuth, target: str) -> Connection:
    return Connection(id=f"{PLACE.id}/connections/{name}", name=name, workspace=PLACE, auth=auth, target=target)


def test_connections_into_the_account_are_in_its_radius() -> None:
    rows = [
        connection("blob", ConnectionAuth.ACCOUNT_KEY, "https://contosodata.blob.core.windows.net/raw"),
        connection("signed", ConnectionAuth.SAS, "https://ContosoData.blob.core.windows.net/raw"),
        connection("elsewhere", ConnectionAuth.ACCOUNT_KEY, "https://contosolake.dfs.core.windows.net/raw"),
        connection("model", ConnectionAuth.API_KEY, "https://contosodata.openai.azure.com"),
    ]
    assert [(each.name, each.way) for each in connection_users(ACCOUNT, rows)] == [("blob", Way.REPLACE), ("signed", Way.REISSUE)]


def test_who_signs_in_as_an_application_is_known_of_datastores_and_may_be_of_connections() -> None:
    mine = {"client_id": "0A", "auth": Auth.SERVICE_PRINCIPAL}
    stores = [
        datastore("mine", **mine),
        datastore("certified", client_id="0a", auth=Auth.CERTIFICATE),
        datastore("other", client_id="0b", auth=Auth.SERVICE_PRINCIPAL),
    ]
    rows = [
        connection("lake", ConnectionAuth.SERVICE_PRINCIPAL, "https://contosolake.dfs.core.windows.net/raw"),
        connection("blob", ConnectionAuth.SAS, "https://contosodata.blob.core.windows.net/raw"),
    ]
    found = application_users("0a", stores, rows, {"datastores of vision": "You may not."})
    assert [(each.name, each.way) for each in found] == [
        ("mine", Way.SECRET),
        ("certified", Way.UNTOUCHED),
        ("lake", Way.LOOK),
        ("datastores of vision", Way.LOOK),
    ]
