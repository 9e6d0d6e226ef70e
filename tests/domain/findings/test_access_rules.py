"""What is found of access: what stayed behind, reaches too far or ends soon, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from console.domain.access.grants import Grant, Pim
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.access.roles import OWNER, RoleDefinition
from console.domain.findings.access import findings_of
from console.domain.findings.finding import Remedy
from console.domain.permissions import Permission
from tests.domain.access.test_grants import NOW, REF

PERSON = Principal(id="p", kind=PrincipalKind.USER, name="Ada", upn="ada@contoso.com")
ROLE = RoleDefinition(id="r", guid="r", name="Some role", permissions=(Permission(actions=("*/write",)),))
HELD = Grant(
    id=f"{REF.id}/providers/Microsoft.Authorization/roleAssignments/a",
    scope=REF.id,
    role="r",
    principal_id="p",
    principal=PERSON,
    definition=ROLE,
)


@pytest.mark.parametrize(
    ("grant", "rules"),
    [
        (HELD, []),
        (replace(HELD, orphan=True, principal=None), ["access-orphan"]),
        (replace(HELD, principal=replace(PERSON, enabled=False)), ["access-disabled"]),
        (replace(HELD, principal=replace(PERSON, guest=True)), ["access-guest-writes"]),
        (replace(HELD, role=OWNER, scope="/subscriptions/sub"), ["access-owner-of-sub"]),
        (replace(HELD, role=OWNER), []),
        (replace(HELD, principal=replace(PERSON, kind=PrincipalKind.GROUP), members=0), ["access-empty-group"]),
        (replace(HELD, pim=Pim.ACTIVE, until=NOW + timedelta(days=2)), ["access-expires"]),
        (replace(HELD, orphan=True, fault="unreadable"), []),
    ],
)
def test_what_is_found(grant: Grant, rules: list[str]) -> None:
    found = findings_of(grant, NOW)
    assert [each.rule for each in found] == rules
    for each in found:
        assert (each.about, each.subject_id) == ("access", HELD.id)
        assert each.claim.endswith(".") and grant.role_name in each.claim
        assert (each.remedy == Remedy.REMOVE) is (each.rule != "access-expires")


def test_of_several_the_worst_comes_first() -> None:
    found = findings_of(replace(HELD, until=NOW + timedelta(days=2), principal=replace(PERSON, enabled=False)), NOW)
    assert [each.rule for each in found] == ["access-disabled", "access-expires"]
    assert "it ends in 2 d" in found[1].claim
