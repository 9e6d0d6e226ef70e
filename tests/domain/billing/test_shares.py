"""Shares of workspaces and names of resources: what is one's alone, what several share, and what is gone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from console.domain.billing.belongings import Belongings, How
from console.domain.billing.breakdown import by
from console.domain.billing.questions import RESOURCE
from console.domain.billing.resource_names import ResourceName, ResourceNames
from console.domain.billing.shares import Share, SharedCompanion, shares
from console.domain.billing.sums import NOTHING, Sum
from console.domain.compute import Kind
from tests.domain.billing.bills import A100, INSIGHTS, NLP, OWN_STORE, ROBOT, STORE, VISION, WORKSPACES, bill, charge, ref, resource
from tests.domain.test_compute import compute

GONE = f"{ref('old').id}/computes/cpu".lower()
FIREWALL = resource("Microsoft.Network/azureFirewalls", "hub-fw", "rg-hub")


def dollars(amount: str) -> Sum:
    return Sum({"USD": Decimal(amount)})


def test_a_workspace_costs_itself_and_the_companions_that_are_its_alone() -> None:
    charges = [
        charge("100", A100, ""),
        charge("7", NLP.id.upper(), ""),
        charge("20", STORE.lower(), ""),
        charge("3", OWN_STORE, ""),
        charge("0.50", INSIGHTS, ""),
        charge("11", GONE, ""),
        charge("40", FIREWALL, ""),
        charge("-5", "", ""),
    ]
    resources = by([bill(charges)], RESOURCE)
    found = shares(resources, Belongings(WORKSPACES))
    assert found.workspaces == (
        Share(NLP.ref, dollars("107")),
        Share(ref("old", "rg-ml"), dollars("11"), read=False),
        Share(VISION.ref, NOTHING, dollars("3.50")),
        Share(ROBOT.ref),
    )
    assert found.shared == (SharedCompanion(STORE.lower(), (NLP.ref, ROBOT.ref), dollars("20")),)
    assert found.elsewhere == dollars("35")
    assert found.cost == resources.cost, "nothing is lost, nothing is counted twice"
    assert found.of(VISION.ref).cost == dollars("3.50") and found.of(ref("never")).cost == NOTHING


@pytest.mark.parametrize(
    ("resource_id", "how", "whose"),
    [
        (NLP.id, How.OWN, (NLP.ref,)),
        (f"{NLP.id}/onlineEndpoints/e/deployments/blue", How.OWN, (NLP.ref,)),
        (f"{OWN_STORE}/blobServices/default".upper(), How.COMPANION, (VISION.ref,)),
        (STORE, How.SHARED, (NLP.ref, ROBOT.ref)),
    ],
)
def test_whose_a_resource_is(resource_id: str, how: How, whose: tuple[object, ...]) -> None:
    found = Belongings(WORKSPACES).of(resource_id)
    assert found is not None and (found.how, found.workspaces, found.read) == (how, whose, True)
    assert found.alone == (None if how is How.SHARED else whose[0])


@pytest.mark.parametrize(
    "resource_id", ["", "/", "reservation order", FIREWALL, "/subscriptions/5f0c/resourceGroups/rg-ml", NLP.id + "2x/.."]
)
def test_of_no_workspace_or_none_that_was_read(resource_id: str) -> None:
    found = Belongings(WORKSPACES).of(resource_id)
    assert found is None or not found.read


def test_a_resource_is_told_by_name_and_kind_also_when_it_is_gone() -> None:
    gpu = compute(Kind.CLUSTER, id=f"{NLP.id}/computes/A100", name="A100")
    names = ResourceNames(Belongings(WORKSPACES), [gpu], [NLP.ref])
    assert names.of(A100) == ResourceName("A100", "cluster", "nlp", True)
    assert names.of(f"{NLP.id}/computes/cpu") == ResourceName("cpu", "compute", "nlp", False)
    assert names.of(f"{VISION.id}/computes/cpu") == ResourceName("cpu", "compute", "vision", None), "vision's computes were not read"
    assert names.of(GONE) == ResourceName("cpu", "compute", "old", None)
    assert names.of(VISION.id) == ResourceName("vision", "workspace", "vision", True)
    assert names.of(f"{NLP.id}/onlineEndpoints/chat").words == "online endpoint of nlp"
    assert names.of(STORE).words == "storage account shared by 2"
    assert names.of(INSIGHTS).words == "Application Insights of vision"
    assert names.of(FIREWALL).words == "firewall"
    assert names.of("") == ResourceName("no resource", "purchase or adjustment")
    assert names.of("/subscriptions/5f0c/resourceGroups/rg-ml").words == "resource group"
    assert names.of(resource("Contoso.Odd/things", "x/sub/y")) == ResourceName("y", "contoso.odd/things/sub")
    assert names.of("what is this").kind == "?"
    every = ResourceNames(Belongings(WORKSPACES), [gpu], [NLP.ref], every=True)
    assert every.of(GONE).words == "compute of old, deleted"
