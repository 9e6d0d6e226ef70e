"""Azure Policy: what is assigned, what it refuses, and the answer to whoever asks before.

The policies are the emulator's own, of the kinds that the published landing zones have for computes (a list of VM sizes that are denied,
a tag that is required). The refusal is put together from what Microsoft's documentation and users of its clients quote of Azure's own;
that a PATCH is held to what it would lead to is inferred.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from console.emulator import sizes
from console.emulator.arm_paths import group_scope, resource_type_of
from console.emulator.errors import invalid_content
from console.emulator.estate import PROVIDER, Estate
from console.emulator.rbac import covers
from console.emulator.routing import Call, Reply, Route

COMPUTES = f"{PROVIDER}/workspaces/computes"
VM_SIZE = f"{COMPUTES}/vmSize"
VERSIONS = frozenset({"2020-07-01", "2022-03-01", "2023-03-01"})
READ = "Microsoft.PolicyInsights/checkPolicyRestrictions/read"
_CHECK = "providers/Microsoft.PolicyInsights/checkPolicyRestrictions"


@dataclass(frozen=True, slots=True)
class Policy:
    """One assignment of a policy that denies: a `family` of VM sizes, or computes without a `tag`.

    `message` is its non-compliance message; without one Azure names the policies instead.
    """

    group: str
    name: str
    title: str
    family: str = ""
    tag: str = ""
    message: str = ""


#: By resource group: who makes something there meets them, and nobody else does.
STORY = (
    Policy(
        "sandbox-rg",
        "no-a100-in-sandbox",
        "Sandbox: no A100 machines",
        family="StandardNCADSA100v4Family",
        message="The sandbox has no A100 machines. Ask the AI lab for time on gpu-a100 in nlp-research.",
    ),
    Policy("research-rg", "costcenter-on-computes", "Computes need the tag costcenter", tag="costcenter"),
)


@dataclass(frozen=True, slots=True)
class Violation:
    """A policy that a resource breaks: `scope` is the resource group that it is assigned to."""

    policy: Policy
    scope: str
    expressions: tuple[dict[str, Any], ...]

    @property
    def assignment_id(self) -> str:
        return f"{self.scope}/providers/Microsoft.Authorization/policyAssignments/{self.policy.name}"

    @property
    def definition_name(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"policy {self.policy.name}"))

    @property
    def definition_id(self) -> str:
        subscription = "/".join(self.scope.split("/")[:3])
        return f"{subscription}/providers/Microsoft.Authorization/policyDefinitions/{self.definition_name}"


def _expression(field: str, path: str, value: object, target: object, operator: str) -> dict[str, Any]:
    told = {"result": "True", "expressionKind": "Field", "expression": field, "path": path}
    return {**told, **({} if value is None else {"expressionValue": value}), "targetValue": target, "operator": operator}


def denied_sizes(family: str) -> list[str]:
    """The VM sizes of a family, as a policy's parameter lists them."""
    return [name for name in sizes.names() if str((sizes.find(name) or {}).get("family", "")) == family]


def violations(estate: Estate, scope: str, resource: Mapping[str, Any]) -> Iterator[Violation]:
    """The policies that a compute would break at a scope, described by its ARM JSON."""
    properties = resource.get("properties")
    inner = properties.get("properties") if isinstance(properties, dict) else None
    size = str(inner.get("vmSize") or "") if isinstance(inner, dict) else ""
    tags = resource.get("tags")
    named = {str(name).lower() for name in tags} if isinstance(tags, dict) else set()
    kind = _expression("type", "type", COMPUTES, COMPUTES, "Equals")
    for policy in STORY:
        for group in estate.resource_groups.values():
            if group.name != policy.group or not covers(group.id, scope):
                continue
            if policy.family and size.upper() in {name.upper() for name in denied_sizes(policy.family)}:
                found = _expression(VM_SIZE, "properties.properties.vmSize", size, denied_sizes(policy.family), "In")
                yield Violation(policy, group.id, (kind, found))
            if policy.tag and policy.tag not in named:
                yield Violation(
                    policy, group.id, (kind, _expression(f"tags[{policy.tag}]", f"tags[{policy.tag}]", None, "false", "Exists"))
                )


def refusal(estate: Estate, method: str, path: str, body: object) -> Reply | None:
    """How ARM refuses to make or change a compute that a policy forbids; None where none does."""
    if method not in ("PUT", "PATCH") or "/".join(resource_type_of(path)).lower() != COMPUTES.lower() or not isinstance(body, dict):
        return None
    resource = body if method == "PUT" else _patched(estate, path, body)
    name = path.rstrip("/").rpartition("/")[2]
    found = list(violations(estate, path, resource))
    return _denial(name, found) if found else None


