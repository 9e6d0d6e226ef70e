"""What is told before a change of access: verbs won and lost, scopes in words, conditions that cannot be right, roles in their order."""

from __future__ import annotations

import msgspec
import pytest

from console.domain.access import condition_text, naming, outlook
from console.domain.access.assignments import CONDITION, PRESENT, RoleAssignment
from console.domain.access.facts import Facts
from console.domain.access.for_ml import ML_ROLES, ordered
from console.domain.access.places import Place
from console.domain.access.principals import Directory, Principal, PrincipalKind
from console.domain.access.roles import READER, RoleDefinition
from console.domain.permissions import Permission
from console.domain.scopes import WorkspaceRef

PLACE = Place(WorkspaceRef("s", "g", "w"))
ML = "Microsoft.MachineLearningServices/workspaces"
OPERATOR = RoleDefinition(id="", guid="op", name="Operator", permissions=(Permission(actions=(f"{ML}/computes/*",)),))
START = RoleDefinition(
    id="", guid="st", name="Starter", permissions=(Permission(actions=(f"{ML}/computes/start/action", f"{ML}/computes/stop/action")),)
)
ADA = Principal(id="ada", kind=PrincipalKind.USER, name="Ada")


def holds(role: RoleDefinition, name: str = "1") -> RoleAssignment:
    return RoleAssignment(id=f"/a/{name}", scope=PLACE.workspace.id, role=role.guid, principal_id="ada", principal_kind=PrincipalKind.USER)


def facts(*held: RoleAssignment) -> Facts:
    roles = {role.guid: role for role in (OPERATOR, START)}
    return Facts(roles=roles, assignments=held, directory=Directory(principals={"ada": ADA}))


def told(before: Facts, after: Facts) -> tuple[str, ...]:
    return outlook.sentences(outlook.changes(before, after, PLACE, "ada"), "w")


def test_what_a_role_brings_is_told_in_verbs() -> None:
    (sentence,) = told(facts(), outlook.added(facts(), holds(OPERATOR)))
    assert sentence.startswith("in w can then create compute, delete compute, start and stop compute")


def test_what_somebody_can_do_already_is_not_told_again() -> None:
    before = facts(holds(OPERATOR))
    (sentence,) = told(before, outlook.added(before, holds(START, "2")))
    assert "nothing changes" in sentence


def test_what_a_removal_takes_is_what_no_other_role_gives() -> None:
    before = facts(holds(OPERATOR), holds(START, "2"))
    (sentence,) = told(before, outlook.removed(before, ["/A/1"]))
    assert sentence.startswith("in w can no longer create compute, delete compute")
    assert "start and stop" not in sentence


def test_an_assignment_of_the_same_id_is_replaced() -> None:
    before = facts(holds(OPERATOR))
    after = outlook.added(before, msgspec.structs.replace(holds(OPERATOR), id="/A/1", condition="@Resource[x] StringEquals 'y'"))
    assert len(after.assignments) == 1
    assert any("under the condition: create compute" in sentence for sentence in told(before, after))


def test_a_role_alone() -> None:
    assert outlook.lets(facts(), PLACE, holds(START)) == "start and stop compute"
    nothing = RoleDefinition(id="", guid="no", name="", permissions=(Permission(actions=("Microsoft.Contoso/x/read",)),))
    assert outlook.lets(msgspec.structs.replace(facts(), roles={"no": nothing}), PLACE, holds(nothing)) == ""


def test_many_verbs_are_counted() -> None:
    everything = RoleDefinition(id="", guid="op", name="", permissions=(Permission(actions=("*",)),))
    said = outlook.lets(msgspec.structs.replace(facts(), roles={"op": everything}), PLACE, holds(everything))
    assert " more" in said


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (PLACE.workspace.id, "workspace w"),
        ("/subscriptions/s/resourceGroups/g", "resource group g"),
        ("/subscriptions/s", "subscription production"),
        ("/subscriptions/t", "subscription t"),
        ("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/data", "storage account data"),
        ("/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv", "Key Vault kv"),
        ("/providers/Microsoft.Management/managementGroups/corp", "management group corp"),
        ("/", "the root, above all subscriptions"),
        (f"{PLACE.workspace.id}/onlineEndpoints/e", "onlineendpoints e"),
    ],
)
def test_scopes_in_words(scope: str, words: str) -> None:
    assert naming.scope_words(scope, {"s": "production"}) == words


def test_what_is_typed_for_a_wide_scope() -> None:
    assert naming.typed_name("/subscriptions/s", {"s": "production"}) == "production"
    assert naming.typed_name("/providers/Microsoft.Management/managementGroups/corp") == "corp"
    assert naming.typed_name("/") == "/"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ""),
        ("  ", ""),
        ("@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'a)b'", ""),
        ("(!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'}))", ""),
        ("(@Resource[x] StringEquals 'y'", "'(' is not closed"),
        ("@Resource[x StringEquals 'y'", "'[' is not closed"),
        ("@Resource[x)] StringEquals 'y'", "')' at 12 closes nothing"),
        ("@Resource[x] StringEquals 'y", "a quote ' is not closed"),
        ("hello", "it names no attribute"),
        ("@" * 9_000, "longer than 8,192 bytes"),
    ],
)
def test_conditions_that_cannot_be_right(text: str, fault: str) -> None:
    found = condition_text.fault(text)
    assert found.startswith(fault) if fault else found == ""


def test_custom_roles_come_first_then_those_for_machine_learning() -> None:
    other = RoleDefinition(id="", guid="x", name="AcrDelete")
    reader = RoleDefinition(id="", guid=READER, name="Reader")
    own = RoleDefinition(id="", guid="y", name="Zebra keeper", custom=True)
    assert [role.name for role in ordered([other, reader, own])] == ["Zebra keeper", "Reader", "AcrDelete"]
    assert len(set(ML_ROLES)) == len(ML_ROLES)


def test_an_assignment_as_a_target_of_plans() -> None:
    one = RoleAssignment(id="/a", condition="a\n   b")
    assert (one.aspect(""), one.aspect(CONDITION), one.passing) == (PRESENT, "a b", False)
    assert RoleAssignment(id="/a").aspect(CONDITION) == "no condition"
    with pytest.raises(ValueError, match="no 'colour'"):
        one.aspect("colour")
