"""What Azure Policy says before and after a request: asked of the emulator, read from what Azure may answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from console.azure import computes, networks, policies
from console.azure.errors import trouble_of_answer
from console.azure.slots import hold, name_slot
from console.domain.policies import Objection, refusal, warnings
from console.domain.trouble import Kind
from tests.azure.conftest import Connect
from tests.conftest import Emulator
from tests.gateway import sent, trouble_of, workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")
A100 = {"vmSize": "Standard_NC24ads_A100_v4", "scaleSettings": {"maxNodeCount": 1}}
NOW = datetime(2026, 11, 2, tzinfo=UTC)
ASSIGNMENT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/policyAssignments/a1"


def body(inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"location": "eastus2", "properties": {"computeType": "AmlCompute", "properties": inner}, **more}


async def test_a_denial_is_known_before_and_told_alike_after(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = connect(write=True)
    request = computes.put(f"{workspace(fresh_emulator, 'sandbox').id}/computes/gpu-new", body(A100))
    (found,) = await policies.check(arm, request)
    assert (found.policy, found.place, found.certain) == ("no-a100-in-sandbox", "sandbox-rg", True)
    assert "The sandbox has no A100 machines" in found.reason
    trouble = await trouble_of(arm.send(request))
    assert (trouble.kind, trouble.code, trouble.status) == (Kind.INVALID, "RequestDisallowedByPolicy", 403)
    assert trouble.sentence.startswith("Azure Policy forbids it: 'Sandbox: no A100 machines' on sandbox-rg (RequestDisallowedByPolicy).")
    assert "It says: The sandbox has no A100 machines" in trouble.sentence and trouble.sentence.endswith("for an exemption.")


async def test_asking_is_reading(connect: Connect, fresh_emulator: Emulator) -> None:
    request = computes.put(f"{workspace(fresh_emulator, 'nlp-research').id}/computes/nb", body({"vmSize": "Standard_DS3_v2"}))
    (found,) = await policies.check(connect(write=False), request)
    assert found.words == "policy costcenter-on-computes (assigned to research-rg): without tags[costcenter]"
    assert await policies.check(connect(write=False), computes.put(request.path, {**request.body, "tags": {"costcenter": "1"}})) == ()
    assert len(sent(fresh_emulator, "POST", "/checkPolicyRestrictions")) == 2


async def test_no_policy_sees_a_secret(fresh_emulator: Emulator) -> None:
    number, slot = name_slot("ssh.password")
    hold({number: "canary-Passw0rd!"})
    path = f"{workspace(fresh_emulator).id}/computes/vm"
    asked = policies.check_request(computes.put(path, {"properties": {"properties": {"password": slot, "userName": "u"}}}))
    assert asked.body["resourceDetails"]["resourceContent"]["properties"] == {"properties": {"userName": "u"}}
    assert asked.body["resourceDetails"]["scope"] == workspace(fresh_emulator).id and not asked.query


REQUIRED = {"result": "Required", "policy": {}, "reason": "tags.x is required"}


def evaluated(result: str = "NonCompliant", effect: str | None = "Deny", **details: Any) -> dict[str, Any]:
    told = {"policyInfo": {"policyAssignmentId": ASSIGNMENT}, "evaluationResult": result, "evaluationDetails": details}
    return told if effect is None else {**told, "effectDetails": {"policyEffect": effect}}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({}, ()),
        ({"contentEvaluationResult": None, "fieldRestrictions": None}, ()),
        ({"contentEvaluationResult": {"policyEvaluations": [evaluated(effect="Audit")]}}, ()),
        ({"contentEvaluationResult": {"policyEvaluations": [evaluated(reason="no")]}}, (Objection("a1", "g", "no"),)),
        ({"contentEvaluationResult": {"policyEvaluations": [evaluated(effect=None)]}}, (Objection("a1", "g", "", False),)),
        (
            {"contentEvaluationResult": {"policyEvaluations": [evaluated("Error", reason="x")]}},
            (Objection("a1", "g", "evaluated as Error, x", False),),
        ),
        (
            {
                "fieldRestrictions": [
                    {"field": "tags.x", "restrictions": [{"result": "Required", "policy": {}, "reason": "tags.x is required"}]}
                ]
            },
            (Objection("?", "", "tags.x is required", False),),
        ),
        ({"fieldRestrictions": [{"field": "tags.x", "restrictions": [{"result": "Required", "policyEffect": "Audit"}]}]}, ()),
        ({"fieldRestrictions": [{"field": "tags.x", "restrictions": [{"result": "Removed"}]}]}, ()),
    ],
)
async def test_what_answers_come_to(answer: dict[str, Any], expected: tuple[Objection, ...]) -> None:
    assert policies.decode(json.dumps(answer).encode()) == expected


async def test_what_is_sure_refuses_and_what_is_not_warns() -> None:
    found = (Objection("a", "g", "why."), Objection("a", "g", "why."), Objection("b", certain=False))
    assert refusal(found) == "Azure would refuse it: policy a (assigned to g): why. Change what it asks for, or ask for an exemption"
    assert warnings(found) == ("policy b",)
    assert refusal(found[2:]) == "" and warnings(found[:2]) == ()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            {"message": 'Resource \'x\' was disallowed by policy. Policy identifiers: \'[{"policyAssignment":{"name":"P1","id":"/y"}}]\'.'},
            "Azure Policy forbids it: P1 (RequestDisallowedByPolicy). Change",
        ),
        ({"message": "Tags."}, "An Azure policy forbids it (RequestDisallowedByPolicy). Azure says: Tags. Change"),
        ({}, "An Azure policy forbids it (RequestDisallowedByPolicy). Change"),
        ({"additionalInfo": "x"}, "An Azure policy forbids it"),
        ({"additionalInfo": [None, {"type": "PolicyViolation", "info": 7}]}, "An Azure policy forbids it"),
        (
            {"additionalInfo": [{"type": "PolicyViolation", "info": {"policyAssignmentName": "n", "policyAssignmentScope": "/x/rg"}}]},
            "Azure Policy forbids it: 'n' on rg",
        ),
    ],
)
async def test_refusals_name_the_policy_as_far_as_they_tell_it(error: dict[str, Any], told: str) -> None:
    raw = json.dumps({"error": {"code": "RequestDisallowedByPolicy", **error}}).encode()
    trouble = trouble_of_answer(403, {}, raw, "PUT x", NOW)
    assert trouble.sentence.startswith(told) and trouble.kind is Kind.INVALID


async def test_networks(connect: Connect, fresh_emulator: Emulator) -> None:
    place = workspace(fresh_emulator)
    path = f"{place.group_id}/providers/Microsoft.Network/virtualNetworks"
    found = await networks.read(connect(), f"{path}/vnet-ml-prod")
    assert (found.name, found.region) == ("vnet-ml-prod", "westeurope")
    assert {each.name: each.free for each in found.subnets} == {"training": 214, "notebooks": 2, "endpoints": 0}
    assert (await trouble_of(networks.read(connect(), f"{path}/none"))).kind is Kind.NOT_FOUND
    fresh_emulator.control("POST", "faults", [{"route": "virtualNetworks", "kind": "malformed"}])
    assert (await trouble_of(networks.read(connect(), f"{path}/vnet-ml-prod"))).kind is Kind.UNEXPECTED


@pytest.mark.parametrize(
    ("prefixes", "addresses"),
    [(["10.0.0.0/24"], 256), (["10.0.0.0/29", "fd00::/64"], 8), (["fd00::/64"], None), (["what"], None), ([""], None)],
)
async def test_addresses_of_prefixes(prefixes: list[str], addresses: int | None) -> None:
    assert networks._addresses(prefixes) == addresses
