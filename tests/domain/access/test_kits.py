"""Kits: what each lets its holder do, by the evaluator; what is there already, missing, or named wrongly; custom roles less secrets."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from console.config_keys import KIT
from console.domain.access import kits, role_templates
from console.domain.access.assignments import RoleAssignment
from console.domain.access.evaluation import evaluate
from console.domain.access.facts import Facts
from console.domain.access.kits import KITS, NO_SECRETS, TEMPLATES, Kit, Part, needs, of_table, there
from console.domain.access.places import At, Place, Vault
from console.domain.access.principals import PrincipalKind
from console.domain.access.roles import DATA_SCIENTIST, RoleDefinition
from console.domain.access.verbs import VERBS
from console.domain.access.verdicts import Verdict
from console.domain.scopes import key
from tests.domain.access.estate import ADA, GROUP, MANAGEMENT_GROUP, PLACE, ROOT, WORKSPACE, builtin, directory, guid, held

ROLES = tuple(builtin().values())
NAMED = {kit.name: kit for kit in KITS}
SECRETS = {"datastore-secrets", "connection-secrets", "vault-secrets"}


def without_secrets() -> RoleDefinition:
    template = TEMPLATES[NO_SECRETS.lower()]
    return RoleDefinition(
        id="own",
        guid="own",
        name=NO_SECRETS,
        custom=True,
        assignable_scopes=(ROOT,),
        permissions=template.permissions(builtin()[DATA_SCIENTIST]),
    )


def can(kit: Kit, place: Place = PLACE, rbac: bool = True) -> dict[str, Verdict]:
    """What a kit alone lets Ada do, by verb."""
    roles = {**builtin(), "own": without_secrets()}
    found = needs(kit, place, tuple(roles.values()))
    assert not [need.fault for need in found if need.fault]
    given = tuple(
        RoleAssignment(id=f"{number}", scope=need.scope, role=need.role.guid, principal_id=ADA, principal_kind=PrincipalKind.USER)
        for number, need in enumerate(found)
        if need.role is not None
    )
    vaults = {key(place.vault): Vault(id=place.vault, rbac=rbac)}
    row = evaluate(Facts(roles=roles, assignments=given, directory=directory(), vaults=vaults), place).row(ADA)
    return {verb.key: cell.verdict for verb, cell in zip(VERBS, row, strict=True)}


def yes(found: dict[str, Verdict]) -> set[str]:
    return {name for name, verdict in found.items() if verdict is not Verdict.NO}


#: What each kit is for, as "Manage access to Azure Machine Learning workspaces" and the sources of the module tell it.
SCIENTIST = {"start-stop", "idle-shutdown", "submit-jobs", "read-jobs", "register-models", "read-data", "write-datastores", "deploy"}
SCIENTIST |= {"datastore-secrets", "connection-secrets", "write-connections", "endpoint-keys", "pull-images"}
LETS = {
    "data-scientist": SCIENTIST,
    "data-scientist-no-secrets": SCIENTIST - SECRETS - {"write-datastores", "write-connections", "endpoint-keys"},
    "ml-engineer": SCIENTIST | {"create-compute", "delete-compute", "push-images"},
    "auditor": {"read-jobs", "see-cost", "pull-images"},
    "compute-operator": {"create-compute", "delete-compute", "start-stop", "idle-shutdown", "read-jobs"},
}


@pytest.mark.parametrize("name", LETS)
def test_each_kit_lets_its_holder_do_just_this(name: str) -> None:
    assert yes(can(NAMED[name])) == LETS[name]


def test_data_without_secrets_is_read_as_oneself_and_not_by_key() -> None:
    assert can(NAMED["data-scientist-no-secrets"])["read-data"] is Verdict.YES
    assert can(NAMED["data-scientist-no-secrets"], rbac=False)["vault-secrets"] is Verdict.NO


def test_the_identity_of_a_workspace_runs_it_and_assigns_nothing() -> None:
    found = can(NAMED["workspace-identity"])
    assert {"submit-jobs", "read-data", "push-images", "vault-secrets", "create-compute"} <= yes(found)
    assert found["assign-roles"] is Verdict.NO


def test_a_compute_operator_finds_the_workspace() -> None:
    """Azure's own role does not (azure-ai-ml and studio read the workspace first)."""
    read = "Microsoft.MachineLearningServices/workspaces/read"
    named = {part.name: builtin()[part.role] for part in NAMED["compute-operator"].parts}
    grants = {name: kits.covers_operation(role.permissions[0], read, False) for name, role in named.items()}
    assert grants == {"AzureML Compute Operator": False, "Reader": True}


def test_every_role_of_a_kit_is_a_built_in_one_of_that_name() -> None:
    for part in (part for kit in KITS for part in kit.parts if part.role.lower() not in TEMPLATES):
        assert builtin()[part.role].name == part.name


