"""What a data scientist can do by the role's design, and what beyond it, with what would end it."""

from __future__ import annotations

from console.domain.access.evaluation import evaluate
from console.domain.access.facts import Facts
from console.domain.access.guards import Removal, without
from console.domain.access.places import AccessPolicy, Vault
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.access.separation import Separation, check
from console.domain.access.verbs import BY_KEY
from console.domain.access.verdicts import Verdict
from console.domain.scopes import key
from tests.domain.access.estate import ADA, BOB, GROUP, PARENT, PLACE, TEAM, directory, eligible, facts, held

SCIENTIST = held(ADA, "AzureML Data Scientist")


def checked(known: Facts) -> Separation:
    return check(known, evaluate(known, PLACE))


def test_by_design_is_one_line_however_many_hold_the_role() -> None:
    known = facts(SCIENTIST, held(TEAM, "AzureML Data Scientist", GROUP), directory=directory({TEAM: [ADA, BOB]}))
    found = checked(known)
    (line,) = found.by_design
    assert line.holders == 2
    assert line.verbs == ("read datastore secrets", "read connection secrets")
    assert not found.beyond
    assert not checked(facts(held(ADA, "Reader"))).by_design


def test_beyond_the_role_names_the_assignment_to_remove() -> None:
    extra = held(ADA, "AzureML Compute Operator")
    found = checked(facts(SCIENTIST, extra)).beyond
    assert [each.verb.key for each in found] == ["create-compute", "delete-compute"]
    (cause,) = found[0].causes
    assert cause.removal == Removal(assignments=frozenset({extra.id}))
    assert cause.plan == "Remove AzureML Compute Operator at workspace ws-ml from user-ada."


def test_beyond_the_role_names_the_membership_to_end_and_ending_it_mends_it() -> None:
    inside = directory({PARENT: [TEAM, ADA], TEAM: [ADA]})
    known = facts(SCIENTIST, held(PARENT, "Contributor", GROUP), directory=inside)
    found = checked(known).beyond
    assert {each.verb.key for each in found} == {"create-compute", "delete-compute", "manage-workspace", "budgets"}
    (cause,) = found[0].causes
    assert cause.removal == Removal(memberships=frozenset({(TEAM, ADA)}))
    after = without(known, cause.removal)
    assert evaluate(after, PLACE).cell(ADA, BY_KEY["create-compute"]).verdict is Verdict.NO


def test_what_one_could_give_to_oneself_is_told_once() -> None:
    found = checked(facts(SCIENTIST, held(ADA, "User Access Administrator"))).beyond
    assert [each.verb.key for each in found] == ["assign-roles"]


def test_eligibilities_and_access_policies_are_causes_that_are_ended_elsewhere() -> None:
    vault = Vault(id=PLACE.vault, rbac=False, policies=(AccessPolicy(ADA, frozenset({"get"})),))
    found = checked(facts(SCIENTIST, eligibilities=(eligible(ADA, "AzureML Compute Operator"),), vaults={key(PLACE.vault): vault})).beyond
    plans = {each.verb.key: [cause.plan for cause in each.causes] for each in found}
    assert plans["create-compute"] == ["End the eligibility of user-ada for AzureML Compute Operator at workspace ws-ml."]
    assert plans["vault-secrets"] == ["Take the access policy of user-ada away from Key Vault kv-ml."]


def test_services_are_not_people_and_unknown_is_told() -> None:
    robot = Principal(id="robot", kind=PrincipalKind.SERVICE_PRINCIPAL, name="robot")
    known = facts(held("robot", "AzureML Data Scientist"), held("robot", "Owner"), directory=directory(principals={"robot": robot}))
    assert checked(known) == Separation((), (), ())
    found = checked(facts(SCIENTIST, held(PARENT, "AzureML Compute Operator")))
    assert found.unsure == ((ADA, ("create compute", "delete compute")),)
