"""Offboarding: every topic has a line, what was not read is a question, and the keys that somebody could list are named."""

from __future__ import annotations

from typing import Any

import pytest

from console.domain.access.facts import Facts, Unread, What
from console.domain.access.grants import grants, of_principal
from console.domain.access.offboarding import NOTHING, Key, Known, Line, State, Topic, keys_of, lines
from console.domain.access.places import AccessPolicy, Vault
from console.domain.access.vault_policies import HeldPolicy, PolicyRef
from console.domain.compute import Compute, Kind, Run
from console.domain.scopes import key
from tests.domain.access.estate import ADA, BOB, PLACE, ROOT, TEAM, WORKSPACE, builtin, directory, eligible, held

WHO = "4d1c0c63-52a7-4c5e-8f5e-0d6d2a1b9f07"


def facts(*assignments: Any, eligibilities: tuple[Any, ...] = (), vault: Vault | None = None, **more: Any) -> Facts:
    members = more.pop("members", {})
    return Facts(
        roles=builtin(),
        assignments=assignments,
        eligibilities=eligibilities,
        directory=directory(members),
        vaults={key(PLACE.vault): vault or Vault(id=PLACE.vault, rbac=True)},
        **more,
    )


def listed(found: Facts, who: str = ADA, **more: Any) -> tuple[Line, ...]:
    rows = grants(found.assignments, found.eligibilities or (), found.roles, found.directory, (PLACE,))
    keys = more.pop("keys", keys_of(found, PLACE, who, "ws-ml"))
    return lines(
        Known(
            principal_id=who,
            names=frozenset({"Ada"}),
            rows=of_principal(rows, who, found.directory),
            facts=found,
            places=(PLACE,),
            computes=more.pop("computes", ()),
            runs=more.pop("runs", {}),
            keys=keys,
            **more,
        )
    )


def of(found: tuple[Line, ...], topic: Topic) -> list[Line]:
    return [each for each in found if each.topic is topic]


def test_of_somebody_who_has_nothing_every_topic_is_done_or_said_not_to_be_looked_at() -> None:
    found = listed(facts())
    assert [each.topic for each in found] == list(Topic)
    assert {each.topic for each in found if each.state is State.DONE} == {*NOTHING, Topic.KEY}
    assert {each.topic for each in found if each.state is State.UNKNOWN} == {Topic.JOB, Topic.SCHEDULE}


def test_what_is_direct_is_planned_and_what_comes_through_groups_or_pim_is_not_from_here() -> None:
    found = listed(
        facts(
            held(ADA, "Reader", id="direct"),
            held(ADA, "Contributor", ROOT, activated=True, id="active"),
            held(TEAM, "AzureML Data Scientist"),
            held(BOB, "Owner", id="another's"),
            eligibilities=(eligible(ADA, "Owner"),),
            members={TEAM: {ADA}},
        )
    )
    assert [(each.state, each.ref) for each in of(found, Topic.ROLE)] == [(State.PLAN, "direct"), (State.ELSEWHERE, "")]
    (group,) = of(found, Topic.GROUP)
    assert group.state is State.ELSEWHERE and "AzureML Data Scientist on workspace ws-ml" in group.what
    assert group.command == f"az ad group member remove --group {TEAM} --member-id {ADA}"
    (pim,) = of(found, Topic.PIM)
    assert pim.state is State.ELSEWHERE and "may activate Owner" in pim.what


def test_what_could_not_be_read_may_be_theirs() -> None:
    found = listed(facts(held("", "Reader", fault="odd", id="broken"), held(ADA, "Reader")))
    assert {each.state for each in of(found, Topic.ROLE)} == {State.UNKNOWN, State.PLAN}


def test_leaving_the_group_of_the_last_administrators_is_warned_of() -> None:
    found = listed(facts(held(TEAM, "Owner", ROOT), members={TEAM: {ADA}}))
    (group,) = of(found, Topic.GROUP)
    assert group.look_at


def test_an_access_policy_is_planned_and_one_of_a_group_is_the_directory_s() -> None:
    vault = Vault(id=PLACE.vault, rbac=False, policies=(AccessPolicy(ADA, frozenset({"get"})), AccessPolicy(TEAM, frozenset({"list"}))))
    found = listed(facts(vault=vault, members={TEAM: {ADA}}))
    (policy,) = of(found, Topic.POLICY)
    assert policy.state is State.PLAN and "secrets get" in policy.what
    assert "secrets by an access policy" in of(found, Topic.GROUP)[0].what


