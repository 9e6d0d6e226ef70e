"""The emulator's own access rules, held to the matrix of what the built-in roles can do in Machine Learning."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.emulator.estate import Estate, Group, RoleAssignment
from console.emulator.rbac import builtin_roles, covers, matches, may, may_somewhere_below, subjects

SUBSCRIPTION = "/subscriptions/11111111-1111-1111-1111-111111111111"
WORKSPACE = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws"
ME = "22222222-2222-2222-2222-222222222222"
ML = "Microsoft.MachineLearningServices"

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
# One letter per role of ROLES: Y may, - may not.
MATRIX = {
    f"{ML}/workspaces/read": "YYYY-YYYY--Y",
    f"{ML}/workspaces/write": "YY----Y-----",
    f"{ML}/workspaces/delete": "YY----Y-----",
    f"{ML}/workspaces/computes/write": "YY--YYY-----",
    f"{ML}/workspaces/computes/delete": "YY--YYY-----",
    f"{ML}/workspaces/computes/start/action": "YY-YYYY-----",
    f"{ML}/workspaces/computes/stop/action": "YY-YYYY-----",
    f"{ML}/workspaces/computes/listKeys/action": "YY--YYY-----",
    f"{ML}/workspaces/jobs/cancel/action": "YY-Y-YY-----",
    f"{ML}/workspaces/datastores/listsecrets/action": "YY-Y-YY-----",
    f"{ML}/workspaces/listKeys/action": "YY----Y-----",
    f"{ML}/locations/quotas/read": "YYY--Y-YY--Y",
    f"{ML}/locations/updateQuotas/action": "YY----------",
    "Microsoft.Authorization/roleAssignments/write": "Y------YY---",
    "Microsoft.CostManagement/query/read": "YYY----YYYYY",
    "Microsoft.Consumption/budgets/write": "YY--------Y-",
}


def role_guid(name: str) -> str:
    return next(role.guid for role in builtin_roles().values() if role.name == name)


def assign(estate: Estate, name: str, scope: str, principal: str = ME) -> None:
    held = RoleAssignment(
        f"a{len(estate.role_assignments)}", scope, role_guid(name), principal, "User", datetime(2026, 1, 1, tzinfo=UTC), ME
    )
    estate.role_assignments[held.id.lower()] = held


def estate() -> Estate:
    return Estate(tenant_id="33333333-3333-3333-3333-333333333333", seed=7, epoch=datetime(2026, 11, 2, tzinfo=UTC))


@pytest.mark.parametrize("action", MATRIX)
def test_builtin_roles_can_do_what_they_are_known_to(action: str) -> None:
    def verdict(role: str) -> str:
        world = estate()
        assign(world, role, SUBSCRIPTION)
        return "Y" if may(world, ME, action, WORKSPACE) else "-"

    assert "".join(map(verdict, ROLES)) == MATRIX[action]


@pytest.mark.parametrize(
    ("pattern", "operation", "expected"),
    [
        ("*", "Any/thing/at/all", True),
        ("*/read", "A/b/c/read", True),
        ("*/read", "A/b/reader", False),
        ("A/w/*/read", "A/w/read", True),
        ("A/w/*/read", "a/W/x/y/READ", True),
        ("A/w/*/read", "A/wx/read", False),
        ("A/w/*", "A/w/x/action", True),
        ("A.b/w", "Axb/w", False),
    ],
)
def test_wildcards_span_segments_and_a_middle_one_may_be_none(pattern: str, operation: str, expected: bool) -> None:
    assert matches(pattern, operation) is expected


def test_scopes_compare_on_segments_and_without_case() -> None:
    assert covers("/", WORKSPACE)
    assert covers(SUBSCRIPTION.upper(), WORKSPACE)
    assert not covers(WORKSPACE[:-1], WORKSPACE)
    assert not covers(WORKSPACE, SUBSCRIPTION)


def test_groups_are_followed_through_groups_and_round_in_circles() -> None:
    world = estate()
    world.groups = {"g1": Group("g1", "one", {ME, "g3"}), "g2": Group("g2", "two", {"g1"}), "g3": Group("g3", "three", {"g2"})}
    world.groups["g4"] = Group("g4", "four", {"someone-else"})
    assert subjects(world, ME) == {ME, "g1", "g2", "g3"}
    assign(world, "Reader", SUBSCRIPTION, "g3")
    assert may(world, ME, f"{ML}/workspaces/read", WORKSPACE)
    assert not may(world, "someone-else", f"{ML}/workspaces/read", WORKSPACE)


def test_not_actions_take_away_from_their_own_role_only() -> None:
    world = estate()
    assign(world, "AzureML Data Scientist", WORKSPACE)
    assert not may(world, ME, f"{ML}/workspaces/computes/write", WORKSPACE)
    assign(world, "AzureML Compute Operator", WORKSPACE)
    assert may(world, ME, f"{ML}/workspaces/computes/write", WORKSPACE)


def test_data_actions_and_actions_are_apart() -> None:
    world = estate()
    assign(world, "Key Vault Secrets User", SUBSCRIPTION)
    action = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
    assert may(world, ME, action, SUBSCRIPTION, data=True)
    assert not may(world, ME, action, SUBSCRIPTION)
    assert not may(world, ME, "Microsoft.KeyVault/vaults/secrets/setSecret/action", SUBSCRIPTION, data=True)


def test_an_assignment_below_does_not_reach_up_but_is_found() -> None:
    world = estate()
    assign(world, "Reader", WORKSPACE)
    action = f"{ML}/workspaces/read"
    assert not may(world, ME, action, SUBSCRIPTION)
    assert may_somewhere_below(world, ME, action, SUBSCRIPTION)
    assert not may_somewhere_below(world, ME, f"{ML}/workspaces/write", SUBSCRIPTION)
