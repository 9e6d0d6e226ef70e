"""Conditions: what is one, and when a request fulfils it."""

from __future__ import annotations

import pytest

from console.emulator.conditions import fulfilled, well_formed
from console.emulator.rbac import builtin_roles

WRITE = "Microsoft.Authorization/roleAssignments/write"
ROLE = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]"
KIND = "@Request[Microsoft.Authorization/roleAssignments:PrincipalType]"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
ASKED = {ROLE.lower(): READER, KIND.lower(): "User"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"{ROLE} ForAnyOfAnyValues:GuidEquals {{{READER}}}", True),
        (f"{ROLE} ForAnyOfAnyValues:GuidEquals {{{READER.replace('-', '').upper()}, 0}}", True),
        (f"{ROLE} ForAnyOfAllValues:GuidNotEquals {{{READER}, 8e3af657-a8ff-443c-a75c-2fe8c4bcb635}}", False),
        (f"{KIND} StringEqualsIgnoreCase 'user'", True),
        (f"{KIND} StringEquals 'user'", False),
        (f"{KIND} ForAnyOfAnyValues:StringEquals {{'Group', 'User'}}", True),
        (f"!({KIND} StringEquals 'User')", False),
        (f"NOT {KIND} StringNotEquals 'User'", True),
        (f"(!(ActionMatches{{'{WRITE}'}})) OR ({KIND} StringEquals 'Group')", False),
        (f"(!(ActionMatches{{'{WRITE[:-5]}delete'}})) OR ({KIND} StringEquals 'Group')", True),
        ("ActionMatches{'Microsoft.Authorization/*'}", True),
        ("@Resource[a/b:c] StringEquals 'x'", None),
        (f"@Resource[a/b:c] StringEquals 'x' AND {KIND} StringEquals 'Group'", False),
        (f"@Resource[a/b:c] StringEquals 'x' OR {KIND} StringEquals 'User'", True),
        (f"{KIND} StringLike 'U*'", None),
        ("Exists @Resource[a/b:c]", None),
        (f"{KIND} StringEquals {KIND}", None),
        ("@Resource[a/b:c", None),
    ],
)
def test_a_request_fulfils_a_condition_breaks_it_or_leaves_it_open(condition: str, expected: bool | None) -> None:
    assert fulfilled(condition, WRITE, ASKED) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes",
        "@Resource[a/b:c]",
        "(ActionMatches{'x'}",
        "ActionMatches 'x'",
        f"{KIND} StringEquals",
        f"{KIND} Often:StringEquals 'x'",
        "ActionMatches{'x'} ActionMatches{'y'}",
    ],
)
def test_what_is_no_condition(text: str) -> None:
    assert not well_formed(text)


def test_every_condition_of_a_builtin_role_can_be_read() -> None:
    conditions = [block.condition for role in builtin_roles().values() for block in role.permissions if block.condition]
    assert len(conditions) > 30
    assert [text for text in conditions if not well_formed(text)] == []
