"""Azure Policy in the emulator: what it refuses, in whose words, and what it says to those who ask before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Answer, Emulator
from tests.emulator.test_computes import cluster, instance, versioned, workspace_path

A100 = "Standard_NC24ads_A100_v4"
TYPE = "Microsoft.MachineLearningServices/workspaces/computes"


def put(emulator: Emulator, workspace: str, name: str, body: Any) -> Answer:
    return emulator.request("PUT", versioned(f"{workspace_path(emulator, workspace)}/computes/{name}"), body)


def ask(emulator: Emulator, workspace: str, content: Any, *, identity: str | None = None, **more: Any) -> Answer:
    place = workspace_path(emulator, workspace)
    path = f"{place.partition('/providers/')[0]}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"
    body = {"resourceDetails": {"resourceContent": content, "apiVersion": "2023-08-01-preview", "scope": place}, **more}
    known = {} if identity is None else {"identity": identity}
    return emulator.request("POST", versioned(path, "2023-03-01"), body, **known)


def test_a_family_of_sizes_is_refused_where_it_is_denied(fresh_emulator: Emulator) -> None:
    refused = put(fresh_emulator, "sandbox", "gpu-new", {**cluster(size=A100), "location": "eastus2"})
    error = refused.json()["error"]
    assert refused.status == 403
    assert list(error) == ["code", "target", "message", "additionalInfo"]
    assert (error["code"], error["target"]) == ("RequestDisallowedByPolicy", "gpu-new")
    assert error["message"].startswith("Resource 'gpu-new' was disallowed by policy. Reasons: 'The sandbox has no A100")
    (told,) = error["additionalInfo"]
    assert told["type"] == "PolicyViolation"
    info = told["info"]
    assert info["policyAssignmentScope"].endswith("/resourceGroups/sandbox-rg") and info["policyDefinitionEffect"] == "Deny"
    assert A100 in info["policyAssignmentParameters"]["deniedSizes"]["value"]
    assert put(fresh_emulator, "sandbox", "cpu-new", {**cluster(), "location": "eastus2"}).status == 201
    assert put(fresh_emulator, "fraud-dev", "gpu-new", cluster(size=A100)).status == 201


def test_a_tag_is_required_of_what_is_made_and_of_what_is_changed(fresh_emulator: Emulator) -> None:
    bare = {**instance(), "location": "swedencentral"}
    error = put(fresh_emulator, "nlp-research", "nb-new", bare).json()["error"]
    assert error["message"].startswith('Resource \'nb-new\' was disallowed by policy. Policy identifiers: \'[{"policyAssignment":{"name":')
    assert put(fresh_emulator, "nlp-research", "nb-new", {**bare, "tags": {"CostCenter": "CC-7000"}}).status == 201
    path = versioned(f"{workspace_path(fresh_emulator, 'nlp-research')}/computes/gpu-a100")
    scale = {"properties": {"properties": {"scaleSettings": {"maxNodeCount": 3}}}}
    assert fresh_emulator.request("PATCH", path, scale).json()["error"]["code"] == "RequestDisallowedByPolicy"
    assert fresh_emulator.request("PATCH", path, {**scale, "tags": {"costcenter": "CC-7000"}}).status == 200


def test_rights_and_locks_come_before_policies(fresh_emulator: Emulator) -> None:
    path = versioned(f"{workspace_path(fresh_emulator, 'sandbox')}/computes/gpu-new")
    refused = fresh_emulator.request("PUT", path, {**cluster(size=A100), "location": "eastus2"}, identity="reader")
    assert refused.json()["error"]["code"] == "AuthorizationFailed"


def test_who_asks_before_is_told_the_same_and_changes_nothing(fresh_emulator: Emulator) -> None:
    content = {"type": TYPE, "name": "gpu-new", **cluster(size=A100), "location": "eastus2"}
    answer = ask(fresh_emulator, "sandbox", content, identity="reader")
    assert answer.status == 200, "reading is enough"
    (found,) = answer.json()["contentEvaluationResult"]["policyEvaluations"]
    assert (found["evaluationResult"], found["effectDetails"]) == ("NonCompliant", {"policyEffect": "Deny"})
    assert found["evaluationDetails"]["reason"].startswith("The sandbox has no A100")
    assert found["policyInfo"]["policyAssignmentId"].endswith("policyAssignments/no-a100-in-sandbox")
    nothing = {"fieldRestrictions": [], "contentEvaluationResult": {"policyEvaluations": []}}
    assert ask(fresh_emulator, "fraud-dev", content).json() == nothing
    assert ask(fresh_emulator, "sandbox", {**content, "type": "Microsoft.Compute/virtualMachines"}).json() == nothing
    subscription = workspace_path(fresh_emulator, "sandbox").split("/resourceGroups/")[0]
    log = f"{subscription}/providers/Microsoft.Insights/eventtypes/management/values"
    query = "$filter=eventTimestamp%20ge%20'2026-08-10T00:00:00Z'"
    events = fresh_emulator.request("GET", versioned(f"{log}?{query}", "2015-04-01")).json()["value"]
    assert not [each for each in events if "PolicyInsights" in each["operationName"]["value"]]


def test_open_fields_are_told_what_is_required_of_them(fresh_emulator: Emulator) -> None:
    content = {"type": TYPE, "name": "nb-new"}
    (field,) = ask(fresh_emulator, "nlp-research", content, pendingFields=[{"field": "tags"}]).json()["fieldRestrictions"]
    assert field["field"] == "tags.costcenter"
    assert [(each["result"], each["reason"]) for each in field["restrictions"]] == [("Required", "tags.costcenter is required")]


@pytest.mark.parametrize("body", [None, {}, {"resourceDetails": []}, {"resourceDetails": {"resourceContent": "x"}}])
def test_a_question_that_is_none(fresh_emulator: Emulator, body: Any) -> None:
    place = workspace_path(fresh_emulator, "sandbox")
    path = f"{place.partition('/providers/')[0]}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"
    answer = fresh_emulator.request("POST", versioned(path, "2023-03-01"), body)
    assert (answer.status, answer.json()["error"]["code"]) == (400, "InvalidRequestContent")


def test_who_may_read_nothing_is_refused(fresh_emulator: Emulator) -> None:
    assert ask(fresh_emulator, "sandbox", {"type": TYPE}, identity="data-scientist").status == 403
