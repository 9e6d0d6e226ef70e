"""What was planted of access at Contoso: each piece is where the README's reader looks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest

from console.emulator import access_story, company, staff, story
from console.emulator.clock import Clock
from console.emulator.estate import Estate
from console.emulator.graph_members import groups_of, members
from console.emulator.ids import guid
from console.emulator.rbac import builtin_roles
from console.emulator.vault_story import GONE

EPOCH = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def tell(scale: int = 1) -> Estate:
    return story.build(7, scale, EPOCH, Clock(EPOCH, 0))


@pytest.fixture(scope="module")
def estate() -> Estate:
    return tell()


def group(estate: Estate, name: str) -> str:
    return next(one.object_id for one in estate.groups.values() if one.display_name == name)


def named(estate: Estate, principal: str) -> str:
    """Whoever that is: a person, a group, or whose managed identity."""
    if principal in estate.people:
        return estate.people[principal].display_name
    if principal in estate.groups:
        return estate.groups[principal].display_name
    return next((one.name for one in estate.workspaces.values() if one.identity["principalId"] == principal), principal)


def holders(estate: Estate, role: str, place: str) -> set[str]:
    """Who holds a role at a scope that ends so."""
    role_guid = next(one.guid for one in builtin_roles().values() if one.name == role)
    return {
        named(estate, held.principal_id)
        for held in estate.role_assignments.values()
        if held.role_definition_guid == role_guid and held.scope.endswith(place)
    }


def test_a_forgotten_group_in_another_reads_the_secrets_of_fraud_prod(estate: Estate) -> None:
    vault = next(one for one in estate.vaults.values() if one.name == "kv-fraud-prod")
    assert vault.body["enableRbacAuthorization"] is False
    permitted = {named(estate, one["objectId"]): one["permissions"]["secrets"] for one in vault.body["accessPolicies"]}
    assert permitted["fraud-poc-2022"] == ["get", "list"]
    admin = estate.identities["admin"].object_id
    assert set(permitted) == {"fraud-prod", "ml-platform-admins", "fraud-poc-2022", GONE, admin}
    inside = members(estate, group(estate, "fraud-poc-2022"), transitive=True)
    assert group(estate, "hackathon-2023") in inside
    assert {named(estate, one) for one in inside} == {
        *("hackathon-2023", "Grace Okafor", "Noah Weber", "Aisha Bello", "Emil Larsen", "Farah Siddiqui")
    }
    emil = next(one.object_id for one in estate.people.values() if one.display_name == "Emil Larsen")
    assert group(estate, "fraud-poc-2022") not in groups_of(estate, emil, transitive=False)
    assert group(estate, "fraud-poc-2022") in groups_of(estate, emil, transitive=True)


def test_some_vaults_go_by_policies_and_most_by_roles(estate: Estate) -> None:
    by_policy = {one.name for one in estate.vaults.values() if not one.body["enableRbacAuthorization"]}
    assert by_policy == {"kv-fraud-prod", "kv-fraud-dev", "kv-sandbox"}
    assert len(estate.vaults) == len(estate.workspaces)
    assert holders(estate, "Key Vault Secrets User", "/vaults/kv-pricing-prod") == {"Jonas Berg"}
    assert holders(estate, "Key Vault Secrets User", "/vaults/kv-demand-prod") == {"ml-oncall"}
    assert holders(estate, "Key Vault Secrets Officer", "/vaults/kv-nlp-research") == {"ai-lab"}
    assert holders(estate, "Key Vault Administrator", "/vaults/kv-vision-prod") == {"Ada Lindqvist", "vision-prod"}


def test_the_identities_of_workspaces_have_what_azure_gives_them(estate: Estate) -> None:
    for workspace in estate.workspaces.values():
        role = "Contributor" if workspace.name in ("fraud-prod", "fraud-dev", "sandbox") else "Azure AI Administrator"
        assert workspace.name in holders(estate, role, f"/resourceGroups/{workspace.resource_group}")
        assert workspace.name in holders(estate, "Storage Blob Data Contributor", workspace.body["storageAccount"])


def test_the_management_group_and_groups_in_groups(estate: Estate) -> None:
    assert holders(estate, "Reader", access_story.MANAGEMENT_GROUP) == {"security-operations"}
    everyone = members(estate, group(estate, "ml-everyone"), transitive=True)
    assert group(estate, "ai-lab") in everyone and len(everyone & set(estate.people)) > 25
    assert "ml-everyone" in holders(estate, "AcrPull", "/registries/fraudprodacr")
    assert holders(estate, "AcrPush", "/registries/fraudprodacr") == {"Ivan Petrov"}


def test_people_who_should_not_have_it(estate: Estate) -> None:
    ulrich = next(one for one in estate.people.values() if one.display_name == "Ulrich Braun")
    assert not ulrich.enabled
    assert "Ulrich Braun" in holders(estate, "Contributor", "/workspaces/fraud-dev")
    assert "Ulrich Braun" in holders(estate, "Storage Blob Data Contributor", "")
    assert "Goran Ilic" in holders(estate, "Contributor", "/workspaces/nlp-research")
    assert holders(estate, "Contributor", "/resourceGroups/vision-prod-rg") == {"sre-contractors"}
    assert members(estate, group(estate, "sre-contractors"), transitive=True) == set()
    assert holders(estate, "Owner", "") == {"Victor Stahl", estate.identities["admin"].object_id}


def test_two_assignments_have_conditions(estate: Estate) -> None:
    conditional = {named(estate, one.principal_id): one for one in estate.role_assignments.values() if one.condition is not None}
    assert set(conditional) == {"Omar Haddad", "Lena Fischer"}
    assert conditional["Lena Fischer"].scope.endswith("/resourceGroups/ml-dev-rg")
    assert staff.DATA_SCIENTIST in str(conditional["Lena Fischer"].condition)
    for one in conditional.values():
        text = str(one.condition)
        assert text.count("(") == text.count(")") and text.count("{") == text.count("}")


def test_identities_that_sign_in_have_only_what_they_had(estate: Estate) -> None:
    own = {one.object_id for one in estate.identities.values()}
    assert all(not group.members & own for group in estate.groups.values())
    held = [one for one in estate.role_assignments.values() if one.principal_id in own]
    assert len(held) == 3 + 2 * 12 + 12 + 3 + 3


def test_forgotten_groups_are_old_and_say_nothing(estate: Estate) -> None:
    assert all(one.created is not None for one in estate.groups.values())
    assert {one.display_name for one in estate.groups.values() if one.description is None} == {"hackathon-2023", "fraud-poc-2022"}


def test_a_bigger_company_has_big_groups_and_many_assignments() -> None:
    ten = tell(scale=10)
    assert len(members(ten, group(ten, "contoso-staff"), transitive=False)) == 380
    assert len(ten.role_assignments) > 500
    assert len({one.scope for one in ten.role_assignments.values()}) > 40
    assert all(key == held.id.lower() for key, held in ten.role_assignments.items())


def test_every_role_that_is_assigned_exists(estate: Estate) -> None:
    assert {one.role_definition_guid for one in estate.role_assignments.values()} <= set(builtin_roles())


def test_what_was_there_before_stands(estate: Estate) -> None:
    """Access comes from random numbers of its own: assignments made before it come first, with the names that they had."""
    without = Estate(tenant_id="", seed=7, epoch=EPOCH)
    rng = Random(7)
    without.tenant_id = guid(rng)
    staff.hire(without, rng, 1)
    staff.register(without, rng)
    company.found(without, rng, EPOCH, "tomasz.nowak@contoso.com")
    staff.authorize(without, rng, EPOCH)
    assert list(estate.role_assignments)[: len(without.role_assignments)] == list(without.role_assignments)
    assert estate.tenant_id == without.tenant_id and list(estate.people) == list(without.people)