def _patched(estate: Estate, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """What a PATCH leads to, as far as a policy looks at it: it changes neither size nor tags where it names none."""
    compute = estate.computes.get(path.rstrip("/").lower())
    there = {} if compute is None else {"tags": compute.tags, "properties": {"properties": compute.properties}}
    return {**there, **({"tags": body["tags"]} if "tags" in body else {})}


def _denial(name: str, found: list[Violation]) -> Reply:
    """Order and names as quoted in machinelearning-modelbuilder#3044 and in Azure Automation's documentation of such a policy."""
    identifiers = ",".join(
        f'{{"policyAssignment":{{"name":"{each.policy.title}","id":"{each.assignment_id}"}},'
        f'"policyDefinition":{{"name":"{each.policy.title}","id":"{each.definition_id}","version":"1.0.0"}}}}'
        for each in found
    )
    reasons = [each.policy.message for each in found if each.policy.message]
    told = (
        f"Reasons: '{' '.join(reasons)}'. See error details for policy resource IDs."
        if reasons
        else f"Policy identifiers: '[{identifiers}]'."
    )
    error = {
        "code": "RequestDisallowedByPolicy",
        "target": name,
        "message": f"Resource '{name}' was disallowed by policy. {told}",
        "additionalInfo": [{"type": "PolicyViolation", "info": _info(each)} for each in found],
    }
    return Reply(403, {"error": error}, {"x-ms-failure-cause": "gateway"})


def _info(found: Violation) -> dict[str, Any]:
    return {
        "evaluationDetails": {"evaluatedExpressions": list(found.expressions)},
        "policyDefinitionId": found.definition_id,
        "policyDefinitionName": found.definition_name,
        "policyDefinitionDisplayName": found.policy.title,
        "policyDefinitionVersion": "1.0.0",
        "policyDefinitionEffect": "Deny",
        "policyAssignmentId": found.assignment_id,
        "policyAssignmentName": found.policy.name,
        "policyAssignmentDisplayName": found.policy.title,
        "policyAssignmentScope": found.scope,
        "policyAssignmentParameters": {"deniedSizes": {"value": denied_sizes(found.policy.family)}} if found.policy.family else {},
    }


def _check(call: Call) -> Reply:
    """Policy Restrictions, "Check At Resource Group Scope": what policies make of a resource that is not there yet."""
    details = call.body.get("resourceDetails") if isinstance(call.body, dict) else None
    content = details.get("resourceContent") if isinstance(details, dict) else None
    if not isinstance(details, dict) or not isinstance(content, dict):
        return invalid_content("resourceDetails.resourceContent is missing.")
    estate, scope = call.world.estate, str(details.get("scope") or group_scope(call.path))
    ours = str(content.get("type", "")).lower() == COMPUTES.lower() and covers(group_scope(call.path), scope)
    found = list(violations(estate, scope, content)) if ours else []
    evaluations = [
        {
            "policyInfo": _reference(each),
            "evaluationResult": "NonCompliant",
            "evaluationDetails": {
                "evaluatedExpressions": list(each.expressions),
                **({"reason": each.policy.message} if each.policy.message else {}),
            },
            "effectDetails": {"policyEffect": "Deny"},
        }
        for each in found
    ]
    asked = call.body.get("pendingFields")
    pending = [one for one in asked if isinstance(one, dict)] if isinstance(asked, list) else []
    fields = [field for one in pending for field in _restrictions(one, found)]
    return Reply(200, {"fieldRestrictions": fields, "contentEvaluationResult": {"policyEvaluations": evaluations}})


def _reference(found: Violation) -> dict[str, str]:
    return {"policyDefinitionId": found.definition_id, "policyAssignmentId": found.assignment_id}


def _restrictions(pending: Mapping[str, Any], found: list[Violation]) -> Iterator[dict[str, Any]]:
    """What policies say of a field that is still open: of tags alone, which the story's policies require."""
    if str(pending.get("field", "")).lower() != "tags":
        return
    for each in found:
        if each.policy.tag:
            field = f"tags.{each.policy.tag}"
            restriction = {"result": "Required", "policy": _reference(each), "policyEffect": "Deny", "reason": f"{field} is required"}
            yield {"field": field, "restrictions": [restriction]}


def routes() -> list[Route]:
    return [
        Route(
            "POST",
            f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/{_CHECK}",
            _check,
            "schema",
            READ,
            VERSIONS,
            scope_of=lambda params: f"/subscriptions/{params['subscription']}/resourceGroups/{params['group']}",
        )
    ]
