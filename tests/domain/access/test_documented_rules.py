"""How roles, denials and conditions combine, case by case as Microsoft documents it. Each case names its article on Microsoft Learn."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from console.domain.access.assignments import EVERYONE
from console.domain.access.conditions import leaves_alone
from console.domain.access.evaluation import evaluate
from console.domain.access.facts import Facts
from console.domain.access.verbs import BY_KEY
from console.domain.access.verdicts import Verdict
from console.domain.permissions import Permission, matches
from tests.domain.access.estate import (
    ADA,
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
    facts,
    held,
)

OVERVIEW = "What is Azure role-based access control (Azure RBAC)?"
ROLES = "Understand Azure role definitions"
DENIALS = "Understand Azure deny assignments"
FORMAT = "Azure role assignment condition format and syntax"
FAQ = "FAQ for Azure role assignment conditions"
SCOPE = "Understand scope for Azure RBAC"

ML = "Microsoft.MachineLearningServices/workspaces"
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
YES, BY_KEY_, NO, UNKNOWN, CONDITIONAL = Verdict.YES, Verdict.BY_KEY, Verdict.NO, Verdict.UNKNOWN, Verdict.CONDITIONAL
IN_X = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'x'"


class Case(NamedTuple):
    source: str
    says: str
    known: Facts
    verb: str
    verdict: Verdict


def blob_reader(condition: str = "", *more: str) -> Facts:
    reader = (held(ADA, "Storage Blob Data Reader", PLACE.storage, condition=each) for each in (condition, *more))
    return facts(*reader)


def operator(deny: object) -> Facts:
    return facts(held(ADA, "AzureML Compute Operator"), denies=(deny,), directory=directory({TEAM: [ADA]}))


ALL_COMPUTE = custom(f"{ML}/computes/*", not_actions=(f"{ML}/computes/write",))
ALL_OF_VAULTS = custom("Microsoft.KeyVault/*")
STOPPER = custom(f"{ML}/computes/*/action")
READS_ALL = custom("*/read")
READS_ML = custom("Microsoft.MachineLearningServices/*/read")
ALL_DATA = custom(data_actions=("*",), not_data_actions=("Microsoft.KeyVault/vaults/secrets/*",))

CASES = (
    Case(
        OVERVIEW,
        "who is in a group in a group has the role of the outer one",
        facts(held(PARENT, "AzureML Compute Operator"), directory=directory({PARENT: [TEAM, ADA], TEAM: [ADA]})),
        "create-compute",
        YES,
    ),
    Case(
        OVERVIEW,
        "roles add up: Reader at the group takes nothing from Contributor at the subscription",
        facts(held(ADA, "Contributor", ROOT), held(ADA, "Reader", GROUP)),
        "create-compute",
        YES,
    ),
    Case(
        OVERVIEW,
        "a role at another group is of no effect",
        facts(held(ADA, "Contributor", f"{GROUP}-sales")),
        "create-compute",
        NO,
    ),
    Case(
        OVERVIEW,
        "a denial goes before every role",
        facts(held(ADA, "Contributor", ROOT), denies=(denied([ADA], f"{ML}/jobs/write"),)),
        "submit-jobs",
        NO,
    ),
    Case(
        OVERVIEW,
        "a condition is looked at after the actions: a role without the action is not helped by one",
        facts(held(ADA, "Storage Blob Data Reader", PLACE.storage, condition=IN_X)),
        "submit-jobs",
        NO,
    ),
    Case(SCOPE, "what a management group is given holds in its subscriptions",
        facts(held(ADA, "Reader", MANAGEMENT_GROUP, read_in=frozenset({SUBSCRIPTION}))), "read-jobs", YES),
    Case(SCOPE, "what is given at a resource does not hold above it", facts(held(ADA, "Cost Management Reader")), "see-cost", NO),
    Case(
        ROLES,
        "Owner does everything with a storage account but read its data, save by the account's keys",
        facts(held(ADA, "Owner", ROOT)),
        "read-data",
        BY_KEY_,
    ),
    Case(ROLES, "Reader sees the account and not the data in it", facts(held(ADA, "Reader", ROOT)), "read-data", NO),
    Case(ROLES, "data actions read the data", blob_reader(), "read-data", YES),
    Case(
        ROLES,
        "a wildcard of actions reaches no data",
        facts(held(ADA, ALL_OF_VAULTS, GROUP), roles=[ALL_OF_VAULTS]),
        "vault-secrets",
        NO,
    ),
    Case(
        ROLES,
        "notActions are taken from the actions of their role",
        facts(held(ADA, ALL_COMPUTE), roles=[ALL_COMPUTE]),
        "create-compute",
        NO,
    ),
    Case(
        ROLES,
        "and leave the rest of them",
        facts(held(ADA, ALL_COMPUTE), roles=[ALL_COMPUTE]),
        "delete-compute",
        YES,
    ),
    Case(
        ROLES,
        "notActions deny nothing: a second role that grants the action does",
        facts(held(ADA, ALL_COMPUTE), held(ADA, "AzureML Compute Operator"), roles=[ALL_COMPUTE]),
        "create-compute",
        YES,
    ),
    Case(ROLES, "notDataActions are taken from the dataActions",
        facts(held(ADA, ALL_DATA, GROUP), roles=[ALL_DATA]), "vault-secrets", NO),
    Case(ROLES, "and leave the rest of the data", facts(held(ADA, ALL_DATA, GROUP), roles=[ALL_DATA]), "read-data", YES),
    Case(ROLES, "*/read reads whatever there is", facts(held(ADA, READS_ALL), roles=[READS_ALL]), "read-jobs", YES),
    Case(ROLES, "*/read does nothing else", facts(held(ADA, READS_ALL), roles=[READS_ALL]), "datastore-secrets", NO),
    Case(ROLES, "Provider/*/read reads all types of a provider", facts(held(ADA, READS_ML), roles=[READS_ML]), "read-jobs", YES),
    Case(ROLES, "type/*/action takes the type's custom actions", facts(held(ADA, STOPPER), roles=[STOPPER]), "start-stop", YES),
    Case(DENIALS, "the zero GUID is everybody", operator(denied([EVERYONE], f"{ML}/computes/*")), "create-compute", NO),
    Case(
        DENIALS,
        "all but those who are excluded",
        operator(denied([EVERYONE], f"{ML}/computes/*", excluded=frozenset({ADA}))),
        "create-compute",
        YES,
    ),
    Case(
        DENIALS,
        "also by a group that they are in",
        operator(denied([EVERYONE], f"{ML}/computes/*", excluded=frozenset({TEAM}))),
        "create-compute",
        YES,
    ),
    Case(DENIALS, "a group is denied: so is who is in it", operator(denied([TEAM], "*")), "create-compute", NO),
    Case(
        DENIALS,
        "what its notActions name is not denied",
        operator(denied([ADA], permissions=(Permission(actions=("*",), not_actions=(f"{ML}/computes/*",)),))),
        "create-compute",
        YES,
    ),
    Case(DENIALS, "it is inherited as roles are", operator(denied([ADA], f"{ML}/computes/*", scope=ROOT)), "create-compute", NO),
    Case(
        DENIALS,
        "unless it does not apply to child scopes",
        operator(denied([ADA], f"{ML}/computes/*", scope=GROUP, only_here=True)),
        "create-compute",
        YES,
    ),
    Case(
        DENIALS,
        "whether a resource's own parts are its child scopes is not said: a compute in a workspace is left open",
        operator(denied([ADA], f"{ML}/computes/*", scope=WORKSPACE.id, only_here=True)),
        "create-compute",
        UNKNOWN,
    ),
    Case(
        DENIALS,
        "what is done to the resource itself is denied there",
        facts(held(ADA, "Contributor"), denies=(denied([ADA], f"{ML}/*", scope=WORKSPACE.id, only_here=True),)),
        "manage-workspace",
        NO,
    ),
    Case(
        DENIALS,
        "actions deny no data operation",
        facts(held(ADA, "Key Vault Secrets User", PLACE.vault), denies=(denied([ADA], "*"),)),
        "vault-secrets",
        YES,
    ),
    Case(
        DENIALS,
        "dataActions do",
        facts(
            held(ADA, "Key Vault Secrets User", PLACE.vault), denies=(denied([ADA], permissions=(Permission(data_actions=("*",)),)),)
        ),
        "vault-secrets",
        NO,
    ),
    Case(FORMAT, "the targeted action is let only where the expression holds, which is not known here",
        blob_reader(f"!(ActionMatches{{'{BLOBS}/read'}}) OR {IN_X}"), "read-data", CONDITIONAL),
    Case(FORMAT, "any other action is let", blob_reader(f"!(ActionMatches{{'{BLOBS}/write'}}) OR {IN_X}"), "read-data", YES),
    Case(FAQ, "a condition denies nothing: a second assignment without one lets", blob_reader(IN_X, ""), "read-data", YES),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_as_documented(case: Case) -> None:
    assert evaluate(case.known, PLACE).cell(ADA, BY_KEY[case.verb]).verdict is case.verdict, f"{case.source}: {case.says}"


WRITE = "Microsoft.Authorization/roleAssignments/write"


@pytest.mark.parametrize(
    ("condition", "alone"),
    [
        # The examples of the article's tables of functions and of logical operators.
        ("ActionMatches{'Microsoft.Authorization/roleAssignments/*'}", True),
        ("ActionMatches{'Microsoft.Authorization/roleDefinitions/*'}", False),
        (f"!(ActionMatches{{'{WRITE}'}})", False),
        (f"NOT ActionMatches{{'{BLOBS}/read'}}", True),
        (f"!(ActionMatches{{'{BLOBS}/read'}}) AND !(ActionMatches{{'{BLOBS}/write'}})", True),
        (f"!(ActionMatches{{'{BLOBS}/read'}}) && !(ActionMatches{{'{WRITE}'}})", False),
        (f"!(ActionMatches{{'{WRITE}'}}) || !(ActionMatches{{'{BLOBS}/read'}})", True),
        (f"(!(ActionMatches{{'{BLOBS}/read'}}) OR ({IN_X})) AND (!(ActionMatches{{'{BLOBS}/write'}}) OR ({IN_X}))", True),
    ],
)
def test_conditions_are_read_as_documented(condition: str, alone: bool) -> None:
    """ "Azure role assignment condition format and syntax", with the action `roleAssignments/write`."""
    assert leaves_alone(condition, WRITE) is alone


@pytest.mark.parametrize(
    ("pattern", "operation", "covered"),
    [
        ("*/read", f"{ML}/computes/read", True),
        ("Microsoft.Compute/*", "Microsoft.Compute/virtualMachines/start/action", True),
        ("Microsoft.Network/*/read", "Microsoft.Network/virtualNetworks/subnets/read", True),
        ("Microsoft.Network/*/read", "Microsoft.Network/virtualNetworks/write", False),
        ("Microsoft.Compute/virtualMachines/*", "Microsoft.Compute/virtualMachines/extensions/write", True),
        ("microsoft.web/sites/restart/Action", "Microsoft.Web/sites/restart/action", True),
        ("Microsoft.CostManagement/exports/*", "Microsoft.CostManagement/exports/run/action", True),
    ],
)
def test_wildcards_are_read_as_documented(pattern: str, operation: str, covered: bool) -> None:
    """ "Understand Azure role definitions", its examples of `Actions`."""
    assert matches(pattern, operation) is covered
