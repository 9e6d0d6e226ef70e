"""Microsoft's own command line on the emulator's directory, vaults, storage accounts and registries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Emulator
from tests.emulator.test_azure_cli import _az_of, _environment
from tests.emulator.test_azure_cli import pytestmark as real_az

pytestmark = real_az
Az = Callable[..., Any]


@pytest.fixture
def az(fresh_emulator: Emulator, tmp_path: Path) -> Az:
    """The command line, signed in as the administrator."""
    run = _az_of(fresh_emulator, _environment(fresh_emulator, tmp_path))
    admin = fresh_emulator.identity("admin")
    sign_in = ("--service-principal", "-u", admin["client_id"], "-p", admin["client_secret"], "--tenant", fresh_emulator.ready["tenant_id"])
    run("login", *sign_in)
    return run


def test_az_reads_the_directory(az: Az, fresh_emulator: Emulator) -> None:
    assert len(az("ad", "user", "list")) == 40
    assert [one["displayName"] for one in az("ad", "user", "list", "--display-name", "Grace")] == ["Grace Okafor"]
    assert [one["displayName"] for one in az("ad", "user", "list", "--filter", "accountEnabled eq false")] == ["Ulrich Braun"]
    noah = az("ad", "user", "show", "--id", "noah.weber@contoso.com")
    assert az("ad", "user", "show", "--id", noah["id"]) == noah
    guest = "quentin.leroy_fabrikam.com#EXT#@contoso.onmicrosoft.com"
    assert az("ad", "user", "show", "--id", guest)["userPrincipalName"] == guest
    groups = {one["displayName"]: one["id"] for one in az("ad", "user", "get-member-groups", "--id", noah["id"])}
    assert set(groups) == {"fraud-data-scientists", "hackathon-2023", "fraud-poc-2022", "ml-everyone", "contoso-staff"}
    assert {one["displayName"] for one in az("ad", "group", "list")} >= set(groups)
    assert az("ad", "group", "show", "--group", "hackathon-2023")["createdDateTime"] == "2023-05-10T16:40:00Z"
    members = az("ad", "group", "member", "list", "--group", "fraud-poc-2022")
    assert {(one["@odata.type"], one["displayName"]) for one in members} == {
        ("#microsoft.graph.user", "Grace Okafor"),
        ("#microsoft.graph.group", "hackathon-2023"),
    }
    checked = az("ad", "group", "member", "check", "--group", "fraud-poc-2022", "--member-id", noah["id"])
    assert checked == {"value": True}
    reader = fresh_emulator.identity("reader")
    assert az("ad", "sp", "show", "--id", reader["client_id"])["id"] == reader["object_id"]
    assert az("ad", "sp", "show", "--id", reader["object_id"])["appId"] == reader["client_id"]
    managed = az("ad", "sp", "list", "--all", "--filter", "servicePrincipalType eq 'ManagedIdentity'")
    assert len(managed) == 12
    assert [one["displayName"] for one in az("ad", "sp", "list", "--display-name", "vision-")] == [
        "vision-prod",
        "vision-dev",
        "vision-research",
    ]
    (application,) = az("ad", "app", "list", "--display-name", "curated-lake-reader")
    (secret,) = az("ad", "app", "credential", "list", "--id", application["appId"])
    (certificate,) = az("ad", "app", "credential", "list", "--id", application["appId"], "--cert")
    assert (
        secret["endDateTime"] < certificate["endDateTime"]
        and secret["secretText"] is None
        and len(certificate["customKeyIdentifier"]) == 40
    )


def test_az_reads_companions_and_sets_a_policy(az: Az, fresh_emulator: Emulator) -> None:
    prod = next(one["subscription_id"] for one in fresh_emulator.ready["workspaces"] if one["name"] == "fraud-prod")
    az("account", "set", "--subscription", prod)
    vault = ("--name", "kv-fraud-prod", "--resource-group", "ml-prod-rg")
    shown = az("keyvault", "show", *vault)
    assert (shown["properties"]["enableRbacAuthorization"], len(shown["properties"]["accessPolicies"])) == (False, 5)
    forgotten = az("ad", "group", "show", "--group", "fraud-poc-2022")["id"]
    az("keyvault", "delete-policy", *vault, "--object-id", forgotten)
    mei = az("ad", "user", "show", "--id", "mei.tanaka@contoso.com")["id"]
    az("keyvault", "set-policy", *vault, "--upn", "mei.tanaka@contoso.com", "--secret-permissions", "get", "list")
    policies = {one["objectId"]: one["permissions"] for one in az("keyvault", "show", *vault)["properties"]["accessPolicies"]}
    assert forgotten not in policies and sorted(policies[mei]["secrets"]) == ["get", "list"]
    account = az("storage", "account", "list", "--resource-group", "ml-prod-rg")
    assert {one["allowSharedKeyAccess"] for one in account} == {True, False}
    assert az("storage", "account", "show", "--name", account[0]["name"], "--resource-group", "ml-prod-rg") == account[0]
    registry = az("acr", "show", "--name", "fraudprodacr", "--resource-group", "ml-prod-rg")
    assert (registry["loginServer"], registry["adminUserEnabled"]) == ("fraudprodacr.registry.invalid", False)