def test_a_custom_role_lacks_what_is_withheld_and_nothing_else() -> None:
    own, base = without_secrets(), builtin()[DATA_SCIENTIST]
    (mine,), (theirs,) = own.permissions, base.permissions
    assert mine.actions == theirs.actions
    assert mine.not_actions == theirs.not_actions + kits.WITHHELD
    template = TEMPLATES[NO_SECRETS.lower()]
    assert template.lets_still(own) == ()
    assert template.lets_still(base) == kits.WITHHELD
    assert all(pattern.count("*") <= 1 for pattern in mine.not_actions + mine.actions), "Azure takes one wildcard in a string"
    withheld_already = msgspec.structs.replace(base, permissions=own.permissions)
    assert template.permissions(withheld_already) == own.permissions


def test_a_role_that_is_missing_is_made_and_one_that_was_changed_is_told() -> None:
    kit = NAMED["data-scientist-no-secrets"]
    first = needs(kit, PLACE, ROLES)[0]
    assert first.role is None and first.template is TEMPLATES[NO_SECRETS.lower()] and not first.fault
    assert needs(kit, PLACE, (*ROLES, without_secrets()))[0].role == without_secrets()
    loose = msgspec.structs.replace(without_secrets(), permissions=builtin()[DATA_SCIENTIST].permissions)
    found = needs(kit, PLACE, (*ROLES, loose))[0]
    assert found.role is loose and "lets still: datastores/write" in found.warning
    assert "was not read" in needs(kit, PLACE, ())[0].fault


def test_a_companion_that_is_not_there_is_missing_and_no_fault() -> None:
    bare = Place(WORKSPACE, storage=PLACE.storage, vault=PLACE.vault)
    missing = [need.part.name for need in needs(NAMED["data-scientist"], bare, ROLES) if need.missing]
    assert missing == ["AcrPull"]


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ((), "there is no role Data Wrangler here"),
        (("Data Wrangler", "data wrangler"), "2 roles are called Data Wrangler; name it by its GUID"),
    ],
)
def test_a_role_that_is_named_wrongly_is_told(roles: Sequence[str], said: str) -> None:
    known = [RoleDefinition(id=f"{number}", guid=f"{number}", name=name) for number, name in enumerate(roles)]
    (need,) = needs(Kit("own", "", (Part("Data Wrangler", At.WORKSPACE),)), PLACE, known)
    assert need.fault == said


def test_kits_of_the_config_file_add_and_override() -> None:
    own = of_table("auditor", "", {"group": ("Reader ",), "storage": (), "vault": ("Key Vault Reader",)}, "config.toml:3")
    assert own.parts == (Part("Reader", At.GROUP), Part("Key Vault Reader", At.VAULT))
    found = kits.known([own, of_table("guests", "visitors", {"workspace": ("Reader",)})])
    assert found["auditor"] is own and found["guests"].says == "visitors" and len(found) == len(KITS) + 1
    assert [need.role.name for need in needs(own, PLACE, ROLES) if need.role] == ["Reader", "Key Vault Reader"]
    assert set(kits.WORDS) == set(KIT) - {"says"}, "the table of the config file knows the same words"


def test_only_an_assignment_of_one_s_own_at_the_very_scope_and_for_good_is_there_already() -> None:
    reader = guid("Reader")
    mine = held(ADA, "Reader")
    assert there([mine], ADA, reader, WORKSPACE.id.upper()) is mine
    others = [held("group-team", "Reader"), held(ADA, "Reader", GROUP), held(ADA, "Contributor"), held(ADA, "Reader", activated=True)]
    assert there(others, ADA, reader, WORKSPACE.id) is None


@pytest.mark.parametrize(
    ("at", "fault"), [(ROOT, False), (GROUP, False), (MANAGEMENT_GROUP, False), (f"{ROOT}/resourceGroups/other", True)]
)
def test_a_custom_role_that_may_not_be_assigned_here_is_told(at: str, fault: bool) -> None:
    role = msgspec.structs.replace(without_secrets(), assignable_scopes=(at,))
    found = needs(NAMED["data-scientist-no-secrets"], PLACE, (*ROLES, role))[0]
    assert ("may not be assigned there, only at" in found.fault) is fault


def test_the_template_and_the_kit_withhold_the_same() -> None:
    """Whoever makes the role by `:roles` makes the one that the kit gives."""
    begin = next(each for each in role_templates.TEMPLATES if each.name == "data scientist without secrets")
    base = builtin()[begin.of]
    (made,) = TEMPLATES[NO_SECRETS.lower()].permissions(base)
    begun = role_templates.begun(begin, builtin(), ROOT).permission
    assert begun == made and begun.not_actions != base.permissions[0].not_actions
