"""What Azure Policy would say to a request, asked before it is sent: `checkPolicyRestrictions` of the published swagger (2023-03-01)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.azure.slots import SLOT
from console.domain.policies import Objection
from console.domain.scopes import ML, WorkspaceRef

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2023-03-01"
#: Effects that keep a request from being carried out; "" where Azure does not say which it is.
DENYING = frozenset({"deny", ""})


class _Policy(msgspec.Struct, rename="camel"):
    policy_assignment_id: str | None = None
    policy_definition_reference_id: str | None = None


class _Expression(msgspec.Struct, rename="camel"):
    expression: str | None = None
    operator: str | None = None
    expression_value: Any = None


class _Details(msgspec.Struct, rename="camel"):
    evaluated_expressions: list[_Expression] | None = None
    reason: str | None = None


class _Effect(msgspec.Struct, rename="camel"):
    policy_effect: str | None = None


class _Evaluation(msgspec.Struct, rename="camel"):
    policy_info: _Policy | None = None
    evaluation_result: str | None = None
    evaluation_details: _Details | None = None
    effect_details: _Effect | None = None


class _Content(msgspec.Struct, rename="camel"):
    policy_evaluations: list[_Evaluation] | None = None


class _Restriction(msgspec.Struct, rename="camel"):
    result: str | None = None
    policy: _Policy | None = None
    policy_effect: str | None = None
    reason: str | None = None


class _Field(msgspec.Struct):
    field: str | None = None
    restrictions: list[_Restriction] | None = None


class _Result(msgspec.Struct, rename="camel"):
    field_restrictions: list[_Field] | None = None
    content_evaluation_result: _Content | None = None


def check_request(planned: Request) -> Request:
    """Ask what policies would say to a PUT of a compute: its body as it is, but for secrets, at the scope of its workspace."""
    place = WorkspaceRef.parse(planned.path)
    content = {"type": f"{ML}/workspaces/computes", "name": planned.path.rpartition("/")[2], **_open(planned.body)}
    body = {
        "resourceDetails": {"resourceContent": content, "apiVersion": planned.api_version, "scope": place.id},
        "pendingFields": [],
    }
    path = f"{place.group_id}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"
    return Request(method="POST", path=path, api_version=API, body=body)


async def check(arm: ArmClient, planned: Request) -> tuple[Objection, ...]:
    """What policies have against a PUT of a compute. Raises TroubleError."""
    request = check_request(planned)
    answer = await arm.send(request)
    try:
        return decode(answer.body)
    except UNDECODABLE as error:
        raise unreadable(str(error), f"POST {request.path}", arm.clock.now()) from error


def decode(raw: bytes) -> tuple[Objection, ...]:
    """The objections in an answer. Raises what msgspec raises where it is none."""
    result = msgspec.json.decode(raw, type=_Result)
    evaluated = (result.content_evaluation_result or _Content()).policy_evaluations or ()
    denied = [_objection(each) for each in evaluated if _effect(each) in DENYING]
    certain = {each.policy for each in denied}
    return (*denied, *(each for each in _restricted(result.field_restrictions or ()) if each.policy not in certain))


def _effect(each: _Evaluation) -> str:
    return ((each.effect_details or _Effect()).policy_effect or "").lower()


def _objection(each: _Evaluation) -> Objection:
    details = each.evaluation_details or _Details()
    name, place = _named(each.policy_info)
    certain = each.evaluation_result == "NonCompliant" and _effect(each) == "deny"
    reason = details.reason or _expressions(details)
    if not certain and each.evaluation_result != "NonCompliant":
        reason = f"evaluated as {each.evaluation_result or '?'}{f', {reason}' if reason else ''}"
    return Objection(name, place, reason, certain)


def _expressions(details: _Details) -> str:
    """What was found, field by field, where the policy has no sentence of its own; that it is about computes goes without saying."""
    told = []
    for each in details.evaluated_expressions or ():
        if each.expression and each.expression.lower() != "type":
            field = each.expression.rpartition("/")[2]
            told.append(f"{field} is {each.expression_value}" if each.expression_value is not None else f"without {field}")
    return ", ".join(told)


def _restricted(fields: list[_Field] | tuple[()]) -> Iterator[Objection]:
    for each in fields:
        for one in each.restrictions or ():
            if (one.result or "").lower() in {"required", "deny"} and (one.policy_effect or "").lower() in DENYING:
                name, place = _named(one.policy)
                yield Objection(name, place, one.reason or f"{each.field or '?'}: {one.result}", certain=False)


def _named(policy: _Policy | None) -> tuple[str, str]:
    """The name of an assignment, and of the scope that it is at."""
    scope, _, name = ((policy or _Policy()).policy_assignment_id or "").rpartition("/providers/Microsoft.Authorization/policyAssignments/")
    if not name:
        return "?", ""
    return name, scope.rpartition("/")[2]


def _open(body: Any) -> Any:
    """A body without what stands for secrets: no policy has to see them."""
    if isinstance(body, dict):
        return {key: _open(value) for key, value in body.items() if not (isinstance(value, str) and SLOT.fullmatch(value))}
    return [_open(each) for each in body] if isinstance(body, list) else body
