"""Why a cell is what it is: the path, what takes it away, and what could not be read."""

from __future__ import annotations

from console.domain.access.evaluation import evaluate
from console.domain.access.explanation import Explanation, Tells, differences, everywhere, explain, holdings
from console.domain.access.facts import Facts
from console.domain.access.paths import chain, scope_words
from console.domain.access.places import AccessPolicy, Place, Vault
from console.domain.access.verbs import BY_KEY
from console.domain.access.verdicts import Verdict
from console.domain.scopes import WorkspaceRef, key
from tests.domain.access.estate import (
    ADA,
    BOB,
    GROUP,
    MANAGEMENT_GROUP,
    PARENT,
    PLACE,
    ROOT,
    SUBSCRIPTION,
    TEAM,
    WORKSPACE,
    denied,
    directory,
    eligible,
    facts,
    held,
)

NESTED = directory({PARENT: [TEAM, ADA], TEAM: [ADA]})


def told(known: Facts, verb: str, who: str = ADA) -> Explanation:
    return explain(known, evaluate(known, PLACE), who, BY_KEY[verb])


def texts(explanation: Explanation, tells: Tells) -> list[str]:
    sentences = [each for way in explanation.ways for each in way.sentences] + list(explanation.against)
    return [each.text for each in sentences if each.tells is tells]


def test_a_path_leads_from_the_person_through_groups_and_role_to_the_scope() -> None:
    assignment = held(PARENT, "Contributor", GROUP)
    found = told(facts(assignment, directory=NESTED), "create-compute")
    assert texts(found, Tells.GRANT) == [
        "user-ada → group-team → group-parent → Contributor at resource group rg-ml grants "
        "Microsoft.MachineLearningServices/workspaces/computes/write at the workspace."
    ]
    assert found.ways[0].sentences[0].source == assignment.id


def test_all_ways_are_told_best_first() -> None:
    found = told(facts(held(ADA, "AzureML Data Scientist"), held(ADA, "Storage Blob Data Reader", PLACE.storage)), "read-data")
    assert [way.verdict for way in found.ways] == [Verdict.YES, Verdict.BY_KEY, Verdict.BY_KEY]


def test_a_no_says_what_the_role_takes_back_and_that_this_is_inferred() -> None:
    found = told(facts(held(ADA, "AzureML Data Scientist")), "create-compute")
    assert found.ways == ()
    (text,) = texts(found, Tells.TAKEN_BACK)
    assert text.startswith("user-ada → AzureML Data Scientist at workspace ws-ml takes back")
    assert "workspaces/computes/*/write" in text
    assert texts(found, Tells.INFERENCE)


def test_a_denial_is_named_beside_what_it_takes() -> None:
    deny = denied([ADA], "*/write", name="locked by the stack")
    found = told(facts(held(ADA, "Contributor"), denies=(deny,)), "create-compute")
    assert found.cell.verdict is Verdict.NO
    assert "Contributor" in texts(found, Tells.GRANT)[0]
    assert texts(found, Tells.DENIAL)[0].startswith("The deny assignment locked by the stack at resource group rg-ml denies")


def test_conditions_parts_and_activation_are_said() -> None:
    condition = "@Resource[containers:name] StringEquals 'raw'"
    found = told(facts(held(ADA, "Storage Blob Data Reader", PLACE.storage, condition=condition)), "read-data")
    assert texts(found, Tells.CONDITION) == [f"Only where this condition holds: {condition}"]
    part = f"{PLACE.storage}/blobServices/default/containers/raw"
    found = told(facts(held(ADA, "Storage Blob Data Reader", part)), "read-data")
    assert texts(found, Tells.CONDITION) == ["Only for container raw, blob service default, storage account stml."]
    found = told(facts(eligibilities=(eligible(ADA, "Contributor"),)), "create-compute")
    assert texts(found, Tells.GRANT)[0].endswith("once activated (PIM).")
    found = told(facts(held(ADA, "Container Registry Repository Reader", PLACE.registry)), "pull-images")
    assert texts(found, Tells.PROVIDED)


def test_what_was_not_read_is_said_where_it_bears_on_the_verdict() -> None:
    found = told(facts(held(PARENT, "Contributor"), held(BOB, "Reader")), "create-compute", BOB)
    assert found.cell.verdict is Verdict.UNKNOWN
    assert texts(found, Tells.UNREAD) == [
        "user-bob → group-parent → Contributor at workspace ws-ml may grant "
        "Microsoft.MachineLearningServices/workspaces/computes/write at the workspace: the members of group-parent were not read."
    ]
    assert found.gaps
    assert not told(facts(held(ADA, "Contributor"), held(PARENT, "Reader")), "create-compute").gaps


def test_an_access_policy_is_a_path_too() -> None:
    vault = Vault(id=PLACE.vault, rbac=False, policies=(AccessPolicy(TEAM, frozenset({"get"})),))
    found = told(facts(vaults={key(PLACE.vault): vault}, directory=NESTED), "vault-secrets")
    assert texts(found, Tells.GRANT) == [
        "user-ada → group-team → an access policy at Key Vault kv-ml grants get of secrets at the Key Vault by access policy."
    ]


def test_nothing_at_all_is_said_plainly() -> None:
    found = told(facts(held(ADA, "Reader")), "quota")
    assert "Nothing grants Microsoft.MachineLearningServices/locations/updateQuotas/action at the subscription." in texts(found, Tells.LACK)


def test_everything_that_somebody_holds_their_own_first() -> None:
    known = facts(
        held(PARENT, "Reader", ROOT),
        held(ADA, "AzureML Data Scientist"),
        held(ADA, "Reader", GROUP),
        held(BOB, "Owner"),
        eligibilities=(eligible(TEAM, "Contributor"),),
        directory=NESTED,
    )
    found = holdings(known, ADA)
    assert [(each.role, each.via, each.eligible) for each in found] == [
        ("Reader", (), False),
        ("AzureML Data Scientist", (), False),
        ("Contributor", (TEAM,), True),
        ("Reader", (TEAM, PARENT), False),
    ]


def test_two_people_differ_in_these_verbs_and_one_person_at_two_places() -> None:
    known = facts(held(ADA, "AzureML Data Scientist"), held(BOB, "AzureML Compute Operator"))
    matrix = evaluate(known, PLACE)
    differing = {each.verb.key for each in differences(matrix.row(ADA), matrix.row(BOB))}
    assert {"create-compute", "submit-jobs"} <= differing
    assert "start-stop" not in differing
    elsewhere = Place(WorkspaceRef(SUBSCRIPTION, "rg-other", "ws-other"), storage=PLACE.storage, vault=PLACE.vault, registry=PLACE.registry)
    (_, here), (_, there) = everywhere(known, (PLACE, elsewhere), ADA)
    assert {each.verb.key for each in differences(here, there)} >= {"submit-jobs"}


def test_a_chain_leaves_out_groups_that_are_not_inside_one_another() -> None:
    known = facts(directory=directory({"top": ["x", "y", ADA], "x": [ADA], "y": [ADA]}))
    assert chain(known, ADA, "top") == ("x", "top")
    assert chain(known, ADA, ADA) == ()


def test_scopes_in_words() -> None:
    assert [scope_words(each) for each in ("/", "", MANAGEMENT_GROUP, ROOT, GROUP, WORKSPACE.id)] == [
        "the root",
        "a scope that could not be read",
        "management group contoso",
        f"subscription {SUBSCRIPTION}",
        "resource group rg-ml",
        "workspace ws-ml",
    ]
