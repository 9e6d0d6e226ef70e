"""The evaluator on a table of cases written from Azure's documentation."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from console.domain.access.assignments import EVERYONE, RoleAssignment
from console.domain.access.evaluation import evaluate
from console.domain.access.facts import Facts, Unread, What
from console.domain.access.places import AccessPolicy, Place, Vault
from console.domain.access.principals import PrincipalKind
from console.domain.access.verbs import BY_KEY, VERBS, Kind
from console.domain.access.verdicts import Cell, Verdict
from console.domain.permissions import Permission
from console.domain.scopes import key
from tests.domain.access.estate import (
    ADA,
    BOB,
    CARLA,
    GROUP,
    MANAGEMENT_GROUP,
    PARENT,
    PLACE,
    ROOT,
    SUBSCRIPTION,
    TEAM,
    WORKSPACE,
    custom,
    denied,
    directory,
    eligible,
    facts,
    held,
)

ML = "Microsoft.MachineLearningServices"
YES, BY_KEY_, ONESELF = Verdict.YES, Verdict.BY_KEY, Verdict.ONESELF
ELIGIBLE, CONDITIONAL, UNKNOWN, NO = Verdict.ELIGIBLE, Verdict.CONDITIONAL, Verdict.UNKNOWN, Verdict.NO


def cell(known: Facts, verb: str, who: str = ADA, place: Place = PLACE) -> Cell:
    return evaluate(known, place).cell(who, BY_KEY[verb])


def verdict(known: Facts, verb: str, who: str = ADA, place: Place = PLACE) -> Verdict:
    return cell(known, verb, who, place).verdict


ROLES = (
    "Owner",
    "Contributor",
    "Reader",
    "AzureML Data Scientist",
    "AzureML Compute Operator",
    "Azure AI Developer",
    "Azure AI Administrator",
    "User Access Administrator",
    "Role Based Access Control Administrator",
    "Cost Management Reader",
    "Cost Management Contributor",
    "Monitoring Reader",
)
#: What each of ROLES, held at the subscription, lets its holder do directly (Y), or does not (.); `+` where the literal reading differs.
MATRIX = {
    "create-compute": "Y Y . .+ Y Y Y . . . . .",
    "delete-compute": "Y Y . .+ Y Y Y . . . . .",
    "start-stop": "Y Y . Y Y Y Y . . . . .",
    "idle-shutdown": "Y Y . Y Y Y Y . . . . .",
    "submit-jobs": "Y Y . Y . Y Y . . . . .",
    "write-datastores": "Y Y . Y . Y Y . . . . .",
    "datastore-secrets": "Y Y . Y . Y Y . . . . .",
    "write-connections": "Y Y . Y . Y Y . . . . .",
    "connection-secrets": "Y Y . Y . Y Y . . . . .",
    "endpoint-keys": "Y Y . Y . Y Y . . . . .",
    "quota": "Y Y . . . . . . . . . .",
    "assign-roles": "Y . . . . . . Y Y . . .",
    "see-cost": "Y Y Y . . . . Y Y Y Y Y",
    "budgets": "Y Y . . . . . . . . Y .",
    "manage-workspace": "Y Y . . . . Y . . . . .",
}


@pytest.mark.parametrize("verb", MATRIX)
@pytest.mark.parametrize("role", ROLES)
def test_built_in_roles_do_what_azure_documents(verb: str, role: str) -> None:
    expected = MATRIX[verb].split()[ROLES.index(role)]
    found = cell(facts(held(ADA, role, ROOT)), verb)
    direct = [way is YES for way, told in zip(found.ways, BY_KEY[verb].ways, strict=True) if told.kind is Kind.DIRECT]
    assert any(direct) is (expected[0] == "Y")
    assert found.by_inference is expected.endswith("+")


@pytest.mark.parametrize(
    ("role", "scope", "verb", "expected"),
    [
        ("Storage Blob Data Reader", PLACE.storage, "read-data", YES),
        ("Storage File Data SMB Share Reader", PLACE.storage, "read-data", YES),
        ("AzureML Data Scientist", WORKSPACE.id, "read-data", BY_KEY_),
        ("Storage Account Key Operator Service Role", PLACE.storage, "read-data", BY_KEY_),
        ("Key Vault Secrets User", PLACE.vault, "read-data", BY_KEY_),
        ("Key Vault Secrets User", PLACE.vault, "vault-secrets", YES),
        ("Key Vault Secrets User", PLACE.vault, "connection-secrets", BY_KEY_),
        ("Key Vault Contributor", PLACE.vault, "vault-secrets", NO),
        ("Contributor", ROOT, "vault-secrets", NO),
        ("Owner", ROOT, "vault-secrets", ONESELF),
        ("Owner", ROOT, "create-compute", YES),
        ("User Access Administrator", GROUP, "create-compute", ONESELF),
        ("User Access Administrator", WORKSPACE.id, "quota", NO),
        ("Contributor", GROUP, "quota", NO),
        ("Contributor", WORKSPACE.id, "see-cost", NO),
        ("AcrPull", PLACE.registry, "pull-images", YES),
        ("AcrPull", PLACE.registry, "push-images", NO),
        ("AcrPush", PLACE.registry, "push-images", YES),
        ("Container Registry Repository Reader", PLACE.registry, "pull-images", CONDITIONAL),
        ("Azure Machine Learning Workspace Connection Secrets Reader", WORKSPACE.id, "connection-secrets", YES),
        ("Azure Machine Learning Workspace Connection Secrets Reader", WORKSPACE.id, "datastore-secrets", NO),
        ("Reader", ROOT, "read-jobs", YES),
        ("Reader", ROOT, "datastore-secrets", NO),
        ("Reader", ROOT, "read-data", NO),
        # A role on a part of a resource grants the verb for that part.
        ("Storage Blob Data Reader", f"{PLACE.storage}/blobServices/default/containers/raw", "read-data", CONDITIONAL),
        ("Key Vault Secrets User", f"{PLACE.vault}/secrets/one", "vault-secrets", CONDITIONAL),
        # The definition's own condition limits which roles: "Key Vault Data Access Administrator".
        ("Key Vault Data Access Administrator", ROOT, "assign-roles", CONDITIONAL),
    ],
)
def test_ways_and_scopes(role: str, scope: str, verb: str, expected: Verdict) -> None:
    assert verdict(facts(held(ADA, role, scope)), verb) is expected


def test_not_actions_are_no_denial_of_what_another_role_grants() -> None:
    both = facts(held(ADA, "AzureML Data Scientist"), held(ADA, "AzureML Compute Operator"))
    assert verdict(both, "create-compute") is YES


def test_not_actions_subtract_in_their_own_block_only() -> None:
    blocks = (Permission(actions=("*",), not_actions=("*/write",)), Permission(actions=(f"{ML}/workspaces/jobs/write",)))
    role = msgspec.structs.replace(custom(), permissions=blocks)
    known = facts(held(ADA, role), roles=[role])
    assert verdict(known, "submit-jobs") is YES
    assert verdict(known, "write-datastores") is NO


def test_actions_never_grant_data_operations_nor_data_actions_management() -> None:
    role = custom("*")
    assert verdict(facts(held(ADA, role, PLACE.vault), roles=[role]), "vault-secrets") is ONESELF
    role = custom(data_actions=("*",))
    known = facts(held(ADA, role, GROUP), roles=[role])
    assert (verdict(known, "vault-secrets"), verdict(known, "submit-jobs")) == (YES, NO)


def test_case_and_trailing_slashes_of_scopes_do_not_count_and_names_end_at_slashes() -> None:
    assert verdict(facts(held(ADA, "Contributor", GROUP.upper() + "/")), "create-compute") is YES
    assert verdict(facts(held(ADA, "Contributor", GROUP[:-1])), "create-compute") is NO


def test_management_groups_and_the_root_reach_the_subscriptions_they_were_listed_in() -> None:
    for scope in (MANAGEMENT_GROUP, "/"):
        assert verdict(facts(held(ADA, "Contributor", scope, read_in=frozenset({SUBSCRIPTION}))), "quota") is YES
        assert verdict(facts(held(ADA, "Contributor", scope, read_in=frozenset({"other"}))), "quota") is NO


def test_nested_groups_count_and_their_members_are_rows() -> None:
    known = facts(held(PARENT, "Contributor"), directory=directory({PARENT: [TEAM, ADA], TEAM: [ADA]}))
    matrix = evaluate(known, PLACE)
    assert {ADA, TEAM, PARENT} == set(matrix.rows)
    assert matrix.cell(ADA, BY_KEY["create-compute"]).verdict is YES
    assert matrix.cell(BOB, BY_KEY["create-compute"]).verdict is NO


def test_a_group_whose_members_are_unread_makes_what_it_holds_unknown_for_everybody_else() -> None:
    known = facts(held(PARENT, "AzureML Compute Operator"), held(BOB, "Reader"))
    assert verdict(known, "create-compute", PARENT) is YES
    assert verdict(known, "create-compute", BOB) is UNKNOWN
    assert verdict(known, "create-compute", CARLA) is UNKNOWN
    assert verdict(known, "submit-jobs", BOB) is NO
    assert any(PARENT in gap for gap in evaluate(known, PLACE).gaps)


def test_an_orphan_has_no_members_and_a_kind_from_the_assignment_counts_where_the_directory_is_silent() -> None:
    gone = facts(held("gone", "Contributor"), directory=directory(gone=frozenset({"gone"})))
    assert verdict(gone, "create-compute") is NO
    user = facts(held("somebody", "Contributor", principal_kind=PrincipalKind.USER))
    assert verdict(user, "create-compute") is NO
    group = facts(held("somebody", "Contributor", principal_kind=PrincipalKind.GROUP))
    assert verdict(group, "create-compute") is UNKNOWN


GUARDED = (
    "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})) OR "
    "(@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'raw'))"
)


def test_a_condition_counts_for_the_operations_that_it_concerns_only() -> None:
    known = facts(held(ADA, "Storage Blob Data Contributor", PLACE.storage, condition=GUARDED))
    assert verdict(known, "read-data") is CONDITIONAL
    known = facts(held(ADA, "AzureML Data Scientist", condition=GUARDED))
    assert verdict(known, "submit-jobs") is YES
    known = facts(held(ADA, "AzureML Data Scientist", condition="@Request[subOperation] ForAnyOfAnyValues:StringEquals {'x'}"))
    assert verdict(known, "submit-jobs") is CONDITIONAL


def test_who_may_assign_some_roles_only_may_give_it_to_oneself_conditionally() -> None:
    condition = (
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
        "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {acdd72a7}))"
    )
    known = facts(held(ADA, "Role Based Access Control Administrator", condition=condition))
    assert verdict(known, "assign-roles") is CONDITIONAL
    assert verdict(known, "create-compute") is CONDITIONAL
    assert verdict(known, "read-jobs") is YES


def test_eligible_stands_apart_and_what_is_active_goes_first() -> None:
    known = facts(eligibilities=(eligible(ADA, "Contributor"),))
    assert verdict(known, "create-compute") is ELIGIBLE
    known = facts(held(ADA, "Contributor"), eligibilities=(eligible(ADA, "Contributor"),))
    assert verdict(known, "create-compute") is YES
    known = facts(eligibilities=(eligible(TEAM, "Contributor"),), directory=directory({TEAM: [ADA]}))
    assert verdict(known, "create-compute") is ELIGIBLE
    known = facts(eligibilities=(eligible(ADA, "Contributor", condition="@Request[a] StringEquals 'b'"),))
    assert verdict(known, "create-compute") is CONDITIONAL


CREATE = f"{ML}/workspaces/computes/write"


@pytest.mark.parametrize(
    ("deny", "expected"),
    [
        (denied([ADA], CREATE), NO),
        (denied([EVERYONE], "*"), NO),
        (denied([EVERYONE], "*", excluded=frozenset({ADA})), YES),
        (denied([TEAM], CREATE), NO),
        (denied([EVERYONE], CREATE, excluded=frozenset({TEAM})), YES),
        (denied([BOB], CREATE), YES),
        (denied([ADA], CREATE, only_here=True), YES),
        (denied([ADA], CREATE, scope=WORKSPACE.id, only_here=True), UNKNOWN),
        (denied([ADA], CREATE, scope=ROOT), NO),
        (denied([ADA], CREATE, scope=MANAGEMENT_GROUP, read_in=frozenset({SUBSCRIPTION})), NO),
        (denied([ADA], CREATE, scope=PLACE.storage), YES),
        (denied([ADA], permissions=(Permission(actions=("*",), not_actions=("*/write",)),)), YES),
        (denied([ADA], permissions=(Permission(data_actions=("*",)),)), YES),
        (denied([PARENT], CREATE), UNKNOWN),
        (denied([ADA], CREATE, excluded=frozenset({PARENT})), UNKNOWN),
        (denied([ADA], permissions=(Permission(actions=(CREATE,), condition="@Resource[a] StringEquals 'b'"),)), UNKNOWN),
    ],
)
def test_denied(deny: Any, expected: Verdict) -> None:
    known = facts(held(ADA, "AzureML Compute Operator"), denies=(deny,), directory=directory({TEAM: [ADA]}))
    assert verdict(known, "create-compute") is expected


def test_a_denied_data_operation_leaves_the_key() -> None:
    deny = denied([EVERYONE], permissions=(Permission(data_actions=("*",)),))
    known = facts(held(ADA, "Contributor", GROUP), held(ADA, "Storage Blob Data Reader", GROUP), denies=(deny,))
    assert verdict(known, "read-data") is BY_KEY_


def test_denials_that_were_not_read_leave_a_yes_and_mark_it() -> None:
    found = cell(facts(held(ADA, "Contributor"), denies=None), "create-compute")
    assert (found.verdict, found.may_be_denied) == (YES, True)
    assert not cell(facts(held(ADA, "Contributor")), "create-compute").may_be_denied
    unread = Unread(What.DENIES, ROOT, "the caller may not read them")
    assert cell(facts(held(ADA, "Contributor"), unread=(unread,)), "create-compute").may_be_denied


ACCESS_POLICIES = (AccessPolicy(ADA, frozenset({"get"})), AccessPolicy(TEAM, frozenset({"all"})))
POLICIES = {key(PLACE.vault): Vault(id=PLACE.vault, rbac=False, policies=ACCESS_POLICIES)}


def test_a_policy_vault_goes_by_its_policies_and_not_by_roles() -> None:
    known = facts(held(CARLA, "Key Vault Secrets User", PLACE.vault), vaults=POLICIES, directory=directory({TEAM: [BOB]}))
    assert verdict(known, "vault-secrets") is YES
    assert verdict(known, "vault-secrets", BOB) is YES
    assert verdict(known, "vault-secrets", CARLA) is NO
    assert verdict(known, "connection-secrets", BOB) is BY_KEY_


def test_who_may_write_a_policy_vault_may_give_oneself_its_secrets_and_a_denial_of_roles_does_not_touch_policies() -> None:
    deny = denied([EVERYONE], permissions=(Permission(actions=("Microsoft.Nothing/*",), data_actions=("*",)),))
    known = facts(held(CARLA, "Key Vault Contributor", PLACE.vault), vaults=POLICIES, denies=(deny,), directory=directory({TEAM: [BOB]}))
    assert verdict(known, "vault-secrets", CARLA) is ONESELF
    assert verdict(known, "vault-secrets", ADA) is YES


def test_a_policy_without_get_reads_nothing() -> None:
    vaults = {key(PLACE.vault): Vault(id=PLACE.vault, rbac=False, policies=(AccessPolicy(ADA, frozenset({"list", "set"})),))}
    assert verdict(facts(vaults=vaults), "vault-secrets") is NO


@pytest.mark.parametrize("vaults", [{}, {key(PLACE.vault): Vault(id=PLACE.vault, fault="AuthorizationFailed")}])
def test_a_vault_that_was_not_read_makes_its_secrets_unknown(vaults: dict[str, Vault]) -> None:
    known = facts(held(ADA, "Key Vault Secrets User", PLACE.vault), held(BOB, "Contributor"), vaults=vaults)
    assert verdict(known, "vault-secrets") is UNKNOWN
    assert verdict(known, "vault-secrets", BOB) is UNKNOWN
    assert verdict(known, "create-compute", BOB) is YES


@pytest.mark.parametrize(
    ("known", "verb"),
    [
        (facts(RoleAssignment(id="a", scope=WORKSPACE.id, role="unheard-of", principal_id=ADA)), "create-compute"),
        (facts(RoleAssignment(id="a", fault="no scope", principal_id=ADA)), "quota"),
        (facts(RoleAssignment(id="a", fault="no principal", scope=GROUP)), "see-cost"),
        (facts(unread=(Unread(What.ASSIGNMENTS, PLACE.storage, "AuthorizationFailed"),)), "read-data"),
        (facts(unread=(Unread(What.ASSIGNMENTS, ROOT, "AuthorizationFailed"),)), "quota"),
        (facts(unread=(Unread(What.ELIGIBILITIES, ROOT, "AuthorizationFailed"),)), "quota"),
        (facts(eligibilities=None), "create-compute"),
    ],
)
def test_what_was_not_read_is_unknown(known: Facts, verb: str) -> None:
    assert verdict(known, verb) is UNKNOWN
    assert evaluate(known, PLACE).gaps


def test_a_companion_that_was_not_told_is_unknown() -> None:
    bare = Place(WORKSPACE)
    assert verdict(facts(), "pull-images", place=bare) is UNKNOWN
    assert verdict(facts(), "vault-secrets", place=bare) is UNKNOWN
    assert verdict(facts(), "submit-jobs", place=bare) is NO


def test_something_better_that_may_be_is_told_beside_what_is() -> None:
    found = cell(facts(held(ADA, "AzureML Data Scientist"), held(PARENT, "Storage Blob Data Reader", GROUP)), "read-data")
    assert (found.verdict, found.more) == (BY_KEY_, True)


def test_verbs_are_fit_for_columns() -> None:
    assert len({verb.short for verb in VERBS}) == len(VERBS) == len(BY_KEY)
    assert all(len(verb.short) <= 8 for verb in VERBS)


def test_who_lists_the_best_first() -> None:
    known = facts(held(ADA, "User Access Administrator"), held(BOB, "Contributor"), held(CARLA, "Reader"))
    assert [name for name, _ in evaluate(known, PLACE).who(BY_KEY["create-compute"])] == [BOB, ADA]
