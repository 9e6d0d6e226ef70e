"""Rules over storage accounts: how old a key may be, and keys that open nothing under datastores that go by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from console.domain.datastores import Auth, Datastore, Type
from console.domain.findings.finding import Severity
from console.domain.findings.storage import keys_off, old_key
from console.domain.scopes import WorkspaceRef
from console.domain.storage_accounts import StorageAccount, UsedAccount, used_accounts
from console.domain.workspaces import Workspace

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
PLACE = WorkspaceRef("s", "rg", "ws")
ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/data"


def used(days: float, auth: Auth = Auth.KEY, **more: Any) -> UsedAccount:
    keys = {"key1": NOW - timedelta(days=days), "key2": NOW - timedelta(days=1)}
    row = Datastore(id="d", name="d", workspace=PLACE, type=Type.BLOB, account="data", container="c", auth=auth)
    return UsedAccount(name="data", account=StorageAccount(id=ID, name="data", keys=keys, **more), datastores=(row,))


def test_a_key_is_old_after_the_accounts_own_time_or_the_benchmarks() -> None:
    for days, more, severity in (
        (90, {}, None),
        (91, {}, Severity.NOTE),
        (181, {}, Severity.WARNING),
        (91, {"key_days": 365}, None),
        (31, {"key_days": 30}, Severity.NOTE),
        (500, {"shared_key": False}, None),
    ):
        found = old_key(used(days, **more), NOW)
        assert (found.severity if found is not None else None) == severity, (days, more)
    late = old_key(used(611), NOW)
    assert late is not None and late.since == NOW - timedelta(days=521) and "611 days" in late.claim
    assert late.evidence[0].sentence == "key1 was made 611 days ago", "the other key is young"


def test_keys_that_are_off_under_a_datastore_by_key() -> None:
    found = keys_off(used(5, shared_key=False))
    assert found is not None and found.severity is Severity.SERIOUS and "d go by one" in found.claim
    assert keys_off(used(5)) is None and keys_off(used(5, Auth.IDENTITY, shared_key=False)) is None


def test_accounts_are_those_that_something_is_on_seen_or_not() -> None:
    rows = [
        Datastore(id=name, name=name, workspace=PLACE, type=kind, account=account, auth=Auth.KEY)
        for name, kind, account in (
            ("a", Type.BLOB, "Data"),
            ("b", Type.FILE, "elsewhere"),
            ("c", Type.ONELAKE, "fabric"),
            ("d", Type.GEN1, "old"),
        )
    ]
    own = Workspace(id=PLACE.id, ref=PLACE, name="ws", storage=ID)
    accounts = [StorageAccount(id=ID, name="data"), StorageAccount(id=ID + "x", name="unused")]
    found = {each.name: each for each in used_accounts(accounts, rows, [own], "you may not read it")}
    assert found.keys() == {"data", "elsewhere"}
    assert found["data"].id == ID and found["data"].own_of == (PLACE,) and len(found["data"].workspaces) == 1
    assert found["elsewhere"].account is None and found["elsewhere"].why == "you may not read it"
