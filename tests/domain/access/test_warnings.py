"""The warnings before a role is assigned, and what it would change."""

from __future__ import annotations

import msgspec
import pytest

from console.domain.access.guards import Removal
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.access.verdicts import Verdict
from console.domain.access.warnings import Level, Proposal, changes, ladder
from tests.domain.access.estate import ADA, GROUP, MANAGEMENT_GROUP, PLACE, ROOT, WORKSPACE, builtin, custom, facts, guid, held

TEAM = Principal(id="team", kind=PrincipalKind.GROUP, name="team")
PERSON = Principal(id="ada", kind=PrincipalKind.USER, name="Ada", upn="ada@contoso.com", enabled=True, guest=False)


def rungs(role: str, scope: str = WORKSPACE.id, principal: Principal | None = TEAM, condition: str = "") -> list[tuple[Level, str]]:
    return [(rung.level, rung.sentence) for rung in ladder(Proposal(builtin()[guid(role)], scope, principal, condition))]


@pytest.mark.parametrize(
    ("role", "level", "words"),
    [
        ("Owner", Level.DANGER, "assign any role to anybody"),
        ("User Access Administrator", Level.DANGER, "can assign any role"),
        ("Role Based Access Control Administrator", Level.DANGER, "can assign any role"),
        ("Key Vault Data Access Administrator", Level.CAUTION, "as far as its condition allows"),
        ("Contributor", Level.CAUTION, "everything there but access"),
        ("Key Vault Administrator", Level.CAUTION, "every data operation of Microsoft.KeyVault/vaults/*"),
        ("AzureML Data Scientist", Level.CAUTION, "read datastore secrets and read connection secrets"),
        ("Key Vault Secrets User", Level.CAUTION, "read Key Vault secrets"),
        ("AzureML Compute Operator", Level.NOTE, "workspaces/read"),
    ],
)
def test_what_a_role_is_warned_of(role: str, level: Level, words: str) -> None:
    assert any(found is level and words in sentence for found, sentence in rungs(role))


def test_a_modest_role_for_a_group_at_a_workspace_is_no_matter() -> None:
    assert rungs("Reader") == []


def test_a_condition_on_assigning_softens_the_warning() -> None:
    condition = "!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'}) OR @Request[x] StringEquals 'y'"
    assert rungs("User Access Administrator", condition=condition)[0][0] is Level.CAUTION


def test_wide_scopes_are_warned_of_gravest_first() -> None:
    assert rungs("Reader", ROOT)[0][0] is Level.CAUTION
    assert rungs("Reader", MANAGEMENT_GROUP)[0][0] is Level.DANGER
    levels = [level for level, _ in rungs("Contributor", "/", PERSON)]
    assert levels == sorted(levels, reverse=True)


def test_persons_guests_disabled_and_unknown_principals() -> None:
    assert rungs("Reader", principal=PERSON) == [(Level.NOTE, "A group is easier to review and to hand over than a person.")]
    guest = msgspec.structs.replace(PERSON, guest=True, enabled=False)
    assert [level for level, _ in rungs("Reader", principal=guest)] == [Level.CAUTION, Level.CAUTION, Level.NOTE]
    assert rungs("Reader", principal=None) == [(Level.NOTE, "The directory did not tell who this is.")]


def test_a_role_that_could_not_be_read_is_said_to_be_so() -> None:
    role = msgspec.structs.replace(custom(), fault="no permissions")
    assert ladder(Proposal(role, WORKSPACE.id, TEAM))[0].level is Level.CAUTION


def test_before_and_after_in_verbs() -> None:
    reader = held(ADA, "Reader")
    known = facts(reader)
    found = {
        each.verb.key: (each.one.verdict, each.other.verdict) for each in changes(known, PLACE, ADA, (held(ADA, "Contributor", GROUP),))
    }
    assert found["create-compute"] == (Verdict.NO, Verdict.YES)
    assert "read-jobs" not in found
    lost = changes(known, PLACE, ADA, removal=Removal(frozenset({reader.id})))
    assert {each.verb.key for each in lost} == {"read-jobs"}
