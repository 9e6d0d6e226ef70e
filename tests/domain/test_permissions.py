"""The console's reading of roles, held to the known matrix and to the emulator's own, which is another program."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.permissions import UNKNOWN_ALLOWANCE, Allowance, Permission, missing
from console.emulator.rbac import matches
from console.operations import computes as plans
from tests.properties import steady

ROLES_FILE = Path(__file__).parents[2] / "console" / "emulator" / "roles.json"
ML = "Microsoft.MachineLearningServices"
COMPUTES = f"{ML}/workspaces/computes"


def _roles() -> dict[str, Allowance]:
    found = {}
    for _, name, blocks in json.loads(ROLES_FILE.read_text("utf-8")):
        found[name] = Allowance(tuple(Permission(*(tuple(part) for part in block[:4])) for block in blocks))
    return found


ROLES = _roles()
COLUMNS = ("Owner", "Contributor", "Reader", "AzureML Data Scientist", "AzureML Compute Operator")
# One letter per role of COLUMNS: Y may, - may not.
MATRIX = {
    f"{ML}/workspaces/read": "YYYY-",
    f"{COMPUTES}/read": "YYYYY",
    f"{COMPUTES}/write": "YY--Y",
    f"{COMPUTES}/delete": "YY--Y",
    f"{COMPUTES}/start/action": "YY-YY",
    f"{COMPUTES}/stop/action": "YY-YY",
    f"{COMPUTES}/restart/action": "YY-YY",
    f"{COMPUTES}/listNodes/action": "YY-YY",
    f"{COMPUTES}/updateIdleShutdownSetting/action": "YY-YY",
    f"{COMPUTES}/updateSchedules/action": "YY-YY",
    f"{COMPUTES}/listKeys/action": "YY--Y",
    f"{ML}/workspaces/listKeys/action": "YY---",
    f"{ML}/locations/vmSizes/read": "YYY--",
    "Microsoft.Authorization/roleAssignments/write": "Y----",
}


@pytest.mark.parametrize("operation", MATRIX)
def test_builtin_roles_allow_what_they_are_known_to(operation: str) -> None:
    assert "".join("Y" if ROLES[name].allows(operation) else "-" for name in COLUMNS) == MATRIX[operation]


@pytest.mark.parametrize(("operation", "row"), [(plans.START, "start/action"), (plans.STOP, "stop/action"), (plans.DELETE, "delete")])
def test_plans_ask_for_operations_of_the_matrix(operation: str, row: str) -> None:
    assert operation == f"{COMPUTES}/{row}"


def test_the_console_and_the_emulator_agree_on_every_role() -> None:
    operations = [*MATRIX, "Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.CostManagement/query/read"]
    differing = []
    for name, allowance in ROLES.items():
        for operation in operations:
            told = any(
                any(matches(pattern, operation) for pattern in block.actions)
                and not any(matches(pattern, operation) for pattern in block.not_actions)
                for block in allowance.permissions
            )
            if allowance.allows(operation) is not told:
                differing.append((name, operation))
    assert len(ROLES) > 50
    assert not differing


@pytest.mark.parametrize(
    ("pattern", "operation", "allowed"),
    [
        ("*", "Any/thing", True),
        ("*/read", "A/b/c/read", True),
        ("*/read", "A/b/reader", False),
        ("A/w/*/read", "A/w/read", True),
        ("A/w/*/read", "a/W/x/y/READ", True),
        ("A/w/*/read", "A/wx/read", False),
        ("A/w/*", "A/w/x/action", True),
        ("A/w/*", "A/w", False),
        ("A.b/w", "Axb/w", False),
        ("A/w/re+d", "A/w/reed", False),
        ("A/w/read", "A/w/read/more", False),
        ("A/w/read", "xA/w/read", False),
        ("", "A/w/read", False),
    ],
)
def test_wildcards(pattern: str, operation: str, allowed: bool) -> None:
    assert Allowance((Permission(actions=(pattern,)),)).allows(operation) is allowed


def test_what_a_block_takes_back_another_may_give() -> None:
    taken = Permission(actions=("A/*",), not_actions=("A/delete",))
    assert not Allowance((taken,)).allows("A/delete")
    assert Allowance((taken, Permission(actions=("A/delete",)))).allows("A/delete")


def test_data_actions_grant_no_management() -> None:
    assert not Allowance((Permission(data_actions=("*",)),)).allows("A/read")


def test_nothing_allows_nothing_and_the_unknown_refuses_nothing() -> None:
    assert not Allowance().allows("A/read")
    assert UNKNOWN_ALLOWANCE.allows("A/read")
    assert missing(Allowance((Permission(actions=("A/*",)),)), ["A/b", "B/c", "A/d"]) == ("B/c",)
    assert missing(UNKNOWN_ALLOWANCE, ["B/c"]) == ()


words = st.lists(st.sampled_from(["a", "b", "read", "*"]), min_size=1, max_size=5).map("/".join)


@steady
@given(words, st.lists(st.sampled_from(["a", "b", "read"]), min_size=1, max_size=5).map("/".join))
def test_both_matchers_read_any_pattern_alike(pattern: str, operation: str) -> None:
    assert Allowance((Permission(actions=(pattern,)),)).allows(operation) is matches(pattern, operation)


def test_every_pattern_of_every_role_is_matched_by_itself() -> None:
    for pattern in {each for role in ROLES.values() for block in role.permissions for each in chain(block.actions, block.not_actions)}:
        assert Allowance((Permission(actions=(pattern,)),)).allows(pattern.replace("*", "x"))
