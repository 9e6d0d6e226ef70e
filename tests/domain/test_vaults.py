"""Key Vaults and their secrets: names, values and ends that can be, what is found, and who may do what by which model."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.domain.access.places import AccessPolicy
from console.domain.connections import Connection, by_secret
from console.domain.findings.finding import Severity
from console.domain.findings.vaults import of_secret, production, unprotected
from console.domain.key_vaults import KeyVault
from console.domain.permissions import UNKNOWN_ALLOWANCE, Allowance, Permission, is_on_data
from console.domain.scopes import WorkspaceRef
from console.domain.vault_rights import GRANTS, Right, lacking, may, permission
from console.domain.vault_secrets import (
    END,
    MOST_BYTES,
    NEWEST,
    Secret,
    SecretRef,
    name_fault,
    newest,
    value_fault,
    value_notes,
)

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
VAULT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv"
ME, GROUP = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"


def secret(**told: object) -> Secret:
    return Secret(**{"id": f"{VAULT}/secrets/key", "name": "key", "vault": VAULT, "enabled": True, **told})  # type: ignore[arg-type]


def vault(**told: object) -> KeyVault:
    return KeyVault(**{"id": VAULT, "name": "kv", "workspaces": (WorkspaceRef("s", "g", "w"),), **told})  # type: ignore[arg-type]


def test_an_id_names_a_secret_and_nothing_else() -> None:
    assert SecretRef.parse(f"{VAULT}/secrets/a-key") == SecretRef(VAULT, "a-key")
    for other in (VAULT, f"{VAULT}/secrets/a_key", f"{VAULT}/secrets/a/b", f"{VAULT}/accessPolicies/{ME}", "/secrets/a"):
        assert SecretRef.parse(other) is None
    assert secret().ref.id == secret().id


@pytest.mark.parametrize(
    ("name", "fits"), [("a", True), ("A-1", True), ("a" * 127, True), ("", False), ("a_b", False), ("a" * 128, False), ("ä", False)]
)
def test_names(name: str, fits: bool) -> None:
    assert (name_fault(name) == "") is fits


def test_values_are_judged_by_their_bytes_and_never_told() -> None:
    assert not value_fault("x" * MOST_BYTES)
    assert "25,602 bytes" in value_fault("ä" * 12_801)
    assert value_fault("") and value_fault("\ud800")
    assert not value_notes("plain")
    told = " ".join(value_notes("canary-ü\nsecond\n"))
    assert "2 line breaks" in told and "at its end" in told and "beyond ASCII" in told and "canary" not in told
    assert "space" in " ".join(value_notes(" canary"))


def test_the_newest_version_is_the_one_made_last() -> None:
    versions = tuple(secret(version=name, created=NOW - timedelta(days=age)) for name, age in (("b", 3), ("c", 1), ("a", 2)))
    found = newest(versions)
    assert found is not None and found.version == "c"
    assert newest(()) is None and newest((secret(fault="?"),)) is None


def test_a_secret_is_what_a_plan_rests_on() -> None:
    held = secret(version="v", expires=NOW)
    assert (held.aspect(""), held.aspect("version")) == ("enabled", "v")
    assert (held.aspect(NEWEST), held.aspect(END)) == ("enabled, version v", "2026-11-02T08:00:00Z, version v")
    assert secret(deleted=True).state == "deleted" and secret(enabled=None).state == "?" and secret().aspect(END).startswith("never")
    with pytest.raises(ValueError, match="has no"):
        held.aspect("value")


def test_what_is_found_of_secrets() -> None:
    def rules(**told: object) -> list[tuple[str, int]]:
        return [(each.what, each.severity) for each in of_secret(secret(**told), (), NOW)]

    assert rules() == [] and rules(expires=NOW + timedelta(days=31)) == []
    assert rules(expires=NOW + timedelta(days=30)) == [("secret expires", 2)]
    assert rules(expires=NOW + timedelta(days=3)) == [("secret expires", 3)]
    assert rules(expires=NOW - timedelta(days=1)) == [("secret has expired", 3)]
    assert rules(enabled=False, expires=NOW) == [("disabled secret", 1)]
    assert rules(deleted=True, expires=NOW) == [] and rules(managed=True, expires=NOW) == []


def test_what_is_found_of_a_secret_names_the_connections_made_from_it() -> None:
    place = WorkspaceRef("s", "g", "fraud")
    made = tuple(
        Connection(id=f"{place.id}/connections/{name}", name=name, workspace=place, secret_id=f"https://KV.vault.azure.net/secrets/{of}")
        for name, of in (("a", "key"), ("b", "Key"), ("c", "other"))
    )
    named = by_secret(made)
    assert {name: len(rows) for name, rows in named.items()} == {("kv", "key"): 2, ("kv", "other"): 1}
    (disabled,) = of_secret(secret(enabled=False), named["kv", "key"], NOW)
    assert disabled.severity == Severity.WARNING and "fraud/a, fraud/b were made from it" in disabled.claim and len(disabled.evidence) == 2
    (ending,) = of_secret(secret(expires=NOW), made[:1] * 7, NOW)
    assert "and 2 more were made from it" in ending.claim


def test_a_purge_matters_where_it_is_production() -> None:
    assert unprotected(vault(), important=True) is not None
    assert unprotected(vault(), important=False) is None
    assert unprotected(vault(purge_protection=True), important=True) is None
    assert unprotected(vault(unread="refused"), important=True) is None
    assert production({"environment": "Prod"}) and not production({"environment": "dev"})


def test_roles_decide_by_operations_on_data_alone() -> None:
    by_roles = vault(rbac=True)
    owner = Allowance((Permission(actions=("*",)),))
    reader = Allowance((Permission(data_actions=(GRANTS[Right.LIST].operation,)),))
    officer = Allowance(
        (Permission(data_actions=("Microsoft.KeyVault/vaults/secrets/*",), not_data_actions=(GRANTS[Right.PURGE].operation,)),)
    )
    assert [may(by_roles, right, owner, lambda _: True) for right in Right] == [False] * len(Right)
    assert (may(by_roles, Right.LIST, reader, lambda _: None), may(by_roles, Right.READ, reader, lambda _: None)) == (True, False)
    assert may(by_roles, Right.SET, officer, lambda _: None) and may(by_roles, Right.PURGE, officer, lambda _: None) is False
    assert may(by_roles, Right.SET, UNKNOWN_ALLOWANCE, lambda _: True) is None
    assert "Key Vault Secrets User at the vault grants it" in lacking(by_roles, Right.READ)


def test_policies_decide_by_who_one_is() -> None:
    by_policy = vault(policies=(AccessPolicy(ME, frozenset({"list"})), AccessPolicy(GROUP, frozenset({"all"}))))
    owner = Allowance((Permission(actions=("*",), data_actions=("*",)),))

    def told(right: Right, group: bool | None) -> bool | None:
        return may(by_policy, right, owner, lambda who: True if who == ME else group)

    assert told(Right.LIST, None) is True
    assert (told(Right.READ, True), told(Right.READ, False), told(Right.READ, None)) == (True, False, None)
    assert "permits you get of secrets" in lacking(by_policy, Right.READ)
    assert permission(by_policy, Right.READ) == "secrets/get by access policy"


def test_nothing_is_refused_where_the_model_is_not_known() -> None:
    for unknown in (vault(unread="refused"), vault(fault="?")):
        assert may(unknown, Right.READ, Allowance(()), lambda _: False) is None


def test_operations_on_data_are_no_matter_of_actions() -> None:
    assert all(is_on_data(grant.operation) for grant in GRANTS.values()) and is_on_data("secrets/get by access policy")
    assert not is_on_data("Microsoft.KeyVault/vaults/secrets/read") and not is_on_data("Microsoft.KeyVault/vaults/write")
