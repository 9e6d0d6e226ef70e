"""The console's evaluation and the emulator's enforcement, which are two programs, decide alike: on the demo estate, and on any other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from console.domain.access.assignments import EVERYONE
from console.emulator import estate as theirs
from console.emulator import story
from console.emulator.clock import Clock
from console.emulator.rbac import builtin_roles
from tests.domain.access.company import Judges, place_of
from tests.domain.access.estate import ADA, BOB, CARLA, GROUP, MANAGEMENT_GROUP, PARENT, PLACE, ROOT, SUBSCRIPTION, TEAM, WORKSPACE, guid

PEOPLE = (ADA, BOB, CARLA)
ABOVE = "group-above"
EPOCH = datetime(2026, 11, 2, 8, tzinfo=UTC)
ML = "Microsoft.MachineLearningServices/workspaces"
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
#: Custom roles by their GUIDs.
CUSTOM: dict[str, list[dict[str, Any]]] = {
    "custom-two-blocks": [
        {"actions": ["*"], "notActions": ["*/write"], "dataActions": [], "notDataActions": []},
        {"actions": [f"{ML}/jobs/write"], "notActions": [], "dataActions": [], "notDataActions": []},
    ],
    "custom-no-secrets": [
        {
            "actions": [f"{ML}/*/read", f"{ML}/*/action", f"{ML}/*/write"],
            "notActions": [f"{ML}/datastores/listsecrets/action", f"{ML}/computes/*/write", f"{ML}/computes/write"],
            "dataActions": [],
            "notDataActions": [],
        }
    ],
    "custom-all-data-but-secrets": [
        {"actions": [], "notActions": [], "dataActions": ["*"], "notDataActions": ["Microsoft.KeyVault/vaults/secrets/*"]}
    ],
    "custom-none": [{"actions": [], "notActions": ["*"], "dataActions": [], "notDataActions": []}],
}
ROLES = (
    *(
        guid(name)
        for name in (
            "Owner",
            "Contributor",
            "Reader",
            "AzureML Data Scientist",
            "AzureML Compute Operator",
            "Azure AI Developer",
            "User Access Administrator",
            "Key Vault Data Access Administrator",
            "Key Vault Contributor",
            "Key Vault Secrets User",
            "Storage Blob Data Reader",
            "AcrPush",
            "Container Registry Repository Reader",
            "Cost Management Contributor",
        )
    ),
    *CUSTOM,
)
SCOPES = (
    ROOT,
    ROOT.upper(),
    GROUP,
    f"{GROUP}-other",
    WORKSPACE.id,
    f"{WORKSPACE.id}/onlineEndpoints/score",
    PLACE.storage,
    f"{PLACE.storage}/blobServices/default/containers/raw",
    PLACE.vault,
    f"{PLACE.vault}/secrets/one",
    PLACE.registry,
    MANAGEMENT_GROUP,
)
CONDITIONS = (
    None,
    None,
    None,
    f"((!(ActionMatches{{'{BLOBS}/read'}})) OR "
    "(@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'x'))",
    "(!(ActionMatches{'Microsoft.Authorization/roleAssignments/*'})) OR "
    "(@Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'Group'})",
    f"!(ActionMatches{{'{ML}/computes/write'}}) AND !(ActionMatches{{'{ML}/jobs/write'}} AND NOT SubOperationMatches{{'Some.Part'}})",
    f"ActionMatches{{'{ML}/*'}}",
    f"NOT ActionMatches{{'{ML}/computes/*'}} || Exists @Request[a:b]",
    "@Resource[a:b] StringEquals 'c'",
)
DENIED: tuple[dict[str, Any], ...] = (
    {"actions": ["*/delete"], "notActions": ["Microsoft.Authorization/roleAssignments/delete"]},
    {"actions": ["*"], "notActions": ["*/read", f"{ML}/jobs/*"]},
    {"actions": ["Microsoft.Authorization/*/write"]},
    {"actions": [f"{ML}/*/action"]},
    {"dataActions": ["*"], "notDataActions": [f"{BLOBS}/read"]},
)
WHO = (*PEOPLE, TEAM, PARENT, ABOVE)


def company(
    given: list[tuple[str, str, str, str | None]],
    inside: dict[str, frozenset[str]],
    denials: list[tuple[dict[str, Any], str, frozenset[str], frozenset[str], bool]],
    later: list[tuple[str, str, str]],
) -> theirs.Estate:
    """A company of one workspace."""
    found = theirs.Estate(tenant_id="33333333-3333-3333-3333-333333333333", seed=7, epoch=EPOCH)
    found.subscriptions = {SUBSCRIPTION: theirs.Subscription(SUBSCRIPTION, "one")}
    above = theirs.ManagementGroup("contoso", "Contoso", None, frozenset({SUBSCRIPTION}))
    found.management_groups = {above.id.lower(): above}
    found.people = {who: theirs.Person(who, who, who) for who in PEOPLE}
    found.groups = {group: theirs.Group(group, group, set(who)) for group, who in inside.items()}
    found.groups.setdefault(ABOVE, theirs.Group(ABOVE, ABOVE))
    found.custom_roles = {
        name: theirs.CustomRole(name, name, None, (ROOT,), blocks, EPOCH, ADA, EPOCH, ADA) for name, blocks in CUSTOM.items()
    }
    found.vaults[PLACE.vault.lower()] = theirs.Vault(PLACE.vault, "kv", "x", EPOCH, ADA, "User", {"enableRbacAuthorization": True})
    for number, (role, scope, principal, condition) in enumerate(given):
        kind = "Group" if principal in found.groups else "User"
        made = theirs.RoleAssignment(f"a{number}", scope, role, principal, kind, EPOCH, ADA, None, condition)
        found.role_assignments[made.id.lower()] = made
    for number, (block, scope, principals, excluded, only_here) in enumerate(denials):
        ids = [[{"id": who} for who in sorted(group)] for group in (principals, excluded)]
        deny = theirs.DenyAssignment(f"d{number}", scope, "d", None, [block], *ids, EPOCH, ADA, only_here)
        found.deny_assignments[deny.id.lower()] = deny
    for number, (role, scope, principal) in enumerate(later):
        found.eligibilities[f"e{number}"] = theirs.Eligibility(f"s{number}", f"i{number}", scope, role, principal, "", EPOCH, None, EPOCH)
    return found


def any_company(rng: Random) -> theirs.Estate:
    """A company in which anything may be held, denied and eligible, by people and by groups in groups, also in a circle."""

    def some(of: Sequence[str], least: int, most: int) -> frozenset[str]:
        return frozenset(rng.sample(of, rng.randint(least, most)))

    given = [(rng.choice(ROLES), rng.choice(SCOPES), rng.choice(WHO), rng.choice(CONDITIONS)) for _ in range(rng.randint(1, 5))]
    inside = {TEAM: some((*PEOPLE, PARENT), 0, 2), PARENT: some((*PEOPLE, TEAM), 0, 2), ABOVE: some((PARENT, TEAM, CARLA), 0, 2)}
    denials = [
        (rng.choice(DENIED), rng.choice(SCOPES), some((*WHO, EVERYONE), 1, 2), some(WHO, 0, 1), rng.random() < 0.5)
        for _ in range(rng.choice((0, 0, 1, 2)))
    ]
    later = [(rng.choice(ROLES), rng.choice(SCOPES), rng.choice(WHO)) for _ in range(rng.choice((0, 0, 1)))]
    return company(given, inside, denials, later)


@pytest.mark.parametrize("seed", range(5))
def test_they_decide_alike_whatever_is_held_denied_and_eligible(seed: int) -> None:
    rng = Random(seed)
    for number in range(50):
        found = [*Judges(any_company(rng)).differences(PLACE, PEOPLE)]
        assert found == [], f"company {number} of seed {seed}"


@pytest.mark.parametrize("condition", CONDITIONS[2:])
def test_they_decide_alike_under_every_condition(condition: str | None) -> None:
    given = [
        ("custom-two-blocks", ROOT, ADA, condition),
        (guid("Owner"), GROUP, BOB, condition),
        (guid("Key Vault Secrets User"), GROUP, BOB, condition),
    ]
    assert [*Judges(company(given, {}, [], [])).differences(PLACE, PEOPLE)] == []


@pytest.mark.parametrize("scope", [GROUP, WORKSPACE.id, PLACE.storage])
def test_they_decide_alike_under_every_denial(scope: str) -> None:
    given = [(guid(role), ROOT, who, None) for role, who in (("Owner", TEAM), ("Storage Blob Data Reader", ADA), ("Reader", BOB))]
    for block in DENIED:
        for only_here in (False, True):
            denial = (block, scope, frozenset({EVERYONE}), frozenset({BOB}), only_here)
            found = Judges(company(given, {TEAM: frozenset({ADA, BOB})}, [denial], []))
            assert [*found.differences(PLACE, PEOPLE)] == [], (block, only_here)


@pytest.mark.parametrize("scope", [ROOT, PLACE.vault])
def test_they_decide_alike_on_every_built_in_role(scope: str) -> None:
    everyone = list(builtin_roles())
    found = company([(role, scope, f"holder of {role}", None) for role in everyone], {}, [], [])
    found.people |= {f"holder of {role}": theirs.Person(f"holder of {role}", "", "") for role in everyone}
    assert [*Judges(found).differences(PLACE, found.people)] == []


@pytest.fixture(scope="module")
def contoso() -> Judges:
    """The demo estate."""
    return Judges(story.build(7, 1, EPOCH, Clock(EPOCH, 0)))


@pytest.mark.parametrize("named", ["those with a policy vault, a deny assignment", "the others"])
def test_they_decide_alike_about_everybody_in_the_workspaces_of_the_demo_estate(named: str, contoso: Judges) -> None:
    everybody = contoso.facts.directory.principals
    first = {"fraud-prod", "genai-hub"}
    wanted = [one for one in contoso.company.workspaces.values() if (one.name in first) is (named != "the others")]
    assert len(wanted) >= len(first)
    assert contoso.facts.denies and contoso.facts.eligibilities and any(each.condition for each in contoso.facts.assignments)
    assert [each for one in wanted for each in contoso.differences(place_of(one), everybody)] == []


def test_who_reads_a_policy_vault_is_whom_its_policies_name(contoso: Judges) -> None:
    """Key Vault enforces policies itself, no emulator of Resource Manager does: whom they name, and who is in a group that they name."""
    company = contoso.company
    for workspace in company.workspaces.values():
        place = place_of(workspace)
        named: set[str] = set()
        for each in company.vaults[place.vault.lower()].body.get("accessPolicies", ()):
            if {"get", "all"} & {word.lower() for word in each["permissions"].get("secrets", ())}:
                named |= {each["objectId"], *contoso.facts.directory.members.get(each["objectId"], ())}
        told = contoso.readers_by_policy(place)
        assert told == named, workspace.name
