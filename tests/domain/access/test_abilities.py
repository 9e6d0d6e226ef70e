"""Rows of who can do what, the short way to a verdict, and whether Azure agrees."""

from __future__ import annotations

from console.domain.access.abilities import ANYBODY, Routes, Shortest, abilities, route_words
from console.domain.access.evaluation import evaluate
from console.domain.access.facts import Facts
from console.domain.access.paths import scope_words
from console.domain.access.places import AccessPolicy, Vault
from console.domain.access.principals import Directory, PrincipalKind
from console.domain.access.trust import disagreements
from console.domain.access.verbs import BY_KEY, VERBS
from console.domain.access.verdicts import Verdict
from console.domain.permissions import Allowance, Permission
from console.domain.scopes import key
from tests.domain.access.estate import ADA, BOB, CARLA, GROUP, PARENT, PLACE, ROOT, TEAM, custom, directory, eligible, facts, held

CREATE = BY_KEY["create-compute"]


def short(known: Facts, who: str, verb: str) -> str:
    """The shortest path of a cell, in words."""
    matrix = evaluate(known, PLACE)
    row = next(row for row in abilities(known, matrix) if row.principal_id == who)
    return route_words(Routes(known, PLACE).shortest(row, BY_KEY[verb]), known, scope_words)


def test_members_are_rows_and_a_group_that_was_read_is_none() -> None:
    known = facts(held(TEAM, "Contributor"), directory=directory({TEAM: [ADA, BOB]}))
    rows = abilities(known, evaluate(known, PLACE))
    assert [row.principal_id for row in rows] == [ADA, BOB]
    assert {row.cell(CREATE).verdict for row in rows} == {Verdict.YES}


def test_a_group_that_could_not_be_read_is_a_row_and_so_is_anybody_else() -> None:
    known = facts(held(TEAM, "Contributor", principal_kind=PrincipalKind.GROUP), held(ADA, "Reader"), directory=directory())
    rows = abilities(known, evaluate(known, PLACE))
    assert {row.principal_id for row in rows} == {ADA, TEAM, ""} and rows[-1].label == ANYBODY
    assert next(row for row in rows if row.principal_id == TEAM).closed
    assert rows[-1].cell(CREATE).verdict is Verdict.UNKNOWN


def test_where_everything_was_read_nobody_else_is_a_row() -> None:
    known = facts(held(ADA, "Contributor"), directory=directory())
    assert [row.principal_id for row in abilities(known, evaluate(known, PLACE))] == [ADA]


def test_who_is_gone_is_a_row_that_says_so() -> None:
    known = facts(held("gone", "Contributor"), directory=Directory(gone=frozenset({"gone"})))
    (row,) = abilities(known, evaluate(known, PLACE))
    assert row.orphan and row.label == "gone"


def test_the_shortest_path_has_the_fewest_groups_and_counts_the_others() -> None:
    known = facts(
        held(PARENT, "Contributor", ROOT),
        held(ADA, "Contributor", GROUP),
        directory=directory({PARENT: [TEAM, ADA], TEAM: [ADA]}),
    )
    assert short(known, ADA, "create-compute") == "Contributor @ resource group rg-ml (+1)"


def test_groups_are_told_from_the_nearest_to_the_one_that_holds() -> None:
    known = facts(held(PARENT, "Contributor", ROOT), directory=directory({PARENT: [TEAM, ADA], TEAM: [ADA]}))
    words = short(known, ADA, "create-compute")
    assert words.startswith("group-team → group-parent → Contributor @ ")


def test_what_may_be_activated_or_depends_is_short_too() -> None:
    assert short(facts(eligibilities=(eligible(ADA, "Contributor"),)), ADA, "create-compute").startswith("Contributor @ workspace")
    vault = Vault(id=PLACE.vault, rbac=False, policies=(AccessPolicy(TEAM, frozenset({"get"})),))
    known = facts(vaults={key(PLACE.vault): vault}, directory=directory({TEAM: [ADA]}))
    assert short(known, ADA, "vault-secrets") == "group-team → access policy @ Key Vault kv-ml"


def test_what_is_short_is_one_of_all_paths_whoever_else_holds_what() -> None:
    """Only what concerns a principal is gone through; the answer is that of all facts."""
    known = facts(
        *(
            held(who, role, scope)
            for who in (ADA, BOB, TEAM)
            for role in ("AzureML Data Scientist", "Owner")
            for scope in (ROOT, PLACE.vault)
        ),
        directory=directory({TEAM: [CARLA, BOB]}),
    )
    matrix = evaluate(known, PLACE)
    routes = Routes(known, PLACE)
    for row in abilities(known, matrix):
        own = routes.own(row.principal_id)
        assert evaluate(own, PLACE).row(row.principal_id) == matrix.row(row.principal_id)
        for verb in VERBS:
            found = routes.shortest(row, verb)
            assert (found == Shortest(None)) is (row.cell(verb).verdict is Verdict.NO), verb


def test_azure_agrees_or_the_operation_is_named() -> None:
    role = custom("Microsoft.MachineLearningServices/workspaces/computes/write")
    known = facts(held(ADA, role), roles=[role])
    same = Allowance((Permission(actions=("Microsoft.MachineLearningServices/workspaces/computes/write",)),))
    assert disagreements(known, PLACE, ADA.upper(), same) == ()
    (less,) = disagreements(known, PLACE, ADA, Allowance()) or ()
    assert not less.azure and "computes/write" in less.sentence and less.sentence.endswith("you may.")
    more = disagreements(known, PLACE, BOB, same) or ()
    assert [each.azure for each in more] == [True]


def test_what_is_not_known_is_no_disagreement() -> None:
    known = facts(held(TEAM, "Contributor", principal_kind=PrincipalKind.GROUP), directory=directory())
    assert disagreements(known, PLACE, ADA, Allowance()) == ()
    assert disagreements(known, PLACE, ADA, Allowance(known=False)) is None
