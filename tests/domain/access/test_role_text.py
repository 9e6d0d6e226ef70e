"""Custom roles as text: read with what is wrong at its line, doubted where a slip is likely, written as az takes them."""

from __future__ import annotations

import json

import pytest

from console.domain.access.known_operations import KnownOperations
from console.domain.access.role_templates import EMPTY, TEMPLATES, begun
from console.domain.access.role_text import RoleDraft, draft_of, read_role, text_of
from console.domain.access.roles import RoleDefinition
from console.domain.permissions import Permission
from console.emulator.rbac import builtin_roles

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
ML = "Microsoft.MachineLearningServices/workspaces"


@pytest.fixture(scope="module")
def roles() -> dict[str, RoleDefinition]:
    """Azure's built-in roles."""
    return {
        role.guid: RoleDefinition(
            id=role.guid,
            guid=role.guid,
            name=role.name,
            permissions=tuple(
                Permission(each.actions, each.not_actions, each.data_actions, each.not_data_actions) for each in role.permissions
            ),
        )
        for role in builtin_roles().values()
    }


@pytest.fixture(scope="module")
def known(roles: dict[str, RoleDefinition]) -> KnownOperations:
    return KnownOperations(roles.values())


def written(**more: object) -> str:
    fields = {"Name": "Mine", "Actions": [f"{ML}/read"], "AssignableScopes": [SUBSCRIPTION]}
    return json.dumps(fields | more, indent=1)


def test_what_is_written_is_read_again(known: KnownOperations) -> None:
    block = Permission((f"{ML}/*/read",), (f"{ML}/listKeys/action",), (), ())
    draft = RoleDraft(name='Ada\'s "role"', description="ü\nline", permission=block, assignable_scopes=(SUBSCRIPTION,))
    found = read_role(text_of(draft), known)
    assert (found.draft, found.flaws, found.doubts) == (draft, (), ())


def test_no_control_reaches_an_editor_and_none_is_lost(known: KnownOperations) -> None:
    name = "a\x1b]0;x\x07\x9b\u202e\U000e0001ü"
    draft = RoleDraft(name=name, permission=Permission(("*/read",)), assignable_scopes=(SUBSCRIPTION,))
    text = text_of(draft)
    assert all(each.isprintable() or each == "\n" for each in text) and "ü" in text
    assert read_role(text, known).draft == draft


def test_small_letters_do_as_with_az(known: KnownOperations) -> None:
    text = json.dumps({"name": "x", "actions": [f"{ML}/read"], "assignableScopes": [SUBSCRIPTION + "/"]})
    draft = read_role(text, known).draft
    assert draft is not None and draft.assignable_scopes == (SUBSCRIPTION,)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "this is no JSON"),
        ('{\n "Name": "x",\n}', 3, "this is no JSON"),
        ("[]", 1, "one object"),
        ("[" * 100_000, 1, "this is no JSON"),
        ('{"Name": NaN}', 1, "NaN is no value"),
        ('{\n "Name": "x",\n "Name": "y"}', 3, "Name is written twice"),
        (written(Name=""), 2, "a name is needed"),
        (written(Name="x" * 513), 2, "513 letters"),
        (written(Name="READER"), 2, "another role has this name"),
        (written(Description=7), 9, "has to be a text"),
        (written(Permissions=[]), 9, "there is no such field"),
        (written(IsCustom=False), 9, "only custom roles"),
        (written(Actions="x"), 3, "a list of texts"),
        (written(Actions=[]), 3, "it grants nothing"),
        (written(Actions=[f"{ML}/read", f"{ML}/*/computes/*"]), 5, "more than one wildcard"),
        (written(Actions=["read"]), 4, "this is no operation"),
        (written(Actions=[f"{ML}/read\x1b[31m"]), 4, "this is no operation"),
        (written(Actions=[" "]), 4, "it is empty"),
        (written(DataActions=[None]), 9, "a list of texts"),
        (written(AssignableScopes=[]), 6, "a list of scopes is needed"),
        (written(AssignableScopes=["/"]), 7, "at the root"),
        (written(AssignableScopes=["subscriptions/x"]), 7, "this is no scope"),
        (written(AssignableScopes=[f"{SUBSCRIPTION}/*"]), 7, "no wildcard"),
        (written(AssignableScopes=[SUBSCRIPTION, SUBSCRIPTION.upper()]), 8, "it is named before"),
        (written(AssignableScopes=[f"{SUBSCRIPTION}/resourceGroups/a/providers/B/c/d"]), 7, "only a management group"),
        (written(AssignableScopes=[f"/providers/Microsoft.Management/managementGroups/{each}" for each in "ab"]), 8, "there can be one"),
    ],
)
def test_what_is_wrong_is_told_at_its_line(known: KnownOperations, text: str, line: int, told: str) -> None:
    found = read_role(text, known, ("Reader",))
    assert found.draft is None
    assert [(flaw.line, told in flaw.message) for flaw in found.flaws] == [(line, True)], found.flaws