@pytest.mark.parametrize("topic", NOTHING)
def test_what_was_not_read_is_a_question_and_never_done(topic: Topic) -> None:
    (line,) = of(listed(facts(), unread={topic: "it is being read"}), topic)
    assert (line.state, line.what) == (State.UNKNOWN, "not read: it is being read")


def test_instances_and_running_jobs_are_theirs_by_owner_and_by_name() -> None:
    mine = Compute(
        id=f"{WORKSPACE.id}/computes/nb", name="nb", kind=Kind.INSTANCE, workspace=WORKSPACE, owner_id=ADA.upper(), state="Running"
    )
    other = Compute(id=f"{WORKSPACE.id}/computes/gpu", name="gpu", kind=Kind.CLUSTER, workspace=WORKSPACE)
    runs = {other.id: Run(id="run-1", status="Running", user="Ada"), mine.id: Run(id="run-2", status="Running", user="Bob")}
    found = listed(facts(), computes=(mine, other), runs=runs)
    (instance,) = of(found, Topic.COMPUTE)
    assert instance.ref == mine.id and "nb in ws-ml: Running" in instance.what
    jobs = of(found, Topic.JOB)
    assert [each.state for each in jobs] == [State.ELSEWHERE, State.UNKNOWN]
    assert jobs[0].command == "az ml job cancel -n run-1 -g rg-ml -w ws-ml" and "of 2 of 2 computes" in jobs[1].what


STORAGE, VAULT_SECRETS = "keys of the storage account stml", "secrets of the Key Vault kv-ml"
DATASTORES, CONNECTIONS, ENDPOINTS = (
    "credentials of the datastores of ws-ml",
    "credentials of the connections of ws-ml",
    "keys of the online endpoints of ws-ml",
)


@pytest.mark.parametrize(
    ("role", "scope", "keys"),
    [
        ("Reader", WORKSPACE.id, []),
        ("AzureML Data Scientist", WORKSPACE.id, [STORAGE, DATASTORES, CONNECTIONS, ENDPOINTS]),
        ("AzureML Compute Operator", WORKSPACE.id, []),
        ("Storage Account Contributor", PLACE.storage, [STORAGE]),
        ("Storage Blob Data Reader", PLACE.storage, []),
        ("Key Vault Secrets User", PLACE.vault, [VAULT_SECRETS, CONNECTIONS, STORAGE]),
        ("Contributor", PLACE.registry, ["admin passwords of the container registry crml"]),
    ],
)
def test_the_keys_that_a_role_lets_list_are_named(role: str, scope: str, keys: list[str]) -> None:
    found = [each.what for each in keys_of(facts(held(ADA, role, scope)), PLACE, ADA, "ws-ml")]
    assert sorted(found) == sorted(keys)


def test_keys_stay_on_the_list_when_the_roles_are_gone() -> None:
    (line,) = of(listed(facts(), keys=(Key("keys of x", "renew", "az …"),)), Topic.KEY)
    assert line.state is State.ELSEWHERE and "removal does not revoke it" in line.how


def test_where_assignments_are_unread_there_may_be_more_keys() -> None:
    found = listed(facts(unread=(Unread(What.ASSIGNMENTS, ROOT, "refused"),)))
    assert of(found, Topic.KEY)[-1].state is State.UNKNOWN


def test_an_id_of_a_policy_names_its_vault_and_its_holder() -> None:
    ref = PolicyRef(PLACE.vault, WHO)
    assert PolicyRef.parse(ref.id.upper().replace("/ACCESSPOLICIES/", "/accessPolicies/")) == PolicyRef(PLACE.vault.upper(), WHO)
    assert PolicyRef.parse(PLACE.vault) is None and PolicyRef.parse(f"{PLACE.vault}/accessPolicies/add") is None
    held_one = HeldPolicy(ref, ({"permissions": {"secrets": ["get", "list"], "keys": []}}, {"permissions": "odd"}))
    assert held_one.words == "secrets get, list" and held_one.aspect("") == "there"