@pytest.mark.parametrize(
    ("name", "pattern", "told"),
    [
        ("Actions", f"{ML}/computes/wirte", "no built-in role names it"),
        ("Actions", "Microsoft.MachineLearningServices/workspace/read", "did you mean"),
        ("Actions", "Contoso.Unheard/of/read", "no built-in role names the provider"),
        ("Actions", "Microsoft.KeyVault/vaults/secrets/getSecret/action", "belongs in DataActions"),
        ("DataActions", "Microsoft.Storage/storageAccounts/listkeys/action", "belongs in Actions"),
    ],
)
def test_a_likely_slip_is_doubted_not_refused(known: KnownOperations, name: str, pattern: str, told: str) -> None:
    found = read_role(written(**{"Actions": ["*/read"], name: [pattern]}), known)
    assert found.draft is not None
    (doubt,) = found.doubts
    assert told in doubt.message


@pytest.mark.parametrize("pattern", ["*", "*/read", f"{ML}/*", f"{ML}/computes/start/action", f"{ML}/LISTKEYS/action", f"{ML}/*/read"])
def test_what_azure_s_own_roles_name_is_not_doubted(known: KnownOperations, pattern: str) -> None:
    assert read_role(written(Actions=[pattern]), known).doubts == ()


def test_data_actions_and_a_management_group_are_doubted(known: KnownOperations) -> None:
    text = written(
        DataActions=["Microsoft.KeyVault/vaults/secrets/getSecret/action"],
        AssignableScopes=["/providers/Microsoft.Management/managementGroups/contoso"],
    )
    assert "management group itself" in read_role(text, known).doubts[0].message


@pytest.mark.parametrize("template", [each for each in TEMPLATES if each is not EMPTY], ids=lambda each: each.name)
def test_every_template_is_a_role_as_it_stands(roles: dict[str, RoleDefinition], known: KnownOperations, template: object) -> None:
    draft = begun(template, roles, SUBSCRIPTION)  # type: ignore[arg-type]
    found = read_role(text_of(draft), known)
    assert found.draft == draft
    assert found.doubts == ()


def test_the_empty_template_wants_a_name_and_an_operation(roles: dict[str, RoleDefinition], known: KnownOperations) -> None:
    flaws = read_role(text_of(begun(EMPTY, roles, SUBSCRIPTION)), known).flaws
    assert {flaw.path for flaw in flaws} == {"Name", "Actions"}


def test_a_template_without_its_role_is_no_guess() -> None:
    with pytest.raises(ValueError, match="was not read"):
        begun(TEMPLATES[0], {}, SUBSCRIPTION)


def test_what_the_text_has_no_place_for_is_not_lost_quietly() -> None:
    two = RoleDefinition(id="", guid="", name="x", permissions=(Permission(), Permission()))
    with pytest.raises(ValueError, match="2 blocks"):
        draft_of(two)
    conditional = RoleDefinition(id="", guid="", name="x", permissions=(Permission(condition="c"),))
    with pytest.raises(ValueError, match="condition"):
        draft_of(conditional)
